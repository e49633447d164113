"""Narrowing as a shopper meets it: in the address, by ticks and chips, on categories and results, and whatever is typed there."""

import re
from html import unescape
from itertools import product
from urllib.parse import quote

import aiohttp
import pytest

from handlers.keys import SEARCH
from tests.house import House

CARD = re.compile(r'<li class="bay">.*?href="/p/([^"?]+)\?v=(\w+)".*?<span class="soft">([^<]*)</span>', re.DOTALL)
CHIP = re.compile(r'<a class="chip" href="([^"]+)">([^<]+) <span aria-hidden')
COUNT = re.compile(r"<b>(\d+)</b>")


async def read(client: aiohttp.ClientSession, address: str) -> str:
    async with client.get(address) as answer:
        assert answer.status == 200, address
        return await answer.text()


def ticks(text: str) -> dict[tuple[str, str], int]:
    found = re.findall(
        r'type="checkbox" [^>]*?name="([\w-]+)" value="([^"]*)"(?: checked| disabled)?>.*?<span class="n">(\d+)</span>',
        text,
        re.DOTALL,
    )
    return {(name, unescape(value)): int(count) for name, value, count in found}


def total(text: str) -> int:
    found = COUNT.search(text)
    assert found
    return int(found[1])


async def test_each_tick_leaves_as_many_as_it_says(house: House) -> None:
    async with house.client() as client:
        for page in ("/c/new", "/search?q=mug", "/c/tea-and-coffee?stock=in&colour=oat"):
            text = await read(client, page)
            chosen = {(name, value) for name, value in re.findall(r"[?&](\w+)=([\w-]+)", page) if name != "q"}
            ways = {name for name, _ in chosen}
            for (name, value), count in ticks(text).items():
                if name in ways:
                    continue
                left = await read(client, f"{page}{'&' if '?' in page else '?'}{name}={quote(value)}")
                assert total(left) == count, (page, name, value)


@pytest.mark.parametrize("page", ["/c/table", "/c/new", "/search?q=table", "/search"])
async def test_ticks_keep_their_places_while_somebody_ticks(house: House, page: str) -> None:
    async with house.client() as client:
        whole = await read(client, page)
        narrowed = await read(client, f"{page}{'&' if '?' in page else '?'}colour=rain&to=40")
        assert total(narrowed) < total(whole)
        assert list(ticks(narrowed)) == list(ticks(whole))
        gone = {tick for tick, count in ticks(narrowed).items() if not count}
        assert gone
        disabled = re.findall(r'name="([\w-]+)" value="([^"]*)" disabled', narrowed)
        assert {(name, unescape(value)) for name, value in disabled} == gone
        assert " disabled" not in whole


async def test_cards_show_the_colour_that_was_chosen_and_lead_to_it(house: House) -> None:
    async with house.client() as client:
        cards = CARD.findall(await read(client, "/c/table?colour=rain"))
        assert cards
        assert {value for _, _, value in cards} == {"Rain"}
        slug, variant, _ = cards[0]
        text = await read(client, f"/p/{slug}?v={variant}")
    assert re.search(r"aria-current[^>]*>.*?Rain|checked[^>]*>.*?Rain", text, re.DOTALL)


async def test_values_of_one_way_add_up_and_ways_narrow(house: House) -> None:
    async with house.client() as client:
        rain, oat, both = [
            total(await read(client, f"/c/table?{q}")) for q in ("colour=rain", "colour=oat", "colour=rain&colour=oat")
        ]
        assert max(rain, oat) <= both <= rain + oat
        assert total(await read(client, "/c/table?colour=rain&colour=oat&from=20&to=60&stock=in")) <= both


async def test_chips_take_one_choice_away_each_and_clear_all(house: House) -> None:
    async with house.client() as client:
        text = await read(client, "/search?q=mug&colour=rain&colour=oat&from=10&to=90&stock=in&sort=cheapest")
        chips = {unescape(label): unescape(address) for address, label in CHIP.findall(text)}
        assert list(chips) == ["Rain", "Oat", "From €10.00", "Up to €90.00", "In stock now"]
        assert chips["Rain"] == "/search?q=mug&colour=oat&from=10&to=90&stock=in&sort=cheapest"
        assert '<a class="link" href="/search?q=mug&amp;sort=cheapest">Clear all</a>' in text


async def test_nothing_left_says_so_and_shows_the_way_out(house: House) -> None:
    async with house.client() as client:
        text = await read(client, "/c/table?colour=rain&from=1&to=2")
    assert "Nothing here with these filters" in text
    assert '<a class="button" href="/c/table">Clear all filters</a>' in text
    assert 'name="colour" value="rain" checked' in text


async def test_prices_the_wrong_way_round_are_turned(house: House) -> None:
    async with house.client() as client:
        assert total(await read(client, "/c/table?from=60&to=20")) == total(
            await read(client, "/c/table?from=20&to=60")
        )


async def test_a_narrowed_page_is_not_for_search_engines(house: House) -> None:
    async with house.client() as client:
        assert "noindex" not in await read(client, "/c/table")
        text = await read(client, "/c/table?colour=rain&page=2")
    assert 'content="noindex, follow"' in text
    assert "canonical" not in text


async def test_pages_keep_the_choices(house: House) -> None:
    async with house.client() as client:
        text = await read(client, "/c/new?stock=in&sort=price")
        assert 'href="/c/new?stock=in&amp;sort=price&amp;page=2"' in text
        seen: list[str] = []
        for page in range(1, 10):
            seen += [slug for slug, _, _ in CARD.findall(await read(client, f"/c/new?stock=in&sort=price&page={page}"))]
            if len(seen) >= total(text):
                break
    assert len(seen) == len(set(seen)) == total(text)


HOSTILE = [
    "colour=",
    "colour=pink-elephant",
    "colour[]=rain",
    "colour=rain'--&size=%00",
    "q=%00&colour=%ff%fe",
    "from=NaN&to=Infinity",
    "from=-5&to=1e99",
    "from=" + "9" * 400,
    "to=%D9%A3%D9%A0",
    "from=20,50&from=30&to=abc",
    'category=<script>alert(1)</script>&maker="><img src=x>',
    "page=99999&colour=rain",
    "page=-1&stock=out&stock=in&stock=in",
    "&".join(f"colour=v{n}" for n in range(500)),
    "&".join(f"k{n}=v" for n in range(500)),
    "__class__=x&sort=__init__",
    "maker=" + "m" * 3000,
]


async def test_no_address_breaks_a_page_and_nothing_unknown_comes_back(house: House) -> None:
    async with house.client() as client:
        for page, query in product(("/c/table", "/search"), HOSTILE):
            text = await read(client, f"{page}?{query}")
            for hostile in ("pink-elephant", "<script>alert", "<img src=x", "v499", "mmmm", "__init__"):
                assert hostile not in text, (page, query)


async def test_a_merchants_own_option_is_a_way_to_narrow(house: House) -> None:
    async with house.client() as client, client.get("/api/v1/products", params={"limit": "1"}) as answer:
        facets = (await answer.json())["facets"]
    assert "colour" in {way["option"] for way in facets["options"]}


async def test_a_shelf_is_open_while_search_still_loads(house: House) -> None:
    house.app[SEARCH]._loading = True
    async with house.client() as client:
        whole = await read(client, "/c/table?utm_source=letter&sort=price")
        assert "Filters come in a moment" not in whole
        for filters in ("colour=rain", "stock=in&from=20", "maker=Ilse+Maan"):
            text = await read(client, f"/c/table?{filters}")
            assert total(text) == total(whole)
            assert CARD.findall(text)
            assert "Filters come in a moment" in text
            assert '<form class="facets"' not in text
        house.app[SEARCH]._loading = False
        assert "Filters come in a moment" not in await read(client, "/c/table?stock=in&from=20")


async def test_searching_while_search_still_loads_says_so_and_where_to_go(house: House) -> None:
    house.app[SEARCH]._loading = True
    async with house.client() as client:
        async with client.get("/search?q=mug&stock=in") as answer:
            text = await answer.text()
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert "Search is being read in" in text
        assert "It takes a moment. The shelves are open meanwhile." in text
        assert 'data-to="/search?q=mug&amp;stock=in" data-ask="/search?q=mug&amp;stock=in"' in text
        assert '<a class="chip" href="/c/table">' in text
        async with client.get("/api/v1/products?q=mug") as answer:
            assert (answer.status, (await answer.json())["code"]) == (503, "search_loading")
