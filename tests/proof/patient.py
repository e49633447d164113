"""Somebody who shops through power cuts: what gets no answer, or a 503, is sent again as it was, until it is answered."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import NoReturn, ParamSpec, TypeVar

import aiohttp

from tests.house import DETAILS
from tests.proof.process import Process
from tests.proof.shopper import Shopper

PATIENCE_SECONDS = 100.0
BREATH_SECONDS = 0.05
TRIES_TO_FIND = 40
"""How often an acknowledged order is looked for before it counts as lost."""

P = ParamSpec("P")
R = TypeVar("R")


class NotYet(Exception):
    """The answer was: later."""


class Lost(Exception):
    """The shop does not know an order that it has acknowledged."""


class Patient:
    """One shopper at a shop that may be killed. `acknowledged` hears the number of every order as soon as it is told."""

    def __init__(self, session: aiohttp.ClientSession, shop: Process, acknowledged: Callable[[str], object]) -> None:
        self.shopper = Shopper(session)
        self.unanswered = 0
        self._shop = shop
        self._acknowledged = acknowledged
        self._key = ""
        self._not_found = 0

    async def buy(self, variant: str, *, by_form: bool = False) -> str | None:
        """Buys one unit, from cart to paid; answers the order's number, or None when what it needs has gone.

        Raises Lost when an acknowledged order is not there.
        """
        number = await self.order(variant, by_form=by_form)
        if number is not None:
            await self._again(self._pay, number)
            await self.see_paid(number)
        return number

    async def order(self, variant: str, *, by_form: bool = False) -> str | None:
        """Puts one unit into the cart and orders it; answers the order's number, or None when it has gone."""
        self._key, self._not_found = secrets.token_hex(8), 0
        await self._again(self._fill, variant)
        number = await self._again(self._place_by_form if by_form else self._place)
        if number is not None:
            self._acknowledged(number)
        return number

    async def see_paid(self, number: str) -> None:
        """Comes back from the bank, as a browser does, and looks until the order is paid."""
        await self._again(self._look, number)

    async def _again(self, call: Callable[P, Awaitable[R]], *args: P.args, **named: P.kwargs) -> R:
        """What the call answers in the end. Lost connections and 503s are what it must live with."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                await self._shop.up.wait()
                try:
                    return await call(*args, **named)
                except (aiohttp.ClientError, OSError, TimeoutError, NotYet):
                    self.unanswered += 1
                    await asyncio.sleep(BREATH_SECONDS)

    async def _fill(self, variant: str) -> None:
        found = await self.shopper.ask("POST", "/cart/lines", {"variant": variant, "quantity": 1}, self._key)
        if found.status == 503:
            raise NotYet
        assert found.status == 200, found

    async def _place(self) -> str | None:
        found = await self.shopper.place(self._key)
        if found.status == 503:
            raise NotYet
        if found.status == 409:
            assert found.code in ("sold_out", "empty_cart"), found
            await self._empty_cart()
            return None
        if found.status == 404:  # placed, and can't be read
            self._miss("the order just placed")
        assert found.status == 201, found
        return str(found["number"])

    async def _place_by_form(self) -> str | None:
        form = DETAILS | {"command": self._key}
        async with self.shopper.session.post("/checkout", data=form, allow_redirects=False) as answer:
            if answer.status == 503:
                raise NotYet
            if answer.status == 303:
                return answer.headers["Location"].split("/")[2]
            assert answer.status == 409, await answer.text()
        await self._empty_cart()
        return None

    async def _empty_cart(self) -> None:
        cart = await self.shopper.ask("GET", "/cart")
        for line in cart["lines"]:
            await self.shopper.ask("DELETE", f"/cart/lines/{line['variant']}")

    async def _pay(self, number: str) -> None:
        started = await self.shopper.start_payment(number)
        if started.status == 503:
            raise NotYet
        if started.status == 404:
            self._miss(number)
        if started.status == 409:  # paid by the try before, whose answer was lost
            assert started.code == "wrong_state", started
            return
        assert started.status == 201, started
        await self.shopper.pay_at(str(started["redirect_url"]))

    async def _look(self, number: str) -> None:
        async with self.shopper.session.get(f"/orders/{number}", params={"payment": "back"}) as page:
            if page.status == 404:
                self._miss(number)
            assert page.status in (200, 503), await page.text()
        found = await self.shopper.order(number)
        if found.status == 503 or found["status"] == "placed":
            raise NotYet
        assert (found.status, found["status"]) == (200, "paid"), found

    def _miss(self, what: str) -> NoReturn:
        """An order is not there: perhaps not yet, and after some tries not any more."""
        self._not_found += 1
        raise Lost(what) if self._not_found > TRIES_TO_FIND else NotYet
