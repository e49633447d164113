"""Refunds: money that is owed back, noted before the provider hears of it, and made once."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, insert, select, update

from shop.errors import NotFound
from shop.ids import OrderNumber, crockford
from shop.orders import OrderStatus
from shop.payments import PaymentId, ProviderRef
from storage import orders, tables
from storage.asking import pause_after
from storage.statements import one, rows, run

_NEW = insert(tables.Refund)
_DUE = (
    select(tables.Refund, tables.Payment.ref.label("payment_ref"), tables.Payment.provider)
    .join(tables.Payment, tables.Payment.id == tables.Refund.payment_id)
    .where(tables.Refund.ask_at <= bindparam("now"))
    .order_by(tables.Refund.ask_at)
    .limit(bindparam("limit"))
)
_ONE = (
    select(tables.Refund, tables.Payment.order_number)
    .join(tables.Payment, tables.Payment.id == tables.Refund.payment_id)
    .where(tables.Refund.id == bindparam("refund"))
)
_DONE = (
    update(tables.Refund)
    .where(tables.Refund.id == bindparam("refund"), tables.Refund.done_at.is_(None))
    .values(ref=bindparam("to_ref"), done_at=bindparam("to_done_at"), ask_at=None)
)
_POSTPONE = (
    update(tables.Refund)
    .where(tables.Refund.id == bindparam("refund"), tables.Refund.done_at.is_(None))
    .values(asked=bindparam("to_asked"), ask_at=bindparam("to_ask_at"), last_reason=bindparam("to_reason"))
)
_ASK_NOW = (
    update(tables.Refund)
    .where(tables.Refund.id == bindparam("refund"), tables.Refund.done_at.is_(None))
    .values(ask_at=bindparam("now"))
)

MAX_REASON_LENGTH = 300


class Due(Struct, frozen=True):
    """A refund to be made now; the amount in minor units."""

    id: str
    provider: str
    ref: ProviderRef
    amount: int
    key: str


def owe(tx: Connection, payment: PaymentId, payment_key: str, amount: int, at: datetime, reason: str) -> None:
    """Notes that a payment is owed back in full; the reconciler makes it so. A payment is given back once at most."""
    values = {"id": crockford(16), "payment_id": payment, "key": f"{payment_key}-refund", "amount": amount}
    run(tx, _NEW, **values, reason=reason, ref=None, created_at=at, done_at=None, asked=0, ask_at=at)


def due(tx: Connection, now: datetime, limit: int) -> list[Due]:
    """Refunds that the provider should be asked for now."""
    return [
        Due(row.id, row.provider, row.payment_ref, row.amount, row.key) for row in rows(tx, _DUE, now=now, limit=limit)
    ]


def done(tx: Connection, refund: str, ref: str, at: datetime) -> None:
    """Notes that the provider has given the money back, and tells the shopper. Idempotent."""
    row = one(tx, _ONE, refund=refund)
    if row is None or not run(tx, _DONE, refund=refund, to_ref=ref, to_done_at=at):
        return
    [order] = orders.locked(tx, [row.order_number])
    if order.status is OrderStatus.REFUNDING:
        orders.move_on(tx, [replace(order, status=OrderStatus.REFUNDED)], (), at)


def postpone(tx: Connection, refund: str, at: datetime, reason: str = "") -> None:
    """Notes that the provider did not make it, and why, so it is asked again later."""
    row = one(tx, _ONE, refund=refund)
    if row is not None:
        again = {"to_asked": row.asked + 1, "to_ask_at": at + pause_after(row.asked)}
        run(tx, _POSTPONE, refund=refund, **again, to_reason=reason[:MAX_REASON_LENGTH])


def order_of(tx: Connection, refund: str) -> OrderNumber:
    """The order whose money it is; raises NotFound."""
    row = one(tx, _ONE, refund=refund)
    if row is None:
        raise NotFound("There is no such refund.")
    return OrderNumber(row.order_number)


def ask_now(tx: Connection, refund: str, at: datetime) -> bool:
    """Has the provider asked for it right away; answers whether it is still owed."""
    return bool(run(tx, _ASK_NOW, refund=refund, now=at))
