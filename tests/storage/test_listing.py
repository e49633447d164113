"""Listings: every order, a page at a time, true to what changes, and never slow for being deep."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, Select, select
from sqlalchemy.sql.compiler import SQLCompiler

from shop.catalogue import Category, Order
from shop.ids import VariantId
from storage import additions, catalogue, listing, tables
from storage.additions import NewProduct, NewVariant
from storage.catalogue import Reprice
from storage.database import Database
from storage.listing import Shelf
from tests.storage.books import AT, LAMP, RAIN, RUST, placed

MANY = 60
ROOM = 1000


def thing(n: int, category: str = "many") -> NewProduct:
    """The n-th of many: the later the dearer, the newer and the less loved; every third is sold out."""
    units = 0 if n % 3 == 0 else 5
    variants = [NewVariant(VariantId(f"v{category}{n}"), "One", None, 100 + n, None, "mug-oat", units)]
    added = AT + timedelta(minutes=n)
    return NewProduct(f"{category}-{n}", f"Thing {n}", "", "", category, "", [], [], [], "", MANY - n, added, variants)


def fill(tx: Connection) -> None:
    additions.add_categories(tx, [Category("many", "Many", "", ""), Category("none", "None", "", "")])
    additions.add_products(tx, [thing(n) for n in range(MANY)], "test", AT)


async def slugs(db: Database, shelf: Shelf, limit: int = ROOM, offset: int = 0) -> list[str]:
    return [card.slug for card in await db.read(listing.page, shelf, limit, offset)]


async def test_every_order_is_the_databases(either: Database) -> None:
    await either.write(fill)
    upwards = [f"many-{n}" for n in range(MANY)]
    assert await slugs(either, Shelf("many")) == upwards
    assert await slugs(either, Shelf("many", order=Order.CHEAPEST)) == upwards
    assert await slugs(either, Shelf("many", order=Order.DEAREST)) == upwards[::-1]
    assert await slugs(either, Shelf("many", order=Order.NEWEST)) == upwards[::-1]
    assert (await slugs(either, Shelf(order=Order.NEWEST)))[:MANY] == upwards[::-1]
    assert await slugs(either, Shelf("none")) == []


async def test_pages_follow_each_other_without_gap_or_repetition(either: Database) -> None:
    await either.write(fill)
    for order in Order:
        shelf = Shelf("many", order)
        found = [slug for offset in range(0, MANY, 7) for slug in await slugs(either, shelf, 7, offset)]
        assert found == await slugs(either, shelf)


async def test_a_count_stops_where_it_is_told_to(either: Database) -> None:
    await either.write(fill)
    assert await either.read(listing.count, Shelf("many"), ROOM) == MANY
    assert await either.read(listing.count, Shelf(), ROOM) == MANY + 3
    assert await either.read(listing.count, Shelf(), 10) == 10
    assert await either.read(listing.look, Shelf("many"), 1, MANY, ROOM) == (MANY, [])


async def test_a_new_price_moves_its_product(either: Database) -> None:
    assert await slugs(either, Shelf(order=Order.CHEAPEST)) == ["bowl", "mug", "lamp"]
    await either.write(catalogue.reprice, Reprice(LAMP, 100, AT))
    assert await slugs(either, Shelf(order=Order.CHEAPEST)) == ["lamp", "bowl", "mug"]


async def test_a_product_stands_where_the_price_on_its_card_says(either: Database) -> None:
    """Rain is sold out, so the mug's card shows Rust at another price; then nothing is left and it shows Rain again."""
    await either.write(catalogue.reprice, Reprice(RUST, 99_000, AT))
    for taken in ({}, {RAIN: 5}, {RUST: 3}):
        if taken:
            await placed(either, taken)
        cards = await either.read(listing.page, Shelf(order=Order.CHEAPEST), ROOM)
        prices = [card.variant.price for card in cards]
        assert prices == sorted(prices)
        assert await kept(either) == {
            card.slug: (card.variant.price, card.variant.level.available > 0) for card in cards
        }


async def kept(db: Database) -> dict[str, tuple[int, bool]]:
    def read(tx: Connection) -> dict[str, tuple[int, bool]]:
        found = tx.execute(select(tables.Product.slug, tables.Product.price, tables.Product.available))
        return {row.slug: (row.price, row.available) for row in found}

    return await db.read(read)


@pytest.mark.parametrize("shelf", [Shelf(c, o) for c in ("many", None) for o in Order])
async def test_on_sqlite_a_page_is_read_from_an_index_alone(on_sqlite: Database, shelf: Shelf) -> None:
    """Neither sorts what it finds nor looks at rows that it doesn't show."""
    plan = await on_sqlite.read(plan_of, listing._PAGES[shelf.order, shelf.category is not None])
    assert "COVERING INDEX" in plan
    assert "TEMP B-TREE" not in plan


def plan_of(tx: Connection, statement: Select[int]) -> str:
    asked = {"limit": 24, "offset": 0, "category": "many"}
    compiled = statement.compile(tx)
    assert isinstance(compiled, SQLCompiler)
    values = tuple(asked[name] for name in compiled.positiontup or ())
    return " ".join(str(row) for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values))


async def test_on_sqlite_cards_are_read_by_their_variants_however_large_the_shop_is(on_sqlite: Database) -> None:
    def read(tx: Connection) -> str:
        sql = str(catalogue._CARDS.params(ids=list(range(24))).compile(tx, compile_kwargs={"literal_binds": True}))
        return " ".join(str(row) for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}"))

    plan = await on_sqlite.read(read)
    assert "ix_variants_product_id" in plan
    assert "ix_products" not in plan
    assert "SCAN" not in plan
