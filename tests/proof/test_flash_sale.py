"""A flash sale over HTTP: more buyers than units, all at the same moment. Each unit is sold once, and nobody waits."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

from server import audit
from tests.house import House, until
from tests.proof.crew import Crew
from tests.proof.listener import Listener, listening
from tests.proof.shopper import Answer, Shopper, set_stock

BOTH_ENGINES = True

AT_ONCE = 32


async def test_fifty_units_go_to_fifty_of_two_hundred_buyers(house: House):
    await sell_out(house, buyers=200, units=50)


async def test_one_command_sent_fifty_times_at_once_is_one_order(house: House):
    async with house.client() as session:
        shopper = Shopper(session)
        variant = await shopper.variant()
        await shopper.fill(variant, 2)
        answers = await asyncio.gather(*(shopper.place("the same key") for _ in range(50)))
        assert {answer.status for answer in answers} == {201}
        assert len({answer["number"] for answer in answers}) == 1
        assert [answer["again"] for answer in answers].count(False) == 1
        assert len((await shopper.ask("GET", "/cart"))["lines"]) == 0
        assert await house.judge([answers[0]["number"]]) == []


async def test_paying_twenty_times_at_once_is_one_payment_at_the_bank(house: House):
    async with house.client() as session:
        shopper = Shopper(session)
        number = await shopper.order_placed(await shopper.variant())
        answers = await asyncio.gather(*(shopper.start_payment(number) for _ in range(20)))
        assert {answer.status for answer in answers} == {201}
        [address] = {answer["redirect_url"] for answer in answers}
        await asyncio.gather(*(shopper.pay_at(address) for _ in range(5)))
        await until(lambda: shopper.has(number, "paid"))
        assert await charges(house) == {number: 1}
        assert await house.judge([number]) == []


async def test_two_keys_at_once_order_one_cart_once(house: House):
    async with house.client() as session:
        shopper = Shopper(session)
        await shopper.fill(await shopper.variant())
        answers = await asyncio.gather(*(shopper.place() for _ in range(10)))
        assert Counter(answer.status for answer in answers) == {201: 1, 409: 9}
        assert {answer.code for answer in answers if answer.status == 409} == {"empty_cart"}


async def sell_out(house: House | Crew, *, buyers: int, units: int) -> None:
    """Has so many buyers try to buy a unit each, at once, and checks everything that anybody was told."""
    async with AsyncExitStack() as stack:
        crowd = [Shopper(await stack.enter_async_context(house.client())) for _ in range(buyers)]
        variant = await crowd[0].variant()
        await set_stock(house, variant, units)
        watcher = await stack.enter_async_context(listening(crowd[0].session, f"stock/{variant}"))
        door = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(_fill(shopper, variant, door) for shopper in crowd))
        gate = asyncio.Event()
        answers = asyncio.gather(*(_place(shopper, gate) for shopper in crowd))
        gate.set()
        bought = {
            answer["number"]: shopper for shopper, answer in zip(crowd, await answers, strict=True) if _got(answer)
        }
        assert len(bought) == units
        await watcher.becomes(f"stock/{variant}", {"left": 0, "held": min(units, 5)})
        await asyncio.gather(*(_pay(shopper, number, door) for number, shopper in bought.items()))
        await watcher.becomes(f"stock/{variant}", {"left": 0, "held": 0})
        for number, shopper in bought.items():
            await until(lambda buyer=shopper, order=number: buyer.has(order, "paid"))
        assert await house.judge(list(bought)) == []
        assert await charges(house) == dict.fromkeys(bought, 1)
        never_below_zero(watcher, f"stock/{variant}")


async def charges(house: House | Crew) -> dict[str, int]:
    """How often the bank took money, by order."""
    return {fact.order: len(fact.charges) for fact in await audit.bank_books(house.settings)}


def never_below_zero(watcher: Listener, topic: str) -> None:
    """The listener has checked already that versions only grew."""
    values = [frame["d"] for frame in watcher.pushed if frame.get("t") == topic]
    assert len(values) > 1
    assert all(value.get("plenty") or (value["left"] >= 0 and value["held"] >= 0) for value in values)


async def _fill(shopper: Shopper, variant: str, door: asyncio.Semaphore) -> None:
    async with door:
        await shopper.fill(variant)


async def _place(shopper: Shopper, gate: asyncio.Event) -> Answer:
    await gate.wait()
    return await shopper.place()


async def _pay(shopper: Shopper, number: str, door: asyncio.Semaphore) -> None:
    async with door:
        await shopper.pay(number)


def _got(answer: Answer) -> bool:
    """Whether it is an order; everything else must be the one right refusal."""
    if answer.status != 201:
        assert (answer.status, answer.code, answer["short"][0]["left"]) == (409, "sold_out", 0)
    return answer.status == 201
