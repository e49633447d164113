"""Backorders: whether more of a variant can be ordered than is there, which the ledger notes with who said so.

The law that stock keeps: what can be bought (on hand less held) never falls below zero, except while backorders are taken.
Once they are taken no more, what is owed still stands, and can only become less.
"""

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, insert, update

from shop.events import Event, ProductChanged, StockChanged
from shop.ids import VariantId
from shop.stock import MAX_ON_HAND, Entry, public
from storage import catalogue, outbox, stock
from storage.statements import many, run
from storage.tables import LedgerEntry, Stock

_SET = (
    update(Stock)
    .where(Stock.variant_id == bindparam("which"))
    .values(backorder=bindparam("to_backorder"), owing=bindparam("to_owing"), version=bindparam("to_version"))
)
_NOTE = insert(LedgerEntry)


def take(tx: Connection, wanted: Mapping[VariantId, bool], actor: str, at: datetime) -> None:
    """Says of these variants whether backorders are taken, notes it in the ledger, and tells everybody.

    What stands so already is left alone.
    """
    found = stock.locked(tx, wanted).items()
    before = {variant: row for variant, row in found if row.level.backorder is not wanted[variant]}
    if not before:
        return
    after = {variant: replace(row.level, backorder=wanted[variant]) for variant, row in before.items()}
    events: list[Event] = []
    for variant, level in after.items():
        seen = None if public(level) == public(before[variant].level) else public(level)
        told = (variant, before[variant].product, level.on_hand, level.held, seen, level.backorder)
        events.append(StockChanged(*told))
    flipped = {
        row.product for variant, row in before.items() if (row.level.orderable > 0) != (after[variant].orderable > 0)
    }
    catalogue.lock(tx, flipped)
    first = outbox.reserve(tx, len(events) + len(flipped))
    for position, (variant, level) in enumerate(after.items(), first):
        owing = MAX_ON_HAND if level.backorder else max(0, -level.available)
        run(tx, _SET, which=variant, to_backorder=level.backorder, to_owing=owing, to_version=position)
    many(tx, _NOTE, [entry(variant, level.backorder, actor, at) for variant, level in after.items()])
    if flipped:
        states = catalogue.states(tx, flipped)
        places = dict(zip(sorted(flipped), range(first + len(events), first + len(events) + len(flipped)), strict=True))
        catalogue.touch(tx, {product: (place, states.get(product)) for product, place in places.items()})
        events += [ProductChanged(product, states.get(product), offers_only=True) for product in places]
    outbox.record(tx, first, events, at)


def entry(variant: VariantId, taken: object, actor: str, at: datetime) -> dict[str, object]:
    """The ledger's row that says so; it moves nothing."""
    kind = Entry.BACKORDER if taken else Entry.NO_BACKORDER
    return {
        "variant_id": variant,
        "kind": kind.value,
        "on_hand": 0,
        "held": 0,
        "order_number": None,
        "actor": actor,
        "reason": "",
        "at": at,
    }
