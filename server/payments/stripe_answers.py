"""What Stripe's answers must look like, and what they mean for the shop. Anything else is no answer at all."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from shop.payments import (
    DisputeState,
    PaymentState,
    ProviderDispute,
    ProviderError,
    ProviderPayment,
    ProviderRef,
    ProviderUnreachable,
)

KEY = "payment_key"
"""The name under which our key stands in the metadata of sessions, payment intents and refunds."""

Text = Annotated[str, Meta(min_length=1, max_length=500)]
Amount = Annotated[int, Meta(gt=0)]
Currency = Annotated[str, Meta(pattern=r"^[a-z]{3}\Z")]
Seconds = Annotated[int, Meta(ge=0, le=253_402_300_799)]
"""Unix seconds, up to the last year that a datetime knows."""

MOVED_POINT = {"ISK": 100, "UGX": 100}
"""Stripe counts these in hundredths, though they have none: https://docs.stripe.com/currencies#special-cases"""

THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Stripe takes only amounts of these that end in 0."""


class Fault(Struct, frozen=True):
    """Why a payment method was declined."""

    code: str | None = None
    decline_code: str | None = None


class Charge(Struct, frozen=True):
    id: Text
    amount_refunded: Annotated[int, Meta(ge=0)]
    disputed: bool


class Intent(Struct, frozen=True):
    """A payment intent; `latest_charge` is expanded wherever we ask."""

    id: Text
    status: Text
    amount_received: Annotated[int, Meta(ge=0)]
    currency: Currency
    latest_charge: Charge | None = None
    last_payment_error: Fault | None = None


class Session(Struct, frozen=True):
    """A Checkout Session with its payment intent expanded."""

    id: Text
    object: Literal["checkout.session"]
    status: Literal["open", "complete", "expired"]
    payment_status: Literal["paid", "unpaid"]
    """The third, no_payment_required, can't be: every payment of ours has an amount."""
    amount_total: Amount
    currency: Currency
    metadata: dict[str, str]
    client_reference_id: str | None = None
    payment_intent: Intent | None = None
    url: str | None = None

    def __post_init__(self) -> None:
        paid = self.payment_status == "paid"
        intent = self.payment_intent
        if paid and (intent is None or intent.latest_charge is None or not intent.amount_received):
            raise ValueError("paid without a charge")
        if paid and self.status != "complete":
            raise ValueError("paid and not complete")


class Created(Struct, frozen=True):
    """A Checkout Session as `create` answers it, with nothing expanded."""

    id: Text
    object: Literal["checkout.session"]
    url: Text
    amount_total: Amount
    currency: Currency
    metadata: dict[str, str]
    client_reference_id: str


class Listed(Struct, frozen=True):
    """A session in a list: enough to tell whether it is the one."""

    id: Text
    metadata: dict[str, str] | None = None


class Refund(Struct, frozen=True):
    id: Text
    object: Literal["refund"]
    amount: Amount
    currency: Currency
    status: Literal["pending", "requires_action", "succeeded", "failed", "canceled"]
    payment_intent: str | None = None
    metadata: dict[str, str] | None = None
    failure_reason: str | None = None


class Evidence(Struct, frozen=True):
    due_by: Seconds | None = None


class Dispute(Struct, frozen=True):
    id: Text
    object: Literal["dispute"]
    amount: Amount
    currency: Currency
    status: Text
    reason: str
    created: Seconds
    evidence_details: Evidence | None = None


class Page(Struct, frozen=True):
    """A page of a list, newest first."""

    object: Literal["list"]
    data: list[dict[str, Any]]
    has_more: bool


class Thing(Struct, frozen=True):
    """What an event is about. Each kind names its payment in its own way."""

    id: Text
    object: Text
    payment_intent: str | None = None
    metadata: dict[str, str] | None = None


class Data(Struct, frozen=True):
    object: Thing


class Event(Struct, frozen=True):
    id: Text
    type: Text
    data: Data


S = TypeVar("S", bound=Struct)


def read(told: Any, form: type[S]) -> S:
    """The answer in this form; raises ProviderUnreachable, since what breaks the documentation tells nothing."""
    try:
        return msgspec.convert(told, type=form)
    except msgspec.ValidationError as fault:
        raise ProviderUnreachable(f"Stripe's answer can't be read: {fault}") from fault


def payment(session: Session, disputes: tuple[ProviderDispute, ...] = ()) -> ProviderPayment:
    """The session as the shop knows payments. Only `payment_status` decides whether it is paid."""
    intent = session.payment_intent
    paid = session.payment_status == "paid"
    charge = intent.latest_charge if intent is not None and paid else None
    amount, currency = session.amount_total, session.currency
    if intent is not None and paid:
        amount, currency = intent.amount_received, intent.currency
    return ProviderPayment(
        ref=ProviderRef(session.id),
        key=session.metadata.get(KEY, ""),
        state=_state(session),
        amount=ours(amount, currency),
        currency=currency.upper(),
        refunded=ours(charge.amount_refunded, currency) if charge is not None else 0,
        decline_reason=_decline_reason(intent),
        also_ref=intent.id if intent is not None else "",
        disputes=disputes,
    )


def dispute(told: Dispute) -> ProviderDispute:
    """A dispute as the shop knows it."""
    due_by = told.evidence_details.due_by if told.evidence_details is not None else None
    state = _dispute_state(told.status)
    return ProviderDispute(
        ref=told.id,
        state=state,
        amount=ours(told.amount, told.currency),
        currency=told.currency.upper(),
        reason=told.reason,
        opened_at=datetime.fromtimestamp(told.created, UTC),
        answer_by=datetime.fromtimestamp(due_by, UTC) if due_by and state is DisputeState.OPEN else None,
    )


def theirs(amount: int, currency: str) -> int:
    """Our minor units as Stripe counts them. Raises ProviderError for an amount that can't be paid there."""
    if currency in THREE_DECIMALS and amount % 10:
        raise ProviderError(f"Stripe takes no third decimal of {currency}: the amount must end in 0")
    return amount * MOVED_POINT.get(currency, 1)


def ours(amount: int, currency: str) -> int:
    """Stripe's count in our minor units. Raises ProviderUnreachable for a part of our smallest unit."""
    units, rest = divmod(amount, MOVED_POINT.get(currency.upper(), 1))
    if rest:
        raise ProviderUnreachable(f"Stripe's amount is a part of the smallest {currency.upper()}")
    return units


def _state(session: Session) -> PaymentState:
    if session.payment_status == "paid":
        return PaymentState.PAID
    if session.status == "open":
        return PaymentState.NEEDS_ACTION
    if session.status == "expired":
        return PaymentState.EXPIRED
    # Complete and unpaid: a debit or a transfer that is decided in minutes or days.
    match session.payment_intent.status if session.payment_intent is not None else "":
        case "requires_payment_method" | "canceled":
            return PaymentState.FAILED
        case "requires_capture":
            return PaymentState.AUTHORIZED
    return PaymentState.PROCESSING


def _decline_reason(intent: Intent | None) -> str:
    fault = intent.last_payment_error if intent is not None else None
    return "" if fault is None else fault.decline_code or fault.code or ""


def _dispute_state(status: str) -> DisputeState:
    """An unknown status is an open dispute: somebody should look."""
    match status:
        case "won" | "warning_closed" | "prevented":
            return DisputeState.WON
        case "lost":
            return DisputeState.LOST
        case "under_review" | "warning_under_review" | "appeal_under_review":
            return DisputeState.REVIEW
    return DisputeState.OPEN
