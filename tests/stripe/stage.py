"""A shop that sells by Stripe, with the stand-in on the other side and the clock in the test's hand."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from server import audit
from server.app import LINE
from server.payments.stripe import StripeProvider
from shop.judge import Finding
from storage.asking import LAST_ASK
from tests.house import House, open_house
from tests.proof.shopper import Shopper
from tests.stripe.books import APPROVED
from tests.stripe.standin import KEY, SECRET, Standin, standing_in

HOLD_MINUTES = 16
PATIENCE_SECONDS = 0.5
"""How long the shop waits for the stand-in, so that its silence does not take a test ten seconds."""


@dataclass
class Stage:
    """The house, Stripe, and one shopper in a browser's place."""

    house: House
    stripe: Standin
    shopper: Shopper
    session: aiohttp.ClientSession

    @property
    def provider(self) -> StripeProvider:
        provider = self.house.app[LINE].provider
        assert isinstance(provider, StripeProvider)
        return provider

    async def at_stripe(self, units: int = 1, place: int = 0) -> tuple[str, str]:
        """A placed order, of the variant at a place, whose shopper stands on Stripe's page: its number, and the session."""
        number = await self.shopper.order_placed(await self.shopper.variant(place=place), units)
        return number, await self.sent_to_pay(number)

    async def sent_to_pay(self, number: str) -> str:
        """Begins to pay; answers the session."""
        return (await self.shopper.at_the_bank(number)).rpartition("/")[2]

    async def pay(self, session: str, card: str = APPROVED) -> str:
        """Presses the card's button on Stripe's page; answers where the browser goes."""
        return await self.shopper.pay_at(f"{self.stripe.url}/c/pay/{session}", card)

    async def comes_back(self, number: str) -> str:
        """The shopper's browser opens the order's page; answers the order's status after it."""
        async with self.session.get(f"/orders/{number}") as page:
            assert page.status == 200
        return await self.shopper.status(number)

    async def look(self, times: int = 1) -> None:
        """The reconciler looks, as late as it takes for everything to be due."""
        for _ in range(times):
            self.house.clock.advance(seconds=LAST_ASK.total_seconds() + 1)
            await self.house.engine.reconciler.look()

    async def hold_ends(self) -> None:
        """The hold runs out, and the sweeper notices; nobody has asked Stripe yet."""
        self.house.clock.advance(minutes=HOLD_MINUTES)
        await self.house.engine.sweeper.sweep()

    async def judge(self, acknowledged: Sequence[str] = ()) -> list[Finding]:
        """What the judge finds in the shop's and Stripe's books."""
        return await audit.findings(self.house.db, self.stripe.facts(), acknowledged)


@contextlib.asynccontextmanager
async def shop_with_stripe(data: Path, *, background: bool = False, **changes: Any) -> AsyncIterator[Stage]:
    """Opens all of it. Without `background`, sweeper and reconciler only run by hand."""
    async with standing_in() as stripe:
        usual: dict[str, Any] = {
            "provider": "stripe",
            "stripe_key": KEY,
            "stripe_webhook_secrets": (SECRET,),
            "stripe_url": stripe.url,
            "stripe_checkout_url": stripe.url,
        }
        async with open_house(data, background=background, **(usual | changes)) as house, house.client() as session:
            stripe.clock = house.clock
            stripe.webhook_url = f"{house.url}/webhooks/payments/stripe"
            stage = Stage(house, stripe, Shopper(session), session)
            stage.provider._wire._timeout_seconds = PATIENCE_SECONDS
            yield stage
