"""Somebody's first thing in the cart: they and their cart are written down at one stroke."""

from pathlib import Path

from aiohttp import ClientSession

from tests.browser import people
from tests.house import House, open_house


async def test_the_first_cart_and_its_session_are_one_commit(tmp_path: Path) -> None:
    # Nobody sweeps meanwhile, which would be commits too.
    async with open_house(tmp_path, background=False) as house, house.client() as shopper:
        lamp = await people.variant_of(shopper, "page-lamp", "rust")
        before = house.db.stats.commits
        await _add(shopper, lamp)
        assert house.db.stats.commits == before + 1
        await _add(shopper, lamp)
        assert house.db.stats.commits == before + 2
        async with shopper.get("/cart") as page:
            assert ">2</span>" in await page.text(), "the cookie opens the cart that it was given with"


async def test_a_refused_first_thing_leaves_a_session_that_goes_on(house: House) -> None:
    async with house.client() as shopper:
        lamp = await people.variant_of(shopper, "page-lamp", "rust")
        async with shopper.post("/cart", data={"variant": lamp, "quantity": "1000"}) as answer:
            assert answer.status == 422
        await _add(shopper, lamp)
        async with shopper.get("/cart") as page:
            assert ">1</span>" in await page.text()


async def _add(shopper: ClientSession, variant: str) -> None:
    async with shopper.post("/cart", data={"variant": variant}, allow_redirects=False) as answer:
        assert answer.status == 303
