"""What the contract suite needs of a provider's other side. To hold another provider to it, write one more of these."""

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import orjson
from aiohttp import web

from server.payments.stripe import StripeProvider
from shop.payments import Created, Provider, ProviderUnreachable
from tests.bank.stage import Bank, Clock, Shop, bank_running, listening
from tests.stripe import wire
from tests.stripe.standin import KEY, SECRET, Standin, standing_in

Webhook = tuple[bytes, dict[str, str]]


class Side(Protocol):
    """A provider, and what its shoppers and cardholders do there."""

    provider: Provider
    clock: Clock
    begun_at: datetime
    """When the test began: what is sent by a key follows from it, and so is always the same."""

    async def pays(self, made: Created) -> None:
        """The shopper pays on the hosted page, at once."""
        ...

    async def disputes(self, made: Created) -> None:
        """The shopper pays, and their bank asks for the money back."""
        ...

    async def webhook(self, made: Created) -> Webhook:
        """The newest webhook about the payment, as it comes in: its body and headers."""
        ...

    async def moved(self, made: Created) -> tuple[list[int], list[int]]:
        """What was taken and what was given back, in the provider's own books."""
        ...

    def loses_an_answer(self) -> None:
        """The next call that changes something is carried out, and its answer never arrives."""
        ...


class StripeSide:
    """Stripe, as its stand-in plays it."""

    def __init__(self, provider: Provider, clock: Clock, stripe: Standin) -> None:
        self.provider = provider
        self.clock = clock
        self.begun_at = clock()
        self._stripe = stripe

    async def pays(self, made: Created) -> None:
        assert self._stripe.books.pay(made.ref)

    async def disputes(self, made: Created) -> None:
        await self.pays(made)
        self._stripe.books.dispute(made.ref)

    async def webhook(self, made: Created) -> Webhook:
        raw = orjson.dumps(self._stripe.books.events[-1])
        return raw, {"Stripe-Signature": wire.signed(raw, self._stripe.now(), SECRET)}

    async def moved(self, made: Created) -> tuple[list[int], list[int]]:
        [facts] = [facts for facts in self._stripe.facts() if facts.ref == made.ref]
        return list(facts.charges), list(facts.refunds)

    def loses_an_answer(self) -> None:
        self._stripe.fails("cut", method="POST")


class SandboxSide:
    """The sandbox bank itself."""

    def __init__(self, clock: Clock, bank: Bank, shop: Shop) -> None:
        self.provider: Provider = bank.provider
        self.clock = clock
        self.begun_at = clock()
        self._bank = bank
        self._shop = shop

    async def pays(self, made: Created) -> None:
        assert (await self._bank.pay(made, "4242424242424242"))[0] == 303

    async def disputes(self, made: Created) -> None:
        await self._bank.pay(made, "4000000000000259")
        await self._bank.passes(self.clock, 11)
        await self._shop.hears(1, "payment.disputed")

    async def webhook(self, made: Created) -> Webhook:
        heard = [one for one in await self._shop.hears(1) if one.payment == made.ref][-1]
        return heard.raw, heard.headers

    async def moved(self, made: Created) -> tuple[list[int], list[int]]:
        [entry] = [entry for entry in await self._bank.books() if entry["id"] == made.ref]
        return [one["amount"] for one in entry["charges"]], [one["amount"] for one in entry["refunds"]]

    def loses_an_answer(self) -> None:
        provider = self._bank.provider
        ask = provider._ask

        async def lost(*args: Any, **more: Any) -> Any:
            provider._ask = ask  # type: ignore[method-assign]
            await ask(*args, **more)
            raise ProviderUnreachable("half an answer")

        provider._ask = lost  # type: ignore[method-assign]


@contextlib.asynccontextmanager
async def stripe_side(_data: Path) -> AsyncIterator[StripeSide]:
    clock = Clock()
    async with standing_in() as stripe:
        stripe.clock = clock
        provider = StripeProvider(KEY, (SECRET,), clock, api_url=stripe.url, checkout_url=stripe.url, timeout_seconds=2)
        try:
            yield StripeSide(provider, clock, stripe)
        finally:
            await provider.close()


@contextlib.asynccontextmanager
async def sandbox_side(data: Path) -> AsyncIterator[SandboxSide]:
    clock, shop = Clock(), Shop()
    app = web.Application()
    app.router.add_post("/webhooks/payments/sandbox", shop.webhook)
    async with listening(app) as shop_url, bank_running(data / "bank.db", shop_url, clock) as bank:
        yield SandboxSide(clock, bank, shop)


SIDES: dict[str, Callable[[Path], contextlib.AbstractAsyncContextManager[Side]]] = {
    "sandbox": sandbox_side,
    "stripe": stripe_side,
}
