"""Placing orders for the last units, from all sides at once; letting unpaid ones go; reading them."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from shop.checkout import Placed
from shop.errors import CommandReused, EmptyCart, NotFound, PriceChanged, SoldOut
from shop.ids import CustomerId, OrderNumber
from shop.orders import OrderStatus
from storage import carts, catalogue, orders
from storage.catalogue import Reprice
from storage.database import Database
from storage.sessions import hash_of
from tests.storage.books import (
    AT,
    BOWL,
    DELIVERY,
    HOLD,
    LAMP,
    LATE,
    PRICES,
    RAIN,
    RUST,
    filled,
    findings,
    level,
    new_cart,
    placed,
    placement,
    set_units,
)


async def test_placing_holds_the_units_and_empties_the_cart(either: Database) -> None:
    cart = await filled(either, {RAIN: 2, BOWL: 1})
    answer = await either.write(orders.place, placement(cart))
    order = await either.read(orders.view, answer.number)
    assert (order.status, order.payment) == (OrderStatus.PLACED, None)
    assert [(line.variant, line.quantity, line.price) for line in order.lines] == [
        (BOWL, 1, PRICES[BOWL]),
        (RAIN, 2, PRICES[RAIN]),
    ]
    assert order.total == 2 * PRICES[RAIN] + PRICES[BOWL] + DELIVERY
    assert await level(either, RAIN) == (5, 2)
    assert (await either.read(carts.view, cart)).lines == ()
    assert await findings(either) == []


async def test_the_last_unit_goes_to_one_buyer(either: Database) -> None:
    buyers = [await filled(either, {LAMP: 1}) for _ in range(2)]
    answers = await asyncio.gather(
        *(either.write(orders.place, placement(cart)) for cart in buyers), return_exceptions=True
    )
    assert Counter(type(answer) for answer in answers) == {Placed: 1, SoldOut: 1}
    refusal = next(answer for answer in answers if isinstance(answer, SoldOut))
    assert refusal.extra["short"] == [{"variant": LAMP, "name": "Lamp", "wanted": 1, "left": 0}]
    assert await level(either, LAMP) == (1, 1)
    assert await findings(either) == []


async def test_fifty_units_go_to_exactly_fifty_of_two_hundred(either: Database) -> None:
    buyers = await asyncio.gather(*(filled(either, {BOWL: 1}) for _ in range(200)))
    answers = await asyncio.gather(
        *(either.write(orders.place, placement(cart)) for cart in buyers), return_exceptions=True
    )
    assert Counter(type(answer) for answer in answers) == {Placed: 50, SoldOut: 150}
    assert await level(either, BOWL) == (50, 50)
    assert await findings(either) == []
    left = [cart for cart, answer in zip(buyers, answers, strict=True) if isinstance(answer, SoldOut)]
    assert len((await either.read(carts.view, left[0])).lines) == 1, "who got nothing keeps the cart"


async def test_buyers_of_the_same_things_in_other_orders_do_not_wait_for_each_other_forever(either: Database) -> None:
    await set_units(either, RUST, 50)
    await set_units(either, RAIN, 50)
    there = [await filled(either, {RAIN: 1, RUST: 1, BOWL: 1}) for _ in range(10)]
    back = [await filled(either, {BOWL: 1, RUST: 1, RAIN: 1}) for _ in range(10)]
    answers = await asyncio.gather(*(either.write(orders.place, placement(cart)) for cart in (*there, *back)))
    assert len({answer.number for answer in answers}) == 20
    assert await level(either, RAIN) == (50, 20)
    assert await findings(either) == []


async def test_one_command_sent_fifty_times_makes_one_order(either: Database) -> None:
    cart = await filled(either, {RAIN: 1})
    commands = [placement(cart, key="once") for _ in range(50)]
    answers = await asyncio.gather(*(either.write(orders.place, command) for command in commands))
    assert len({answer.number for answer in answers}) == 1
    assert [answer.again for answer in answers].count(False) == 1
    assert await level(either, RAIN) == (5, 1)
    assert (await either.write(orders.place, placement(cart, key="once"))).again
    assert await findings(either) == []


async def test_commands_that_arrive_one_by_one_make_one_order_too(either: Database) -> None:
    cart = await filled(either, {RAIN: 1})

    async def later(turns: int) -> Placed:
        for _ in range(turns):
            await asyncio.sleep(0)
        return await either.write(orders.place, placement(cart, key="once"))

    answers = await asyncio.gather(*(later(turns) for turns in range(50)))
    assert len({answer.number for answer in answers}) == 1
    assert await findings(either) == []


async def test_a_key_that_comes_with_another_body_is_refused(either: Database) -> None:
    cart = await filled(either, {RAIN: 1})
    commands = [placement(cart, key="once", fingerprint=print_) for print_ in ("a", "b", "a", "b")]
    answers = await asyncio.gather(*(either.write(orders.place, c) for c in commands), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Placed, CommandReused, Placed, CommandReused]
    later = await asyncio.gather(*(either.write(orders.place, c) for c in commands), return_exceptions=True)
    assert [type(answer) for answer in later] == [Placed, CommandReused, Placed, CommandReused]
    assert await findings(either) == []


async def test_a_key_may_be_tried_again_after_a_refusal(either: Database) -> None:
    cart = new_cart()
    with pytest.raises(EmptyCart):
        await either.write(orders.place, placement(cart, key="again"))
    await filled(either, {RAIN: 1}, cart)
    assert not (await either.write(orders.place, placement(cart, key="again", fingerprint="changed"))).again


async def test_the_same_key_of_somebody_else_is_another_command(either: Database) -> None:
    mine, theirs = await filled(either, {RAIN: 1}), await filled(either, {RAIN: 1})
    answers = await asyncio.gather(
        either.write(orders.place, placement(mine, key="k", scope="mine")),
        either.write(orders.place, placement(theirs, key="k", scope="theirs")),
    )
    assert len({answer.number for answer in answers}) == 2


async def test_a_cart_ordered_from_two_tabs_makes_one_order(either: Database) -> None:
    cart = await filled(either, {BOWL: 1})
    answers = await asyncio.gather(
        *(either.write(orders.place, placement(cart)) for _ in range(2)), return_exceptions=True
    )
    assert Counter(type(answer) for answer in answers) == {Placed: 1, EmptyCart: 1}
    with pytest.raises(EmptyCart):
        await either.write(orders.place, placement(cart))
    assert await level(either, BOWL) == (50, 1)
    assert await findings(either) == []


async def test_a_raised_price_is_agreed_to_before_it_is_paid(either: Database) -> None:
    cart = await filled(either, {RAIN: 1})
    await either.write(catalogue.reprice, Reprice(RAIN, 3000, AT))
    with pytest.raises(PriceChanged) as refused:
        await either.write(orders.place, placement(cart))
    assert refused.value.extra["changes"] == [{"variant": RAIN, "name": "Mug", "was": 2800, "now": 3000}]
    assert await level(either, RAIN) == (5, 0)
    await either.write(carts.agree, cart, 3000, AT)
    answer = await either.write(orders.place, placement(cart))
    assert (await either.read(orders.view, answer.number)).items_amount == 3000


async def test_a_lowered_price_needs_no_consent(either: Database) -> None:
    cart = await filled(either, {RAIN: 1})
    await either.write(catalogue.reprice, Reprice(RAIN, 100, AT))
    answer = await either.write(orders.place, placement(cart))
    assert (await either.read(orders.view, answer.number)).items_amount == 100


async def test_an_unpaid_order_ends_and_its_units_come_back(either: Database) -> None:
    number = await placed(either, {LAMP: 1})
    assert await either.read(orders.next_overdue) == AT + HOLD
    assert await either.write(orders.end_overdue, AT + HOLD) == 0
    assert await either.write(orders.end_overdue, LATE) == 1
    assert await either.write(orders.end_overdue, LATE) == 0
    assert await level(either, LAMP) == (1, 0)
    assert await either.read(orders.next_overdue) is None
    order = await either.read(orders.view, number)
    assert (order.status, order.ended_at) == (OrderStatus.CANCELLED, LATE)
    await placed(either, {LAMP: 1})
    assert await findings(either) == []


async def test_holds_end_in_bites(db: Database) -> None:
    for _ in range(5):
        await placed(db, {BOWL: 1})
    assert [await db.write(orders.end_overdue, LATE, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert await level(db, BOWL) == (50, 0)
    assert await findings(db) == []


async def test_an_order_opens_by_its_token(either: Database) -> None:
    number = await placed(either, {RAIN: 1})
    assert await either.read(orders.by_token, hash_of(number)) == number
    assert await either.read(orders.by_token, hash_of("guessed")) is None
    with pytest.raises(NotFound):
        await either.read(orders.view, OrderNumber("NOTTHERE"))


async def test_orders_are_listed_newest_first(either: Database) -> None:
    customer = CustomerId("somebody")
    numbers = []
    for minutes in range(3):
        command = placement(
            await filled(either, {BOWL: 1}), customer=customer if minutes else None, at=AT + timedelta(minutes=minutes)
        )
        numbers.append((await either.write(orders.place, command)).number)
    assert [row.number for row in await either.read(orders.recent, 10)] == numbers[::-1]
    assert [row.number for row in await either.read(orders.recent, 2)] == numbers[:0:-1]
    assert [order.number for order in await either.read(orders.of_customer, customer)] == numbers[:0:-1]
