"""The shop's own settings in the books: one row, changed by compare-and-set on its version, with every change kept.

A verb that changes them tells every process in the same transaction, with the whole of what there is now.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, json
from sqlalchemy import Connection, bindparam, insert, select, update

from shop.errors import StaleEdit
from shop.events import ShopfrontChanged
from shop.shopfront import Details, Difference, Entry, Standing, differences
from storage import about, catalogue, outbox, tables
from storage.statements import one, rows, run

_ROW = select(tables.Shopfront.version, tables.Shopfront.data).where(tables.Shopfront.id == 1)
_SAVE = (
    update(tables.Shopfront)
    .where(tables.Shopfront.id == 1, tables.Shopfront.version == bindparam("seen"))
    .values(version=bindparam("to_version"), data=bindparam("to_data"))
)
_KEEP = insert(tables.ShopfrontChange)
_HISTORY = (
    select(
        tables.ShopfrontChange.version,
        tables.ShopfrontChange.actor,
        tables.ShopfrontChange.at,
        tables.ShopfrontChange.differences,
    )
    .where(tables.ShopfrontChange.version > bindparam("after"))
    .order_by(tables.ShopfrontChange.version.desc())
    .limit(bindparam("limit"))
)

_decode_differences = json.Decoder(tuple[Difference, ...]).decode

STALE = "Somebody changed the settings since you opened this page."


class Edit(Struct, frozen=True):
    """The command to change the settings of a page that was drawn at version `seen`."""

    details: Details
    seen: int
    actor: str
    at: datetime


def read(tx: Connection) -> Standing:
    """The settings as they are now."""
    row = one(tx, _ROW)
    assert row is not None  # noqa: S101  a migration wrote it
    links = tuple(page.link for page in about.pages(tx).values() if page.visible)
    return Standing(row.version, json.decode(row.data, type=Details), catalogue.currency(tx), links)


def change(tx: Connection, edit: Edit) -> Standing:
    """Changes the settings and tells every process; raises StaleEdit when somebody has changed them since."""
    now = read(tx)
    if edit.seen != now.version:
        raise StaleEdit(STALE, version=now.version)
    found = differences(now.details, edit.details)
    if not found:
        return now
    position = outbox.reserve(tx, 1)
    after = Standing(position, edit.details, now.currency, now.pages)
    save(tx, now.version, after, edit.actor, found, edit.at)
    outbox.record(tx, position, [ShopfrontChanged(after)], edit.at)
    return after


def save(tx: Connection, seen: int, after: Standing, actor: str, found: Sequence[Difference], at: datetime) -> None:
    """Writes the row and what was changed; raises StaleEdit when another transaction was first. The caller announces."""
    if not run(tx, _SAVE, seen=seen, to_version=after.version, to_data=json.encode(after.details)):
        raise StaleEdit(STALE)
    run(tx, _KEEP, version=after.version, actor=actor, differences=json.encode(found), at=at)


def history(tx: Connection, limit: int, after: int = -1) -> list[Entry]:
    """Changes after a version, the newest first."""
    return [
        Entry(row.version, row.actor, row.at, _decode_differences(row.differences))
        for row in rows(tx, _HISTORY, after=after, limit=limit)
    ]
