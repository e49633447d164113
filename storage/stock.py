"""Stock: counters that only move together with a row of the ledger and an event, and can't be oversold.

A verb that moves stock locks the rows (`locked`), decides, and posts its movements (`post`). There is no other way.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, insert, select, update

from shop import stock
from shop.catalogue import ProductState
from shop.errors import InvalidFields, NotFound, StaleEdit
from shop.events import Event, ProductChanged, StockChanged
from shop.ids import OrderNumber, VariantId
from shop.stock import MAX_ON_HAND, Entry, Level
from storage import catalogue, outbox
from storage.statements import many, rows, run, scalar
from storage.tables import LedgerEntry, Product, Stock, Variant

_LOCKED = (
    select(Stock.variant_id, Stock.on_hand, Stock.held, Stock.version, Stock.backorder, Stock.owing, Product.slug)
    .join(Variant, Variant.id == Stock.variant_id)
    .join(Product, Product.id == Variant.product_id)
    .where(Stock.variant_id.in_(bindparam("variants", expanding=True)))
    .order_by(Stock.variant_id)
    .with_for_update(of=Stock, key_share=True)
)
_SET = (
    update(Stock)
    .where(Stock.variant_id == bindparam("variant"))
    .values(on_hand=bindparam("to_on_hand"), held=bindparam("to_held"), version=bindparam("to_version"))
)
_LOW_AT = select(Stock.low_at).where(Stock.variant_id == bindparam("variant"))
_SET_LOW_AT = (
    update(Stock)
    .where(Stock.variant_id == bindparam("which"))
    .values(low_at=bindparam("to"), version=bindparam("to_version"))
)
_OWE_LESS = (
    update(Stock).where(Stock.variant_id == bindparam("which"), ~Stock.backorder).values(owing=bindparam("to_owing"))
)
_LEDGER = insert(LedgerEntry)
_COUNTERS = select(Stock.variant_id, Stock.on_hand, Stock.held)


class Locked(Struct, frozen=True):
    """A row of stock that this transaction has locked, with the slug of its product."""

    level: Level
    product: str
    owing: int = 0
    """How far below zero what can be bought may stand."""


class Move(Struct, frozen=True):
    """A movement of one variant's counters, in units; it becomes a row of the ledger."""

    variant: VariantId
    kind: Entry
    on_hand: int
    held: int
    order: OrderNumber | None = None
    actor: str = "shop"
    reason: str = ""


class Booked(Struct, frozen=True):
    """Movements that are written, but for their events: from which position on these stand, and where others follow."""

    first: int
    events: list[Event]
    more: int


class Edit(Struct, frozen=True):
    """The command of staff to set what is on hand. `expected` is the number they saw when they decided."""

    variant: VariantId
    on_hand: int
    expected: int
    actor: str
    reason: str
    at: datetime


class Threshold(Struct, frozen=True):
    """The command of staff to say when a variant runs low. `expected` is the number they saw when they decided."""

    variant: VariantId
    low_at: int
    expected: int
    at: datetime


def locked(tx: Connection, variants: Iterable[VariantId]) -> dict[VariantId, Locked]:
    """Locks the variants' rows, always in one order, and answers what stands in them."""
    return {
        row.variant_id: Locked(Level(row.on_hand, row.held, row.version, bool(row.backorder)), row.slug, row.owing)
        for row in rows(tx, _LOCKED, variants=sorted(set(variants)))
    }


def post(
    tx: Connection,
    before: Mapping[VariantId, Locked],
    moves: Sequence[Move],
    more: Sequence[Event],
    at: datetime,
) -> int:
    """Writes counters, ledger and events of these movements, and `more` events after them.

    Answers the position of the first of `more`; the others follow it. Movements that would leave a counter negative are a
    bug of the caller and fail on the table's constraints.
    """
    booked = book(tx, before, moves, len(more), at)
    outbox.record(tx, booked.first, [*booked.events, *more], at)
    return booked.more


def book(tx: Connection, before: Mapping[VariantId, Locked], moves: Sequence[Move], more: int, at: datetime) -> Booked:
    """As `post`, for whoever writes other things before the events: it records them, those of the movements first."""
    after = _moved(before, moves)
    events: list[Event] = []
    flipped: set[str] = set()
    for variant, level in after.items():
        was, product = before[variant].level, before[variant].product
        events.append(StockChanged(variant, product, level.on_hand, level.held, _news(was, level), level.backorder))
        if (level.orderable > 0) != (was.orderable > 0):
            flipped.add(product)
    stock_events = len(events)
    states: dict[str, ProductState] = {}
    if flipped:
        catalogue.lock(tx, flipped)
        available = {variant: level.orderable > 0 for variant, level in after.items()}
        states = catalogue.states(tx, flipped, available)
        events += [ProductChanged(product, states.get(product), offers_only=True) for product in sorted(flipped)]
    first = outbox.reserve(tx, len(events) + more)
    many(
        tx,
        _SET,
        [
            {"variant": variant, "to_on_hand": level.on_hand, "to_held": level.held, "to_version": first + place}
            for place, (variant, level) in enumerate(after.items())
        ],
    )
    many(tx, _LEDGER, [_entry(move, at) for move in moves])
    for variant, level in after.items():
        if before[variant].owing and not level.backorder:
            run(tx, _OWE_LESS, which=variant, to_owing=max(0, -level.available))
    places = dict(zip(sorted(flipped), range(first + stock_events, first + len(events)), strict=True))
    catalogue.touch(tx, {product: (place, states.get(product)) for product, place in places.items()})
    return Booked(first, events, first + len(events))


def set_on_hand(tx: Connection, edit: Edit) -> Level:
    """Sets what is on hand, if it still is what the editor saw; answers the new level.

    Raises NotFound, StaleEdit (with the newest value) or InvalidFields (fewer than are held for payment).
    """
    found = locked(tx, [edit.variant]).get(edit.variant)
    if found is None:
        raise NotFound("There is no such variant.")
    level = found.level
    if level.on_hand != edit.expected:
        raise StaleEdit(
            f"It was {edit.expected} when you looked and is {level.on_hand} now.",
            on_hand=level.on_hand,
            held=level.held,
        )
    least = min(0, level.on_hand)
    if not least <= edit.on_hand <= MAX_ON_HAND:
        raise InvalidFields(fields={"on_hand": f"From {least} to {MAX_ON_HAND}."})
    least = level.held - found.owing
    if edit.on_hand < least:
        raise InvalidFields(fields={"on_hand": f"Not fewer than {least}: so many are held for people who are paying."})
    if edit.on_hand == level.on_hand:
        return level
    change = edit.on_hand - level.on_hand
    kind = stock.kind_of(change, edit.reason)
    move = Move(edit.variant, kind, change, 0, actor=edit.actor, reason=edit.reason)
    post(tx, {edit.variant: found}, [move], (), edit.at)
    return replace(level, on_hand=edit.on_hand)


def set_low_at(tx: Connection, threshold: Threshold) -> None:
    """Says when a variant runs low, if that still is what the editor saw, and tells the dashboards.

    Raises NotFound, StaleEdit (with the newest value) or InvalidFields.
    """
    found = locked(tx, [threshold.variant]).get(threshold.variant)
    if found is None:
        raise NotFound("There is no such variant.")
    now = scalar(tx, _LOW_AT, variant=threshold.variant)
    if now != threshold.expected:
        raise StaleEdit(f"It was {threshold.expected} when you looked and is {now} now.", low_at=now)
    if not 0 <= threshold.low_at <= MAX_ON_HAND:
        raise InvalidFields(fields={"low_at": f"From 0 to {MAX_ON_HAND}."})
    position = outbox.reserve(tx, 1)
    run(tx, _SET_LOW_AT, which=threshold.variant, to=threshold.low_at, to_version=position)
    level = found.level
    # Shoppers see no difference, so nobody but the dashboards hears of it.
    event = StockChanged(threshold.variant, found.product, level.on_hand, level.held, None, level.backorder)
    outbox.record(tx, position, [event], threshold.at)


def counters(tx: Connection) -> dict[VariantId, tuple[int, int]]:
    """On hand and held of every variant, in units, for audits."""
    return {row.variant_id: (row.on_hand, row.held) for row in rows(tx, _COUNTERS)}


def _moved(before: Mapping[VariantId, Locked], moves: Sequence[Move]) -> dict[VariantId, Level]:
    after: dict[VariantId, Level] = {}
    for move in moves:
        level = after.get(move.variant) or before[move.variant].level
        on_hand, held = level.on_hand + move.on_hand, level.held + move.held
        after[move.variant] = Level(on_hand, held, level.version, level.backorder)
    return after


def _news(before: Level, after: Level) -> stock.Public | None:
    seen = stock.public(after)
    return None if seen == stock.public(before) else seen


def _entry(move: Move, at: datetime) -> dict[str, object]:
    return {
        "variant_id": move.variant,
        "kind": move.kind.value,
        "on_hand": move.on_hand,
        "held": move.held,
        "order_number": move.order,
        "actor": move.actor,
        "reason": move.reason,
        "at": at,
    }
