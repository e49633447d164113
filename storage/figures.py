"""The figures of a day, counted from orders and ledger whenever somebody asks: no counter is kept, so none can be wrong.

Every statement stays inside one index and the day it asks about, so a shop's age costs nothing.
"""

from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute

from shop import days
from shop.days import SLICE, Compared, Day, Period
from shop.figures import BEST_SELLERS, BestSeller, Counted, DayCounts, Hour
from shop.orders import OrderStatus
from storage import catalogue
from storage.column_types import to_millis
from storage.statements import rows
from storage.tables import LedgerEntry, Order, Product, Variant

_SLICE_MS = SLICE // SLICE.resolution // 1000


def _slices(column: InstrumentedAttribute[object], *sums: ColumnElement[int]) -> Select[*tuple[object, ...]]:
    """Counts of a day's orders by slice of elapsed time, in all and up to a moment."""
    elapsed = type_coerce(column, BigInteger) - bindparam("start_ms", type_=BigInteger())
    return (
        select(
            (elapsed // _SLICE_MS).label("slice"),
            func.count().label("found"),
            func.sum(case((column < bindparam("until"), 1), else_=0)).label("by_then"),
            *sums,
        )
        .where(column >= bindparam("start"), column < bindparam("end"))
        .group_by(literal_column("slice"))
    )


_PLACED = _slices(Order.placed_at)
_PAID = _slices(
    Order.paid_at,
    func.sum(Order.total - Order.refunded_amount).label("total"),
    func.sum(case((Order.paid_at < bindparam("until"), Order.total - Order.refunded_amount), else_=0)).label(
        "total_by_then"
    ),
).where(Order.status == OrderStatus.PAID.value)
_WAITING = select(func.count().label("found"), func.coalesce(func.sum(Order.total), 0).label("total")).where(
    Order.status == OrderStatus.PLACED.value
)
_BEST = (
    select(LedgerEntry.variant_id, func.sum(-LedgerEntry.on_hand).label("units"))
    # Spelled out and not bound, so that SQLite knows the index of sales to be good for it.
    .where(
        LedgerEntry.kind == literal_column("'sold'"),
        LedgerEntry.at >= bindparam("start"),
        LedgerEntry.at < bindparam("until"),
    )
    .group_by(LedgerEntry.variant_id)
    .order_by(literal_column("units").desc(), LedgerEntry.variant_id)
    .limit(bindparam("limit"))
)
_NAMED = (
    select(Variant.id, Variant.value, Variant.image, Product.slug, Product.name)
    .join(Product, Product.id == Variant.product_id)
    .where(Variant.id.in_(bindparam("variants", expanding=True)))
)


def read(tx: Connection, compared: Compared) -> DayCounts:
    """What is known of a day and of the days it is compared with; revenue is what was paid and not given back."""
    [waiting] = rows(tx, _WAITING)
    return DayCounts(
        day=_counted(tx, compared.day),
        before=_counted(tx, compared.before),
        week_before=_counted(tx, compared.week_before),
        waiting=waiting.found,
        waiting_total=int(waiting.total),
        best=_best(tx, compared.day),
        currency=catalogue.currency(tx),
    )


def _counted(tx: Connection, period: Period) -> Counted:
    day = period.day
    asked = {"start": day.start, "end": day.end, "until": period.until, "start_ms": to_millis(day.start)}
    placed, paid = rows(tx, _PLACED, **asked), rows(tx, _PAID, **asked)
    orders = _by_hour(day, [(row.slice, row.found) for row in placed])
    payments = _by_hour(day, [(row.slice, row.found) for row in paid])
    revenue = _by_hour(day, [(row.slice, row.total) for row in paid])
    return Counted(
        orders=sum(int(row.by_then) for row in placed),
        paid=sum(int(row.by_then) for row in paid),
        revenue=sum(int(row.total_by_then) for row in paid),
        hours=tuple(Hour(*found) for found in zip(orders, payments, revenue, strict=True)),
    )


def _by_hour(day: Day, found: Sequence[tuple[int, int]]) -> list[int]:
    hours = [0] * days.HOURS
    for slice_index, count in found:
        hours[days.hour_of(day, slice_index)] += int(count)
    return hours


def _best(tx: Connection, period: Period) -> tuple[BestSeller, ...]:
    sold = {
        row.variant_id: int(row.units)
        for row in rows(tx, _BEST, start=period.day.start, until=period.until, limit=BEST_SELLERS)
    }
    named = {row.id: row for row in rows(tx, _NAMED, variants=list(sold))} if sold else {}
    return tuple(
        BestSeller(variant, row.slug, row.name, row.value, row.image, units)
        for variant, units in sold.items()
        if (row := named.get(variant)) is not None
    )
