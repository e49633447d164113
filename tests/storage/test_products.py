"""Editing products: whole sheets, told to everybody, refused when stale, and nothing ever lost from the books."""

import asyncio

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, select

from shop.catalogue import ProductState
from shop.errors import InvalidFields, NotFound, StaleEdit
from shop.events import ProductChanged
from shop.ids import VariantId
from shop.pictures import Picture, PictureFile, digest_of
from shop.product_sheet import Sheet, SheetPicture, SheetVariant
from storage import carts, catalogue, drafts, outbox, pictures, product_list, products, stock, topics
from storage.catalogue import Reprice
from storage.database import Database
from storage.product_list import Wish
from storage.products import NewSheet, SheetEdit
from storage.search import documents
from storage.tables import LedgerEntry
from tests.storage.books import AT, LAMP, RAIN, RUST, cards_of, filled, findings, placed

MOSS = VariantId("mugMoss")
PICTURE = Picture(digest_of(b"mug"), 112, 112, (PictureFile(112, "image/webp", b"pixels"),))


async def sheet_of(db: Database, slug: str = "mug") -> Sheet:
    return await db.read(products.sheet, slug)


def edit(base: Sheet, sheet: Sheet, units: dict[VariantId, int] | None = None, slug: str = "mug") -> SheetEdit:
    return SheetEdit(slug, base, sheet, units or {}, "clerk", AT)


def ledger(tx: Connection) -> list[tuple[str, str, int, str]]:
    found = tx.execute(
        select(LedgerEntry.variant_id, LedgerEntry.kind, LedgerEntry.on_hand, LedgerEntry.actor).where(
            LedgerEntry.variant_id == MOSS
        )
    )
    return [(row.variant_id, row.kind, row.on_hand, row.actor) for row in found]


async def test_a_sheet_says_all_that_can_be_changed(either: Database):
    found = await sheet_of(either)
    assert (found.name, found.category, found.facts, found.option) == ("Mug", "table", (("Height", "9 cm"),), "Glaze")
    assert found.variants == (
        SheetVariant(RAIN, "Rain", "", 2800, None, "mug.svg"),
        SheetVariant(RUST, "Rust", "", 2900, None, "mug.svg"),
    )
    assert found.pictures == (SheetPicture("mug.svg"),)
    with pytest.raises(NotFound):
        await sheet_of(either, "nothing")


async def test_a_saved_sheet_is_what_everybody_sees_and_hears(either: Database):
    await either.write(pictures.keep, PICTURE, AT)
    base = await sheet_of(either)
    wanted = replace(
        base,
        name="Harbour mug",
        text=("Thrown.",),
        variants=(
            replace(base.variants[1], price=3100, was=3500, sku="HM"),
            SheetVariant(MOSS, "Moss", "", 3000, image=PICTURE.image),
            base.variants[0],
        ),
        pictures=(SheetPicture(PICTURE.image, "A mug in moss"), *base.pictures),
    )
    before = await either.read(outbox.head)
    assert await either.write(products.save, edit(base, wanted, {MOSS: 7})) == wanted
    assert await sheet_of(either) == wanted
    [(position, event)] = await either.read(outbox.after, before, 9)
    assert isinstance(event, ProductChanged)
    assert isinstance(event.state, ProductState)
    assert [(o.id, o.price, o.was, o.available) for o in event.state.variants] == [
        (RUST, 3100, 3500, True),
        (MOSS, 3000, None, True),
        (RAIN, 2800, None, True),
    ]
    shown = await either.read(catalogue.product, "mug")
    assert (shown.name, shown.version, [v.id for v in shown.variants]) == ("Harbour mug", position, [RUST, MOSS, RAIN])
    assert [(p.image, p.alt) for p in shown.pictures] == [(p.image, p.alt) for p in wanted.pictures]
    assert shown.alt(PICTURE.image, "Moss") == "A mug in moss"
    assert shown.alt("mug.svg", "Rain") == "Harbour mug, rain"
    assert shown.further() == ()
    assert await either.read(ledger) == [(MOSS, "received", 7, "clerk")]
    [document] = await either.read(documents.documents_of, ["mug"])
    assert [v.sku for v in document.variants] == ["HM", None, None]
    assert await findings(either) == []


async def test_a_variant_that_is_taken_away_stays_in_the_books_and_can_come_back(either: Database):
    await placed(either, {RAIN: 1})
    cart = await filled(either, {RAIN: 1})
    base = await sheet_of(either)
    wanted = replace(base, variants=(base.variants[1], replace(base.variants[0], retired=True)))
    await either.write(products.save, edit(base, wanted))
    assert [v.id for v in (await either.read(catalogue.product, "mug")).variants] == [RUST]
    [line] = (await either.read(carts.view, cart)).lines
    assert not line.visible
    with pytest.raises(NotFound):
        await either.write(carts.add, carts.Change(cart, RAIN, 1, AT))
    with pytest.raises(NotFound):
        await either.write(catalogue.reprice, Reprice(RAIN, 1, AT))
    _, low = await either.read(topics.stock_snapshot)
    assert RAIN not in {row.variant for row in low}
    assert await findings(either) == []
    [exported] = [s for s in await either.read(drafts.page, 0, 99) if s.draft.slug == "mug"]
    assert [v.value for v in exported.draft.variants] == ["Rust"]
    assert [v.value for v in (await either.read(drafts.of, ["mug"]))["mug"].draft.variants] == ["Rain", "Rust"]
    await either.write(products.save, edit(wanted, base))
    assert [v.id for v in (await either.read(catalogue.product, "mug")).variants] == [RAIN, RUST]


async def test_a_variant_that_the_sheet_leaves_out_is_taken_away_and_not_deleted(either: Database):
    base = await sheet_of(either)
    after = await either.write(products.save, edit(base, replace(base, variants=base.variants[:1])))
    assert [(v.id, v.retired) for v in after.variants] == [(RAIN, False), (RUST, True)]


async def test_a_hidden_product_is_gone_for_shoppers_and_comes_back(either: Database):
    base = await sheet_of(either)
    hidden = replace(base, visible=False)
    before = await either.read(outbox.head)
    await either.write(products.save, edit(base, hidden))
    [(_, event)] = await either.read(outbox.after, before, 9)
    assert isinstance(event, ProductChanged)
    assert event.state is None
    with pytest.raises(NotFound):
        await either.read(catalogue.product, "mug")
    cheaper = replace(hidden, variants=(replace(base.variants[0], price=1), base.variants[1]))
    await either.write(products.save, edit(hidden, cheaper))
    await either.write(products.save, edit(cheaper, replace(cheaper, visible=True)))
    [card] = await cards_of(either, ["mug"])
    assert card.variant.price == 1
    [row] = (await either.read(product_list.page, Wish("mug"), 9)).found
    assert row.price == 1


async def test_a_stale_edit_changes_nothing_and_the_same_edit_twice_is_one(either: Database):
    base = await sheet_of(either)
    first, second = replace(base, line="First."), replace(base, line="Second.")
    answers = await asyncio.gather(
        *(either.write(products.save, edit(base, wanted)) for wanted in (first, second, first)), return_exceptions=True
    )
    assert [isinstance(answer, StaleEdit) for answer in answers].count(True) in (1, 2)
    standing = await sheet_of(either)
    assert standing in (first, second)
    before = await either.read(outbox.head)
    assert await either.write(products.save, edit(base, standing)) == standing
    assert await either.read(outbox.head) == before


async def test_selling_meanwhile_makes_no_edit_stale(either: Database):
    base = await sheet_of(either, "lamp")
    await placed(either, {LAMP: 1})
    wanted = replace(base, line="Still ours to change.")
    assert await either.write(products.save, edit(base, wanted, slug="lamp")) == wanted
    assert not (await either.read(catalogue.product, "lamp")).variants[0].level.available


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"category": "nowhere"}, "category"),
        ({"pictures": (SheetPicture("https://evil.example/pixel.png"),)}, "pictures"),
        ({"pictures": (SheetPicture("picture:" + "0" * 32),)}, "pictures"),
        ({"variants": (SheetVariant(LAMP, "Not a mug", "", 1),)}, "variants"),
    ],
)
async def test_what_is_not_there_is_refused_and_nothing_is_changed(
    either: Database, changes: dict[str, object], where: str
):
    base = await sheet_of(either)
    with pytest.raises(InvalidFields) as refusal:
        await either.write(products.save, edit(base, replace(base, name="Changed", **changes)))
    assert list(refusal.value.fields) == [where]
    assert await sheet_of(either) == base


async def test_a_new_product_is_added_once_however_often_it_is_sent(either: Database):
    new = Sheet("Tile", "table", (SheetVariant(MOSS, "", "", 400),), text=("A tile.",), visible=False)
    command = NewSheet("tile", new, {MOSS: 3}, "clerk", AT)
    assert set(await asyncio.gather(*(either.write(products.create, command) for _ in range(5)))) == {"tile"}
    assert await sheet_of(either, "tile") == new
    assert await either.read(ledger) == [(MOSS, "received", 3, "clerk")]
    assert await cards_of(either, ["tile"]) == []
    for other in (
        NewSheet("mug", replace(new, variants=(SheetVariant(VariantId("another"), "", "", 1),)), {}, "clerk", AT),
        NewSheet("tile-2", new, {}, "clerk", AT),
    ):
        with pytest.raises(InvalidFields) as refusal:
            await either.write(products.create, other)
        assert list(refusal.value.fields) == ["slug"]
    assert await findings(either) == []


async def test_the_list_has_every_product_and_pages_lead_both_ways(either: Database):
    base = await sheet_of(either)
    await either.write(
        products.save, edit(base, replace(base, visible=False, variants=(replace(base.variants[0], sku="HM-1"),)))
    )

    async def slugs(limit: int = 9, **wish: object) -> list[str]:
        found = await either.read(product_list.page, Wish(**wish), limit)  # type: ignore[arg-type]
        return [row.slug for row in found.found]

    assert await slugs() == ["bowl", "lamp", "mug"]
    assert await slugs(words="LAM") == await slugs(words="lämp") == ["lamp"]
    assert await slugs(words="hm-1") == ["mug"]
    assert await slugs(words="%") == await slugs(words="_") == await slugs(words="!") == []
    assert await slugs(words="bow b") == ["bowl"]
    assert await slugs(hidden=True) == ["mug"]
    assert await slugs(category="table", words="mug") == ["mug"]
    assert await slugs(category="none") == []
    first = await either.read(product_list.page, Wish(), 2)
    assert ([row.slug for row in first.found], first.newer) == (["bowl", "lamp"], None)
    second = await either.read(product_list.page, Wish(before=first.older), 2)
    assert ([row.slug for row in second.found], second.older) == (["mug"], None)
    again = await either.read(product_list.page, Wish(after=second.newer), 2)
    assert again == first
    [row] = second.found
    assert (row.visible, row.variants, row.on_hand) == (False, 1, 5)


async def test_counting_goes_on_for_what_was_taken_away(either: Database):
    base = await sheet_of(either)
    await either.write(products.save, edit(base, replace(base, variants=base.variants[:1])))
    await either.write(stock.set_on_hand, stock.Edit(RUST, 9, 3, "clerk", "", AT))
    assert (await either.read(stock.counters))[RUST] == (9, 0)
    assert await findings(either) == []
