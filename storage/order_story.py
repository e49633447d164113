"""An order's whole story as staff read it: its payments and how each word of them was heard, refunds, and acts of staff."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, and_, bindparam, or_, select

from shop.ids import OrderNumber
from shop.orders import Order
from shop.payments import PaymentState
from storage import disputes, order_events, order_search, orders, outbox
from storage.disputes import Disputed
from storage.order_events import Noted
from storage.order_search import Neighbours
from storage.statements import rows
from storage.tables import Payment, PaymentNews, Refund, Webhook

_PAYMENTS = select(Payment).where(Payment.order_number == bindparam("number")).order_by(Payment.attempt)
_NEWS = (
    select(PaymentNews)
    .join(Payment, Payment.id == PaymentNews.payment_id)
    .where(Payment.order_number == bindparam("number"))
    .order_by(PaymentNews.id)
)
_WEBHOOKS = (
    select(Payment.id, Webhook.kind, Webhook.heard_at)
    .join(
        Webhook,
        and_(Webhook.provider == Payment.provider, or_(Webhook.ref == Payment.ref, Webhook.ref == Payment.also_ref)),
    )
    .where(Payment.order_number == bindparam("number"))
    .order_by(Webhook.heard_at, Webhook.event_id)
)
_REFUNDS = (
    select(Refund)
    .join(Payment, Payment.id == Refund.payment_id)
    .where(Payment.order_number == bindparam("number"))
    .order_by(Refund.created_at)
)


class Heard(Struct, frozen=True):
    """A word about a payment. `way` is how it was heard; a webhook names what it is about in `detail`."""

    way: str
    state: PaymentState | None
    detail: str
    at: datetime


class Given(Struct, frozen=True):
    """Money that is owed back, and when it was given; the amount in minor units."""

    amount: int
    reason: str
    owed_at: datetime
    done_at: datetime | None
    asked: int


class Attempt(Struct, frozen=True):
    """A try to pay; the amount in minor units."""

    attempt: int
    provider: str
    ref: str | None
    state: PaymentState
    amount: int
    currency: str
    at: datetime
    heard: list[Heard]
    refunds: list[Given]


class Story(Struct, frozen=True):
    """All of it as of a position of the outbox."""

    position: int
    order: Order
    attempts: list[Attempt]
    acts: list[Noted]
    neighbours: Neighbours
    disputes: list[Disputed] = []


def read(tx: Connection, number: OrderNumber) -> Story:
    """The story of an order; raises NotFound."""
    position = outbox.head(tx)
    order = orders.view(tx, number)
    return Story(
        position,
        order,
        _attempts(tx, number),
        order_events.of(tx, number),
        order_search.neighbours(tx, order),
        disputes.of(tx, number),
    )


def _attempts(tx: Connection, number: OrderNumber) -> list[Attempt]:
    heard: dict[str, list[Heard]] = {}
    for row in rows(tx, _NEWS, number=number):
        heard.setdefault(row.payment_id, []).append(Heard(row.heard_from, PaymentState(row.state), row.detail, row.at))
    for row in rows(tx, _WEBHOOKS, number=number):
        heard.setdefault(row.id, []).append(Heard("webhook", None, row.kind, row.heard_at))
    refunds: dict[str, list[Given]] = {}
    for row in rows(tx, _REFUNDS, number=number):
        given = Given(row.amount, row.reason, row.created_at, row.done_at, row.asked)
        refunds.setdefault(row.payment_id, []).append(given)
    return [
        Attempt(
            attempt=row.attempt,
            provider=row.provider,
            ref=row.ref,
            state=PaymentState(row.state),
            amount=row.amount,
            currency=row.currency,
            at=row.created_at,
            heard=sorted(heard.get(row.id, ()), key=lambda word: word.at),
            refunds=refunds.get(row.id, []),
        )
        for row in rows(tx, _PAYMENTS, number=number)
    ]
