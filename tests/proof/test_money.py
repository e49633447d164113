"""Money that comes late, twice, out of order or without a word: every order ends right, in the shop and at the bank."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from handlers.keys import PROVIDER
from server import audit
from shop.ids import OrderNumber
from shop.judge import BankFacts
from shop.payments import ProviderError, ProviderRef
from storage import disputes, mismatches, orders
from tests.house import House, open_house, until
from tests.proof.shopper import ANSWER_LOST, DECLINED, SLOW, Shopper, set_stock

BOTH_ENGINES = True
DISPUTE_WON, DISPUTE_LOST = "4000000000000259", "4000000000001976"

SILENT = {"webhook_url": ""}
LATE_MINUTES = 16
SHOPPERS = 6


async def bank_facts(house: House, number: str) -> list[BankFacts]:
    """The bank's own books of one order."""
    return [fact for fact in await audit.bank_books(house.settings) if fact.order == number]


async def kept(house: House, number: str) -> int:
    """What the shop has in the end of an order, by the bank's books; minor units."""
    return sum(fact.kept for fact in await bank_facts(house, number))


async def paid_too_late(house: House, shopper: Shopper, variant: str) -> str:
    """An order whose hold ends before the shop hears that the bank has the money; answers its number."""
    number = await shopper.order_placed(variant)
    await shopper.pay(number)
    house.clock.advance(minutes=LATE_MINUTES)
    await house.engine.sweeper.sweep()
    assert await shopper.status(number) == "cancelled"
    return number


def mails(house: House, number: str) -> set[str]:
    """What was written about an order: placed, paid, cancelled, refunded."""
    return {path.stem.removeprefix(f"{number}-") for path in (house.data / "mail").glob(f"{number}-*.eml")}


async def test_paid_after_the_hold_with_stock_left_is_paid(tmp_path: Path):
    async with open_house(tmp_path, background=False, bank_changes=SILENT) as house, house.client() as session:
        shopper = Shopper(session)
        number = await paid_too_late(house, shopper, await shopper.variant())
        await house.engine.reconciler.look()
        assert await shopper.status(number) == "paid"
        [fact] = await bank_facts(house, number)
        assert (fact.charges, fact.refunds) == ((fact.amount,), ())
        assert await house.judge([number]) == []


async def test_paid_after_the_hold_and_sold_out_is_refunded_in_full_and_told(tmp_path: Path):
    async with open_house(tmp_path, background=False, bank_changes=SILENT) as house, AsyncExitStack() as stack:
        first, second = [Shopper(await stack.enter_async_context(house.client())) for _ in range(2)]
        variant = await first.variant()
        await set_stock(house, variant, 1)
        late = await paid_too_late(house, first, variant)
        in_time = await second.order_placed(variant)
        back = await second.pay(in_time)
        async with second.session.get(back) as page:
            assert page.status == 200
        assert await second.status(in_time) == "paid"
        await house.engine.reconciler.look()
        assert await first.status(late) == "refunding"
        assert await house.judge([late, in_time]) == []  # noted to be given back, so the books are right at any moment
        await house.engine.reconciler.look()
        assert await first.status(late) == "refunded"
        [fact] = await bank_facts(house, late)
        assert (fact.charges, fact.refunds) == ((fact.amount,), (fact.amount,))
        assert await house.judge([late, in_time]) == []
        await until(lambda: mails(house, late) == {"placed", "cancelled", "refunded"})


async def test_a_refund_waits_for_a_bank_that_is_down_and_is_made_once(tmp_path: Path):
    async with open_house(tmp_path, background=False, bank_changes=SILENT) as house, house.client() as session:
        shopper = Shopper(session)
        variant = await shopper.variant()
        await set_stock(house, variant, 1)
        number = await paid_too_late(house, shopper, variant)
        await set_stock(house, variant, 0)
        await house.engine.reconciler.look()
        await house.close_bank()
        for _ in range(3):
            await house.engine.reconciler.look()
        assert await shopper.status(number) == "refunding"
        await house.open_bank()
        house.clock.advance(hours=1)
        for _ in range(3):
            await house.engine.reconciler.look()
        assert await shopper.status(number) == "refunded"
        assert await kept(house, number) == 0
        assert await house.judge([number]) == []


async def test_an_unpaid_order_ends_with_its_hold_and_can_not_be_paid_at_the_bank_any_more(tmp_path: Path):
    async with open_house(tmp_path, background=False, bank_changes=SILENT) as house, house.client() as session:
        shopper = Shopper(session)
        number = await shopper.order_placed(await shopper.variant())
        address = await shopper.at_the_bank(number)
        house.clock.advance(minutes=LATE_MINUTES)
        await house.engine.sweeper.sweep()
        await house.engine.reconciler.look()
        await shopper.pay_at(address)
        await house.engine.reconciler.look()
        assert await shopper.status(number) == "cancelled"
        again = await shopper.start_payment(number)
        assert (again.status, again.code) == (409, "wrong_state")
        assert await kept(house, number) == 0
        assert await house.judge([number]) == []


@pytest.mark.parametrize(
    "tricks",
    [
        {"webhook_twice": True},
        {"webhook_delay_seconds": 0.2},
        {"webhook_twice": True, "webhook_shuffle": True, "webhook_delay_seconds": 0.1},
    ],
    ids=["twice", "late", "twice, late and reordered"],
)
async def test_webhooks_that_come_awkwardly_settle_every_order_once(tmp_path: Path, tricks: dict[str, Any]):
    async with open_house(tmp_path, bank_changes=tricks) as house, AsyncExitStack() as stack:
        crowd = [Shopper(await stack.enter_async_context(house.client())) for _ in range(SHOPPERS)]
        numbers = await asyncio.gather(*(_buy(shopper) for shopper in crowd))
        for shopper, number in zip(crowd, numbers, strict=True):
            await until(lambda buyer=shopper, order=number: buyer.has(order, "paid"), 20)
        assert [await kept(house, number) for number in numbers] == await _totals(crowd, numbers)
        assert await house.judge(numbers) == []


async def test_a_lost_webhook_is_made_up_for_by_the_return_to_the_shop(tmp_path: Path):
    async with open_house(tmp_path, background=False, bank_changes=SILENT) as house, house.client() as session:
        shopper = Shopper(session)
        number = await shopper.order_placed(await shopper.variant())
        back = await shopper.pay(number)
        assert back.startswith(f"{house.url}/orders/{number}")
        assert await shopper.status(number) == "placed"
        async with session.get(back) as page:
            assert page.status == 200
        assert await shopper.status(number) == "paid"


async def test_a_lost_webhook_and_a_closed_browser_are_made_up_for_by_the_reconciler(tmp_path: Path):
    async with open_house(tmp_path, bank_changes=SILENT) as house, house.client() as session:
        shopper = Shopper(session)
        number = await shopper.order_placed(await shopper.variant())
        await shopper.pay(number)
        house.clock.advance(seconds=30)
        house.engine.reconciler.wake()
        await until(lambda: shopper.has(number, "paid"))
        assert await house.judge([number]) == []


async def test_a_bank_that_takes_the_money_and_says_nothing_is_believed_by_its_books(house: House):
    async with house.client() as session:
        shopper = Shopper(session)
        number = await shopper.order_placed(await shopper.variant())
        address = await shopper.at_the_bank(number)
        with pytest.raises(aiohttp.ClientError):
            await shopper.pay_at(address, ANSWER_LOST)
        async with session.get(f"/orders/{number}") as page:
            assert page.status == 200
        assert await shopper.status(number) == "paid"
        assert (await shopper.start_payment(number)).code == "wrong_state"
        assert await house.judge([number]) == []


async def test_a_slow_card_is_waited_for_and_not_charged_again(house: House):
    async with house.client() as session:
        shopper = Shopper(session)
        number = await shopper.order_placed(await shopper.variant())
        await shopper.pay(number, SLOW)
        await until(lambda: shopper.has(number, "paid"))
        [fact] = await bank_facts(house, number)
        assert fact.charges == (fact.amount,)


async def test_a_declined_card_costs_a_try_and_the_next_one_pays(house: House):
    async with house.client() as session:
        shopper = Shopper(session)
        number = await shopper.order_placed(await shopper.variant())
        await shopper.pay(number, DECLINED)
        await until(lambda: shopper.declined(number))
        assert await shopper.status(number) == "placed"
        await shopper.pay(number)
        await until(lambda: shopper.has(number, "paid"))
        assert sorted(len(fact.charges) for fact in await bank_facts(house, number)) == [0, 1]
        assert await house.judge([number]) == []


@pytest.mark.parametrize(
    ("card", "reason", "said"),
    [
        (DECLINED, "card_declined", "Your bank said no."),
        ("4000000000009995", "insufficient_funds", "not enough money"),
        ("4000000000000069", "expired_card", "no longer valid"),
        ("4000000000000119", "processing_error", "a fault of its own"),
    ],
)
async def test_a_shopper_reads_why_the_card_was_declined(house: House, card: str, reason: str, said: str):
    async with house.client() as session:
        shopper = Shopper(session)
        number = await shopper.order_placed(await shopper.variant())
        await shopper.pay(number, card)
        await until(lambda: shopper.declined(number))
        assert (await house.db.read(orders.view, OrderNumber(number))).decline_reason == reason
        async with session.get(f"/orders/{number}") as page:
            assert said in await page.text()


@pytest.mark.parametrize(("card", "verdict"), [(DISPUTE_WON, "won"), (DISPUTE_LOST, "lost")])
async def test_a_dispute_is_heard_of_and_its_end_too(tmp_path: Path, card: str, verdict: str):
    """The bank opens it 10 seconds after the payment and decides it a minute later; here a thousand times as fast."""
    async with open_house(tmp_path, bank_speed=0.001) as house, house.client() as session:
        shopper = Shopper(session)
        number = await shopper.order_placed(await shopper.variant())
        await shopper.pay(number, card)

        async def decided() -> list[disputes.Disputed]:
            found = await house.db.read(disputes.of, OrderNumber(number))
            return [one for one in found if not one.open]

        [known] = await until(decided)
        assert known.state == verdict
        order = await house.db.read(orders.view, OrderNumber(number))
        assert (order.status, order.dispute) == ("paid", known.state)
        assert await house.db.read(mismatches.found, house.clock() + timedelta(days=1)) == []
        assert await house.judge([number]) == []


async def test_parts_that_the_shop_gives_back_add_up_at_the_bank(house: House):
    async with house.client() as session:
        shopper = Shopper(session)
        number = await shopper.order_placed(await shopper.variant())
        await shopper.pay(number)
        await until(lambda: shopper.has(number, "paid"))
        [fact] = await bank_facts(house, number)
        provider = house.app[PROVIDER]
        for key in ("part-1", "part-1", "part-2"):
            await provider.refund(ProviderRef(fact.ref), 100, key)
        with pytest.raises(ProviderError):
            await provider.refund(ProviderRef(fact.ref), fact.amount, "all")
        assert await kept(house, number) == fact.amount - 200


async def test_a_bank_that_is_down_costs_a_retry_and_never_the_order(house: House):
    async with house.client() as session:
        shopper = Shopper(session)
        number = await shopper.order_placed(await shopper.variant())
        await house.close_bank()
        refused = await shopper.start_payment(number)
        assert (refused.status, refused.code, refused.headers["Retry-After"]) == (503, "provider_down", "5")
        async with session.get(f"/orders/{number}/pay", allow_redirects=False) as page:
            assert (page.status, page.headers["Retry-After"]) == (503, "5")
        assert await shopper.status(number) == "placed"
        await house.open_bank()
        await shopper.pay(number)
        await until(lambda: shopper.has(number, "paid"))
        assert len(await bank_facts(house, number)) == 1
        assert await house.judge([number]) == []


async def test_a_bank_that_goes_down_right_after_paying_heals(tmp_path: Path):
    async with open_house(tmp_path, bank_changes={"webhook_delay_seconds": 3600}) as house, house.client() as session:
        shopper = Shopper(session)
        number = await shopper.order_placed(await shopper.variant())
        back = await shopper.pay(number)
        await house.close_bank()
        async with session.get(back) as page:
            assert page.status == 200
        house.clock.advance(seconds=30)
        await house.engine.reconciler.look()
        assert await shopper.status(number) == "placed"
        await house.open_bank()
        house.clock.advance(minutes=2)
        house.engine.reconciler.wake()
        await until(lambda: shopper.has(number, "paid"))
        assert await house.judge([number]) == []


async def test_a_shop_that_was_closed_while_the_bank_paid_heals_when_it_opens(house: House):
    async with house.client() as session:
        shopper = Shopper(session)
        number = await shopper.order_placed(await shopper.variant())
        address = await shopper.at_the_bank(number)
        await house.close_shop()
        await shopper.pay_at(address)
        await house.open_shop()
        await until(lambda: shopper.has(number, "paid"))
        assert await house.judge([number]) == []


async def _buy(shopper: Shopper) -> str:
    number = await shopper.order_placed(await shopper.variant())
    await shopper.pay(number)
    return number


async def _totals(crowd: Sequence[Shopper], numbers: Sequence[str]) -> list[int]:
    return [(await who.order(number))["total"]["amount"] for who, number in zip(crowd, numbers, strict=True)]
