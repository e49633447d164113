"""Editing products without scripts: what is saved, what comes back and why, and that nobody else gets in."""

import asyncio
import re
from html import unescape

import aiohttp
import pytest

from shop.pictures import MAX_FILE_BYTES, digest_of
from tests.handlers.forms import fields_of, ids_of, send
from tests.house import DETAILS, House
from tests.photographs import bomb, photograph

MUG = "/dashboard/products/harbour-mug"
NEW = "/dashboard/new-product"
LIST = "/dashboard/products"


async def page(client: aiohttp.ClientSession, path: str) -> str:
    async with client.get(path) as answer:
        assert answer.status == 200, path
        return await answer.text()


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", LIST), ("GET", NEW), ("POST", NEW), ("GET", MUG), ("POST", MUG), ("GET", f"{MUG}/edition")],
)
async def test_guests_and_customers_stay_outside(house: House, method: str, path: str):
    async with house.client() as client:
        async with client.request(method, path, allow_redirects=False) as answer:
            assert answer.status == (303 if method == "GET" else 401)
        person = {"name": "Noor", "email": "noor@example.com", "password": "a few good words"}
        async with client.post("/api/v1/customers", json=person) as answer:
            assert answer.status == 201
        async with client.request(method, path, allow_redirects=False) as answer:
            assert answer.status == 403


async def test_a_form_from_another_site_changes_nothing(house: House):
    async with house.staff() as clerk:
        fields = fields_of(await page(clerk, MUG)) | {"name": "Hacked"}
        async with clerk.post(MUG, data=fields, headers={"Sec-Fetch-Site": "cross-site"}) as answer:
            assert answer.status == 403
        assert "Hacked" not in await page(clerk, MUG)


async def test_what_is_saved_is_seen_at_once_and_saving_twice_is_once(house: House):
    async with house.staff() as clerk, house.client() as shopper:
        fields = fields_of(await page(clerk, MUG))
        changed = fields | {
            "name": "Quay mug",
            "v0-price": "31,50",
            "v0-was": "€35",
            "text": "One.\n\nTwo <b>bold</b>.",
        }
        answers = await asyncio.gather(send(clerk, MUG, changed), send(clerk, MUG, changed))
        assert list(answers) == [(303, f"{MUG}?saved=1")] * 2
        assert "The shop shows it already" in await page(clerk, f"{MUG}?saved=1")
        seen = await page(shopper, "/p/harbour-mug")
        assert "Quay mug" in seen
        assert "€31.50" in seen
        assert "€35.00" in seen
        assert "<p>Two &lt;b&gt;bold&lt;/b&gt;.</p>" in seen
        async with shopper.get("/api/v1/products/harbour-mug") as answer:
            assert (await answer.json())["variants"][0]["price"] == {"amount": 3150, "currency": "EUR"}
        async with clerk.get(f"{MUG}/edition") as answer:
            assert (await answer.json())["edition"] in await page(clerk, MUG)


async def test_faults_stand_at_their_fields_and_nothing_typed_is_lost(house: House):
    async with house.staff() as clerk:
        fields = fields_of(await page(clerk, MUG))
        typed = fields | {
            "name": "",
            "line": "A <new> line",
            "v1-price": "1.299,00",
            "fact0-value": "",
            "v0-sku": '"quoted"',
        }
        status, text = await send(clerk, MUG, typed, {"broken.jpg": b"GIF89a", "good.jpg": photograph()})
        assert status == 422
        back = fields_of(text)
        assert {name: back[name] for name in fields} == {**typed, "text": back["text"]}
        assert back["text"].split() == typed["text"].split()
        links = set(re.findall(r'<li><a href="#([^"]+)"', text))
        assert links == {"name", "v1-price", "fact0-value", "files"}
        assert links <= ids_of(text)
        assert {f"{link}-said" for link in links} <= ids_of(text)
        assert "1.299,00 can be read in two ways" in text
        assert "broken.jpg: This is not a picture" in text
        # The good one of the two is in the form already, and need not be chosen again.
        assert f"picture:{digest_of(photograph())}" in back.values()
        assert 'role="alert" tabindex="-1" autofocus' in text
        async with clerk.get("/api/v1/products/harbour-mug") as answer:
            assert (await answer.json())["name"] == "Harbour mug"


async def test_a_stale_edit_comes_back_with_what_changed_and_can_then_be_saved(house: House):
    async with house.staff() as clerk, house.staff() as other:
        mine = fields_of(await page(clerk, MUG))
        theirs = fields_of(await page(other, MUG)) | {"v0-price": "33.00", "line": "Their line", "maker": "Their maker"}
        assert (await send(other, MUG, theirs))[0] == 303
        status, text = await send(clerk, MUG, mine | {"line": "My line", "v1-price": "29.50"})
        assert status == 409
        table = unescape(re.sub(r"<[^>]+>", "|", text[text.index("<tbody>") : text.index("</tbody>")]))
        assert "Oat, price" in table
        assert "|28.00||33.00|" in re.sub(r"\s", "", table)
        back = fields_of(text)
        assert (back["line"], back["maker"], back["v0-price"], back["v1-price"]) == (
            "My line",
            "Their maker",
            "33.00",
            "29.50",
        )
        assert (await send(clerk, MUG, back))[0] == 303
        saved = fields_of(await page(clerk, MUG))
        assert (saved["line"], saved["maker"], saved["v0-price"], saved["v1-price"]) == (
            "My line",
            "Their maker",
            "33.00",
            "29.50",
        )


async def test_a_new_product_grows_in_the_form_and_is_for_sale_once_it_is_added(house: House):
    raw = photograph()
    async with house.staff() as clerk, house.client() as shopper:
        fields = fields_of(await page(clerk, NEW)) | {
            "name": "Café tile, 10 × 10",
            "category": "kitchen",
            "v0-price": "4",
        }
        status, text = await send(clerk, NEW, fields | {"do": "pictures"}, {"tile.jpg": raw})
        assert status == 200
        fields = fields_of(text)
        assert fields["pic0-image"] == f"picture:{digest_of(raw)}"
        _, text = await send(
            clerk, NEW, fields | {"do": "variants", "option0": "Colour", "v0-value0": "Clay", "v0-units": "3"}
        )
        assert 'name="v1-price" value="" maxlength="20" autocomplete="off" inputmode="decimal" autofocus' in text
        _, text = await send(clerk, NEW, fields_of(text) | {"do": "facts", "v1-value0": "Ink", "v1-price": "5.50"})
        fields = fields_of(text) | {"pic0-alt": "A tile on a wall", "fact0-label": "Size", "fact0-value": "10 cm"}
        for _ in range(2):
            status, where = await send(clerk, NEW, fields)
            assert (status, where) == (303, "/dashboard/products/cafe-tile-10-10?saved=new")
        seen = await page(shopper, "/p/cafe-tile-10-10")
        assert f'src="/pictures/{digest_of(raw)}/560"' in seen
        assert 'alt="A tile on a wall"' in seen
        assert f'content="{house.url}/pictures/{digest_of(raw)}/share.jpg"' in seen
        assert "class=photo" in seen
        assert f'"image":["{house.url}/pictures/{digest_of(raw)}/share.jpg"]' in seen
        assert "Add to cart" in seen
        async with shopper.get("/api/v1/products/cafe-tile-10-10") as answer:
            clay, ink = (await answer.json())["variants"]
            assert clay["image"] == f"{house.url}/pictures/{digest_of(raw)}/1120"
            assert [clay["value"], ink["value"]] == ["Clay", "Ink"]
            assert (await answer.json())["images"] == [{"url": clay["image"], "alt": "A tile on a wall"}]
        assert "Café tile" in await page(shopper, "/search?q=tile")
        assert not await house.judge()


async def test_an_address_that_is_taken_or_none_is_refused(house: House):
    async with house.staff() as clerk:
        fields = fields_of(await page(clerk, NEW)) | {"name": "Harbour mug", "category": "kitchen", "v0-price": "4"}
        for changes, said in (
            ({}, "already"),
            ({"name": "日本"}, "Give it an address"),
        ):
            status, text = await send(clerk, NEW, fields | changes)
            assert (status, said in text) == (422, True), changes
            assert "slug-said" in ids_of(text)


async def test_a_product_may_have_any_address_and_is_opened_there(house: House):
    async with house.staff() as clerk:
        fields = fields_of(await page(clerk, NEW)) | {"name": "New", "category": "kitchen", "v0-price": "4"}
        assert await send(clerk, NEW, fields) == (303, "/dashboard/products/new?saved=new")
        editor = "/dashboard/products/new"
        fields = fields_of(await page(clerk, editor)) | {"line": "What came this week."}
        assert await send(clerk, editor, fields) == (303, f"{editor}?saved=1")
        assert fields_of(await page(clerk, editor))["line"] == "What came this week."


async def test_a_variant_is_taken_away_and_brought_back(house: House):
    async with house.staff() as clerk, house.client() as shopper:
        fields = fields_of(await page(clerk, MUG)) | {"v0-retired": "on"}
        assert (await send(clerk, MUG, fields))[0] == 303
        assert "Oat" not in await page(shopper, "/p/harbour-mug")
        text = await page(clerk, MUG)
        assert "1 not for sale any more" in text
        fields = fields_of(text)
        [retired] = [name for name in fields if name.endswith("-retired")]
        del fields[retired]
        assert (await send(clerk, MUG, fields))[0] == 303
        assert "Oat" in await page(shopper, "/p/harbour-mug")


async def test_a_hidden_product_is_marked_in_the_list_and_gone_from_the_shop(house: House):
    async with house.staff() as clerk, house.client() as shopper:
        fields = fields_of(await page(clerk, MUG))
        del fields["visible"]
        assert (await send(clerk, MUG, fields))[0] == 303
        async with shopper.get("/p/harbour-mug") as answer:
            assert answer.status == 404
        assert "See it in the shop" not in await page(clerk, MUG)
        text = await page(clerk, f"{LIST}?state=hidden")
        assert re.findall(r'href="/dashboard/products/([a-z-]+)"', text[text.index("wares") :]) == ["harbour-mug"]
        assert "Hidden" in text


async def test_the_list_is_searched_by_name_sku_and_category(house: House):
    async with house.staff() as clerk:
        for query, there, not_there in (
            ("q=harbour", "harbour-mug", "page-lamp"),
            ("q=hm-rain", "harbour-mug", "page-lamp"),
            ("category=light", "page-lamp", "harbour-mug"),
            ("q=%00&before=x&after=99999999999999999", "", "harbour-mug"),
        ):
            text = await page(clerk, f"{LIST}?{query}")
            assert f"{LIST}/{there}" in text
            assert f'{LIST}/{not_there}"' not in text or not there
        assert "Nothing like that" in await page(clerk, f"{LIST}?q=nothing+like+that")
        text = await page(clerk, LIST)
        older = re.search(r'href="([^"]+)" rel="next"', text)
        assert older
        assert 'rel="prev"' in await page(clerk, unescape(older[1]))


@pytest.mark.parametrize(
    ("raw", "said"),
    [(bomb(), "million pixels"), (b"PK\x03\x04zip", "not a picture"), (b"\0" * (MAX_FILE_BYTES + 5), "12 MB")],
)
async def test_a_bad_file_takes_nothing_with_it(house: House, raw: bytes, said: str):
    async with house.staff() as clerk:
        fields = fields_of(await page(clerk, MUG)) | {"name": "Typed"}
        status, text = await send(clerk, MUG, fields, {"photo.jpg": raw})
        assert status == 422
        assert said in text
        assert fields_of(text)["name"] == "Typed"


@pytest.mark.parametrize("base", ["", "{}", '{"name": 1}', "null", "[" * 5000])
async def test_a_form_that_was_tampered_with_is_a_refusal(house: House, base: str):
    async with house.staff() as clerk:
        fields = fields_of(await page(clerk, MUG)) | {"base": base}
        assert (await send(clerk, MUG, fields))[0] == 400
        assert (await send(clerk, "/dashboard/products/nothing-here", fields))[0] == 404


async def test_a_photograph_is_shown_wherever_the_product_is(house: House):
    raw = photograph()
    async with house.staff() as clerk, house.client() as shopper:
        _, text = await send(clerk, MUG, fields_of(await page(clerk, MUG)) | {"do": "pictures"}, {"mug.jpg": raw})
        fields = fields_of(text)
        assert (await send(clerk, MUG, fields | {"v0-image": f"picture:{digest_of(raw)}"}))[0] == 303
        picture = f'src="/pictures/{digest_of(raw)}/'
        assert picture in await page(shopper, "/c/tea-and-coffee")
        variant = fields["v0-id"]
        async with shopper.post("/api/v1/cart/lines", json={"variant": variant, "quantity": 1}) as answer:
            assert answer.status < 300
        async with shopper.get("/api/v1/cart") as answer:
            assert (await answer.json())["lines"][0]["image"] == f"{house.url}/pictures/{digest_of(raw)}/1120"
        assert picture in await page(shopper, "/cart")
        assert picture in await page(shopper, "/checkout")
        async with shopper.post("/api/v1/checkout", json=DETAILS, headers={"Idempotency-Key": "one"}) as answer:
            number = (await answer.json())["number"]
        assert picture in await page(shopper, f"/orders/{number}")
        assert picture in await page(clerk, f"/dashboard/orders/{number}")
        assert picture in await page(clerk, "/dashboard")
        assert picture in await page(clerk, f"{LIST}?q=harbour")
