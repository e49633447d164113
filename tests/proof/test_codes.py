"""A code with one use left, redeemed by a crowd over HTTP at one moment: one order has it, and all are told the truth."""

import asyncio
import secrets
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

from storage import codes
from storage.database import Database
from tests.house import DETAILS, House, open_house
from tests.proof.crew import Crew
from tests.proof.shopper import Answer, Shopper, set_stock
from tests.storage.coupons import made

AT_ONCE = 32


async def test_of_two_hundred_who_redeem_a_one_use_code_one_does(house: House):
    await redeem_at_once(house, house.db, 200)


async def test_on_postgresql_of_sixty_who_redeem_a_one_use_code_one_does(tmp_path: Path, postgresql: str):
    async with open_house(tmp_path, where=postgresql) as house:
        await redeem_at_once(house, house.db, 60)


async def redeem_at_once(house: House | Crew, db: Database, crowd: int) -> None:
    await made(db, limit=1)
    async with AsyncExitStack() as stack:
        shoppers = [Shopper(await stack.enter_async_context(house.client())) for _ in range(crowd)]
        variant = await shoppers[0].variant()
        await set_stock(house, variant, crowd)
        door, gate = asyncio.Semaphore(AT_ONCE), asyncio.Event()
        await asyncio.gather(*(wish(shopper, variant, door) for shopper in shoppers))
        waiting = asyncio.gather(*(place(shopper, n, gate) for n, shopper in enumerate(shoppers)))
        gate.set()
        answers = await waiting
        assert Counter(answer.status for answer in answers) == {201: 1, 409: crowd - 1}
        assert {answer.code for answer in answers if answer.status == 409} == {"code_used_up"}
        assert (await db.read(codes.view, "SPRING")).code.used == 1
        [winner] = [answer for answer in answers if answer.status == 201]
        # Whoever was refused has everything still, and orders without it .
        loser = next(n for n, answer in enumerate(answers) if answer.status == 409)
        seen = await shoppers[loser].ask("GET", "/cart")
        assert (seen["count"], seen["ready"], seen["code"]["problem"]) == (1, False, "code_used_up")
        await shoppers[loser].ask("DELETE", "/cart/code")
        again = await place(shoppers[loser], loser, gate)
        assert again["total"]["amount"] > winner["total"]["amount"]
        assert await house.judge([winner["number"], again["number"]]) == []


async def wish(shopper: Shopper, variant: str, door: asyncio.Semaphore) -> None:
    async with door:
        await shopper.fill(variant)
        assert (await shopper.ask("PUT", "/cart/code", {"code": "spring"})).status == 200


async def place(shopper: Shopper, n: int, gate: asyncio.Event) -> Answer:
    await gate.wait()
    details = {**DETAILS, "email": f"buyer{n}@example.com"}
    return await shopper.ask("POST", "/checkout", details, secrets.token_hex(8))
