"""Codes as staff keep them, and as carts wish for them: nothing is lost between two editors, two tabs or two carts."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from shop.codes import NO_CODE, Kind, Off, Terms, Wish
from shop.errors import (
    CodeBelowMinimum,
    CodeChanged,
    CodeEnded,
    CodeUsedByYou,
    CommandReused,
    InvalidFields,
    NotFound,
    StaleEdit,
)
from shop.events import CartChanged
from shop.ids import CustomerId
from shop.money import MAX_AMOUNT
from shop.payments import PaymentState
from storage import cart_codes, carts, codes, currency, orders, outbox, payments
from storage.cart_codes import CodeWish
from storage.carts import Change, Merge
from storage.codes import CodeEdit, NewCode
from storage.commands import Id
from storage.currency import NewCurrency
from storage.database import Database
from tests.storage.books import AT, BOWL, PRICES, RAIN, at_bank, filled, new_cart, news, placement
from tests.storage.coupons import ACTOR, TENTH, made, wished, with_code

FIVE = Terms(Kind.AMOUNT, 500, minimum=2000)


async def test_a_code_is_made_once_however_often_it_is_sent(either: Database) -> None:
    new = NewCode("SPRING", FIVE, ACTOR, AT, Id("codes", "k", "body"))
    assert await asyncio.gather(*(either.write(codes.make, new) for _ in range(5))) == ["SPRING"] * 5
    with pytest.raises(CommandReused):
        await either.write(codes.make, replace(new, command=Id("codes", "k", "other")))
    with pytest.raises(InvalidFields) as refusal:
        await either.write(codes.make, replace(new, command=None))
    assert refusal.value.fields == {"code": codes.TAKEN}
    [found] = await either.read(codes.listed, "", 10)
    assert (found.code.terms, found.code.used, found.made_by) == (FIVE, 0, ACTOR)


async def test_two_who_make_the_same_code_make_one(either: Database) -> None:
    new = NewCode("SPRING", FIVE, ACTOR, AT)
    answers = await asyncio.gather(*(either.write(codes.make, new) for _ in range(5)), return_exceptions=True)
    assert [type(answer) for answer in answers].count(str) == 1
    assert {type(answer) for answer in answers} == {str, InvalidFields}


async def test_a_stale_edit_is_refused_and_a_double_click_is_no_change(either: Database) -> None:
    await made(either, terms=FIVE)
    more = CodeEdit("SPRING", replace(FIVE, value=700), 1, ACTOR, AT)
    first = await either.write(codes.edit, more)
    assert (first.version, first.edition) == (2, 2)
    assert await either.write(codes.edit, more) == first
    with pytest.raises(StaleEdit):
        await either.write(codes.edit, CodeEdit("SPRING", replace(FIVE, value=900), 1, "ada@shop.example", AT))
    later = await either.write(codes.edit, CodeEdit("SPRING", replace(FIVE, value=700, limit=9), 2, ACTOR, AT))
    assert (later.version, later.edition) == (3, 2), "a limit is no other promise"
    with pytest.raises(NotFound):
        await either.write(codes.edit, replace(more, code="NONE"))


async def test_switching_off_is_kept_through_an_edit_and_in_the_history(either: Database) -> None:
    await made(either, terms=FIVE)
    for _ in range(2):
        await either.write(codes.switch, "SPRING", "ada@shop.example", AT, active=False)
    edited = await either.write(codes.edit, CodeEdit("SPRING", replace(FIVE, each=1), 2, ACTOR, AT))
    assert edited.terms == replace(FIVE, each=1, active=False)
    told = [(change.actor, change.before, change.after) for change in await either.read(codes.history, "SPRING", 9)]
    assert told == [
        (ACTOR, replace(FIVE, active=False), edited.terms),
        ("ada@shop.example", FIVE, replace(FIVE, active=False)),
        (ACTOR, None, FIVE),
    ]


async def test_a_limit_is_not_set_below_what_was_used(either: Database) -> None:
    await made(either, each=5)
    for _ in range(2):
        await either.write(orders.place, placement(await with_code(either, {BOWL: 1})))
    with pytest.raises(InvalidFields) as refusal:
        await either.write(codes.edit, CodeEdit("SPRING", replace(TENTH, limit=1), 1, ACTOR, AT))
    assert refusal.value.fields == {"limit": "It was used 2 times already; 2 is the least."}
    assert (await either.write(codes.edit, CodeEdit("SPRING", replace(TENTH, limit=2), 1, ACTOR, AT))).terms.limit == 2


async def test_the_list_tells_what_came_of_each(either: Database) -> None:
    await made(either)
    await made(either, "SUMMER_10")
    numbers = [
        (await either.write(orders.place, placement(await with_code(either, {BOWL: 1})))).number for _ in range(2)
    ]
    await either.write(payments.settle, news(await at_bank(either, numbers[0]), PaymentState.PAID))
    found = await either.read(codes.view, "SPRING")
    order = await either.read(orders.view, numbers[0])
    assert (found.code.used, found.orders, found.revenue, found.given) == (2, 1, order.total, order.cost.discount)
    assert [row.code.code for row in await either.read(codes.listed, "MER_", 9)] == ["SUMMER_10"]
    assert await either.read(codes.listed, "%", 9) == []


async def test_amounts_keep_their_numbers_in_another_currency(either: Database) -> None:
    await made(either, terms=FIVE)
    await either.write(currency.change, NewCurrency("KWD", 0, ACTOR, AT))
    found = (await either.read(codes.view, "SPRING")).code
    assert (found.terms.value, found.terms.minimum, found.edition) == (5000, 20_000, 2)


async def test_a_wish_is_told_to_the_carts_pages_and_kept(either: Database) -> None:
    await made(either)
    cart = await filled(either, {RAIN: 1})
    seen = await either.write(cart_codes.put, CodeWish(cart, " spr ing ", None, "", AT))
    assert seen.code == "SPRING"
    event = (await either.read(outbox.after, 0, 1000))[-1].event
    assert isinstance(event, CartChanged)
    assert event.state == seen
    added = await either.write(carts.add, Change(cart, BOWL, 1, AT))
    assert added.code == "SPRING"
    assert (await either.read(carts.view, cart)).wish == Wish("SPRING", 1)
    assert (await either.write(cart_codes.take_off, cart, AT)).code == ""
    assert (await either.write(cart_codes.take_off, cart, AT)).code == ""
    assert (await either.read(carts.view, cart)).wish is None


async def test_a_refused_code_leaves_the_one_before(either: Database) -> None:
    await made(either)
    await made(either, "BIG", FIVE)
    cart = await with_code(either, {BOWL: 1})
    with pytest.raises(CodeBelowMinimum) as refusal:
        await wished(either, cart, "BIG")
    assert refusal.value.extra["missing"] == {"amount": 500, "currency": "EUR"}
    assert (await either.read(carts.view, cart)).wish == Wish("SPRING", 1)
    await filled(either, {BOWL: 2}, cart)
    await wished(either, cart, "big")
    assert (await either.read(carts.view, cart)).wish == Wish("BIG", 1)


async def test_login_keeps_the_customers_code_or_takes_the_guests(either: Database) -> None:
    await made(either)
    await made(either, "OTHER")
    kept, brought = await filled(either, {RAIN: 1}), await with_code(either, {BOWL: 1})
    assert await either.write(carts.merge, Merge("NOOR", brought, kept, AT)) == kept
    assert (await either.read(carts.view, kept)).wish == Wish("SPRING", 1)
    assert (await either.read(carts.view, brought)).wish is None
    another = await with_code(either, {BOWL: 1}, "OTHER")
    await either.write(carts.merge, Merge("NOOR", another, kept, AT))
    assert (await either.read(carts.view, kept)).wish == Wish("SPRING", 1)


async def test_a_look_says_what_comes_off_or_why_nothing_does(either: Database) -> None:
    hour = timedelta(hours=1)
    await made(either, terms=replace(FIVE, delivery=True), ends_at=AT + hour, each=1)
    noor = CustomerId("NOOR")
    cart = await either.read(carts.view, await wished(either, await filled(either, {BOWL: 2})))
    look = cart_codes.look
    assert (await either.read(look, cart, 3000, None, "", AT)).off == Off(500, MAX_AMOUNT)
    assert isinstance((await either.read(look, cart, 1999, None, "", AT)).trouble, CodeBelowMinimum)
    assert isinstance((await either.read(look, cart, 3000, None, "", AT + hour)).trouble, CodeEnded)
    bought = placement(await wished(either, await filled(either, {RAIN: 1})), customer=noor)
    await either.write(orders.place, bought)
    assert isinstance((await either.read(look, cart, 3000, noor, "", AT)).trouble, CodeUsedByYou)
    await either.write(codes.edit, CodeEdit("SPRING", replace(FIVE, value=1), 1, ACTOR, AT))
    assert isinstance((await either.read(look, cart, 3000, None, "", AT)).trouble, CodeChanged)
    plain = await either.read(carts.view, await filled(either, {BOWL: 1}))
    assert await either.read(look, plain, PRICES[BOWL], None, "", AT) == NO_CODE


async def test_a_wish_for_a_new_cart_makes_it(either: Database) -> None:
    await made(either)
    cart = await wished(either, new_cart())
    await filled(either, {BOWL: 1}, cart)
    assert (await either.read(carts.view, cart)).wish == Wish("SPRING", 1)
