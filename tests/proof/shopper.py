"""Somebody who shops over the JSON API, with a cookie jar of their own, as the proofs need it."""

import secrets
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from tests.house import DETAILS

API = "/api/v1"
APPROVED = "4242424242424242"
DECLINED = "4000000000000002"
SLOW = "4000000000000077"
ANSWER_LOST = "4000000000000341"
MUG = "harbour-mug"


class Staffed(Protocol):
    """A shop that tests may work in as staff."""

    def staff(self) -> AbstractAsyncContextManager[aiohttp.ClientSession]: ...


@dataclass
class Answer:
    """What a call was answered: the status, the headers and the decoded body."""

    status: int
    headers: Any
    body: Any

    def __getitem__(self, name: str) -> Any:
        return self.body[name]

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return str(self.body["code"])


class Shopper:
    """One shopper, or one of the staff: whoever the session belongs to."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def ask(self, method: str, path: str, body: Any = None, key: str = "", **more: Any) -> Answer:
        headers = more.pop("headers", {}) | ({"Idempotency-Key": key} if key else {})
        if body is not None:
            more["json"] = body
        async with self.session.request(method, API + path, headers=headers, **more) as response:
            decoded = await response.json(content_type=None) if await response.read() else None
            return Answer(response.status, response.headers, decoded)

    async def variant(self, slug: str = MUG, place: int = 0) -> str:
        return str((await self.ask("GET", f"/products/{slug}"))["variants"][place]["id"])

    async def fill(self, variant: str, quantity: int = 1, key: str = "") -> None:
        """Puts units into the cart."""
        found = await self.ask("POST", "/cart/lines", {"variant": variant, "quantity": quantity}, key)
        assert found.status == 200, found

    async def place(self, key: str = "") -> Answer:
        """Places an order for what is in the cart."""
        return await self.ask("POST", "/checkout", DETAILS, key or secrets.token_hex(8))

    async def order(self, number: str) -> Answer:
        return await self.ask("GET", f"/orders/{number}")

    async def start_payment(self, number: str) -> Answer:
        return await self.ask("POST", f"/orders/{number}/payments")

    async def pay_at(self, redirect_url: str, card: str = APPROVED) -> str:
        """Presses a test card's button on the bank's page; answers where the bank sends the browser next."""
        async with self.session.post(redirect_url, data={"test_card": card}, allow_redirects=False) as response:
            assert response.status == 303, await response.text()
            return response.headers["Location"]

    async def order_placed(self, variant: str, quantity: int = 1) -> str:
        """Fills the cart and places an order; answers its number."""
        await self.fill(variant, quantity)
        placed = await self.place()
        assert placed.status == 201, placed
        return str(placed["number"])

    async def at_the_bank(self, number: str) -> str:
        """Starts to pay; answers the address of the bank's page."""
        started = await self.start_payment(number)
        assert started.status == 201, started
        return str(started["redirect_url"])

    async def pay(self, number: str, card: str = APPROVED) -> str:
        """Pays an order at the bank; answers where the bank sends the browser next."""
        return await self.pay_at(await self.at_the_bank(number), card)

    async def status(self, number: str) -> str:
        return str((await self.order(number))["status"])

    async def has(self, number: str, status: str) -> bool:
        """Whether the order has this status; for `until`."""
        return await self.status(number) == status

    async def declined(self, number: str) -> bool:
        """Whether the shop has heard that the newest payment failed; for `until`."""
        return bool((await self.order(number))["payment"] == "failed")


async def set_stock(house: Staffed, variant: str, units: int) -> None:
    """Has the staff count a variant."""
    async with house.staff() as session:
        staff = Shopper(session)
        found = await staff.ask("GET", "/stock?limit=1000")
        [now] = [row["on_hand"] for row in found["variants"] if row["variant"] == variant]
        answer = await staff.ask("PUT", f"/stock/{variant}", {"on_hand": units, "expected": now})
        assert answer.status == 200, answer
