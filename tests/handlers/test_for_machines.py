"""What search engines and those who pass links on are told: linked data, the one address, the picture, all pages there are."""

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import aiohttp
import pytest
from msgspec.structs import replace

from handlers import sitemap
from shop.ids import VariantId
from storage import additions, shopfront
from storage.additions import NewProduct, NewVariant
from storage.sample.catalogue import PRODUCTS
from tests.house import House

NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


async def text_of(client: aiohttp.ClientSession, path: str) -> str:
    async with client.get(path) as answer:
        assert answer.status == 200, path
        return await answer.text()


def linked(text: str) -> list[dict[str, Any]]:
    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)
    graph: list[dict[str, Any]] = json.loads(data)["@graph"]
    return graph


def meta(text: str) -> dict[str, str]:
    found = dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', text))
    return found | dict(re.findall(r'<link rel="(canonical)" href="([^"]+)"', text))


async def test_a_product_says_what_it_costs_and_where_it_stands(house: House) -> None:
    async with house.client() as client:
        text = await text_of(client, "/p/harbour-mug?v=nonsense")
        product, trail = linked(text)
        assert (product["@type"], product["name"]) == ("Product", "Harbour mug")
        offers = {offer["name"]: offer for offer in product["offers"]}
        assert (offers["Oat"]["price"], offers["Oat"]["priceCurrency"]) == ("28.00", "EUR")
        assert offers["Oat"]["availability"].endswith("/InStock")
        assert offers["Ink"]["availability"].endswith("/OutOfStock")
        for address in product["image"]:
            assert "<title" in await text_of(client, address)
        steps = [(step["position"], step["item"].removeprefix(house.url)) for step in trail["itemListElement"]]
        assert steps == [(1, "/"), (2, "/c/tea-and-coffee"), (3, "/p/harbour-mug")]
        said = meta(text)
        assert said["canonical"] == said["og:url"] == f"{house.url}/p/harbour-mug"
        assert said["og:type"] == "product"


async def test_home_names_the_shop_and_how_to_search_it(house: House) -> None:
    async with house.client() as client:
        shop, site = linked(await text_of(client, "/"))
        assert (shop["@type"], site["@type"]) == ("Organization", "WebSite")
        address = site["potentialAction"]["target"]["urlTemplate"].replace("{search_term_string}", "mug")
        assert "Harbour mug" in await text_of(client, address)


@pytest.mark.parametrize(
    "path", ["/", "/c/table", "/p/harbour-mug", "/search?q=mug", "/cart", "/login", "/about/returns"]
)
async def test_every_page_can_be_passed_on_with_a_picture(house: House, path: str) -> None:
    async with house.client() as client:
        said = meta(await text_of(client, path))
        assert min(len(said["og:title"]), len(said["og:description"])) > 0
        assert said["twitter:card"] == "summary_large_image"
        async with client.get(said["og:image"]) as picture:
            assert (picture.status, picture.content_type) == (200, "image/png")


async def test_a_search_counts_once_and_only_when_it_found_something(house: House) -> None:
    async with house.client() as client:
        found = meta(await text_of(client, "/search?q=mug"))
        assert (found["canonical"], found.get("robots")) == (f"{house.url}/search?q=mug", None)
        for path in ("/search?q=nothing+like+this", "/search?q=mug&stock=in", "/search?q=muug"):
            assert meta(await text_of(client, path))["robots"].startswith("noindex")


async def test_the_sitemap_lists_every_page_with_the_day_it_changed(house: House) -> None:
    async with house.client() as client:
        root = ET.fromstring(await text_of(client, "/sitemap.xml"))  # noqa: S314  (our own text)
        found = {url[0].text: url[1].text for url in root if len(url) > 1}
        assert len(found) == len(PRODUCTS)
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", str(found[f"{house.url}/p/harbour-mug"]))
        for path in ("/", "/c/tea-and-coffee", "/p/harbour-mug", "/about/delivery"):
            assert f"{house.url}{path}" in {url[0].text for url in root}
            await text_of(client, path)
        async with client.get("/sitemap-2.xml") as missing:
            assert missing.status == 404


async def test_a_large_shop_has_an_index_of_sitemaps(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "PER_FILE", 25)
    async with house.client() as client:
        index = ET.fromstring(await text_of(client, "/sitemap.xml"))  # noqa: S314  (our own text)
        assert index.tag == f"{NAMESPACE}sitemapindex"
        products: list[str] = []
        for entry in index:
            part = ET.fromstring(await text_of(client, str(entry[0].text)))  # noqa: S314  (our own text)
            products += [str(url[0].text) for url in part if "/p/" in str(url[0].text)]
        assert len(index) == 3
        assert len(products) == len(set(products)) == len(PRODUCTS)


async def test_crawlers_may_read_searches_but_not_what_is_somebodys(house: House) -> None:
    async with house.client() as client:
        lines = (await text_of(client, "/robots.txt")).splitlines()
        assert "Disallow: /cart" in lines
        assert "Disallow: /search" not in lines
        assert f"Sitemap: {house.url}/sitemap.xml" in lines
        async with client.get("/favicon.ico") as icon:
            assert (await icon.read())[:4] == b"\0\0\1\0"


async def test_nothing_of_the_sample_shops_is_said_in_another_shop(house: House) -> None:
    standing = await house.db.read(shopfront.read)
    details = replace(standing.details, name="Loam", sample_note=False)
    await house.db.write(shopfront.change, shopfront.Edit(details, standing.version, "a test", house.clock()))
    async with house.client() as client:
        home, product = await text_of(client, "/"), await text_of(client, "/p/harbour-mug")
        assert "og:image" not in meta(home)
        assert meta(home)["twitter:card"] == "summary"
        assert "logo" not in linked(home)[0]
        assert "Ghent" not in product
        assert 'href="/about/returns">Returns</a>' in product


async def test_what_has_no_picture_gets_an_empty_frame(house: House) -> None:
    bare = NewProduct(
        slug="bare", name="Bare", line="", maker="", category="table", heading="", text=(), facts=(), keywords=(),
        option="", popularity=1, added_at=house.clock(), variants=[NewVariant(VariantId("bareAAA"), "", None, 900, None, "", 3)],
    )  # fmt: skip
    await house.db.write(additions.add_products, [bare], "a test", house.clock())
    async with house.client() as client:
        text = await text_of(client, "/p/bare")
        assert "/icons/none.svg" in text
        assert "image" not in linked(text)[0]
