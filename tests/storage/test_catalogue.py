"""The catalogue: what pages read of it, and a price that changes for everybody at once."""

import asyncio

import pytest
from sqlalchemy import Connection, update

from shop.catalogue import Order
from shop.errors import InvalidFields, NotFound
from shop.events import ProductChanged
from shop.facets import Chosen
from shop.ids import VariantId
from shop.money import MAX_AMOUNT
from storage import catalogue, listing, outbox, stock, tables, topics
from storage.catalogue import Reprice
from storage.database import Database
from storage.listing import Shelf
from storage.stock import Edit
from tests.storage.books import AT, BOWL, LAMP, RAIN, RUST, cards_of, placed


async def test_a_product_has_its_variants_with_prices_and_stock(either: Database) -> None:
    mug = await either.read(catalogue.product, "mug")
    assert (mug.name, mug.category.slug, mug.category.name, mug.text, mug.facts) == (
        "Mug",
        "table",
        "Table",
        ("A paragraph.",),
        (("Height", "9 cm"),),
    )
    assert [(v.id, v.value, v.price, v.level.available) for v in mug.variants] == [
        (RAIN, "Rain", 2800, 5),
        (RUST, "Rust", 2900, 3),
    ]
    [category] = await either.read(catalogue.categories)
    assert (category.slug, category.count) == ("table", 3)
    with pytest.raises(NotFound):
        await either.read(catalogue.product, "nothing")


async def test_a_hidden_product_is_nowhere(either: Database) -> None:
    def hide(tx: Connection) -> None:
        tx.execute(update(tables.Product).where(tables.Product.slug == "lamp").values(visible=False))

    await either.write(hide)
    with pytest.raises(NotFound):
        await either.read(catalogue.product, "lamp")
    for shown in (
        await either.read(listing.page, Shelf(order=Order.NEWEST), 10),
        await either.read(listing.page, Shelf("table"), 10),
        await either.read(listing.beside, "mug", 10),
        await cards_of(either, ["lamp", "mug"]),
    ):
        assert "lamp" not in [card.slug for card in shown]
    assert [slug for slug, _ in await either.read(catalogue.changed, 10, 0)] == ["mug", "bowl"]
    assert await either.read(catalogue.state, "lamp") is None
    assert (await either.read(catalogue.categories))[0].count == 2


async def test_cards_show_the_variant_that_was_chosen(either: Database) -> None:
    rust = Chosen(options=(("colour", ("rust",)),))
    [mug] = await cards_of(either, ["mug"], rust)
    assert mug.variant.id == RUST
    await placed(either, {RUST: 3})
    [mug] = await cards_of(either, ["mug"], rust)
    assert mug.variant.id == RUST, "sold out, but what was chosen"


async def test_cards_show_a_variant_that_can_be_bought(either: Database) -> None:
    await placed(either, {RAIN: 5})
    [bowl, mug] = await cards_of(either, ["bowl", "mug"])
    assert (bowl.slug, mug.slug, mug.choices) == ("bowl", "mug", 2)
    assert mug.variant.id == RUST
    await placed(either, {RUST: 3})
    [mug] = await cards_of(either, ["mug"])
    assert mug.variant.id == RAIN


async def test_a_new_price_is_told_and_versioned(either: Database) -> None:
    answer = await either.write(catalogue.reprice, Reprice(LAMP, 12000, AT))
    assert [offer.price for offer in answer.variants] == [12000]
    head = await either.read(outbox.head)
    [recorded] = await either.read(outbox.after, head - 1, 10)
    assert recorded == (head, ProductChanged("lamp", answer, offers_only=True))
    assert await either.read(catalogue.state, "lamp") == (head, answer)


@pytest.mark.parametrize("price", [-1, MAX_AMOUNT + 1])
async def test_a_price_out_of_bounds_is_refused(db: Database, price: int) -> None:
    with pytest.raises(InvalidFields):
        await db.write(catalogue.reprice, Reprice(LAMP, price, AT))


async def test_a_price_of_nothing_is_refused(db: Database) -> None:
    with pytest.raises(NotFound):
        await db.write(catalogue.reprice, Reprice(VariantId("nothing"), 1, AT))


async def test_what_is_told_last_of_a_product_is_true_though_all_changed_at_once(either: Database) -> None:
    """Its two variants sell out and get a new price, each in a transaction that can't see the others yet."""
    for turn in range(4):
        await asyncio.gather(
            either.write(stock.set_on_hand, Edit(RAIN, 0, 5, "t", "", AT)),
            either.write(stock.set_on_hand, Edit(RUST, 0, 3, "t", "", AT)),
            either.write(catalogue.reprice, Reprice(RAIN, 3000 + turn, AT)),
            either.write(catalogue.reprice, Reprice(RUST, 4000 + turn, AT)),
        )
        await _told_is_true(either)
        await asyncio.gather(
            either.write(stock.set_on_hand, Edit(RAIN, 5, 0, "t", "", AT)),
            either.write(stock.set_on_hand, Edit(RUST, 3, 0, "t", "", AT)),
        )
        await _told_is_true(either)


async def _told_is_true(db: Database) -> None:
    told = [r for r in await db.read(outbox.after, 0, 1000) if isinstance(r.event, ProductChanged)]
    last = next(r for r in reversed(told) if r.event.key == "mug")
    assert isinstance(last.event, ProductChanged)
    assert await db.read(topics.product_state, "mug") == (last.position, last.event.state)


async def test_stock_of_several_products_at_once(db: Database) -> None:
    await placed(db, {LAMP: 1, RAIN: 5, BOWL: 1})
    states = await db.read(catalogue.states, ["lamp", "mug", "bowl"])
    assert {slug: [offer.available for offer in state.variants] for slug, state in states.items()} == {
        "lamp": [False],
        "mug": [False, True],
        "bowl": [True],
    }
