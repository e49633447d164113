"""Payments that don't match, read from the books: where the provider's last word and our own differ, or there is none.

Each query has an index that holds little else, since the list is normally empty and every page for staff counts it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, select, text, update

from shop.errors import NotFound
from shop.fulfilment import Act, Clerk
from shop.ids import OrderNumber
from shop.mismatches import ACKNOWLEDGED, Kind, Mismatch, Told, difference
from shop.payments import OPEN_DISPUTES, OPEN_STATES, DisputeState, PaymentId, PaymentState
from storage import order_events, refunds, webhooks
from storage.statements import one, rows, run
from storage.tables import AMISS, Dispute, Payment, Refund, Webhook

MOST = 200
"""How many of each kind are shown."""

SILENT_FOR = timedelta(minutes=5)
STUCK_FOR = timedelta(hours=1)
UNKNOWN_FOR = timedelta(minutes=2)
EVER = datetime.fromtimestamp(0, UTC)
VAIN = 2
"""How often a refund is asked for in vain before anybody is told."""

_OPEN = [state.value for state in OPEN_STATES]
_UNDECIDED = [state.value for state in OPEN_DISPUTES]
_TOLD = select(Payment).where(text(f"({AMISS})")).order_by(Payment.told_at.desc()).limit(MOST)
_REFUNDS_OF = select(Refund.payment_id, Refund.amount, Refund.done_at).where(
    Refund.payment_id.in_(bindparam("payments", expanding=True))
)
_SILENT = (
    select(Payment)
    .where(Payment.silent_since.is_not(None), Payment.silent_since <= bindparam("before"))
    .order_by(Payment.silent_since)
    .limit(MOST)
)
_STUCK = (
    select(Payment)
    .where(
        Payment.state.in_(bindparam("states", expanding=True)),
        Payment.ask_at.is_not(None),
        Payment.silent_since.is_(None),
        Payment.expires_at <= bindparam("before"),
    )
    .order_by(Payment.expires_at)
    .limit(MOST)
)
_VAIN = (
    select(Refund, Payment.order_number, Payment.provider, Payment.currency, Payment.told_currency)
    .join(Payment, Payment.id == Refund.payment_id)
    .where(Refund.ask_at >= bindparam("ever"), Refund.asked >= VAIN)
    .order_by(Refund.created_at)
    .limit(MOST)
)
_DISPUTES = (
    select(Dispute, Payment.order_number)
    .join(Payment, Payment.id == Dispute.payment_id)
    .where(Dispute.state.in_(bindparam("states", expanding=True)))
    .order_by(Dispute.opened_at)
    .limit(MOST)
)
_UNKNOWN = (
    select(Webhook)
    .where(
        Webhook.handled_at.is_(None),
        Webhook.heard_at <= bindparam("before"),
        # Two questions, each with an index: one with "or" would read all payments.
        ~exists().where(Payment.provider == Webhook.provider, Payment.ref == Webhook.ref),
        ~exists().where(Payment.provider == Webhook.provider, Payment.also_ref == Webhook.ref),
    )
    .order_by(Webhook.heard_at)
    .limit(MOST)
)
_PAYMENT = select(Payment).where(Payment.id == bindparam("payment"))
_KNOWN = update(Payment).where(Payment.id == bindparam("payment")).values(known_amiss=bindparam("mark"))
_REFUND = (
    select(Refund, Payment.order_number)
    .join(Payment, Payment.id == Refund.payment_id)
    .where(Refund.id == bindparam("refund"))
)


def found(tx: Connection, now: datetime) -> list[Mismatch]:
    """All that does not match now, what waits longest first."""
    vain = rows(tx, _VAIN, ever=EVER)
    owed = {row.payment_id for row in vain}
    every = [
        *(one for one in _differences(tx) if not (one.kind is Kind.AMOUNT and one.subject in owed)),
        *(_silent(row) for row in rows(tx, _SILENT, before=now - SILENT_FOR)),
        *(_stuck(row) for row in rows(tx, _STUCK, states=_OPEN, before=now - STUCK_FOR)),
        *(_vain(row) for row in vain),
        *(_dispute(row) for row in rows(tx, _DISPUTES, states=_UNDECIDED)),
        *_unknown(rows(tx, _UNKNOWN, before=now - UNKNOWN_FOR)),
    ]
    return sorted(every, key=lambda mismatch: mismatch.since)


def count(tx: Connection, now: datetime) -> int:
    """How many there are."""
    return len(found(tx, now))


def known(tx: Connection, payment: PaymentId, mark: str, clerk: Clerk, at: datetime) -> bool:
    """Somebody has dealt with a difference: it is shown no more, unless the provider says something else again.

    Answers whether it was still so, as it was when its `mark` was seen. Raises NotFound.
    """
    row = one(tx, _PAYMENT, payment=payment)
    if row is None:
        raise NotFound("There is no such payment.")
    if row.known_amiss == mark:
        return True
    if _mark(row) != mark:
        return False
    run(tx, _KNOWN, payment=payment, mark=mark)
    detail = f"of try {row.attempt}"
    order_events.note(tx, OrderNumber(row.order_number), Act.PAYMENT_SETTLED, clerk, at, detail)
    return True


def given_by_hand(tx: Connection, refund: str, clerk: Clerk, at: datetime) -> OrderNumber:
    """Somebody has given the money back another way, so nobody is asked for it any more. Idempotent; raises NotFound."""
    row = one(tx, _REFUND, refund=refund)
    if row is None:
        raise NotFound("There is no such refund.")
    number = OrderNumber(row.order_number)
    if row.done_at is None:
        refunds.done(tx, refund, f"{refunds.BY_HAND}{clerk.name}", at)
        order_events.note(tx, number, Act.GIVEN_BACK, clerk, at)
    return number


def dismiss(tx: Connection, provider: str, ref: str, at: datetime) -> None:
    """News of an unknown payment is none of ours."""
    webhooks.handled(tx, provider, [ref], at, at)


def _differences(tx: Connection) -> Iterator[Mismatch]:
    told = rows(tx, _TOLD)
    if not told:
        return
    noted: dict[str, int] = defaultdict(int)
    made: dict[str, int] = defaultdict(int)
    given: dict[str, int] = defaultdict(int)
    asked_at = {row.id: row.told_at for row in told}
    for refund in rows(tx, _REFUNDS_OF, payments=list(asked_at)):
        noted[refund.payment_id] += refund.amount
        if refund.done_at is not None:
            made[refund.payment_id] += refund.amount
            given[refund.payment_id] += refund.amount if refund.done_at < asked_at[refund.payment_id] else 0
    for row in told:
        kind = difference(_facts(row, noted[row.id], made[row.id], given[row.id]))
        if kind is not None and not (kind in ACKNOWLEDGED and row.known_amiss == _mark(row)):
            yield _differing(row, kind, noted[row.id], given[row.id])


def _facts(row: Row[Any], noted: int, made: int, given: int) -> Told:
    return Told(
        state=PaymentState(row.state),
        amount=row.amount,
        currency=row.currency,
        told_state=PaymentState(row.told_state),
        told_amount=row.told_amount,
        told_currency=row.told_currency,
        told_refunded=row.told_refunded,
        noted=noted,
        made=made,
        given=given,
    )


def _differing(row: Row[Any], kind: Kind, noted: int, given: int) -> Mismatch:
    ours = {Kind.AMOUNT: row.amount, Kind.GIVEN_ELSEWHERE: noted, Kind.NOT_GIVEN: given}.get(kind, row.amount)
    theirs = row.told_amount if kind is Kind.AMOUNT else row.told_refunded
    return Mismatch(
        kind=kind,
        subject=row.id,
        provider=row.provider,
        since=row.told_at,
        order=OrderNumber(row.order_number),
        ours=ours,
        theirs=theirs,
        currency=row.currency if kind is Kind.AMOUNT else row.told_currency,
        their_currency=row.told_currency,
        told=row.told_state,
        mark=_mark(row),
    )


def _mark(row: Row[Any]) -> str:
    """The provider's word as one text: when it changes, so does this."""
    return f"{row.told_state} {row.told_amount} {row.told_currency} {row.told_refunded}"


def _silent(row: Row[Any]) -> Mismatch:
    return _of_payment(row, Kind.SILENT, row.silent_since, row.silent_reason)


def _stuck(row: Row[Any]) -> Mismatch:
    return _of_payment(row, Kind.STUCK, row.expires_at, row.state)


def _of_payment(row: Row[Any], kind: Kind, since: datetime, told: str) -> Mismatch:
    return Mismatch(
        kind=kind,
        subject=row.id,
        provider=row.provider,
        since=since,
        order=OrderNumber(row.order_number),
        ours=row.amount,
        currency=row.currency,
        told=told,
        asked=row.asked,
    )


def _vain(row: Row[Any]) -> Mismatch:
    return Mismatch(
        kind=Kind.REFUND,
        subject=row.id,
        provider=row.provider,
        since=row.created_at,
        order=OrderNumber(row.order_number),
        ours=row.amount,
        currency=row.told_currency or row.currency,
        told=row.last_reason,
        asked=row.asked,
    )


def _dispute(row: Row[Any]) -> Mismatch:
    return Mismatch(
        kind=Kind.DISPUTE,
        subject=row.payment_id,
        provider=row.provider,
        since=row.opened_at,
        order=OrderNumber(row.order_number),
        ours=row.amount,
        currency=row.currency,
        told=row.reason,
        state=DisputeState(row.state),
        until=row.answer_by,
    )


def _unknown(heard: Sequence[Row[Any]]) -> list[Mismatch]:
    """One for each payment that nobody knows, with all that was heard of it."""
    by_ref: dict[tuple[str, str], list[Row[Any]]] = defaultdict(list)
    for row in heard:
        by_ref[row.provider, row.ref].append(row)
    return [
        Mismatch(
            kind=Kind.UNKNOWN,
            subject=ref,
            provider=provider,
            since=found[0].heard_at,
            told=", ".join(dict.fromkeys(row.kind for row in found)),
        )
        for (provider, ref), found in by_ref.items()
    ]
