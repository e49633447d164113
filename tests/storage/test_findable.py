"""Staff find products and variants whatever the case and accents, alike on both engines and however they were written."""

from msgspec.structs import replace

from shop.imports.draft import Draft, DraftVariant
from storage import imports, product_list, products, stocktaking
from storage.database import Database
from storage.imports import Batch
from storage.product_list import Wish
from storage.products import SheetEdit
from storage.stocktaking import Show
from tests.storage.books import AT

ECLAIR = Draft(
    slug="eclair",
    name="ÉCLAIR",
    option="Taste",
    variants=(DraftVariant("Crème", 300, "É-1"), DraftVariant("Moka", 300)),
    said=frozenset(("option", "sku")),
)


async def listed(db: Database, words: str) -> list[str]:
    return [row.slug for row in (await db.read(product_list.page, Wish(words), 9)).found]


async def counted(db: Database, words: str) -> list[str]:
    shelf = await db.read(stocktaking.shelf, words.split(), Show.ALL, 0, 9)
    assert shelf.found == len(shelf.rows)
    return sorted(row.value for row in shelf.rows)


async def test_what_was_edited_is_found_by_its_new_words_only(either: Database):
    base = await either.read(products.sheet, "mug")
    variants = (replace(base.variants[0], value="Été", sku="ÄÖ-7"), *base.variants[1:])
    changed = replace(base, name="Tasse de CAFÉ d’Ærø", variants=variants)
    await either.write(products.save, SheetEdit("mug", base, changed, {}, "clerk", AT))
    for words in ("café", "CAFE", "cafe\u0301", "dærø", "aero", "mug TASSE", "tasse café"):
        assert await listed(either, words) == ["mug"], words
        assert await counted(either, words) == ["Rust", "Été"], words
    for words in ("ete", "äö-7", "AO-7", "ÉTÉ tasse"):
        assert await counted(either, words) == ["Été"], words
    assert await counted(either, "rain") == []
    assert await listed(either, "kaffee") == await listed(either, "–") == await counted(either, "–") == []


async def test_what_came_in_a_file_is_found_and_again_after_the_next_file(either: Database):
    await either.write(imports.put, Batch([ECLAIR], False, AT))
    assert await listed(either, "éclair") == await listed(either, "Eclair") == ["eclair"]
    assert await counted(either, "CREME") == await counted(either, "e-1") == ["Crème"]
    later = replace(ECLAIR, name="Große Éclairs", variants=(DraftVariant("Café crème", 300, "É-1"),))
    await either.write(imports.put, Batch([later], False, AT))
    assert await listed(either, "grosse eclairs") == ["eclair"]
    assert await counted(either, "cafe") == ["Café crème"]
