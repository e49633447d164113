"""Carts: parallel changes all count, two carts become one, and consent to a price is the shopper's."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from shop.cart import MAX_LINES, MAX_QUANTITY
from shop.customers import Role
from shop.errors import CommandReused, EmptyCart, InvalidFields, NotFound, PriceChanged
from shop.events import CartChanged
from shop.ids import CartId, CustomerId, VariantId
from storage import additions, carts, catalogue, commands, customers, orders, outbox, tables
from storage.additions import NewProduct, NewVariant
from storage.carts import Change, Merge
from storage.catalogue import Reprice
from storage.customers import Registration
from storage.database import Database
from tests.storage.books import AT, BOWL, LAMP, RAIN, RUST, filled, new_cart, placement

NOOR = CustomerId("NOOR")


async def quantities(db: Database, cart: CartId | None) -> dict[VariantId, int]:
    return {line.variant: line.quantity for line in (await db.read(carts.view, cart)).lines}


async def test_a_cart_shows_todays_prices_in_the_order_things_were_added(either: Database) -> None:
    cart = await filled(either, {LAMP: 1, RAIN: 2})
    seen = await either.read(carts.view, cart)
    assert {line.variant: (line.price, line.total) for line in seen.lines} == {LAMP: (9900, 9900), RAIN: (2800, 5600)}
    assert (seen.count, seen.items_total, seen.ready) == (3, 15500, True)
    assert (await either.read(carts.view, new_cart())).lines == ()
    assert (await either.read(carts.view, None)).lines == ()


async def test_twenty_parallel_adds_all_count(either: Database) -> None:
    cart = new_cart()
    await asyncio.gather(*(either.write(carts.add, Change(cart, BOWL, 1, AT)) for _ in range(20)))
    assert await quantities(either, cart) == {BOWL: 20}


async def test_different_things_added_at_once_are_all_there(either: Database) -> None:
    cart = new_cart()
    await asyncio.gather(*(either.write(carts.add, Change(cart, v, 2, AT)) for v in (RAIN, RUST, LAMP, BOWL)))
    assert await quantities(either, cart) == {RAIN: 2, RUST: 2, LAMP: 2, BOWL: 2}


async def test_one_add_sent_many_times_counts_once(either: Database) -> None:
    cart = new_cart()
    change = Change(cart, BOWL, 3, AT, commands.Id("session", "key", "body"))
    answers = await asyncio.gather(*(either.write(carts.add, change) for _ in range(12)))
    assert all(answer == answers[0] for answer in answers)
    assert await quantities(either, cart) == {BOWL: 3}
    other = Change(cart, BOWL, 4, AT, commands.Id("session", "key", "another body"))
    with pytest.raises(CommandReused):
        await either.write(carts.add, other)


async def test_setting_none_takes_the_line_away(either: Database) -> None:
    cart = await filled(either, {RAIN: 2, LAMP: 1})
    answer = await either.write(carts.put, Change(cart, RAIN, 0, AT))
    assert [(line.variant, line.quantity) for line in answer.lines] == [(LAMP, 1)]
    await either.write(carts.put, Change(cart, RAIN, 0, AT))
    assert await quantities(either, cart) == {LAMP: 1}


@pytest.mark.parametrize("quantity", [-1, MAX_QUANTITY + 1])
async def test_a_quantity_out_of_bounds_is_refused(db: Database, quantity: int) -> None:
    cart = await filled(db, {BOWL: MAX_QUANTITY})
    for verb in (carts.put, carts.add):
        with pytest.raises(InvalidFields):
            await db.write(verb, Change(cart, BOWL, quantity, AT))
    with pytest.raises(InvalidFields):
        await db.write(carts.add, Change(cart, BOWL, 1, AT))
    assert await quantities(db, cart) == {BOWL: MAX_QUANTITY}


async def test_what_is_not_sold_cannot_be_added(db: Database) -> None:
    cart = new_cart()
    with pytest.raises(NotFound):
        await db.write(carts.add, Change(cart, VariantId("nothing"), 1, AT))
    assert await db.read(outbox.after, 3, 10) == [], "a refusal leaves nothing"
    await db.write(_hide, "lamp")
    with pytest.raises(NotFound):
        await db.write(carts.add, Change(cart, LAMP, 1, AT))


async def test_a_cart_has_room_for_so_many_things(db: Database) -> None:
    variants = [NewVariant(VariantId(f"many{n:03}"), "V", None, 100, None, "x.svg", 1) for n in range(MAX_LINES + 1)]
    many = NewProduct("many", "Many", "", "", "table", "", [], [], [], "", 1, AT, variants)
    await db.write(additions.add_products, [many], "test", AT)
    cart = new_cart()
    await asyncio.gather(*(db.write(carts.put, Change(cart, v.id, 1, AT)) for v in variants[:MAX_LINES]))
    with pytest.raises(InvalidFields):
        await db.write(carts.put, Change(cart, variants[-1].id, 1, AT))
    await db.write(carts.put, Change(cart, variants[0].id, 2, AT))
    assert len(await quantities(db, cart)) == MAX_LINES


async def test_agreeing_accepts_a_raised_price(either: Database) -> None:
    cart = await filled(either, {RAIN: 1})
    await either.write(catalogue.reprice, Reprice(RAIN, 3100, AT))
    [line] = (await either.read(carts.view, cart)).lines
    assert (line.price, line.agreed, line.raised) == (3100, 2800, True)
    with pytest.raises(PriceChanged):
        await either.write(carts.agree, cart, 2800, AT)
    answer = await either.write(carts.agree, cart, 3100, AT)
    assert answer.total == 3100
    [line] = (await either.read(carts.view, cart)).lines
    assert (line.agreed, line.raised) == (3100, False)


async def test_a_line_is_kept_at_the_price_that_was_seen_and_no_other(either: Database) -> None:
    cart = await filled(either, {RAIN: 1})
    await either.write(catalogue.reprice, Reprice(RAIN, 3100, AT))
    await either.write(catalogue.reprice, Reprice(RAIN, 3200, AT))
    await either.write(carts.put, Change(cart, RAIN, 2, AT))
    await either.write(carts.put, Change(cart, RAIN, 2, AT, agreed=3100))
    [line] = (await either.read(carts.view, cart)).lines
    assert (line.quantity, line.agreed, line.raised) == (2, 3100, True)


async def test_a_cart_says_what_is_short(db: Database) -> None:
    cart = await filled(db, {LAMP: 3})
    await db.write(orders.place, placement(await filled(db, {LAMP: 1})))
    [line] = (await db.read(carts.view, cart)).lines
    assert line.short_by == 3
    await db.write(_hide, "lamp")
    seen = await db.read(carts.view, cart)
    assert (seen.lines[0].visible, seen.ready) == (False, False)


def _hide(tx: Connection, slug: str) -> None:
    tx.execute(update(tables.Product).where(tables.Product.slug == slug).values(visible=False))


def _cart_of(tx: Connection, customer: str) -> Any:
    return tx.execute(select(tables.Customer.cart_id).where(tables.Customer.id == customer)).scalar_one()


async def registered(db: Database) -> None:
    await db.write(customers.register, Registration(NOOR, "noor@example.com", "Noor", "hash", Role.CUSTOMER, AT))


async def test_login_keeps_the_larger_quantity_of_both_carts(either: Database) -> None:
    await registered(either)
    kept, brought = await filled(either, {RAIN: 1, LAMP: 1}), await filled(either, {RAIN: 3, BOWL: 2})
    for _ in range(2):
        assert await either.write(carts.merge, Merge(NOOR, brought, kept, AT)) == kept
        assert await quantities(either, kept) == {RAIN: 3, LAMP: 1, BOWL: 2}
    assert await quantities(either, brought) == {}


async def test_the_first_login_makes_the_browsers_cart_the_customers(either: Database) -> None:
    await registered(either)
    brought = await filled(either, {RAIN: 1})
    assert await either.write(carts.merge, Merge(NOOR, brought, None, AT)) == brought
    assert await either.read(_cart_of, NOOR) == brought
    assert await either.write(carts.merge, Merge(NOOR, brought, brought, AT)) == brought
    assert await either.write(carts.merge, Merge(NOOR, None, brought, AT)) == brought
    assert await either.write(carts.merge, Merge(NOOR, None, None, AT)) is None
    assert await quantities(either, brought) == {RAIN: 1}


async def test_a_guests_orders_become_the_customers(either: Database) -> None:
    await registered(either)
    brought = await filled(either, {RAIN: 1})
    answer = await either.write(orders.place, placement(brought))
    await either.write(carts.merge, Merge(NOOR, brought, new_cart(), AT))
    assert [order.number for order in await either.read(orders.of_customer, NOOR)] == [answer.number]


async def test_logging_in_works_with_a_thing_in_the_cart_that_is_sold_no_more(db: Database) -> None:
    await registered(db)
    kept, brought = await filled(db, {RAIN: 1}), await filled(db, {LAMP: 1, RAIN: 2})
    await db.write(_hide, "lamp")
    await db.write(carts.merge, Merge(NOOR, brought, kept, AT))
    assert await quantities(db, kept) == {RAIN: 2}


async def test_both_carts_hear_that_they_became_one(db: Database) -> None:
    kept, brought = await filled(db, {RAIN: 1}), await filled(db, {LAMP: 1})
    start = await db.read(outbox.head)
    await db.write(carts.merge, Merge(NOOR, brought, kept, AT))
    told = [r.event for r in await db.read(outbox.after, start, 10)]
    assert {(e.cart, e.state.count) for e in told if isinstance(e, CartChanged)} == {(brought, 0), (kept, 2)}


async def test_a_cart_is_ordered_or_merged_but_not_both(either: Database) -> None:
    await registered(either)
    for _ in range(3):
        kept, brought = await filled(either, {RAIN: 1}), await filled(either, {BOWL: 1})
        ordering = asyncio.ensure_future(either.write(orders.place, placement(brought)))
        assert await either.write(carts.merge, Merge(NOOR, brought, kept, AT)) == kept
        [placed] = await asyncio.gather(ordering, return_exceptions=True)
        assert (BOWL in await quantities(either, kept)) is isinstance(placed, EmptyCart)
