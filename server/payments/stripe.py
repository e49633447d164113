"""Stripe as a payment provider: hosted Checkout Sessions, by its official client; only a shop that sells by Stripe imports it.

A payment's ref is its session. Our key stands in the metadata of all that is made, so that it can be looked up when the
idempotency key no longer helps: Stripe forgets keys after a day, and until then repeats even a 500.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from server.payments import signatures, stripe_answers
from server.payments import stripe_wire as wire
from server.payments.stripe_answers import KEY, Dispute, Event, Intent, Listed, Page, Refund, Session, Thing, read
from shop.ids import shown
from shop.payments import (
    Created,
    ForgedWebhook,
    Hint,
    PaymentState,
    ProviderDispute,
    ProviderError,
    ProviderPayment,
    ProviderRef,
    ProviderUnreachable,
    Refunded,
)

SIGNATURE_HEADER = "stripe-signature"

SHORTEST_PAGE = timedelta(minutes=31)
"""Stripe's page stays open for 30 minutes at least, counted by Stripe's clock."""

LONGEST_PAGE = timedelta(hours=23, minutes=50)
"""… and for a day at most."""

SKEW = timedelta(minutes=5)
LONGEST_KEY = timedelta(hours=26)
"""How long after its begin a `create` may still have been sent."""

PER_PAGE = 100
MOST_PAGES = 50
MOST_TRIES = 5
PAID_FACTS = ["payment_intent.latest_charge"]


class StripeProvider:
    """Fits `shop.payments.Provider`. Several webhook secrets may be given while one replaces the other.

    `api_url` is where Stripe is, `checkout_url` where its page is: on a domain of the merchant's own, if they have one.
    """

    name = "stripe"

    def __init__(
        self,
        key: str,
        webhook_secrets: tuple[str, ...],
        clock: Callable[[], datetime],
        *,
        api_url: str,
        checkout_url: str,
        timeout_seconds: float = wire.ANSWER_SECONDS,
    ) -> None:
        self._secrets = webhook_secrets
        self._clock = clock
        self._checkout = _origin(checkout_url)
        self._wire = wire.Wire(timeout_seconds)
        self._api = wire.client(key, api_url, self._wire).v1

    @property
    def origins(self) -> tuple[str, ...]:
        """Where Stripe's page is: checkout's form may end there."""
        return (self._checkout,)

    async def create(
        self,
        order: str,
        amount: int,
        currency: str,
        return_url: str,
        expires_at: datetime,
        key: str,
        *,
        begun_at: datetime | None = None,
        email: str = "",
    ) -> Created:
        """A Checkout Session with the order as its one line.

        Everything sent follows from the arguments, never from the time of the call: the same key must come with the same
        parameters. The page closes half an hour after `expires_at`, should the shop not be there to close it.
        """
        marks = {"order": order, KEY: key}
        wish: dict[str, Any] = {
            "mode": "payment",
            "client_reference_id": order,
            "success_url": return_url,
            "cancel_url": return_url,
            "expires_at": int(_page_end(begun_at, expires_at).timestamp()),
            "line_items": [{"quantity": 1, "price_data": _price(order, amount, currency)}],
            "metadata": marks,
            "payment_intent_data": {"metadata": marks, "description": f"Order {shown(order)}"},
            "adaptive_pricing": {"enabled": False},  # what is paid is what the shop asks for, in its currency
        } | ({"customer_email": email} if email else {})
        made = await self._opened(wish, key, begun_at or expires_at - LONGEST_KEY)
        told = (made.metadata.get(KEY), made.client_reference_id, made.amount_total, made.currency, _origin(made.url))
        if told != (key, order, stripe_answers.theirs(amount, currency), currency.lower(), self._checkout):
            raise ProviderUnreachable("Stripe answered with another session")
        return Created(ProviderRef(made.id), made.url)

    async def fetch(self, ref: ProviderRef) -> ProviderPayment:
        """The session as it stands at Stripe, with what was given back and is disputed."""
        return await self._payment(await self._session(ref))

    async def find(self, key: str, begun_at: datetime) -> ProviderPayment | None:
        """The session whose metadata has this key, among those that were made since the begin."""
        created = {"gte": int((begun_at - SKEW).timestamp()), "lte": int((begun_at + LONGEST_KEY).timestamp())}
        async for told in self._all(self._api.checkout.sessions.list_async, {"created": created}):
            listed = read(told, Listed)
            if (listed.metadata or {}).get(KEY) == key:
                return await self.fetch(ProviderRef(listed.id))
        return None

    async def cancel(self, ref: ProviderRef, key: str) -> ProviderPayment:
        """Expires an open session. One that Stripe won't expire has ended already, or is paid: it is answered as it is.

        Expiring twice is harmless, so `key` isn't sent: it would only repeat a failure for a day.
        """
        asked = self._api.checkout.sessions.expire_async(ref, {"expand": PAID_FACTS})
        try:
            session = _checked(read(await wire.answer(asked), Session), ref)
        except wire.Refused:
            return await self.fetch(ref)
        return await self._payment(session)

    async def refund(self, ref: ProviderRef, amount: int, key: str) -> Refunded:
        """Gives back `amount` minor units, once for each key: it looks for a refund with this key before it makes one."""
        session = await self._session(ref)
        intent = session.payment_intent
        if intent is None or session.payment_status != "paid":
            raise ProviderError("this payment has no money to give back")
        wish: dict[str, Any] = {
            "payment_intent": intent.id,
            "amount": stripe_answers.theirs(amount, intent.currency.upper()),
            "metadata": {"order": session.client_reference_id or "", KEY: key},
        }
        for again in range(MOST_TRIES):
            made = await self._refund_of(intent, key)
            if made is None:
                made = await self._refunded(wish, f"{key}.{again}" if again else key)
            if made is not None:
                return _given_back(made, wish)
        raise ProviderUnreachable("Stripe fails at this refund again and again")

    def parse_webhook(self, raw: bytes, headers: Mapping[str, str]) -> list[Hint]:
        """The hint of a signed event, if it is about a payment of this shop."""
        signature = next((value for name, value in headers.items() if name.lower() == SIGNATURE_HEADER), "")
        signatures.verify(raw, signature, self._secrets, self._clock())
        try:
            event = msgspec.json.decode(raw, type=Event)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise ForgedWebhook("the body is not an event") from None
        ref = _about(event.type, event.data.object)
        return [Hint(event.id, ProviderRef(ref), event.type)] if ref else []

    async def close(self) -> None:
        """Closes the connections to Stripe."""
        await self._wire.close_async()

    async def _opened(self, wish: dict[str, Any], key: str, begun_at: datetime) -> stripe_answers.Created:
        sessions = self._api.checkout.sessions
        asked = sessions.create_async(wish, {"idempotency_key": key})  # type: ignore[arg-type]
        try:
            return read(await wire.answer(asked), stripe_answers.Created)
        except wire.StuckKey as stuck:
            found = await self.find(key, begun_at)
            if found is None:
                raise ProviderError(f"{stuck}; no session was made, and this key is used up") from stuck
            if found.state is not PaymentState.NEEDS_ACTION:
                raise ProviderUnreachable("the session that was made has moved on") from stuck
            return read(await wire.answer(sessions.retrieve_async(found.ref)), stripe_answers.Created)

    async def _session(self, ref: ProviderRef) -> Session:
        asked = self._api.checkout.sessions.retrieve_async(ref, {"expand": PAID_FACTS})
        return _checked(read(await wire.answer(asked), Session), ref)

    async def _payment(self, session: Session) -> ProviderPayment:
        intent = session.payment_intent
        disputed = intent is not None and intent.latest_charge is not None and intent.latest_charge.disputed
        return stripe_answers.payment(session, await self._disputes(intent.id) if intent and disputed else ())

    async def _disputes(self, intent: str) -> tuple[ProviderDispute, ...]:
        told = self._all(self._api.disputes.list_async, {"payment_intent": intent})
        return tuple([stripe_answers.dispute(read(one, Dispute)) async for one in told])

    async def _refund_of(self, intent: Intent, key: str) -> Refund | None:
        async for told in self._all(self._api.refunds.list_async, {"payment_intent": intent.id}):
            refund = read(told, Refund)
            if (refund.metadata or {}).get(KEY) == key:
                return refund
        return None

    async def _refunded(self, wish: dict[str, Any], key: str) -> Refund | None:
        """The refund that was made now; None when this key repeats an old failure, so that the next one is needed."""
        asked = self._api.refunds.create_async(wish, {"idempotency_key": key})  # type: ignore[arg-type]
        try:
            return read(await wire.answer(asked), Refund)
        except wire.StuckKey:
            return None

    async def _all(self, ask: Callable[..., Any], wish: dict[str, Any]) -> AsyncIterator[Any]:
        """Everything in a list of Stripe's, page by page."""
        after: dict[str, Any] = {}
        for _ in range(MOST_PAGES):
            page = read(await wire.answer(ask(wish | after | {"limit": PER_PAGE})), Page)
            for told in page.data:
                yield told
            if not page.has_more or not page.data:
                return
            after = {"starting_after": page.data[-1].get("id", "")}
        raise ProviderUnreachable("Stripe's list is too long to look through")


def _page_end(begun_at: datetime | None, expires_at: datetime) -> datetime:
    """When Stripe's page closes by itself. Once the shop's own time is over, Stripe refuses it, and a new try is due."""
    end = expires_at + SHORTEST_PAGE
    return end if begun_at is None else min(end, begun_at + LONGEST_PAGE)


def _price(order: str, amount: int, currency: str) -> dict[str, Any]:
    return {
        "currency": currency.lower(),
        "unit_amount": stripe_answers.theirs(amount, currency),
        "product_data": {"name": f"Order {shown(order)}"},
    }


def _checked(session: Session, ref: ProviderRef) -> Session:
    if session.id != ref:
        raise ProviderUnreachable("Stripe answered with another session")
    return session


def _given_back(made: Refund, wish: dict[str, Any]) -> Refunded:
    if (made.payment_intent, made.amount) != (wish["payment_intent"], wish["amount"]):
        raise ProviderUnreachable("Stripe answered with another refund")
    if made.status in ("failed", "canceled"):
        reason = (made.failure_reason or made.status).replace("_", " ")
        raise ProviderError(f"Stripe could not give it back ({reason}); give it back another way")
    return Refunded(made.id, stripe_answers.ours(made.amount, made.currency))


def _about(kind: str, thing: Thing) -> str:
    """The name by which the shop knows what an event is about; empty when it is none of its payments.

    A session and a charge carry our key, so that those of another shop at the same account are told apart. Refunds that
    were made in Stripe's dashboard, and disputes, carry none: they go by their payment intent.
    """
    if kind.startswith("checkout.session."):
        return thing.id if KEY in (thing.metadata or {}) else ""
    if kind == "charge.refunded":
        return (thing.payment_intent or "") if KEY in (thing.metadata or {}) else ""
    if kind.startswith(("charge.dispute.", "charge.refund.", "refund.")):
        return thing.payment_intent or ""
    return ""


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()
