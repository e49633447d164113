"""Editing categories without scripts."""

import pytest

from shop.pictures import digest_of
from tests.handlers.forms import fields_of, ids_of, send
from tests.handlers.test_dashboard_products import page
from tests.house import House, until
from tests.photographs import photograph

LIST = "/dashboard/categories"
DOORS = [
    ("GET", LIST),
    ("GET", f"{LIST}/new"),
    ("POST", f"{LIST}/new"),
    ("GET", f"{LIST}/light"),
    ("POST", f"{LIST}/light"),
]


@pytest.mark.parametrize(("method", "path"), DOORS)
async def test_guests_and_customers_stay_outside(house: House, method: str, path: str):
    async with house.client() as client:
        async with client.request(method, path, allow_redirects=False) as answer:
            assert answer.status == (303 if method == "GET" else 401)
        person = {"name": "Noor", "email": "noor@example.com", "password": "a few good words"}
        async with client.post("/api/v1/customers", json=person) as answer:
            assert answer.status == 201
        async with client.request(method, path, allow_redirects=False) as answer:
            assert answer.status == 403


async def test_a_category_is_added_pictured_moved_and_deleted(house: House):
    raw = photograph()
    async with house.staff() as clerk, house.client() as shopper:
        fields = fields_of(await page(clerk, f"{LIST}/new")) | {"name": "Garden", "line": "For outside."}
        assert await send(clerk, f"{LIST}/new", fields, {"garden.jpg": raw}) == (303, LIST)
        assert "Garden" in await page(shopper, "/c/garden")
        text = await page(clerk, f"{LIST}/garden")
        assert f"/pictures/{digest_of(raw)}/280" in text
        fields = fields_of(text) | {"place": "1", "name": "Out of doors"}
        assert await send(clerk, f"{LIST}/garden", fields) == (303, LIST)
        listed = await page(clerk, LIST)
        assert 0 < listed.index("Out of doors") < listed.index("/dashboard/categories/light")
        assert "Delete it" in await page(clerk, f"{LIST}/garden")
        assert await send(clerk, f"{LIST}/garden", fields | {"do": "delete"}) == (303, LIST)
        assert "Out of doors" not in await page(clerk, LIST)


async def test_a_renamed_category_has_its_new_name_in_the_shop(house: House):
    async with house.staff() as clerk, house.client() as shopper:
        fields = fields_of(await page(clerk, f"{LIST}/light")) | {"name": "Lamps & lights"}
        assert (await send(clerk, f"{LIST}/light", fields))[0] == 303

        async def renamed() -> bool:
            return "Lamps &amp; lights" in await page(shopper, "/c/light")

        await until(renamed)


async def test_faults_and_bad_pictures_come_back_with_what_was_typed(house: House):
    async with house.staff() as clerk:
        fields = fields_of(await page(clerk, f"{LIST}/light")) | {"name": "", "line": "Typed", "place": "first"}
        status, text = await send(clerk, f"{LIST}/light", fields, {"x.jpg": b"no picture"})
        assert status == 422
        assert {"name-said", "place-said", "picture-said"} <= ids_of(text)
        assert fields_of(text)["line"] == "Typed"
        for changes in ({"name": "Kitchen"}, {"name": "x" * 61}):
            assert (await send(clerk, f"{LIST}/light", fields | {"place": "2"} | changes))[0] == 422
        assert (await send(clerk, f"{LIST}/light", fields | {"base": "{"}))[0] == 400


async def test_stale_edits_and_full_categories_are_left_alone(house: House):
    async with house.staff() as clerk:
        fields = fields_of(await page(clerk, f"{LIST}/light"))
        assert (await send(clerk, f"{LIST}/light", fields | {"line": "First"}))[0] == 303
        status, text = await send(clerk, f"{LIST}/light", fields | {"line": "Second"})
        assert (status, fields_of(text)["line"]) == (409, "Second")
        assert (await send(clerk, f"{LIST}/light", fields_of(text)))[0] == 303
        status, text = await send(clerk, f"{LIST}/light", fields_of(text) | {"do": "delete"})
        assert status == 409
        assert "Move them to another one first" in text


async def test_the_navigation_of_many_categories_ends_in_the_way_to_all_of_them(house: House):
    async with house.staff() as clerk, house.client() as shopper:
        assert 'href="/#rooms"' not in await page(shopper, "/c/light")
        for name in ("Garden", "Garage"):
            fields = fields_of(await page(clerk, f"{LIST}/new")) | {"name": name}
            assert await send(clerk, f"{LIST}/new", fields) == (303, LIST)
            product = "/dashboard/products/harbour-mug" if name == "Garden" else "/dashboard/products/shoulder-vase"
            fields = fields_of(await page(clerk, product)) | {"category": name.lower()}
            assert (await send(clerk, product, fields))[0] == 303

        async def ends_in_all() -> bool:
            return 'href="/#rooms"' in await page(shopper, "/c/light")

        await until(ends_in_all)
        front = await page(shopper, "/")
        assert front.count('href="/c/garage"') == 1
        assert front.index('href="/c/garage"') > front.index('id="rooms"')
