"""The refunds of orders as their rows have them, read along with the orders that had any."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from shop.ids import OrderNumber
from shop.refunds import Refund, Taken
from storage.statements import rows
from storage.tables import Refund as Refunds
from storage.tables import RefundLine

_REFUNDS = (
    select(Refunds)
    .where(Refunds.order_number.in_(bindparam("numbers", expanding=True)), Refunds.rank.is_not(None))
    .order_by(Refunds.order_number, Refunds.rank)
)
_LINES = (
    select(RefundLine)
    .join(Refunds, Refunds.id == RefundLine.refund_id)
    .where(Refunds.order_number.in_(bindparam("numbers", expanding=True)))
    .order_by(RefundLine.refund_id, RefundLine.line)
)


def of(tx: Connection, numbers: Sequence[OrderNumber]) -> dict[OrderNumber, tuple[Refund, ...]]:
    """The refunds of these orders, the first first; an order without any is left out."""
    if not numbers:
        return {}
    lines: dict[str, list[Taken]] = {}
    for row in rows(tx, _LINES, numbers=list(numbers)):
        taken = Taken(row.line, row.units, row.back, row.restocked, row.amount, row.tax)
        lines.setdefault(row.refund_id, []).append(taken)
    found: dict[OrderNumber, tuple[Refund, ...]] = {}
    for row in rows(tx, _REFUNDS, numbers=list(numbers)):
        refund = Refund(
            id=row.id,
            rank=row.rank,
            amount=row.amount,
            lines=tuple(lines.get(row.id, ())),
            delivery=row.delivery,
            free=row.free,
            less=row.less,
            reason=row.reason,
            by=row.by,
            at=row.created_at,
            done_at=row.done_at,
            said="" if row.done_at else row.last_reason,
        )
        found[row.order_number] = (*found.get(row.order_number, ()), refund)
    return found
