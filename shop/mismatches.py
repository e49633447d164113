"""Payments that don't match: what differs between a provider's word and our books, and what becomes of it.

Normally there is none. Each says what it is, what happens by itself, and what is left for staff to do.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from shop.ids import OrderNumber
from shop.payments import DisputeState, PaymentState


class Kind(StrEnum):
    """What does not match."""

    AMOUNT = "amount"
    """Another amount was taken than we asked for, and is not given back yet."""
    WORD = "word"
    """Our books say paid, and the provider no longer does."""
    GIVEN_ELSEWHERE = "given_elsewhere"
    """More was given back than we know of."""
    NOT_GIVEN = "not_given"
    """Less was given back than our books say."""
    REFUND = "refund"
    """The provider was asked for a refund in vain."""
    SILENT = "silent"
    """The provider has not answered for long."""
    STUCK = "stuck"
    """It is still open, though its time is over."""
    DISPUTE = "dispute"
    """The cardholder wants the money back, and nothing is decided."""
    UNKNOWN = "unknown"
    """News of a payment that nobody knows."""


ACKNOWLEDGED = frozenset({Kind.WORD, Kind.GIVEN_ELSEWHERE, Kind.NOT_GIVEN})
"""Those that only a person can deal with, and that go when one says that it is done."""


class Mismatch(Struct, frozen=True, kw_only=True):
    """One line of the list; amounts in minor units. `subject` is the id of the payment or refund, or the unknown ref."""

    kind: Kind
    subject: str
    provider: str
    since: datetime
    order: OrderNumber | None = None
    ours: int = 0
    theirs: int = 0
    currency: str = ""
    their_currency: str = ""
    told: str = ""
    """The provider's word or reason, or the kind of news; for ACKNOWLEDGED the state that it told."""
    asked: int = 0
    state: DisputeState | None = None
    until: datetime | None = None
    """Until when the merchant can answer a dispute."""
    mark: str = ""
    """What a person who says that it is done has seen."""


class Words(Struct, frozen=True):
    """A mismatch in sentences."""

    what: str
    by_itself: str
    for_staff: str


class Told(Struct, frozen=True):
    """A payment's books beside the provider's last word; amounts in minor units."""

    state: PaymentState
    amount: int
    currency: str
    told_state: PaymentState
    told_amount: int
    told_currency: str
    told_refunded: int
    noted: int
    """What we have noted to give back of it, made or not."""
    made: int
    """What has been given back by our books."""
    given: int
    """What of it had been given back before the provider was asked."""


def difference(facts: Told) -> Kind | None:
    """What a payment's books and the provider's word differ in, the gravest first; None when they fit."""
    if facts.told_state is not PaymentState.PAID:
        return Kind.WORD if facts.state is PaymentState.PAID else None
    other_amount = (facts.told_amount, facts.told_currency) != (facts.amount, facts.currency)
    if other_amount and max(facts.told_refunded, facts.made) < facts.told_amount:
        return Kind.AMOUNT
    if facts.told_refunded > facts.noted:
        return Kind.GIVEN_ELSEWHERE
    return Kind.NOT_GIVEN if facts.told_refunded < facts.given else None


_WORDS = {
    Kind.AMOUNT: Words(
        "{theirs} was taken, and we had asked for {ours}.",
        "The order does not count as paid by it, and the money is being given back.",
        "Nothing, as long as this line goes within a day.",
    ),
    Kind.WORD: Words(
        "Our books say paid, and the provider now says {told}.",
        "Nothing. The order stays as it is.",
        "Look at this payment at the provider before you send anything. When you have dealt with it, say so here.",
    ),
    Kind.GIVEN_ELSEWHERE: Words(
        "{theirs} was given back at the provider, and this shop knows of {ours}.",
        "Nothing. The order stays as it is.",
        "If that was you, and the order is as you want it, say so here.",
    ),
    Kind.NOT_GIVEN: Words(
        "We had {ours} given back, and the provider says that {theirs} has gone out.",
        "Nothing. A refund can fail days later, when a card has ended.",
        "Give it back another way, such as by a transfer, and then say so here.",
    ),
    Kind.REFUND: Words(
        "{ours} is owed back, and asking for it failed {times}: {reason}",
        "We go on asking, at least once an hour.",
        "If the provider can’t do it, give it back another way, and then say so here.",
    ),
    Kind.SILENT: Words(
        "The provider gives no answer about this payment: {reason}",
        "We go on asking, at least once an hour. Whatever comes is settled then.",
        "Look whether the provider has trouble, and whether its key in the settings is right.",
    ),
    Kind.STUCK: Words(
        "This payment of {ours} is still open at the provider, though its time is over.",
        "We go on asking, at least once an hour. Debits and transfers can take days.",
        "Nothing, unless it is older than two weeks.",
    ),
    Kind.DISPUTE: Words(
        "The cardholder wants {ours} back from their bank. The reason given: {told}.",
        "Their bank decides.",
        "Answer it at the provider, with what shows that the goods arrived.",
    ),
    Kind.UNKNOWN: Words(
        "News of a payment that this shop does not know: {reason}",
        "Nothing.",
        "If another shop uses the same account, it is theirs. Else look at this payment at the provider.",
    ),
}
_ANSWERED = "Nothing. Your answer is there."


def words(found: Mismatch, money: Callable[[int, str], str]) -> Words:
    """The mismatch in sentences; `money` writes an amount."""
    facts = {
        "ours": money(found.ours, found.currency),
        "theirs": money(found.theirs, found.their_currency or found.currency),
        "told": found.told.replace("_", " ") or "none",
        "reason": _sentence(found.told),
        "times": "once" if found.asked == 1 else f"{found.asked} times",
    }
    said = _WORDS[found.kind]
    answered = found.kind is Kind.DISPUTE and found.state is DisputeState.REVIEW
    return Words(said.what.format(**facts), said.by_itself, _ANSWERED if answered else said.for_staff)


def _sentence(reason: str) -> str:
    """A reason that somebody else gave, with a full stop."""
    return f"{reason.rstrip(' .') or 'it gave no reason'}."
