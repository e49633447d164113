"""Holds: longer while the bank has its say, never against their own shopper, and never both of two orders for one wish."""

import asyncio
from datetime import timedelta

import pytest

from shop import letters
from shop.errors import EmptyCart, SoldOut
from shop.events import OrderChanged
from shop.holds import Patience
from shop.ids import CartId, OrderNumber
from shop.orders import Order, OrderStatus, state
from shop.payments import PaymentState, ProviderRef
from storage import buying_again, carts, commands, orders, outbox, payments
from storage.carts import Merge
from storage.database import Database
from tests.storage.books import (
    AT,
    BOWL,
    HOLD,
    LAMP,
    LATE,
    RAIN,
    at_bank,
    filled,
    findings,
    level,
    new_cart,
    news,
    placed,
    placement,
)

MINUTE = timedelta(minutes=1)


async def order_again(db: Database, cart: CartId, lines: dict[str, int]) -> OrderNumber:
    await filled(db, lines, cart)  # type: ignore[arg-type]
    answer = await db.write(orders.place, placement(cart, at=AT + MINUTE))
    return OrderNumber(answer.number)


async def view(db: Database, number: OrderNumber) -> Order:
    return await db.read(orders.view, number)


# At the bank --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("went_after", "held_for"), [(0, 15), (4, 15), (6, 16), (14, 24)], ids=["at once", "soon", "late", "at the end"]
)
async def test_who_goes_to_the_bank_has_ten_minutes_there(either: Database, went_after: int, held_for: int) -> None:
    number = await placed(either, {LAMP: 1})
    payment = await either.write(payments.start, number, "fake", AT + went_after * MINUTE)
    order = await view(either, number)
    assert order.hold_until == AT + held_for * MINUTE
    assert payment.expires_at > order.hold_until, "the bank's page follows"
    assert state(order).hold_until == order.hold_until, "and so does the shopper's"


async def test_a_hold_is_not_extended_for_ever(either: Database) -> None:
    number = await placed(either, {LAMP: 1})
    now = AT
    for _ in range(12):
        now += 5 * MINUTE
        payment = await either.write(payments.start, number, "fake", now)
        await either.write(payments.opened, payment.id, ProviderRef(f"ref-{payment.key}"), "https://bank.example", now)
        await either.write(payments.settle, news(payment, PaymentState.FAILED, at=now))
    assert (await view(either, number)).hold_until == AT + 45 * MINUTE
    assert await either.write(orders.end_overdue, AT + 46 * MINUTE) == 1


async def test_a_hold_goes_on_while_the_bank_has_the_money(either: Database) -> None:
    number = await placed(either, {LAMP: 1})
    payment = await at_bank(either, number)
    await either.write(payments.settle, news(payment, PaymentState.PROCESSING))
    assert await either.write(orders.end_overdue, LATE) == 0
    assert (await view(either, number)).hold_until == LATE + 10 * MINUTE
    await either.write(payments.settle, news(payment, PaymentState.PAID, at=LATE + MINUTE))
    assert await level(either, LAMP) == (0, 0)
    assert await findings(either) == []


async def test_and_ends_when_that_takes_too_long(either: Database) -> None:
    number = await placed(either, {LAMP: 1})
    payment = await at_bank(either, number)
    await either.write(payments.settle, news(payment, PaymentState.PROCESSING))
    patience = Patience(at_bank=10 * MINUTE, most=20 * MINUTE)
    assert await either.write(orders.end_overdue, LATE, 100, patience) == 0
    assert (await view(either, number)).hold_until == AT + 20 * MINUTE
    assert await either.write(orders.end_overdue, AT + 21 * MINUTE, 100, patience) == 1
    assert await level(either, LAMP) == (1, 0)


async def test_a_shopper_who_left_the_banks_page_alone_is_not_waited_for(either: Database) -> None:
    number = await placed(either, {LAMP: 1})
    await at_bank(either, number)
    assert await either.write(orders.end_overdue, LATE) == 1


async def test_a_longer_hold_is_no_occasion_for_a_letter(either: Database) -> None:
    number = await placed(either, {LAMP: 1})
    head = await either.read(outbox.head)
    await either.write(payments.start, number, "fake", AT + 14 * MINUTE)
    events = [found.event for found in await either.read(outbox.after, head, 10)]
    assert [letters.occasion(event) for event in events if isinstance(event, OrderChanged)] == [None]


async def test_who_orders_again_is_written_to_about_the_newer_order_and_about_money_that_comes_back(
    either: Database,
) -> None:
    cart = await filled(either, {RAIN: 1})
    first = (await either.write(orders.place, placement(cart))).number
    await order_again(either, cart, {RAIN: 1})
    ended = await view(either, first)
    assert letters.words("cancelled", ended) is None
    told = letters.words("refunded", ended)
    assert told is not None
    assert "You had ordered this again" in told[1]


# One's own ----------------------------------------------------------------------------------------------------------------


async def test_the_same_things_again_are_one_order_not_two(either: Database) -> None:
    cart = await filled(either, {RAIN: 2})
    first = (await either.write(orders.place, placement(cart))).number
    payment = await at_bank(either, first)
    second = await order_again(either, cart, {RAIN: 2, BOWL: 1})
    ended = await view(either, first)
    assert (ended.status, ended.replaced_by) == (OrderStatus.CANCELLED, second)
    assert state(ended).headline == "You ordered this again."
    assert await level(either, RAIN) == (5, 2)
    due = await either.read(payments.due, AT + MINUTE, 10)
    assert [(one.id, one.abandoned) for one in due] == [(payment.id, True)], "its payment is ended at the bank"
    assert await findings(either) == []


async def test_the_last_one_can_be_ordered_again_by_who_holds_it_and_nobody_else(either: Database) -> None:
    cart = await filled(either, {LAMP: 1})
    first = (await either.write(orders.place, placement(cart))).number
    with pytest.raises(SoldOut):
        await placed(either, {LAMP: 1})
    assert not (await either.read(carts.view, await filled(either, {LAMP: 1}))).ready
    await filled(either, {LAMP: 1}, cart)
    assert (await either.read(carts.view, cart)).ready
    second = await order_again(either, cart, {LAMP: 1})
    assert (await view(either, first)).replaced_by == second
    assert await level(either, LAMP) == (1, 1)
    assert await findings(either) == []


async def test_other_things_are_another_order(either: Database) -> None:
    cart = await filled(either, {RAIN: 1, LAMP: 1})
    first = (await either.write(orders.place, placement(cart))).number
    await order_again(either, cart, {RAIN: 1})
    assert (await view(either, first)).status is OrderStatus.PLACED
    assert await level(either, RAIN) == (5, 2)


async def test_an_order_gives_way_whole_when_some_of_its_units_are_needed(either: Database) -> None:
    cart = await filled(either, {RAIN: 4, LAMP: 1})
    first = (await either.write(orders.place, placement(cart))).number
    second = await order_again(either, cart, {RAIN: 3})
    assert (await view(either, first)).replaced_by == second
    assert (await level(either, RAIN), await level(either, LAMP)) == ((5, 3), (1, 0))
    assert await findings(either) == []


async def test_a_refused_order_leaves_the_earlier_one_as_it_was(either: Database) -> None:
    cart = await filled(either, {RAIN: 4})
    first = (await either.write(orders.place, placement(cart))).number
    await filled(either, {RAIN: 6}, cart)
    with pytest.raises(SoldOut) as refusal:
        await either.write(orders.place, placement(cart))
    assert refusal.value.extra["short"][0]["left"] == 5
    assert (await view(either, first)).status is OrderStatus.PLACED
    assert await level(either, RAIN) == (5, 4)
    with pytest.raises(EmptyCart):
        await either.write(orders.place, placement(new_cart()))


async def test_an_order_whose_money_is_on_its_way_does_not_give_way(either: Database) -> None:
    cart = await filled(either, {LAMP: 1})
    first = (await either.write(orders.place, placement(cart))).number
    await either.write(payments.settle, news(await at_bank(either, first), PaymentState.PROCESSING))
    await filled(either, {LAMP: 1}, cart)
    assert not (await either.read(carts.view, cart)).ready
    with pytest.raises(SoldOut):
        await either.write(orders.place, placement(cart))


async def test_of_two_payments_for_one_wish_one_is_given_back(either: Database) -> None:
    cart = await filled(either, {RAIN: 1})
    first = (await either.write(orders.place, placement(cart))).number
    paying_first = await at_bank(either, first)
    second = await order_again(either, cart, {RAIN: 1})
    await either.write(payments.settle, news(await at_bank(either, second), PaymentState.PAID))
    assert await either.write(payments.settle, news(paying_first, PaymentState.PAID)) is OrderStatus.REFUNDING
    assert state(await view(either, first)).headline == "You ordered this again, and get this money back."
    assert await level(either, RAIN) == (4, 0)
    assert await findings(either) == []


async def test_who_pays_for_the_earlier_order_gets_its_last_unit_and_the_newer_one_ends(either: Database) -> None:
    cart = await filled(either, {LAMP: 1})
    first = (await either.write(orders.place, placement(cart))).number
    paying_first = await at_bank(either, first)
    second = await order_again(either, cart, {LAMP: 1})
    paying_second = await at_bank(either, second, AT + MINUTE)
    assert await either.write(payments.settle, news(paying_first, PaymentState.PAID)) is OrderStatus.PAID
    assert (await view(either, second)).replaced_by == first
    assert (await view(either, first)).replaced_by is None
    assert await either.write(payments.settle, news(paying_second, PaymentState.PAID)) is OrderStatus.REFUNDING
    assert await level(either, LAMP) == (0, 0)
    assert await findings(either) == []


async def test_ordering_ten_times_holds_the_units_of_one_order(either: Database) -> None:
    cart = new_cart()
    for _ in range(10):
        await order_again(either, cart, {RAIN: 5})
    assert await level(either, RAIN) == (5, 5)
    assert await findings(either) == []


async def test_shoppers_who_order_again_at_once_keep_what_is_theirs(either: Database) -> None:
    mine = [await filled(either, {BOWL: 10}) for _ in range(5)]
    await asyncio.gather(*(either.write(orders.place, placement(cart)) for cart in mine))
    for cart in mine:
        await filled(either, {BOWL: 10}, cart)
    await asyncio.gather(*(either.write(orders.place, placement(cart)) for cart in mine))
    assert await level(either, BOWL) == (50, 50)
    assert await findings(either) == []


async def test_after_logging_in_a_guests_order_is_still_their_own(either: Database) -> None:
    guest, kept = await filled(either, {LAMP: 1}), new_cart()
    first = (await either.write(orders.place, placement(guest))).number
    await either.write(carts.merge, Merge("customer", guest, kept, AT))
    second = await order_again(either, kept, {LAMP: 1})
    assert (await view(either, first)).replaced_by == second


async def test_an_unpaid_order_can_be_put_back_into_its_cart_and_changed(either: Database) -> None:
    cart = await filled(either, {LAMP: 1, RAIN: 5})
    first = (await either.write(orders.place, placement(cart))).number
    bought = await either.write(buying_again.put, first, cart, commands.Id("again", "key", "body"), AT)
    assert (bought.put, bought.missing) == (6, ())
    assert (await either.read(carts.view, cart)).ready


async def test_a_hold_ends_at_its_time_when_nothing_is_at_the_bank(either: Database) -> None:
    number = await placed(either, {LAMP: 1})
    assert await either.write(orders.end_overdue, AT + HOLD) == 0
    assert await either.write(orders.end_overdue, AT + HOLD + timedelta(milliseconds=1)) == 1
    assert (await view(either, number)).status is OrderStatus.CANCELLED
