"""Not a minor unit is lost or made: lines, codes, taxes and totals of 100,000 random carts, and of a sample in real books.

The seed is printed, and SHOPWIRE_PROOF_SEED repeats a run.
"""

import os
import random
import secrets
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from shop import terms as sold_on
from shop.codes import Kind, Terms, off
from shop.delivery import Delivery
from shop.ids import OrderNumber, VariantId
from shop.judge import judge
from shop.money import decimal_text
from shop.orders import Order
from shop.pricing import RATE_WHOLE, Charge, Cost, Share, cost
from shop.taxes import Taxes
from storage import audit, cart_codes, carts, catalogue, codes, orders
from storage.cart_codes import CodeWish
from storage.catalogue import Reprice
from storage.codes import NewCode
from storage.database import Database, opened
from storage.migrate import migrate
from tests.storage.books import AT, BOWL, LAMP, RAIN, RUST, filled, open_shop, placement, set_units

CARTS = 100_000
ORDERS = 150
CURRENCIES = ("JPY", "EUR", "KWD")
"""Of 0, 2 and 3 decimals."""
RATES = (0, 0, 2_100, 5_500, 6_000, 8_875, 10_000, 19_000, 20_000, 21_000, 25_500, 99_999)
ENDINGS = (0, 0, 50, 90, 95, 99)


@pytest.fixture
def chance() -> random.Random:
    seed = int(os.environ.get("SHOPWIRE_PROOF_SEED", secrets.randbelow(1_000_000)))
    print(f"SHOPWIRE_PROOF_SEED={seed}")
    return random.Random(seed)


def a_price(chance: random.Random) -> int:
    """In minor units: mostly such as people ask, now and then anything."""
    if chance.random() < 0.2:
        return chance.choice((0, 1, 2, 3, chance.randrange(10**9)))
    return chance.randrange(300) * 100 + chance.choice(ENDINGS)


def a_code(chance: random.Random) -> Terms:
    kind = chance.choice(tuple(Kind))
    value = 0
    if kind is Kind.PERCENTAGE:
        value = chance.choice((10_000, 12_500, 15_000, 33_333, 50_000, RATE_WHOLE, chance.randrange(1, RATE_WHOLE)))
    if kind is Kind.AMOUNT:
        value = chance.choice((1, 500, 999, chance.randrange(1, 10**6)))
    return Terms(kind, value, delivery=chance.random() < 0.3)


def the_tax_is_right(share: Share, *, included: bool) -> bool:
    """Whether the tax is the nearest whole to the exact one, by its definition and without the shop's own rounding."""
    whole = RATE_WHOLE + share.rate if included else RATE_WHOLE
    missed = 2 * (share.tax * whole - share.net_of_discount * share.rate)
    return -whole < missed <= whole


def adds_up(found: Cost) -> bool:
    """Whether the parts make the total, nothing is below nothing, and every tax is right."""
    shares = (*found.lines, found.shipping)
    included = found.tax_included
    paid = sum(share.net_of_discount + (0 if included else share.tax) for share in shares)
    return (
        found.total == paid
        and all(0 <= share.discount <= share.amount and share.tax >= 0 for share in shares)
        and all(the_tax_is_right(share, included=included) for share in shares)
        and sum(tax.tax for tax in found.taxes) == found.tax
        and found.items + found.shipping.amount - found.discount + (0 if included else found.tax) == found.total
    )


def reads_right(found: Cost, currency: str) -> bool:
    """Whether the amounts add up as people read them, with the currency's decimals."""

    def read(amount: int) -> Decimal:
        return Decimal(decimal_text(amount, currency))

    shown = sum(read(line.amount) for line in found.lines) + read(found.shipping.amount) - read(found.discount)
    return read(found.total) == shown + (0 if found.tax_included else read(found.tax))


def test_lines_codes_and_taxes_make_the_total_of_a_hundred_thousand_carts(chance: random.Random) -> None:
    for n in range(CARTS):
        currency = CURRENCIES[n % 3]
        items = [
            Charge(a_price(chance) * chance.choice((1, 1, 1, 2, 3, 99)), chance.choice(RATES))
            for _ in range(chance.choice((1, 1, 2, 3, 3, 5, 8)))
        ]
        shipping = Charge(chance.choice((0, 495, 650, a_price(chance))), chance.choice(RATES))
        terms = a_code(chance)
        less = off(terms, sum(item.amount for item in items))
        included = n % 2 == 0
        found = cost(items, shipping, discount=less.items, shipping_off=less.shipping, included=included)
        assert adds_up(found), (items, shipping, terms, found)
        assert sum(line.discount for line in found.lines) == less.items
        assert (found.shipping.net_of_discount == 0) or not less.shipping
        assert n % 10 or reads_right(found, currency), (currency, found)


@pytest.mark.parametrize("currency", CURRENCIES)
async def test_orders_in_the_books_add_up_as_they_were_worked_out(
    tmp_path: Path, chance: random.Random, currency: str
) -> None:
    await migrate(tmp_path / "shop.db", currency)
    async with opened(tmp_path / "shop.db") as db:
        await order_at_random(db, chance, currency, ORDERS)


async def test_orders_on_postgresql_add_up_too(postgresql: str, chance: random.Random) -> None:
    await migrate(postgresql, "KWD")
    async with opened(postgresql) as db:
        await order_at_random(db, chance, "KWD", ORDERS // 4)


async def order_at_random(db: Database, chance: random.Random, currency: str, count: int) -> None:
    """Places orders with random prices and codes, reads them again, and has the judge look at the books."""
    await db.write(open_shop)
    variants = (RAIN, RUST, LAMP, BOWL)
    for variant in variants:
        await set_units(db, variant, 10_000)
    worked_out: dict[OrderNumber, Cost] = {}
    for n in range(count):
        if n % 10 == 0:
            for variant in variants:
                await db.write(catalogue.reprice, Reprice(variant, 1 + a_price(chance), AT))
        name, terms = f"CODE{n}", a_code(chance)
        await db.write(codes.make, NewCode(name, terms, "clerk", AT))
        wanted = {VariantId(variant): chance.randint(1, 7) for variant in chance.sample(variants, chance.randint(1, 4))}
        cart = await filled(db, wanted)
        await db.write(cart_codes.put, CodeWish(cart, name, None, "", AT))
        lines = (await db.read(carts.view, cart)).lines
        sold = sold_on.Terms(Delivery(), Taxes(included=chance.random() < 0.5), currency)
        country = chance.choice(sold.countries).code
        way = sold.way(country, chance.choice(sold.ways(country)).code, sold_on.goods(lines))
        levy = sold.levy(country, way)
        less = off(terms, sum(line.total for line in lines))
        expected = cost(
            [Charge(line.total, levy.rate(line.tax_class)) for line in lines],
            Charge(way.amount, levy.rate(way.tax_class)),
            discount=less.items,
            shipping_off=less.shipping,
            included=levy.included,
        )
        command = placement(cart)
        details = replace(command.details, country=country, shipping=way.code)
        command = replace(command, currency=currency, details=details, terms=sold, total=expected.total)
        worked_out[(await db.write(orders.place, command)).number] = expected
    for number, expected in worked_out.items():
        order: Order = await db.read(orders.view, number)
        assert (order.cost, order.total) == (expected, expected.total)
        assert adds_up(order.cost)
        assert reads_right(order.cost, currency)
    assert judge(await db.read(audit.books, None)) == []
