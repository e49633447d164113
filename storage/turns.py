"""Turns: rare work of staff whose verbs must see each other's new rows waits for its turn. On SQLite every verb does."""

from sqlalchemy import Connection, select

from storage.statements import rows
from storage.tables import Meta

_TURN = select(Meta.key).where(Meta.key == "epoch").with_for_update()


def take(tx: Connection) -> None:
    """Waits until no other verb that takes turns is open, and is the only one until the commit."""
    rows(tx, _TURN)
