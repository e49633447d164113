"""Disputes: what cardholders ask their banks to take back, as the provider tells it, one row each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, insert, select, update

from shop.ids import OrderNumber
from shop.orders import Order
from shop.payments import OPEN_DISPUTES, DisputeState, PaymentId, ProviderDispute
from storage.statements import rows, run
from storage.tables import Dispute, Payment

_KNOWN = select(Dispute.ref, Dispute.told_at).where(Dispute.provider == bindparam("by"))
_NEW = insert(Dispute)
_CHANGED = (
    update(Dispute)
    .where(Dispute.provider == bindparam("by"), Dispute.ref == bindparam("which"))
    .values(
        state=bindparam("to_state"),
        amount=bindparam("to_amount"),
        reason=bindparam("to_reason"),
        answer_by=bindparam("to_answer_by"),
        told_at=bindparam("to_told_at"),
        ended_at=bindparam("to_ended_at"),
    )
)
_OF_PAYMENT = _KNOWN.add_columns(Dispute.state, Dispute.ended_at).where(Dispute.payment_id == bindparam("payment"))
_OF_ORDER = (
    select(Dispute)
    .join(Payment, Payment.id == Dispute.payment_id)
    .where(Payment.order_number == bindparam("number"))
    .order_by(Dispute.opened_at, Dispute.ref)
)


class Disputed(Struct, frozen=True):
    """A dispute as staff read it; the amount in minor units."""

    ref: str
    payment: PaymentId
    state: DisputeState
    amount: int
    currency: str
    reason: str
    opened_at: datetime
    answer_by: datetime | None
    ended_at: datetime | None

    @property
    def open(self) -> bool:
        return self.state in OPEN_DISPUTES


def hear(
    tx: Connection, order: Order, payment: PaymentId, provider: str, told: Sequence[ProviderDispute], at: datetime
) -> Order:
    """Keeps what the provider says of a payment's disputes, asked at this time; part of payments.settle.

    Answers the order with where its dispute stands now. What was asked earlier than what is known changes nothing.
    """
    if not told:
        return order
    known = {row.ref: row for row in rows(tx, _OF_PAYMENT, by=provider, payment=payment)}
    for dispute in told:
        before = known.get(dispute.ref)
        ended = None if dispute.state in OPEN_DISPUTES else (before.ended_at if before else None) or at
        values: dict[str, Any] = {
            "state": dispute.state.value,
            "amount": dispute.amount,
            "reason": dispute.reason,
            "answer_by": dispute.answer_by,
            "told_at": at,
            "ended_at": ended,
        }
        if before is None:
            fixed = {"provider": provider, "ref": dispute.ref, "payment_id": payment, "currency": dispute.currency}
            run(tx, _NEW, **fixed, opened_at=dispute.opened_at, **values)
        elif before.told_at <= at:
            run(tx, _CHANGED, by=provider, which=dispute.ref, **{f"to_{name}": value for name, value in values.items()})
    return replace(order, dispute=_standing(of(tx, order.number)))


def of(tx: Connection, number: OrderNumber) -> list[Disputed]:
    """The disputes of an order, the first first."""
    return [
        Disputed(
            row.ref,
            PaymentId(row.payment_id),
            DisputeState(row.state),
            row.amount,
            row.currency,
            row.reason,
            row.opened_at,
            row.answer_by,
            row.ended_at,
        )
        for row in rows(tx, _OF_ORDER, number=number)
    ]


def _standing(found: Sequence[Disputed]) -> DisputeState | None:
    """Where they stand in a word: an open one before those that are decided, else the newest."""
    waiting = [dispute for dispute in found if dispute.open]
    return (waiting or found)[-1].state if found else None
