"""Codes at the moment of ordering: each use counts once, whoever races; what ends unpaid gives its use back."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from shop.checkout import Placed
from shop.codes import Kind, Terms, Wish
from shop.errors import (
    CodeBelowMinimum,
    CodeChanged,
    CodeEnded,
    CodeNotBegun,
    CodeRefused,
    CodeSwitchedOff,
    CodeUsedByYou,
    CodeUsedUp,
    UnknownCode,
)
from shop.fulfilment import Clerk
from shop.ids import CustomerId
from shop.orders import OrderStatus
from shop.payments import PaymentState
from storage import carts, codes, orders, payments
from storage.codes import CodeEdit
from storage.database import Database, opened
from tests.storage.books import (
    AT,
    BOWL,
    DELIVERY,
    LAMP,
    LATE,
    PRICES,
    RAIN,
    at_bank,
    filled,
    findings,
    level,
    news,
    placement,
    set_units,
)
from tests.storage.coupons import ACTOR, FREE, TENTH, made, of, used, wished, with_code

CLERK = Clerk(CustomerId("CLERK"), "Clerk")


async def test_a_code_comes_off_and_the_order_says_how(either: Database) -> None:
    await made(either)
    answer = await either.write(orders.place, placement(cart := await with_code(either, {RAIN: 2, BOWL: 1})))
    order = await either.read(orders.view, answer.number)
    items = 2 * PRICES[RAIN] + PRICES[BOWL]
    assert (order.code, order.cost.discount, order.total) == ("SPRING", items // 10, items - items // 10 + DELIVERY)
    assert sum(line.discount for line in order.lines) == items // 10
    assert (await either.read(carts.view, cart)).wish is None
    assert await used(either) == 1
    assert await findings(either) == []


async def test_a_one_use_code_redeemed_two_hundred_times_at_once_is_used_once(either: Database) -> None:
    await redeemed_at_once([either])


@pytest.mark.postgresql
async def test_across_four_shops_on_one_database_a_one_use_code_is_used_once(
    postgresql_books: str, on_postgresql: Database
):
    async with AsyncExitStack() as stack:
        more = [await stack.enter_async_context(opened(postgresql_books)) for _ in range(3)]
        await redeemed_at_once([on_postgresql, *more])


async def redeemed_at_once(shops: list[Database]) -> None:
    db = shops[0]
    await made(db, limit=1)
    await set_units(db, BOWL, 500)
    buyers = await asyncio.gather(*(with_code(db, {BOWL: 1}) for _ in range(200)))
    commands = [of(f"buyer{n}@example.com", cart) for n, cart in enumerate(buyers)]
    answers = await asyncio.gather(
        *(shops[n % len(shops)].write(orders.place, command) for n, command in enumerate(commands)),
        return_exceptions=True,
    )
    assert Counter(type(answer) for answer in answers) == {Placed: 1, CodeUsedUp: 199}
    assert await used(db) == 1
    assert await level(db, BOWL) == (500, 1)
    assert await findings(db) == []
    left = next(cart for cart, answer in zip(buyers, answers, strict=True) if isinstance(answer, CodeUsedUp))
    kept = await db.read(carts.view, left)
    assert (len(kept.lines), kept.wish) == (1, Wish("SPRING", 1)), "nothing is half done"


async def test_codes_of_many_kinds_race_and_none_goes_over_its_limits(either: Database) -> None:
    for n in range(4):
        await made(either, f"CODE{n}", limit=3 + n)
    await set_units(either, BOWL, 500)
    buyers = await asyncio.gather(*(with_code(either, {BOWL: 1}, f"CODE{n % 4}") for n in range(60)))
    answers = await asyncio.gather(
        *(either.write(orders.place, of(f"b{n}@example.com", cart)) for n, cart in enumerate(buyers)),
        return_exceptions=True,
    )
    assert Counter(type(answer) for answer in answers) == {Placed: 18, CodeUsedUp: 42}
    assert [await used(either, f"CODE{n}") for n in range(4)] == [3, 4, 5, 6]
    assert await findings(either) == []


async def test_a_customer_uses_a_code_as_often_as_one_may_however_many_windows_race(either: Database) -> None:
    await made(either, each=2)
    mine = await asyncio.gather(*(with_code(either, {BOWL: 1}) for _ in range(20)))
    noor = CustomerId("NOOR")
    # By account from many addresses, and as a guest with one of them.
    commands = [of("noor@example.com", cart, customer=noor if n % 2 else None) for n, cart in enumerate(mine)]
    answers = await asyncio.gather(*(either.write(orders.place, c) for c in commands), return_exceptions=True)
    assert Counter(type(answer) for answer in answers) == {Placed: 2, CodeUsedByYou: 18}
    others = await with_code(either, {BOWL: 1})
    await either.write(orders.place, of("ada@example.com", others))
    assert await used(either) == 3
    assert await findings(either) == []


async def test_an_account_is_one_customer_under_any_email(either: Database) -> None:
    await made(either, each=1)
    noor = CustomerId("NOOR")
    await either.write(orders.place, of("one@example.com", await with_code(either, {BOWL: 1}), customer=noor))
    with pytest.raises(CodeUsedByYou):
        await either.write(orders.place, of("two@example.com", await with_code(either, {BOWL: 1}), customer=noor))
    again = await filled(either, {BOWL: 1})
    with pytest.raises(CodeUsedByYou):
        await wished(either, again, customer=noor)


@pytest.mark.parametrize("by", ["time", "staff"])
async def test_an_order_that_ends_unpaid_gives_its_use_back(either: Database, by: str) -> None:
    await made(either, limit=1, each=1)
    answer = await either.write(orders.place, placement(await with_code(either, {BOWL: 1})))
    waiting = await filled(either, {BOWL: 1})
    with pytest.raises(CodeUsedUp):
        await wished(either, waiting)
    if by == "time":
        assert await either.write(orders.end_overdue, LATE) == 1
    else:
        await either.write(orders.cancel, answer.number, CLERK, AT)
        await either.write(orders.cancel, answer.number, CLERK, AT)
    assert await used(either) == 0
    assert await findings(either) == []
    await either.write(orders.place, placement(await wished(either, waiting), at=LATE))
    assert await used(either) == 1
    assert await findings(either) == []


async def test_paid_after_the_hold_takes_the_use_again(either: Database) -> None:
    await made(either, limit=1, each=1)
    answer = await either.write(orders.place, placement(await with_code(either, {BOWL: 1})))
    payment = await at_bank(either, answer.number)
    await either.write(orders.end_overdue, LATE)
    assert await either.write(payments.settle, news(payment, PaymentState.PAID, at=LATE)) is OrderStatus.PAID
    assert await used(either) == 1
    assert await findings(either) == []


@pytest.mark.parametrize("limits", [replace(TENTH, limit=1), replace(TENTH, each=1)], ids=["in all", "each"])
async def test_paid_after_the_hold_with_its_code_used_up_is_given_back(either: Database, limits: Terms) -> None:
    await made(either, terms=limits)
    answer = await either.write(orders.place, placement(await with_code(either, {BOWL: 1})))
    payment = await at_bank(either, answer.number)
    await either.write(orders.end_overdue, LATE)
    await either.write(orders.place, placement(await with_code(either, {BOWL: 1}), at=LATE))
    assert await either.write(payments.settle, news(payment, PaymentState.PAID, at=LATE)) is OrderStatus.REFUNDING
    assert await used(either) == 1
    assert await level(either, BOWL) == (50, 1)
    assert await findings(either) == []


async def test_another_amount_at_the_bank_gives_the_use_back(either: Database) -> None:
    await made(either, limit=1)
    answer = await either.write(orders.place, placement(await with_code(either, {BOWL: 1})))
    payment = await at_bank(either, answer.number)
    await either.write(payments.settle, news(payment, PaymentState.PAID, amount=1))
    assert await used(either) == 0
    assert await findings(either) == []


async def test_an_order_that_costs_nothing_is_paid_at_once(either: Database) -> None:
    await made(either, terms=FREE)
    answer = await either.write(orders.place, placement(cart := await with_code(either, {RAIN: 2}), key="free"))
    order = await either.read(orders.view, answer.number)
    assert (order.total, order.status, order.payment, order.paid_at) == (0, OrderStatus.PAID, None, AT)
    assert (order.shipping_amount, order.shipping_discount) == (DELIVERY, DELIVERY)
    assert await level(either, RAIN) == (3, 0)
    assert await either.read(payments.newest, answer.number) is None
    assert (await either.write(orders.place, placement(cart, key="free"))).again
    assert await findings(either) == []


async def test_a_repetition_is_answered_as_before_though_the_code_is_used_up(either: Database) -> None:
    await made(either, limit=1)
    cart = await with_code(either, {BOWL: 1})
    commands = [placement(cart, key="once") for _ in range(20)]
    answers = await asyncio.gather(*(either.write(orders.place, command) for command in commands))
    assert len({answer.number for answer in answers}) == 1
    assert (await either.write(orders.place, placement(cart, key="once"))).again
    assert await used(either) == 1


async def test_what_happened_to_a_code_in_between_is_said_and_nothing_is_done(either: Database) -> None:
    hour = timedelta(hours=1)
    await made(either, ends_at=AT + hour)
    cart = await with_code(either, {RAIN: 1})

    async def refused(kind: type[CodeRefused], **changes: object) -> CodeRefused:
        with pytest.raises(kind) as refusal:
            await either.write(orders.place, replace(placement(cart), **changes))
        assert await level(either, RAIN) == (5, 0)
        assert len((await either.read(carts.view, cart)).lines) == 1
        return refusal.value

    assert (await refused(CodeEnded, at=AT + hour)).at == AT + hour
    await either.write(codes.switch, "SPRING", ACTOR, AT, active=False)
    await refused(CodeSwitchedOff)
    await either.write(codes.switch, "SPRING", ACTOR, AT, active=True)
    now = (await either.read(codes.view, "SPRING")).code
    later = replace(now.terms, starts_at=AT + hour, ends_at=None)
    now = await either.write(codes.edit, CodeEdit("SPRING", later, now.version, ACTOR, AT))
    await refused(CodeNotBegun)
    dear = replace(now.terms, starts_at=None, minimum=3000)
    now = await either.write(codes.edit, CodeEdit("SPRING", dear, now.version, ACTOR, AT))
    assert (await refused(CodeBelowMinimum)).extra["missing"] == {"amount": 200, "currency": "EUR"}
    less = replace(now.terms, minimum=0, value=5_000)
    await either.write(codes.edit, CodeEdit("SPRING", less, now.version, ACTOR, AT))
    await refused(CodeChanged)
    await wished(either, cart)
    assert (await either.write(orders.place, placement(cart))).again is False
    assert await findings(either) == []


async def test_another_code_than_was_shown_is_not_taken_silently(either: Database) -> None:
    await made(either)
    cart = await with_code(either, {RAIN: 1})
    for shown in ("", "OTHER"):
        with pytest.raises(CodeChanged):
            await either.write(orders.place, replace(placement(cart), code=shown))
    plain = await filled(either, {RAIN: 1})
    with pytest.raises(CodeChanged):
        await either.write(orders.place, replace(placement(plain), code="SPRING"))
    await either.write(orders.place, replace(placement(cart), code="SPRING"))
    await either.write(orders.place, replace(placement(plain), code=""))


async def test_the_code_of_somebody_else_in_the_batch_is_not_mine(either: Database) -> None:
    await made(either, limit=1)
    mine, theirs = await filled(either, {RAIN: 1}), await with_code(either, {RAIN: 1})
    placed = await asyncio.gather(*(either.write(orders.place, placement(cart)) for cart in (mine, theirs)))
    found = [await either.read(orders.view, answer.number) for answer in placed]
    assert [order.code for order in found] == ["", "SPRING"]


async def test_who_is_refused_for_stock_does_not_use_the_code(either: Database) -> None:
    await made(either, limit=1)
    buyers = [await with_code(either, {LAMP: 1}), await with_code(either, {LAMP: 1, BOWL: 1})]
    await set_units(either, LAMP, 0)
    late = await with_code(either, {BOWL: 1})
    answers = await asyncio.gather(
        *(either.write(orders.place, placement(cart)) for cart in (*buyers, late)), return_exceptions=True
    )
    assert isinstance(answers[2], Placed)
    assert await used(either) == 1


def meddle(tx: Connection, count: int) -> None:
    tx.execute(text("UPDATE codes SET used = :count"), {"count": count})


async def test_the_table_itself_refuses_a_use_too_many(either: Database) -> None:
    await made(either, limit=1)
    for count in (2, -1):
        with pytest.raises(IntegrityError):
            await either.write(meddle, count)


async def test_orders_without_codes_never_ask_for_codes(on_sqlite: Database) -> None:
    await made(on_sqlite)
    plain = [await filled(on_sqlite, {BOWL: 1}) for _ in range(3)]
    heard: list[str] = []

    def listen(tx: Connection, to: object) -> None:
        tx.connection.driver_connection.set_trace_callback(to)  # type: ignore[union-attr]

    await on_sqlite.write(listen, heard.append)
    await asyncio.gather(*(on_sqlite.write(orders.place, placement(cart)) for cart in plain))
    await on_sqlite.write(listen, None)
    assert any("INSERT INTO orders" in statement for statement in heard)
    assert [statement for statement in heard if "codes" in statement or "code_uses" in statement] == []
    wishes = [statement for statement in heard if statement.startswith("UPDATE carts") and "code" in statement]
    assert wishes == []


def test_terms_say_what_they_promise() -> None:
    assert Terms(Kind.AMOUNT, 500).promise != Terms(Kind.AMOUNT, 400).promise
    assert TENTH.promise == replace(TENTH, limit=3, minimum=5).promise


async def test_what_nobody_made_is_unknown(either: Database) -> None:
    cart = await filled(either, {BOWL: 1})
    await made(either, "OFF", active=False)
    refusals = []
    for typed in ("nothing", "off", "", "x" * 500, "\u200b"):
        with pytest.raises(UnknownCode) as refusal:
            await wished(either, cart, typed)
        refusals.append(refusal.value.problem())
    assert all(problem == refusals[0] for problem in refusals), "what is switched off is as good as unknown"
