"""Races that four workers on one PostgreSQL must decide as one process does: the last units, codes, limits, orders that give way.

One shop for all of them: to start four workers takes longer than most races.
"""

import asyncio
import secrets
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from storage import tables
from storage.database import opened
from tests.house import DETAILS
from tests.proof.crew import Crew, crew
from tests.proof.crowds import Market
from tests.proof.listener import listening
from tests.proof.shopper import APPROVED, MUG, Answer, Shopper, set_stock
from tests.proof.test_codes import redeem_at_once
from tests.proof.test_flash_sale import sell_out

REDEEMERS = 200
WINDOWS = 40
LIMIT = 3
UNITS, SHOPPERS = 8, 16
SETTLED_SECONDS = 40.0
BREATH_SECONDS = 0.1


@pytest.mark.timeout(240)
async def test_four_workers_decide_every_race_once(tmp_path: Path, furnished: tuple[str, str]):
    async with crew(tmp_path, furnished, 4) as shop:
        await sell_out(shop, buyers=60, units=15)
        await _crowds(shop)
        async with opened(shop.database) as db:
            await redeem_at_once(shop, db, REDEEMERS)
            await db.write(_limited, MUG, LIMIT)
        await _one_guest_in_many_windows(shop)
        async with opened(shop.database) as db:
            await db.write(_limited, MUG, 1)
        await _orders_give_way_while_they_are_paid(shop)
        assert all((await shop.counts("shopwire_writes")).values()), "all of them took part"


async def _crowds(shop: Crew) -> None:
    """Each unit is sold once, at a gate and freely."""
    async with shop.staff() as clerk:
        for gate in (True, False):
            market = Market(shop.settings, shop.database, shop.url, Shopper(clerk))
            outcome = await market.sell(60, 15, gate=gate)
            assert (outcome.wrong, len(outcome.sold), outcome.told) == ([], 15, 45)


async def _one_guest_in_many_windows(shop: Crew) -> None:
    """One email in many browsers, each with a cart of its own, all ordering at one moment: as many as one customer can buy."""
    async with AsyncExitStack() as stack:
        windows = [Shopper(await stack.enter_async_context(shop.client())) for _ in range(WINDOWS)]
        variant = await windows[0].variant()
        await set_stock(shop, variant, 1000)
        await asyncio.gather(*(window.fill(variant) for window in windows))
        answers = await asyncio.gather(*(_order(window, "many@example.com") for window in windows))
        assert Counter(answer.status for answer in answers) == {201: LIMIT, 409: WINDOWS - LIMIT}
        assert {answer.code for answer in answers if answer.status == 409} == {"purchase_limit"}
        assert await shop.judge([answer["number"] for answer in answers if answer.status == 201]) == []


async def _orders_give_way_while_they_are_paid(shop: Crew) -> None:
    """Shoppers pay an order and order the same again in two other windows, at one moment; each gets one, and no unit is lost."""
    async with AsyncExitStack() as stack:
        shoppers = [Shopper(await stack.enter_async_context(shop.client())) for _ in range(SHOPPERS)]
        variant = await shoppers[0].variant(place=1)
        await set_stock(shop, variant, UNITS)
        async with listening(shoppers[0].session, f"stock/{variant}") as page:
            bought = await asyncio.gather(*(_buys(shopper, variant, n) for n, shopper in enumerate(shoppers)))
            await page.becomes(f"stock/{variant}", {"left": 0, "held": 0})
        assert Counter(len(paid) for _, paid in bought) == {1: UNITS, 0: SHOPPERS - UNITS}
        assert await shop.judge([number for numbers, _ in bought for number in numbers]) == []


async def _buys(shopper: Shopper, variant: str, n: int) -> tuple[list[str], list[str]]:
    """The numbers of the shopper's orders, and of those that are paid in the end."""
    email = f"hasty{n}@example.com"
    await shopper.fill(variant)
    first = await _order(shopper, email)
    if first.status != 201:
        assert first.code == "sold_out", first
        return [], []
    number = str(first["number"])
    address = await shopper.at_the_bank(number)
    await shopper.fill(variant)
    back, *again = await asyncio.gather(_pays(shopper, address), _order(shopper, email), _order(shopper, email))
    assert back in (303, 409), back
    assert all(answer.status in (201, 409) for answer in again), again
    numbers = [number, *(str(answer["number"]) for answer in again if answer.status == 201)]
    async with asyncio.timeout(SETTLED_SECONDS):
        while open_ones := [one for one in numbers if await shopper.has(one, "placed")]:
            for one in open_ones:
                started = await shopper.start_payment(one)
                if started.status == 201:
                    await _pays(shopper, started["redirect_url"])
                async with shopper.session.get(f"/orders/{one}", params={"payment": "back"}) as seen:
                    assert seen.status == 200
            await asyncio.sleep(BREATH_SECONDS)
    return numbers, [one for one in numbers if await shopper.has(one, "paid")]


async def _order(shopper: Shopper, email: str) -> Answer:
    return await shopper.ask("POST", "/checkout", DETAILS | {"email": email}, secrets.token_hex(8))


async def _pays(shopper: Shopper, address: str) -> int:
    """Presses the button on the bank's page, whose payment may have ended meanwhile; answers the status."""
    async with shopper.session.post(address, data={"test_card": APPROVED}, allow_redirects=False) as response:
        return response.status


def _limited(tx: Connection, product: str, units: int) -> None:
    tx.execute(update(tables.Product).where(tables.Product.slug == product).values(per_customer=units))
