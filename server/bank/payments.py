"""What can happen to a payment at the bank: verbs on the open transaction. Money is taken in one place, `_take`.

needs_action → processing → paid | failed | cancelled | expired
"""

from collections.abc import Callable
from typing import Any

import msgspec

from server.bank import records, webhooks
from server.bank.books import Tx
from server.bank.cards import CHALLENGE_CODE, Behaviour, Card
from server.bank.records import Payment, State, Wish, new_id
from server.bank.refusals import Invalid, TooLate

SLOW_SECONDS = 20
DISPUTE_SECONDS = 10
VERDICT_SECONDS = 60
LATE_SECONDS = 10


def create(tx: Tx, key: str, wish: Wish) -> Payment:
    """A new payment that waits for its shopper; the key must be new. Raises Invalid if its time is over already."""
    expires_ms = int(wish.expires_at.timestamp() * 1000)
    if expires_ms <= tx.now_ms:
        raise Invalid("invalid_field", "This time has passed already.", field="expires_at")
    payment = Payment(
        id=new_id("pay"),
        key=key,
        order_number=wish.order,
        amount=wish.amount,
        currency=wish.currency,
        return_url=wish.return_url,
        description=wish.description,
        created_ms=tx.now_ms,
        expires_ms=expires_ms,
        wake_ms=expires_ms,
    )
    return records.insert(tx, payment)


def cancel(tx: Tx, payment_id: str) -> Payment:
    """Ends a payment that waits for its shopper; one that ended without money stays as it is. Raises TooLate."""
    payment = records.read(tx, payment_id)
    if payment.state is State.NEEDS_ACTION:
        return _end(tx, payment, State.CANCELLED)
    if payment.state in {State.PAID, State.PROCESSING}:
        _refuse(tx, payment, f"payment_{payment.state}", "The money is on its way or taken; refund it instead.")
    return payment


def give_up(tx: Tx, payment_id: str) -> Payment:
    """What the shopper's cancel button does: like `cancel`, but a payment that is past it simply stays."""
    payment = records.read(tx, payment_id)
    return cancel(tx, payment_id) if payment.state is State.NEEDS_ACTION else payment


def refund(tx: Tx, payment_id: str, amount: int) -> str:
    """Gives back `amount` minor units and returns the refund's id. Raises TooLate if not paid, or more than is left."""
    payment = records.read(tx, payment_id)
    if payment.state is not State.PAID:
        _refuse(tx, payment, "not_paid", "Only a paid payment can be refunded.")
    if amount > payment.amount - payment.refunded:
        _refuse(tx, payment, "refund_too_large", "That is more than is left of this payment.")
    refund_id = new_id("ref")
    tx.sql.execute("INSERT INTO refunds VALUES (?, ?, ?, ?)", (refund_id, payment.id, amount, tx.now_ms))
    records.change(tx, payment, refunded=payment.refunded + amount)
    webhooks.announce(tx, "payment.refunded", payment.id)
    return refund_id


def pay(tx: Tx, payment_id: str, card: Card) -> Payment:
    """What the card does to a payment that waits for its shopper; any other payment stays as it is."""
    payment = records.read(tx, payment_id)
    if payment.state is not State.NEEDS_ACTION:
        return payment
    return _TAKE_CARD[card.behaviour](tx, msgspec.structs.replace(payment, last4=card.last4), card)


def answer_challenge(tx: Tx, payment_id: str, code: str) -> Payment:
    """The right code takes the money, any other declines. Nothing happens unless a challenge is open."""
    payment = records.read(tx, payment_id)
    if payment.state is not State.NEEDS_ACTION or not payment.challenged:
        return payment
    if code == CHALLENGE_CODE:
        return _take(tx, payment)
    return _end(tx, payment, State.FAILED, decline_reason="authentication_failed")


def wake(tx: Tx) -> None:
    """Does what the clock alone brings about: expiry, a slow approval, a dispute."""
    for payment in records.due(tx):
        if payment.state is State.NEEDS_ACTION:
            _end(tx, payment, State.EXPIRED)
        elif payment.state is State.PROCESSING:
            _take(tx, payment)
        elif payment.disputed:
            tx.sql.execute("UPDATE disputes SET ended_ms = ? WHERE payment = ?", (tx.now_ms, payment.id))
            records.change(tx, payment, wake_ms=None)
            webhooks.announce(tx, "payment.dispute_ended", payment.id)
        else:
            tx.sql.execute("UPDATE disputes SET opened_ms = ? WHERE payment = ?", (tx.now_ms, payment.id))
            records.change(tx, payment, disputed=True, wake_ms=_later(tx, VERDICT_SECONDS))
            webhooks.announce(tx, "payment.disputed", payment.id)


def _take(tx: Tx, payment: Payment, *, late_seconds: float = 0, **changes: Any) -> Payment:
    """The only place where money is taken. The charge's UNIQUE payment makes a second one impossible."""
    charge = (new_id("ch"), payment.id, payment.amount, tx.now_ms)
    tx.sql.execute("INSERT INTO charges VALUES (?, ?, ?, ?)", charge)
    webhooks.announce(tx, "payment.paid", payment.id, late_seconds=late_seconds)
    return records.change(tx, payment, **({"wake_ms": None} | changes), state=State.PAID)


def _end(tx: Tx, payment: Payment, state: State, **changes: Any) -> Payment:
    webhooks.announce(tx, f"payment.{state}", payment.id)
    return records.change(tx, payment, **changes, state=state, wake_ms=None)


def _challenge(tx: Tx, payment: Payment, _card: Card) -> Payment:
    return records.change(tx, payment, challenged=True)


def _decline(tx: Tx, payment: Payment, card: Card) -> Payment:
    return _end(tx, payment, State.FAILED, decline_reason=card.decline_reason)


def _approve_later(tx: Tx, payment: Payment, _card: Card) -> Payment:
    webhooks.announce(tx, "payment.processing", payment.id)
    return records.change(tx, payment, state=State.PROCESSING, wake_ms=_later(tx, SLOW_SECONDS))


def _take_silently(tx: Tx, payment: Payment, _card: Card) -> Payment:
    late_seconds = LATE_SECONDS * tx.settings.fast
    return _take(tx, payment, late_seconds=late_seconds, silent_until_ms=_later(tx, LATE_SECONDS))


def _take_then_dispute(tx: Tx, payment: Payment, card: Card) -> Payment:
    """The dispute is written down already, and opened by the clock."""
    verdict = "won" if card.behaviour is Behaviour.DISPUTE_WON else "lost"
    planned = (new_id("dp"), payment.id, payment.amount, "fraudulent", verdict)
    tx.sql.execute("INSERT INTO disputes (id, payment, amount, reason, verdict) VALUES (?, ?, ?, ?, ?)", planned)
    return _take(tx, payment, wake_ms=_later(tx, DISPUTE_SECONDS))


_TAKE_CARD: dict[Behaviour, Callable[[Tx, Payment, Card], Payment]] = {
    Behaviour.APPROVE: lambda tx, payment, _card: _take(tx, payment),
    Behaviour.DECLINE: _decline,
    Behaviour.CHALLENGE: _challenge,
    Behaviour.SLOW: _approve_later,
    Behaviour.LOSE_ANSWER: _take_silently,
    Behaviour.DISPUTE_WON: _take_then_dispute,
    Behaviour.DISPUTE_LOST: _take_then_dispute,
}


def _later(tx: Tx, seconds: float) -> int:
    return tx.now_ms + int(seconds * tx.settings.fast * 1000)


def _refuse(tx: Tx, payment: Payment, code: str, message: str) -> None:
    raise TooLate(code, message, payment=payment.public(tx.settings.public_url))
