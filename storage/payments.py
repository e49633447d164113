"""Payments: starting a try, and the one place where news of money becomes the state of an order (`settle`).

Webhook, return page and reconciler all end in `settle`. It is idempotent and only ever moves forward.
"""

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, Row, bindparam, exists, func, insert, select, update
from sqlalchemy.orm import aliased

from shop.checkout import BANK_SLACK
from shop.errors import NotFound, WrongState
from shop.fulfilment import Act
from shop.holds import PATIENCE, Patience
from shop.ids import OrderNumber, crockford
from shop.orders import Order, OrderStatus
from shop.payments import (
    ENDED_UNPAID,
    OPEN_STATES,
    PaymentId,
    PaymentState,
    ProviderDispute,
    ProviderPayment,
    ProviderRef,
    ProviderUnreachable,
    advance,
)
from shop.stock import Entry
from storage import disputes, orders, redeeming, refunds, stock, tables, webhooks
from storage.asking import FIRST_ASK, pause_after
from storage.statements import one, rows, run
from storage.stock import Move

_PAYMENT = select(tables.Payment).where(tables.Payment.id == bindparam("payment"))
_NEWEST = (
    select(tables.Payment)
    .where(tables.Payment.order_number == bindparam("number"))
    .order_by(tables.Payment.attempt.desc())
    .limit(1)
)
_NEW = insert(tables.Payment)
_OPENED = (
    update(tables.Payment)
    .where(tables.Payment.id == bindparam("payment"))
    .values(ref=bindparam("to_ref"), redirect=bindparam("to_redirect"), state=bindparam("to_state"))
)
_HEARD = (
    update(tables.Payment)
    .where(tables.Payment.id == bindparam("payment"))
    .values(state=bindparam("to_state"), asked=bindparam("to_asked"), ask_at=bindparam("to_ask_at"))
)
_TOLD = _HEARD.values(
    also_ref=bindparam("to_also_ref"),
    told_state=bindparam("to_told_state"),
    told_amount=bindparam("to_told_amount"),
    told_currency=bindparam("to_told_currency"),
    told_refunded=bindparam("to_told_refunded"),
    told_at=bindparam("to_told_at"),
    silent_since=None,
    silent_reason="",
)
_SILENT = _HEARD.values(silent_since=bindparam("to_silent_since"), silent_reason=bindparam("to_silent_reason"))
_NEWS = insert(tables.PaymentNews)
_LATER = aliased(tables.Payment)
_DUE = (
    select(
        tables.Payment,
        tables.Order.status.label("order_status"),
        exists()
        .where(_LATER.order_number == tables.Payment.order_number, _LATER.attempt > tables.Payment.attempt)
        .label("followed"),
    )
    .join(tables.Order, tables.Order.number == tables.Payment.order_number)
    .where(tables.Payment.ask_at <= bindparam("now"))
    .order_by(tables.Payment.ask_at)
    .limit(bindparam("limit"))
)

LONGEST_TRY = timedelta(hours=23)
"""How long the same key is sent to a provider: some forget keys after a day, and would open a second payment."""

MAX_REASON_LENGTH = 300


class Try(Struct, frozen=True):
    """One try to pay, as the doors and the reconciler need it; amount in minor units."""

    id: PaymentId
    order: OrderNumber
    provider: str
    key: str
    ref: ProviderRef | None
    redirect: str | None
    state: PaymentState
    amount: int
    currency: str
    expires_at: datetime
    asked: int
    begun_at: datetime
    email: str = ""
    """The shopper's, where one is begun or gone on with."""
    abandoned: bool = False
    """Nobody waits for it any more, so an open one should be ended at the provider."""


class News(Struct, frozen=True):
    """What was heard of a payment: from the provider's own books (`found`), or that it came to nothing there."""

    payment: PaymentId
    heard_from: str
    state: PaymentState
    amount: int
    currency: str
    decline_reason: str
    at: datetime
    asked_at: datetime | None = None
    """When the provider was asked, if it was."""
    told: bool = False
    """Whether these are the provider's own words."""
    refunded: int = 0
    also_ref: str = ""
    disputes: tuple[ProviderDispute, ...] = ()


def news_of(
    payment: PaymentId, found: ProviderPayment, heard_from: str, at: datetime, asked_at: datetime | None = None
) -> News:
    """What the provider answered when it was asked."""
    return News(
        payment,
        heard_from,
        found.state,
        found.amount,
        found.currency,
        found.decline_reason,
        at,
        asked_at,
        told=True,
        refunded=found.refunded,
        also_ref=found.also_ref,
        disputes=found.disputes,
    )


def check(payment: Try, found: ProviderPayment) -> None:
    """Raises ProviderUnreachable when the provider answered with a payment that was made by another key than ours."""
    if found.key != payment.key:
        raise ProviderUnreachable("the provider answered with another payment")


def start(tx: Connection, number: OrderNumber, provider: str, at: datetime, patience: Patience = PATIENCE) -> Try:
    """The try to pay that the shopper should go on with: the open one, or a new one after one that ended.

    Whoever goes to the bank late is held for a little longer (shop/holds.py). Raises NotFound, or WrongState when the order
    does not wait for money.
    """
    found = orders.locked(tx, [number])
    if not found:
        raise NotFound("There is no such order.")
    order = found[0]
    if not order.payable:
        raise WrongState("This order is not waiting to be paid.", order_status=order.status.value)
    order = orders.hold_longer(tx, order, at, patience)
    newest = one(tx, _NEWEST, number=number)
    if newest is not None and _goes_on(newest, provider, at):
        return replace(_try(newest), email=order.email)
    attempt = newest.attempt + 1 if newest is not None else 1
    values = {
        "id": crockford(16),
        "order_number": number,
        "attempt": attempt,
        "provider": provider,
        "key": f"{number}-{attempt}",
        "ref": None,
        "redirect": None,
        "state": PaymentState.CREATED.value,
        "amount": order.total,
        "currency": order.currency,
        "expires_at": order.hold_until + BANK_SLACK,
        "created_at": at,
        "asked": 0,
        "ask_at": at + FIRST_ASK,
    }
    run(tx, _NEW, **values)
    fresh = one(tx, _NEWEST, number=number)
    assert fresh is not None  # noqa: S101  inserted above
    return replace(_try(fresh), email=order.email)


def _goes_on(row: Row[Any], provider: str, at: datetime) -> bool:
    """Whether a try can be gone on with. One that the provider never answered, too long ago, is left to the reconciler."""
    fresh = row.redirect is not None or at - row.created_at < LONGEST_TRY
    return PaymentState(row.state) in OPEN_STATES and row.provider == provider and fresh


def opened(tx: Connection, payment: PaymentId, ref: ProviderRef, redirect: str, at: datetime) -> None:
    """Notes that the provider knows the payment, and where the shopper goes to pay it."""
    order, row = _both(tx, payment)
    before = PaymentState(row.state)
    state = advance(before, PaymentState.NEEDS_ACTION)
    run(tx, _OPENED, payment=payment, to_ref=ref, to_redirect=redirect, to_state=state.value)
    if state is not before and order.status is OrderStatus.PLACED:
        orders.move_on(tx, [replace(order, payment=state, bank_at=order.bank_at or at, decline_reason="")], (), at)


def settle(tx: Connection, news: News) -> OrderStatus:
    """Makes news of a payment true: sells the held units, takes them again, or gives the money back.

    Repeated, late and reordered news changes nothing. Answers the order's status after it.
    """
    order, row = _both(tx, news.payment)
    before = PaymentState(row.state)
    after = advance(before, news.state)
    _heard(tx, row, after, news, changed=after is not before)
    now = disputes.hear(tx, order, row.id, row.provider, news.disputes, news.asked_at or news.at)
    if now.dispute is not order.dispute and (after is before or not _waits(order)):
        orders.move_on(tx, [now], (), news.at, Act.DISPUTED)
    order = now
    if after is before:
        return order.status
    if after is PaymentState.PAID:
        return _paid(tx, order, row, news)
    newest = one(tx, _NEWEST, number=order.number)
    if newest is not None and newest.id == row.id and _waits(order):
        changed = replace(order, payment=after, decline_reason=news.decline_reason)
        orders.move_on(tx, [changed], (), news.at)
    return order.status


def _paid(tx: Connection, order: Order, row: Row[Any], news: News) -> OrderStatus:
    if not _waits(order):
        refunds.owe(tx, row.id, row.key, news.amount, news.at, "the order was paid already")
        return order.status
    paid = replace(order, payment=PaymentState.PAID, paid_at=news.at, bank_at=order.bank_at or news.at)
    if (news.amount, news.currency) != (row.amount, row.currency):
        return _give_back(tx, paid, row, news, "the bank took another amount than we asked for")
    if order.cancelled_by:
        return _give_back(tx, paid, row, news, "paid after we had cancelled the order")
    held = order.status is OrderStatus.PLACED
    if not held:
        if not orders.outranks_newer(tx, order, news.at):
            return _give_back(tx, paid, row, news, "paid after it was ordered again")
        if not redeeming.free_again(tx, order):
            return _give_back(tx, paid, row, news, "paid after the hold had ended, and its code was used up")
        levels = stock.locked(tx, (line.variant for line in order.lines))
        if any(levels[line.variant].level.orderable < line.quantity for line in order.lines):
            return _give_back(tx, paid, row, news, "paid after the hold had ended, and sold out")
        paid = replace(paid, replaced_by=None)
        redeeming.take_again(tx, order, news.at)
    orders.sell(tx, [paid], held=held, at=news.at)
    return OrderStatus.PAID


def _waits(order: Order) -> bool:
    """Whether no money has settled it yet."""
    return order.status in (OrderStatus.PLACED, OrderStatus.CANCELLED)


def _give_back(tx: Connection, order: Order, row: Row[Any], news: News, reason: str) -> OrderStatus:
    """Notes a refund in full, to be made by the reconciler, and releases what is still held."""
    refunds.owe(tx, row.id, row.key, news.amount, news.at, reason)
    was = orders.view(tx, order.number).status
    moves = [
        Move(line.variant, Entry.RELEASED, 0, -line.quantity, order=order.number, reason=reason)
        for line in (order.lines if was is OrderStatus.PLACED else ())
    ]
    orders.move_on(tx, [replace(order, status=OrderStatus.REFUNDING, ended_at=news.at)], moves, news.at)
    return OrderStatus.REFUNDING


def _heard(tx: Connection, row: Row[Any], state: PaymentState, news: News, *, changed: bool) -> None:
    """Notes the news, and when to ask again: ever more rarely, and no more once the end is known.

    What was hinted after the provider had been asked may be newer than its answer, so it stays due.
    """
    asked = 0 if changed else row.asked + 1
    ended = state in ENDED_UNPAID or state is PaymentState.PAID
    asked_at = news.asked_at or news.at
    ask_at = None if ended else news.at + pause_after(asked)
    if news.asked_at is not None and _hinted(row, news.asked_at, news.at):
        ask_at = row.ask_at
    elif news.also_ref and not row.also_ref and webhooks.waiting(tx, row.provider, news.also_ref, asked_at):
        ask_at = news.at  # nobody knew then which payment this name was of
    values = {"payment": row.id, "to_state": state.value, "to_asked": asked, "to_ask_at": ask_at}
    if news.told and (row.told_at is None or row.told_at <= asked_at):
        run(tx, _TOLD, **values, **_told(row, news), to_told_at=asked_at)
    else:
        run(tx, _HEARD, **values)
    if changed:
        run(
            tx,
            _NEWS,
            payment_id=row.id,
            heard_from=news.heard_from,
            state=news.state.value,
            detail=news.decline_reason,
            at=news.at,
        )
    refs = [ref for ref in (row.ref, row.also_ref or news.also_ref) if ref]
    webhooks.handled(tx, row.provider, refs, asked_at, news.at)


def _told(row: Row[Any], news: News) -> dict[str, Any]:
    return {
        "to_also_ref": news.also_ref or row.also_ref,
        "to_told_state": news.state.value,
        "to_told_amount": news.amount,
        "to_told_currency": news.currency,
        "to_told_refunded": news.refunded,
    }


def postpone(tx: Connection, payment: PaymentId, at: datetime, asked_at: datetime, reason: str = "") -> None:
    """Notes that the provider, asked at `asked_at`, did not answer, and why: it is asked again later, or at once after
    a hint."""
    row = one(tx, _PAYMENT, payment=payment)
    if row is None or row.ask_at is None:
        return
    values = {"payment": payment, "to_state": row.state, "to_asked": row.asked + 1}
    values["to_ask_at"] = row.ask_at if _hinted(row, asked_at, at) else at + pause_after(row.asked)
    if reason:
        since = row.silent_since or asked_at
        run(tx, _SILENT, **values, to_silent_since=since, to_silent_reason=reason[:MAX_REASON_LENGTH])
    else:
        run(tx, _HEARD, **values)


def _hinted(row: Row[Any], asked_at: datetime, at: datetime) -> bool:
    """Whether somebody said between these moments that there may be news."""
    return row.ask_at is not None and asked_at < row.ask_at <= at


def ask_now(tx: Connection, payment: PaymentId, at: datetime) -> Try:
    """Has the provider asked about it right away, ended or not; raises NotFound."""
    row = one(tx, _PAYMENT, payment=payment)
    if row is None:
        raise NotFound("There is no such payment.")
    run(tx, _HEARD, payment=payment, to_state=row.state, to_asked=0, to_ask_at=at)
    return _try(row)


def order_of(tx: Connection, payment: PaymentId) -> OrderNumber:
    """The order that the payment is for; raises NotFound."""
    row = one(tx, _PAYMENT, payment=payment)
    if row is None:
        raise NotFound("There is no such payment.")
    return OrderNumber(row.order_number)


def newest(tx: Connection, number: OrderNumber) -> Try | None:
    """The newest try to pay for an order."""
    row = one(tx, _NEWEST, number=number)
    return None if row is None else _try(row)


def due(tx: Connection, now: datetime, limit: int) -> list[Try]:
    """Payments that the provider should be asked about now."""
    return [
        replace(_try(row), abandoned=row.order_status != OrderStatus.PLACED.value or bool(row.followed))
        for row in rows(tx, _DUE, now=now, limit=limit)
    ]


def counts(tx: Connection) -> dict[str, int]:
    """How many payments stand in each state, for metrics."""
    found = tx.execute(select(tables.Payment.state, func.count()).group_by(tables.Payment.state)).all()
    return {row[0]: row[1] for row in found}


def _both(tx: Connection, payment: PaymentId) -> tuple[Order, Row[Any]]:
    """The order and payment, the order locked first, so that two news of one order come one after the other."""
    row = one(tx, _PAYMENT, payment=payment)
    if row is None:
        raise NotFound("There is no such payment.")
    [order] = orders.locked(tx, [row.order_number])
    row = one(tx, _PAYMENT, payment=payment)
    assert row is not None  # noqa: S101  payments are never deleted
    return order, row


def _try(row: Row[Any]) -> Try:
    return Try(
        PaymentId(row.id),
        OrderNumber(row.order_number),
        row.provider,
        row.key,
        row.ref,
        row.redirect,
        PaymentState(row.state),
        row.amount,
        row.currency,
        row.expires_at,
        row.asked,
        row.created_at,
    )
