"""How far the mailer has read the outbox, so that each message is written once."""

from sqlalchemy import Connection, insert, select, update

from storage.statements import run
from storage.tables import Meta

KEY = "mail_position"


def position(tx: Connection) -> int:
    """The newest position whose messages are all written; 0 at first."""
    found = tx.execute(select(Meta.value).where(Meta.key == KEY)).scalar_one_or_none()
    return int(found or 0)


def advance(tx: Connection, to: int) -> None:
    """Remembers that the messages up to this position are written."""
    if not run(tx, update(Meta).where(Meta.key == KEY).values(value=str(to))):
        run(tx, insert(Meta).values(key=KEY, value=str(to)))
