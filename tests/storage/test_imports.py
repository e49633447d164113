"""Imports in the books: what is matched, what changes, what is told, and that nothing is lost or done twice."""

import pytest
from msgspec.structs import replace
from sqlalchemy.exc import IntegrityError

from shop.catalogue import PagePicture
from shop.events import ProductChanged, StockChanged
from shop.imports.draft import Draft, DraftVariant
from storage import catalogue, drafts, imports, outbox, pictures, stock
from storage.database import Database
from storage.imports import Batch, Outcome
from tests.storage.books import AT, BOWL, PRICES, RAIN, RUST, findings, level, placed
from tests.storage.test_pictures import PICTURE

PHOTO = "https://pictures.example/jar.jpg"
ROUND = (("back", "Its back"), ("lid", "Without its lid"))
SAID = frozenset(("option", "text", "sku", "was", "image", "units", "category", "keywords", "visible"))
JAR = Draft(
    slug="jar",
    name="Jar",
    option="Size",
    variants=(DraftVariant("S", 900, "J-S", None, PHOTO, 3), DraftVariant("L", 1200, "J-L", 1500, PHOTO, 0)),
    category="Pantry & more",
    line="A jar.",
    text=("Holds flour.",),
    keywords="glass",
    said=SAID,
)
MUG = Draft(
    slug="mug",
    name="Mug",
    option="Glaze",
    variants=(DraftVariant("Rain", 2800, units=7), DraftVariant("Rust", 2900, units=3)),
    said=frozenset(("units",)),
)


async def put(db: Database, *products: Draft, take_stock: bool = False) -> Outcome:
    return await db.write(imports.put, Batch(products, take_stock, AT))


async def events(db: Database, after: int) -> list[object]:
    return [event for _, event in await db.read(outbox.after, after, 100)]


async def test_new_products_are_on_the_shelf_and_told_with_their_stock(either: Database):
    start = await either.read(outbox.head)
    assert await put(either, JAR) == Outcome(added=1, variants_added=2)
    found = await either.read(catalogue.product, "jar")
    assert [(v.value, v.price, v.was, v.image, v.level.on_hand) for v in found.variants] == [
        ("S", 900, None, PHOTO, 3),
        ("L", 1200, 1500, PHOTO, 0),
    ]
    assert (found.category.slug, found.category.name) == ("pantry-more", "Pantry & more")
    assert (found.category.line, found.category.image) == ("Jar and more.", PHOTO)
    [told] = await events(either, start)
    assert isinstance(told, ProductChanged)
    assert told.state == (await either.read(catalogue.state, "jar"))[1]  # type: ignore[index]
    assert found.version == start + 1
    assert await findings(either) == []


async def test_the_same_again_writes_nothing(either: Database):
    await put(either, JAR, MUG, take_stock=True)
    head = await either.read(outbox.head)
    assert await put(either, JAR, MUG, take_stock=True) == Outcome(same=2)
    assert await put(either, replace(JAR, category="pantry & MORE")) == Outcome(same=1)
    assert await either.read(outbox.head) == head


async def test_what_the_file_does_not_mention_stays(either: Database):
    await put(either, replace(MUG, name="Beaker", line="Not said", text=("Not said",)))
    found = await either.read(catalogue.product, "mug")
    assert (found.name, found.line, found.text, found.maker) == ("Beaker", "A line.", ("A paragraph.",), "Marl")
    assert (found.category.slug, found.variants[0].image) == ("table", "mug.svg")
    await put(either, replace(MUG, variants=MUG.variants[:1]))
    assert len((await either.read(catalogue.product, "mug")).variants) == 2, "nothing is ever removed"


async def test_a_price_list_without_options_moves_the_only_variant_and_adds_none(either: Database):
    prices = Draft(slug="lamp", name="Lamp", option="", variants=(DraftVariant("", 8800),))
    assert await put(either, prices) == Outcome(changed=1)
    [variant] = (await either.read(catalogue.product, "lamp")).variants
    assert (variant.value, variant.price) == ("Chalk", 8800)
    assert await put(either, replace(prices, slug="mug", name="Mug")) == Outcome(same=1), "which of the two is not said"


async def test_prices_change_and_carts_and_pages_hear_of_it(either: Database):
    start = await either.read(outbox.head)
    dearer = replace(MUG, variants=(replace(MUG.variants[0], price=3100), MUG.variants[1]))
    assert await put(either, dearer) == Outcome(changed=1)
    [told] = await events(either, start)
    assert isinstance(told, ProductChanged)
    assert told.state is not None
    assert {offer.id: offer.price for offer in told.state.variants} == {RAIN: 3100, RUST: PRICES[RUST]}


async def test_quantities_of_known_variants_are_taken_when_asked_for_only(either: Database):
    await put(either, MUG)
    assert await level(either, RAIN) == (5, 0)
    start = await either.read(outbox.head)
    assert await put(either, MUG, take_stock=True) == Outcome(changed=1, corrected=1)
    assert await level(either, RAIN) == (7, 0)
    [told] = await events(either, start)
    assert isinstance(told, StockChanged)
    assert (told.variant, told.on_hand) == (RAIN, 7)
    assert await findings(either) == []


async def test_what_is_held_for_a_buyer_stays(either: Database):
    await placed(either, {RAIN: 4})
    none = replace(MUG, variants=(replace(MUG.variants[0], units=1), replace(MUG.variants[1], units=0)))
    assert await put(either, none, take_stock=True) == Outcome(changed=1, corrected=2, held_back=1)
    assert await level(either, RAIN) == (4, 4)
    assert await level(either, RUST) == (0, 0)
    assert await findings(either) == []


async def test_variants_are_the_same_by_sku_and_else_by_value(either: Database):
    await put(either, JAR)
    before = {v.sku: v.id for v in (await either.read(catalogue.product, "jar")).variants}
    named = replace(
        JAR, variants=(DraftVariant("Small", 900, "J-S"), DraftVariant("L", 1200, "new"), DraftVariant("XL", 9))
    )
    assert await put(either, named) == Outcome(changed=1, variants_added=1)
    after = (await either.read(catalogue.product, "jar")).variants
    assert [(v.value, v.sku) for v in after] == [("Small", "J-S"), ("L", "new"), ("XL", None)]
    assert [v.id for v in after[:2]] == [before["J-S"], before["J-L"]]


async def test_a_sku_that_stands_for_several_names_none(either: Database):
    doubled = replace(JAR, variants=tuple(replace(v, sku="same") for v in JAR.variants))
    await put(either, doubled)
    assert await put(either, replace(doubled, variants=doubled.variants[::-1])) == Outcome(same=1)
    assert await put(either, replace(doubled, variants=doubled.variants[1:])) == Outcome(same=1)


async def test_galleries_come_with_the_file_and_stand_on_the_page(either: Database):
    back, lid = (PagePicture(f"https://pictures.example/{name}.jpg", words) for name, words in ROUND)
    assert await put(either, replace(JAR, pictures=(back,))) == Outcome(added=1, variants_added=2, pictures_added=1)
    start = await either.read(outbox.head)
    more = replace(JAR, pictures=(lid, back))
    assert await either.read(imports.foresee, Batch([more], False, AT)) == Outcome(changed=1, pictures_added=1)
    assert await put(either, more) == Outcome(changed=1, pictures_added=1)
    assert [type(event) for event in await events(either, start)] == [ProductChanged]
    found = await either.read(catalogue.product, "jar")
    assert (found.pictures, found.further()) == ((lid, back, PagePicture(PHOTO, "")), (lid, back))
    for again in (more, JAR, replace(more, pictures=(lid,))):
        assert await put(either, again, take_stock=True) == Outcome(same=1)
    assert (await either.read(drafts.of, ["jar"]))["jar"].draft.pictures == found.pictures


async def test_pictures_that_the_books_have_stand_for_their_addresses(either: Database):
    address = "https://pictures.example/back.jpg"
    await put(either, replace(JAR, pictures=(PagePicture(address, "Its back"),)))
    await either.write(pictures.keep_fetched, PICTURE, address, AT)
    # A file that names no pictures at all finds the fetched ones, too.
    assert await put(either, replace(JAR, said=frozenset())) == Outcome(changed=1)
    found = await either.read(catalogue.product, "jar")
    assert found.further() == (PagePicture(PICTURE.image, "Its back"),)
    assert await put(either, replace(JAR, pictures=(PagePicture(address, ""),))) == Outcome(same=1)
    assert (await either.read(catalogue.product, "jar")).pictures[0] == PagePicture(PICTURE.image, "Its back")
    gone = PagePicture("picture:" + "0" * 32, "Of another shop")
    assert await put(either, replace(JAR, pictures=(PagePicture(address, ""), gone))) == Outcome(same=1)


async def test_a_hidden_product_is_in_the_books_and_on_no_page(either: Database):
    await put(either, JAR)
    start = await either.read(outbox.head)
    await put(either, replace(JAR, visible=False))
    assert await events(either, start) == [ProductChanged("jar", None)]
    assert "jar" not in dict(await either.read(catalogue.changed, 100, 0))
    await put(either, replace(JAR, slug="draft", visible=False))
    assert [one.draft.slug for one in await either.read(drafts.page, 0, 50)][-2:] == ["jar", "draft"]


async def test_products_go_into_categories_that_are_there(either: Database):
    await put(
        either,
        replace(JAR, slug="a", category="TABLE"),
        replace(JAR, slug="b", category=""),
        replace(JAR, slug="c", category="New"),
        replace(JAR, slug="d", category="new"),
    )
    found = {category.slug: category.count for category in await either.read(catalogue.categories)}
    assert found == {"table": 4, "everything-else": 1, "new-shelf": 2}


async def test_a_dry_run_foretells_and_writes_nothing(either: Database):
    batch = Batch([JAR, MUG], True, AT)
    head = await either.read(outbox.head)
    foretold = await either.read(imports.foresee, batch)
    assert await either.read(outbox.head) == head
    assert foretold == await either.write(imports.put, batch) == Outcome(1, 1, 0, 2, 1, 0)


async def test_an_import_that_fails_leaves_no_trace(either: Database):
    before = await either.read(stock.counters)
    broken = replace(JAR, slug="broken", variants=(DraftVariant("S", -1),))
    with pytest.raises(IntegrityError, match="price"):
        await put(either, MUG, JAR, broken, take_stock=True)
    assert await either.read(stock.counters) == before
    assert "jar" not in dict(await either.read(catalogue.changed, 100, 0))
    assert await level(either, BOWL) == (50, 0)


async def test_a_file_says_whether_backorders_are_taken_and_what_is_owed_is_not_counted_away(either: Database):
    said = MUG.said | {"backorder"}
    rain, rust = MUG.variants
    ahead = replace(MUG, variants=(replace(rain, backorder=True, units=5), rust), said=said)
    assert await put(either, ahead, take_stock=True) == Outcome(changed=1)
    assert await put(either, ahead, take_stock=True) == Outcome(same=1)
    await placed(either, {RAIN: 8})
    # A file knows no numbers below zero; nothing on hand is no news where something is owed.
    await put(either, ahead, take_stock=True)
    assert await level(either, RAIN) == (5, 8)
    await put(either, replace(ahead, variants=(replace(rain, backorder=False, units=0), rust)), take_stock=True)
    assert await level(either, RAIN) == (5, 8)
    assert not (await either.read(catalogue.product, "mug")).variants[0].level.backorder
    assert await findings(either) == []
