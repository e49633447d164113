"""The replica on real books: what is found, what is meant, and how it follows what happens in the shop."""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import json

from shop.catalogue import Category, Order
from shop.errors import Unavailable
from shop.events import ProductChanged, Recorded
from shop.facets import EVERYTHING, Chosen, Results
from shop.ids import VariantId
from shop.search import Sort
from storage import additions, catalogue, stock
from storage.additions import NewProduct, NewVariant
from storage.catalogue import Reprice
from storage.database import Database, opened
from storage.migrate import migrate
from storage.search import Replica, replica
from storage.stock import Edit

NOW = datetime(2026, 11, 22, 14, 2, tzinfo=UTC)
CATEGORIES = [
    Category("tea", "Tea and coffee", "", "mug-oat"),
    Category("light", "Light", "", "lamp-oat"),
    Category("empty", "Empty shelf", "", "box-oat"),
]


def product(name: str, code: str, popularity: int = 10, units: Sequence[int] = (9, 3), **more: Any) -> NewProduct:
    colours = ("Oat", "Rain")
    variants = [
        NewVariant(
            VariantId(f"{code}{colour}"), colour, f"{code}-{colour.upper()}", more.get("price", 2800), None, "art", n
        )
        for colour, n in zip(colours, units, strict=True)
    ]
    return NewProduct(
        slug=name.lower().replace(" ", "-"),
        name=name,
        line="For the morning.",
        maker=more.get("maker", "Ilse Maan"),
        category=more.get("category", "tea"),
        heading="",
        text=["Long words."],
        facts=[("Made of", more.get("made_of", "Stoneware"))],
        keywords=more.get("keywords", ()),
        option="Glaze",
        popularity=popularity,
        added_at=more.get("added_at", NOW),
        variants=variants,
    )


PRODUCTS = [
    product("Harbour mug", "HM", 99, price=2800),
    product("Longpour teapot", "LT", 80, price=9200, keywords=["brew"]),
    product("Mug tree", "MT", 5, price=4000, maker="Pol Claes", made_of="Oak"),
    product("Café cup", "CC", 20, units=(0, 0)),
    product("Page lamp", "PL", 60, category="light", maker="Muggeridge", added_at=datetime(2026, 1, 1, tzinfo=UTC)),
]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a shop with these products. Making one runs every migration, so each test takes a copy."""
    path = tmp_path_factory.mktemp("books") / "shop.sqlite"

    async def fill() -> None:
        await migrate(path, "EUR")
        async with opened(path) as database:
            await database.write(additions.add_categories, CATEGORIES)
            await database.write(additions.add_products, PRODUCTS, "test", NOW)

    asyncio.run(fill())
    return path


@pytest.fixture
async def db(books: Path, tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(Path(shutil.copy(books, tmp_path))) as database:
        yield database


@pytest.fixture
async def shelf(db: Database) -> AsyncIterator[Replica]:
    found = Replica()
    db.listen(found.hear)
    await found.load(db)
    yield found
    found.close()


def suggested(shelf: Replica, q: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.decode(shelf.suggest(q))
    return answer


def names(shelf: Replica, q: str) -> list[str]:
    return [found["name"] for found in suggested(shelf, q)["products"]]


async def slugs(db: Database, found: Results) -> list[str]:
    return [card.slug for card in await db.read(catalogue.cards_of, found.ids)]


async def set_on_hand(db: Database, variant: str, before: int, after: int) -> None:
    await db.write(stock.set_on_hand, Edit(VariantId(variant), after, before, "owner", "counted", NOW))


@pytest.mark.parametrize("typed", ["harb", "HARBOUR", "mug harbour", "mu ha", "hm-rain", "HMRAIN", "  harbour,mug "])
async def test_names_and_skus_are_found_by_parts_in_any_order(shelf: Replica, typed: str) -> None:
    assert names(shelf, typed) == ["Harbour mug"]


@pytest.mark.parametrize(("typed", "name"), [("cafe", "Café cup"), ("brew", "Longpour teapot"), ("oak", "Mug tree")])
async def test_accents_keywords_and_facts_are_found(shelf: Replica, typed: str, name: str) -> None:
    assert names(shelf, typed) == [name]


async def test_an_answer_has_the_shape_that_the_page_reads(shelf: Replica) -> None:
    assert suggested(shelf, "harb") == {
        "q": "harb",
        "did_you_mean": None,
        "completions": ["harbour"],
        "products": [
            {
                "slug": "harbour-mug",
                "name": "Harbour mug",
                "value": "Oat",
                "image": "art",
                "price": {"amount": 2800, "currency": "EUR"},
                "variant": "HMOat",
                "stock": {"plenty": True},
            }
        ],
        "categories": [{"slug": "tea", "name": "Tea and coffee", "count": 4}],
        "makers": [],
    }


async def test_the_variant_that_was_asked_for_is_shown(shelf: Replica) -> None:
    [found] = suggested(shelf, "mug harbour rain")["products"]
    assert (found["value"], found["stock"]) == ("Rain", {"left": 3, "held": 0})


async def test_names_that_begin_so_come_first_and_makers_last(shelf: Replica) -> None:
    assert names(shelf, "mug") == ["Mug tree", "Harbour mug", "Page lamp"]
    assert suggested(shelf, "mug")["makers"] == [{"name": "Muggeridge", "count": 1}]


async def test_an_empty_query_gives_what_is_popular_and_sold_out_last(shelf: Replica) -> None:
    answer = suggested(shelf, "   ")
    assert [found["slug"] for found in answer["products"]] == [
        "harbour-mug",
        "longpour-teapot",
        "page-lamp",
        "mug-tree",
        "café-cup",
    ]
    assert [found["slug"] for found in answer["categories"]] == ["tea", "light"]


async def test_a_query_without_a_word_finds_nothing(shelf: Replica) -> None:
    answer = suggested(shelf, '"*')
    assert (answer["products"], answer["categories"], answer["completions"]) == ([], [], [])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("teepot", "teapot"),
        ("haruobr", "harbour"),
        ("harbour mgu", "harbour mug"),
        ("harbourmug", "harbour mug"),
        ("tea potlongpour", "tea"),
        ("long pour", "longpour"),
        ("cadé", "café"),
        ("zzzzzzzz", None),
    ],
)
async def test_a_word_spelt_wrong_is_understood(shelf: Replica, typed: str, meant: str | None) -> None:
    answer = suggested(shelf, typed)
    assert answer["did_you_mean"] == meant
    assert bool(answer["products"]) == (meant is not None)


async def test_what_is_meant_occurs_together_or_words_are_left_out(shelf: Replica) -> None:
    # Both words are known when corrected, but no product has both: one of them is taken.
    assert suggested(shelf, "teapto lampp")["did_you_mean"] == "lamp"


async def test_a_word_that_finds_something_is_not_doubted(shelf: Replica) -> None:
    assert suggested(shelf, "harb")["did_you_mean"] is None
    assert suggested(shelf, "hmrain")["did_you_mean"] is None
    assert shelf.results("hmrain").did_you_mean is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(q=st.text(st.characters(), max_size=80) | st.text("abmu\"*^:(){}-+ \0\\'NEARORAND", max_size=40))
async def test_no_text_at_all_breaks_search(shelf: Replica, q: str) -> None:
    answer = suggested(shelf, q)
    assert len(answer["products"]) <= 6
    assert len(answer["completions"]) <= 3
    assert len(answer["categories"]) <= 3
    assert shelf.results(q).total >= 0


async def test_a_stock_change_is_in_the_next_suggestion(db: Database, shelf: Replica) -> None:
    await set_on_hand(db, "HMRain", 3, 1)
    assert suggested(shelf, "hm-rain")["products"][0]["stock"] == {"left": 1, "held": 0}


async def test_what_sells_out_moves_to_the_end_and_comes_back(db: Database, shelf: Replica) -> None:
    await set_on_hand(db, "MTOat", 9, 0)
    assert suggested(shelf, "mug tree")["products"][0]["value"] == "Rain"
    await set_on_hand(db, "MTRain", 3, 0)
    assert names(shelf, "mug")[-1] == "Mug tree"
    assert shelf.results("mug", Chosen(in_stock=True)).total == 2
    await set_on_hand(db, "MTRain", 0, 7)
    assert names(shelf, "mug")[0] == "Mug tree"


async def test_a_price_change_is_in_the_next_suggestion_and_result(db: Database, shelf: Replica) -> None:
    await db.write(catalogue.reprice, Reprice(VariantId("HMOat"), 100, NOW))
    assert suggested(shelf, "harb")["products"][0]["price"] == {"amount": 100, "currency": "EUR"}
    assert await slugs(db, shelf.results("", Chosen(price_max=100))) == ["harbour-mug"]


async def test_a_new_product_is_found_once_it_was_read(db: Database, shelf: Replica) -> None:
    await db.write(additions.add_products, [product("Gluwein glass", "GG")], "test", NOW)
    assert shelf.stale == {"gluwein-glass"}
    await shelf.refresh(db)
    assert shelf.stale == frozenset()
    assert names(shelf, "gluwien") == ["Gluwein glass"]
    assert suggested(shelf, "glass")["categories"][0]["count"] == 5


async def test_a_product_that_can_not_be_seen_any_more_is_gone_at_once(db: Database, shelf: Replica) -> None:
    shelf.hear([Recorded(10_000, ProductChanged("page-lamp", None))])
    assert names(shelf, "lamp") == []
    # It can be seen after all, as the books say.
    await shelf.refresh(db)
    assert names(shelf, "lamp") == ["Page lamp"]


async def test_a_copy_that_followed_is_the_same_as_a_fresh_one(db: Database, shelf: Replica) -> None:
    await set_on_hand(db, "HMOat", 9, 2)
    await set_on_hand(db, "PLOat", 9, 0)
    await set_on_hand(db, "PLRain", 3, 0)
    await db.write(catalogue.reprice, Reprice(VariantId("LTRain"), 1, NOW))
    await db.write(additions.add_products, [product("Moon jar", "MJ")], "test", NOW)
    await shelf.refresh(db)
    fresh = Replica()
    await fresh.load(db)
    for q in ("", "mug", "la", "moon", "o", "rain", "teepot"):
        assert shelf.suggest(q) == fresh.suggest(q)
        assert shelf.results(q) == fresh.results(q)
    fresh.close()


async def test_what_happens_while_it_loads_is_not_lost(db: Database) -> None:
    loading = Replica()
    db.listen(loading.hear)
    edits = [set_on_hand(db, "HMRain", 3, 1), set_on_hand(db, "MTRain", 3, 0)]
    await asyncio.gather(loading.load(db), *edits)
    await loading.refresh(db)
    assert suggested(loading, "hm-rain")["products"][0]["stock"] == {"left": 1, "held": 0}
    assert suggested(loading, "mt-rain")["products"][0]["stock"] == {"left": 0, "held": 0}
    loading.close()


async def test_following_reads_what_is_stale_and_survives_unavailable_books(
    db: Database, shelf: Replica, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(replica, "RETRY_SECONDS", 0)
    read, failed, done = db.read, asyncio.Event(), asyncio.Event()

    async def failing_once(fn: Any, *args: Any) -> Any:
        if not failed.is_set():
            failed.set()
            raise Unavailable("The books are closed.")
        answer = await read(fn, *args)
        if args:
            asyncio.get_running_loop().call_soon(done.set)
        return answer

    monkeypatch.setattr(db, "read", failing_once)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        following = group.create_task(shelf.follow(db))
        with caplog.at_level(logging.WARNING):
            await db.write(additions.add_products, [product("Moon jar", "MJ")], "test", NOW)
            await done.wait()
        while shelf.stale:
            await asyncio.sleep(0)
        following.cancel()
    assert names(shelf, "moon") == ["Moon jar"]
    assert "could not be read" in caplog.text


async def test_results_come_in_pages_with_facets(db: Database, shelf: Replica) -> None:
    page = shelf.results("", limit=2, offset=1)
    assert (page.total, await slugs(db, page)) == (5, ["longpour-teapot", "page-lamp"])
    assert [(facet.value, facet.count) for facet in page.facets.categories] == [("tea", 4), ("light", 1)]
    assert page.facets.makers[0].name == "Ilse Maan"
    assert (page.facets.in_stock, page.facets.lowest_price, page.facets.highest_price) == (4, 2800, 9200)
    assert not page.capped


async def test_results_are_filtered_and_sorted(db: Database, shelf: Replica) -> None:
    async def found(query: str, chosen: Chosen = EVERYTHING, sort: Sort = Sort.BEST) -> list[str]:
        return await slugs(db, shelf.results(query, chosen, sort=sort))

    assert await found("", Chosen(categories=("light",))) == ["page-lamp"]
    assert await found("mug", Chosen(makers=("Pol Claes",))) == ["mug-tree"]
    assert await found("mug", Chosen(makers=("Pol Claes", "Ilse Maan"))) == ["mug-tree", "harbour-mug"]
    assert await found("", Chosen(price_min=4000), Sort.CHEAPEST) == ["mug-tree", "longpour-teapot"]
    assert (await found("", sort=Sort.DEAREST))[0] == "longpour-teapot"
    assert (await found("", sort=Sort.NEWEST))[-1] == "page-lamp"
    assert len(await found("", Chosen(in_stock=True))) == 4
    assert (await found(""))[-1] == "café-cup", "what is sold out comes last"


async def test_results_count_the_options_of_what_was_found(shelf: Replica) -> None:
    [colour] = shelf.results("mug").facets.options
    assert (colour.option, colour.name) == ("colour", "Colour")
    assert [(facet.value, facet.name, facet.count) for facet in colour.facets] == [
        ("oat", "Oat", 3),
        ("rain", "Rain", 3),
    ]
    found = shelf.results("mug", Chosen(options=(("colour", ("rain",)),), in_stock=True))
    assert found.total == 3


async def test_in_stock_and_a_colour_mean_one_variant_that_is_both(db: Database, shelf: Replica) -> None:
    rain = Chosen(options=(("colour", ("rain",)),), in_stock=True)
    await set_on_hand(db, "HMRain", 3, 0)
    assert "harbour-mug" not in await slugs(db, shelf.results("", rain))
    [oat, of_rain] = shelf.results("", Chosen(in_stock=True)).facets.options[0].facets
    assert (oat.count, of_rain.count) == (4, 3)
    [card] = await db.read(catalogue.cards_of, shelf.results("longpour", rain).ids, rain)
    assert card.variant.value == "Rain", "the card shows what was chosen"


async def test_a_listing_narrows_a_category_in_its_own_orders(db: Database, shelf: Replica) -> None:
    found = shelf.listed("tea", Chosen(price_max=5000), Order.DEAREST)
    assert await slugs(db, found) == ["mug-tree", "café-cup", "harbour-mug"]
    assert await slugs(db, shelf.listed(None, Chosen(makers=("Muggeridge",)), Order.NEWEST)) == ["page-lamp"]
    assert shelf.listed("empty", Chosen(), Order.POPULAR).total == 0


async def test_results_of_a_misspelt_query_are_for_what_was_meant(db: Database, shelf: Replica) -> None:
    found = shelf.results("teepot")
    assert (found.did_you_mean, found.instead, await slugs(db, found)) == ("teapot", True, ["longpour-teapot"])
    assert not shelf.results("teapot").instead


async def test_few_results_for_an_unfinished_word_offer_a_commoner_one(db: Database, shelf: Replica) -> None:
    jars = [product(f"Jar {number}", f"J{number}") for number in range(8)]
    await db.write(additions.add_products, [*jars, product("Jasper tray", "JT")], "test", NOW)
    await shelf.refresh(db)
    found = shelf.results("jas")
    assert (await slugs(db, found), found.did_you_mean, found.instead) == (["jasper-tray"], "jar", False)
    assert suggested(shelf, "jas")["did_you_mean"] is None


async def test_a_remembered_suggestion_is_made_anew_when_what_it_shows_changes(db: Database, shelf: Replica) -> None:
    first = shelf.suggest("harb")
    assert shelf.suggest("harb") is first
    await set_on_hand(db, "PLOat", 9, 8)
    assert shelf.suggest("harb") is first, "nothing that it shows has changed"
    results = shelf.results("harbour")
    assert shelf.results("harbour") is results
    await set_on_hand(db, "HMOat", 9, 2)
    assert shelf.results("harbour") is not results
    assert suggested(shelf, "harb")["products"][0]["stock"] == {"left": 2, "held": 0}
