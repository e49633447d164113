"""Purchase limits: no customer gets more than the shop sells to one, however they order and however many at once."""

import asyncio
from collections import Counter
from collections.abc import Mapping

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, update

from shop.checkout import Placement
from shop.errors import LimitReached, ShopError
from shop.ids import CartId, CustomerId, VariantId
from shop.orders import OrderStatus
from shop.payments import PaymentState
from storage import carts, orders, payments, tables
from storage.database import Database
from tests.storage.books import (
    BOWL,
    LATE,
    RAIN,
    RUST,
    at_bank,
    filled,
    findings,
    level,
    new_cart,
    news,
    placement,
    set_units,
)

NOOR = CustomerId("noor")


async def limited(db: Database, product: str, units: int) -> None:
    def limit(tx: Connection) -> None:
        tx.execute(update(tables.Product).where(tables.Product.slug == product).values(per_customer=units))

    await db.write(limit)


async def command(
    db: Database,
    lines: Mapping[VariantId, int],
    *,
    customer: CustomerId | None = None,
    email: str = "noor@example.com",
    cart: CartId | None = None,
) -> Placement:
    made = placement(await filled(db, lines, cart), customer=customer)
    return replace(made, details=replace(made.details, email=email))


async def refused(db: Database, wish: Placement) -> LimitReached:
    with pytest.raises(LimitReached) as refusal:
        await db.write(orders.place, wish)
    return refusal.value


async def test_all_variants_of_a_product_count_together(either: Database) -> None:
    await limited(either, "mug", 3)
    refusal = await refused(either, await command(either, {RAIN: 2, RUST: 2, BOWL: 5}))
    assert refusal.extra["limits"] == [{"product": "mug", "name": "Mug", "limit": 3, "had": 0, "wanted": 4, "left": 3}]
    assert refusal.detail == "Mug: at most 3 a customer. Take 3, and order again. Nothing was ordered."
    assert await level(either, RAIN) == (5, 0)
    await either.write(orders.place, await command(either, {RAIN: 2, RUST: 1, BOWL: 5}))


@pytest.mark.parametrize("paid", [False, True])
async def test_what_was_ordered_before_counts(either: Database, paid: bool) -> None:
    await limited(either, "mug", 2)
    number = (await either.write(orders.place, await command(either, {RAIN: 2}))).number
    if paid:
        await either.write(payments.settle, news(await at_bank(either, number), PaymentState.PAID))
    refusal = await refused(either, await command(either, {RUST: 1}))
    assert (refusal.extra["limits"][0]["had"], refusal.extra["limits"][0]["left"]) == (2, 0)
    assert "you have ordered 2 before. Take it out, and order again" in refusal.detail
    await either.write(orders.place, await command(either, {RUST: 1}, email="other@example.com"))


async def test_what_ended_unpaid_or_was_given_back_does_not_count(either: Database) -> None:
    await limited(either, "mug", 2)
    number = (await either.write(orders.place, await command(either, {RAIN: 2}))).number
    payment = await at_bank(either, number)
    await either.write(orders.end_overdue, LATE)
    await either.write(orders.place, await command(either, {RAIN: 2}, email="Noor@example.com".lower()))
    await set_units(either, RAIN, 2)
    assert await either.write(payments.settle, news(payment, PaymentState.PAID)) is OrderStatus.REFUNDING


async def test_an_account_counts_by_itself_whatever_email_it_gives(either: Database) -> None:
    await limited(either, "mug", 2)
    await either.write(orders.place, await command(either, {RAIN: 2}, customer=NOOR))
    await refused(either, await command(either, {RAIN: 1}, customer=NOOR, email="other@example.com"))
    await refused(either, await command(either, {RAIN: 1}))
    await either.write(orders.place, await command(either, {RAIN: 1}, customer=CustomerId("pol")))


@pytest.mark.parametrize("customer", [None, NOOR])
async def test_of_twenty_orders_at_once_only_as_many_are_placed_as_one_customer_can_buy(
    either: Database, customer: CustomerId | None
) -> None:
    await limited(either, "mug", 3)
    wishes = [await command(either, {(RAIN, RUST)[n % 2]: 1}, customer=customer) for n in range(20)]
    answers = await asyncio.gather(*(either.write(orders.place, wish) for wish in wishes), return_exceptions=True)
    assert Counter(type(answer).__name__ for answer in answers) == {"Placed": 3, "LimitReached": 17}
    assert await findings(either) == []


async def test_in_one_batch_too(db: Database) -> None:
    await limited(db, "bowl", 1)
    wishes = [await command(db, {BOWL: 1}) for _ in range(5)]

    def together(tx: Connection) -> list[object]:
        return list(orders.place(tx, wishes))

    answers = await db.write(together)
    assert [isinstance(answer, ShopError) for answer in answers] == [False, True, True, True, True]


async def test_ones_own_unpaid_order_gives_way_before_a_limit_refuses(either: Database) -> None:
    await limited(either, "mug", 2)
    cart = new_cart()
    first = (await either.write(orders.place, await command(either, {RAIN: 2, BOWL: 1}, cart=cart))).number
    second = (await either.write(orders.place, await command(either, {RAIN: 1}, cart=cart))).number
    assert (await either.read(orders.view, first)).replaced_by == second
    assert await findings(either) == []


async def test_a_cart_says_before_anybody_pays_that_it_has_too_many(either: Database) -> None:
    await limited(either, "mug", 2)
    cart = await filled(either, {RAIN: 1, RUST: 2})
    seen = await either.read(carts.view, cart)
    assert not seen.ready
    assert [(line.limit, seen.over_limit(line), seen.allowed(line)) for line in seen.lines] == [
        (2, True, 0),
        (2, True, 1),
    ]
    await filled(either, {RUST: 1}, cart)
    assert (await either.read(carts.view, cart)).ready
    await either.write(orders.place, await command(either, {RAIN: 1}, customer=NOOR))
    known = await either.read(carts.view, cart, NOOR)
    assert (known.ready, [line.had for line in known.lines]) == (False, [1, 1])


async def test_products_without_a_limit_ask_nothing(either: Database) -> None:
    await either.write(orders.place, await command(either, {BOWL: 25}))
    await either.write(orders.place, await command(either, {BOWL: 25}))
