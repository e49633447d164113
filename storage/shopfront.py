"""The shop's own settings in the books: one row, changed by compare-and-set on its version, with every change kept.

A verb that changes them tells every process in the same transaction, with the whole of what there is now.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, json, structs
from sqlalchemy import Connection, bindparam, insert, select, update

from shop.about import MAX_PAGES, Link, Page
from shop.delivery import Delivery
from shop.errors import InvalidFields, NotFound, StaleEdit
from shop.events import ShopfrontChanged
from shop.shopfront import (
    Details,
    Difference,
    Entry,
    Standing,
    differences,
    page_differences,
    terms_differences,
    touched,
)
from shop.taxes import Taxes
from storage import about, catalogue, outbox, tables
from storage.statements import one, rows, run

_ROW = select(tables.Shopfront.version, tables.Shopfront.data, tables.Shopfront.delivery, tables.Shopfront.taxes).where(
    tables.Shopfront.id == 1
)
_SAVE = (
    update(tables.Shopfront)
    .where(tables.Shopfront.id == 1, tables.Shopfront.version == bindparam("seen"))
    .values(
        version=bindparam("to_version"),
        data=bindparam("to_data"),
        delivery=bindparam("to_delivery"),
        taxes=bindparam("to_taxes"),
    )
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

MOST_SINCE = 200
"""Changes that are looked through for one of the same subject; an older page is out of date."""

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
    return Standing(
        row.version,
        json.decode(row.data, type=Details),
        catalogue.currency(tx),
        _links(tx),
        Delivery() if row.delivery is None else json.decode(row.delivery, type=Delivery),
        Taxes() if row.taxes is None else json.decode(row.taxes, type=Taxes),
    )


def details(tx: Connection) -> Details:
    """What a merchant sets, alone."""
    row = one(tx, _ROW)
    return json.decode(row.data, type=Details) if row is not None else Details()


def change(tx: Connection, edit: Edit) -> Standing:
    """Changes the settings and tells every process; raises StaleEdit when somebody has changed them since.

    What stands there already, as after a double click, is no change.
    """
    now = read(tx)
    found = differences(now.details, edit.details)
    if not found:
        return now
    if edit.seen != now.version:
        raise StaleEdit(STALE, version=now.version)
    position = outbox.reserve(tx, 1)
    after = structs.replace(now, version=position, details=edit.details)
    save(tx, now.version, after, edit.actor, found, edit.at)
    outbox.record(tx, position, [ShopfrontChanged(after)], edit.at)
    return after


class TermsEdit(Struct, frozen=True):
    """The command to change delivery or taxes (the other is None) on a page that was drawn at version `seen`."""

    delivery: Delivery | None
    taxes: Taxes | None
    seen: int
    actor: str
    at: datetime


def change_terms(tx: Connection, edit: TermsEdit) -> Standing:
    """Changes delivery or taxes and tells every process; raises StaleEdit when somebody has changed the same since.

    What stands there already, as after a double click, is no change; a change of anything else does not stand in the way.
    """
    now = read(tx)
    after = structs.replace(now, delivery=edit.delivery or now.delivery, taxes=edit.taxes or now.taxes)
    found = terms_differences(now, after)
    if not found:
        return now
    if edit.seen != now.version:
        since = history(tx, MOST_SINCE, edit.seen)
        if len(since) == MOST_SINCE or touched(since, "delivery" if edit.delivery else "tax"):
            raise StaleEdit(STALE, version=now.version)
    position = outbox.reserve(tx, 1)
    after = structs.replace(after, version=position)
    save(tx, now.version, after, edit.actor, found, edit.at)
    outbox.record(tx, position, [ShopfrontChanged(after)], edit.at)
    return after


def _links(tx: Connection) -> tuple[Link, ...]:
    """The pages about the shop that can be read."""
    return tuple(page.link for page in about.pages(tx).values() if page.visible)


def save(tx: Connection, seen: int, after: Standing, actor: str, found: Sequence[Difference], at: datetime) -> None:
    """Writes the row and what was changed; raises StaleEdit when another transaction was first. The caller announces."""
    values = {name: json.encode(getattr(after, name)) for name in ("delivery", "taxes")}
    to = {f"to_{name}": value for name, value in values.items()} | {"to_data": json.encode(after.details)}
    if not run(tx, _SAVE, seen=seen, to_version=after.version, **to):
        raise StaleEdit(STALE)
    run(tx, _KEEP, version=after.version, actor=actor, differences=json.encode(found), at=at)


def history(tx: Connection, limit: int, after: int = -1) -> list[Entry]:
    """Changes after a version, the newest first."""
    return [
        Entry(row.version, row.actor, row.at, _decode_differences(row.differences))
        for row in rows(tx, _HISTORY, after=after, limit=limit)
    ]


class PageEdit(Struct, frozen=True):
    """The command to save a page about the shop that was opened at version `seen`; with `new`, under an address of its own."""

    page: Page
    seen: int
    actor: str
    at: datetime
    new: bool = False


def save_page(tx: Connection, edit: PageEdit) -> Page:
    """Saves a page about the shop and tells every process; answers it with its new version.

    Raises InvalidFields, NotFound for a page that isn't there, and StaleEdit with the newest `page` when somebody has saved it
    since. Saving what stands there already is no change.
    """
    known = about.pages(tx)
    there = known.get(edit.page.slug)
    if edit.new and there is not None:
        raise InvalidFields(fields={"slug": "There is a page at this address already. Choose another one."})
    if not edit.new and there is None:
        raise NotFound("There is no such page.")
    if edit.new and len(known) >= MAX_PAGES:
        raise InvalidFields(fields={"slug": f"{MAX_PAGES} pages are the most that fit. Take one over instead."})
    if there is not None and there.version and structs.replace(edit.page, version=there.version) == there:
        return there
    if (there.version if there else 0) != edit.seen:
        raise StaleEdit("Somebody saved this page since you opened it.", page=there)
    now = read(tx)
    position = outbox.reserve(tx, 1)
    page = structs.replace(edit.page, version=position)
    if not about.put(tx, page, edit.seen):
        raise StaleEdit("Somebody saved this page since you opened it.")
    after = structs.replace(now, version=position, pages=_links(tx))
    save(tx, now.version, after, edit.actor, page_differences(there, page), edit.at)
    outbox.record(tx, position, [ShopfrontChanged(after)], edit.at)
    return page
