"""Crowds at a sale: exactly the units there are get paid, everybody else is told before paying, at a gate and freely.

Small here, and at four processes in test_worker_races; `python -m tests.proof.crowds` sends a thousand.
"""

import asyncio
import secrets
from functools import partial

import pytest

from tests.house import DETAILS, House, until
from tests.proof.crowds import Market
from tests.proof.shopper import Answer, Shopper
from tests.proof.test_flash_sale import charges


@pytest.mark.timeout(180)
@pytest.mark.parametrize("gate", [True, False], ids=["at_a_gate", "freely"])
async def test_two_hundred_buyers_pay_for_fifty_units(house: House, gate: bool):
    async with house.staff() as staff:
        outcome = await Market(house.settings, house.where, house.url, Shopper(staff)).sell(200, 50, gate=gate)
    assert (outcome.wrong, len(outcome.sold), outcome.told) == ([], 50, 150)


async def test_one_form_sent_fifty_times_at_once_is_one_order_and_one_charge(house: House):
    """By people who press again and again, and by a program that tries again and again."""
    async with house.client() as session:
        shopper, key = Shopper(session), secrets.token_hex(8)
        variant = await shopper.variant()
        await shopper.fill(variant, 2)
        pages = await asyncio.gather(*(_form(shopper, key) for _ in range(50)))
        assert len(set(pages)) == 1
        await shopper.fill(await shopper.variant(place=1), 2)
        answers: list[Answer] = await asyncio.gather(*(shopper.place(key + "again") for _ in range(50)))
        [(status, second)] = {(answer.status, answer["number"]) for answer in answers}
        assert status == 201
        numbers = [pages[0].split("/")[2], second]
        for number in numbers:
            addresses = await asyncio.gather(*(shopper.at_the_bank(number) for _ in range(5)))
            await asyncio.gather(*(shopper.pay_at(address) for address in addresses))
            await until(partial(shopper.has, number, "paid"))
        assert await house.judge(numbers) == []
        assert await charges(house) == dict.fromkeys(numbers, 1)
        assert (await shopper.ask("GET", "/cart"))["lines"] == []


async def _form(shopper: Shopper, key: str) -> str:
    async with shopper.session.post("/checkout", data=DETAILS | {"command": key}, allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
        return answer.headers["Location"]
