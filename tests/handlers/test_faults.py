"""Pages that say what went wrong: a way on from each, and the same pages when the books are away."""

import re
from collections.abc import Mapping

import aiohttp
import pytest
from aiohttp import web

from handlers.keys import SHOP
from shop.errors import Unavailable
from shop.shopfront import Details, Standing
from storage.database import Database
from tests.house import House, open_house


async def page(client: aiohttp.ClientSession, path: str) -> tuple[int, str, Mapping[str, str]]:
    async with client.get(path) as answer:
        return answer.status, await answer.text(), answer.headers


async def test_a_page_that_is_not_there_offers_search_and_shelves(house: House) -> None:
    async with house.client() as guest:
        status, text, _ = await page(guest, "/p/nothing")
    assert status == 404
    main = text.split('<main id="main">')[1]
    assert '<form class="again" role="search" action="/search"' in main
    assert '<a class="chip" href="/c/tea">' in main or '<a class="chip" href="/c/table">' in main
    assert '<meta name="robots" content="noindex">' in text


async def test_staff_are_led_back_to_the_dashboard_and_not_to_the_shelves(house: House) -> None:
    async with house.staff() as clerk:
        for path in ("/dashboard/orders/K7QM2X4D", "/dashboard/products/nothing", "/dashboard/stock/nothing"):
            status, text, _ = await page(clerk, path)
            main = text.split('<main id="main">')[1]
            assert status == 404
            assert '<a class="button" href="/dashboard">To the dashboard</a>' in main
            assert "Search for it" not in main
            assert 'aria-label="Shelves"' not in main


async def test_an_order_that_is_hidden_offers_to_sign_in(house: House) -> None:
    async with house.client() as guest:
        _, text, _ = await page(guest, "/orders/K7QM2X4D")
    assert "We can’t show you this order" in text
    assert 'href="/login?next=/orders/K7QM2X4D"' in text
    assert "Search for it" not in text


async def test_a_bug_names_its_number_and_where_to_write(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_request: web.Request) -> web.Response:
        raise RuntimeError("a bug")

    house.app[SHOP].take(Standing(1, Details(contact="hello@marl.example")))
    monkeypatch.setattr(Database, "read", broken)
    async with house.client() as guest:
        status, text, headers = await page(guest, "/")
    assert status == 500
    assert re.search(r'write to <a href="mailto:hello@marl.example">[^<]+</a>, mention <b>\w{10}</b>', text)
    assert '<h1 id="what">That did not work</h1>' in text
    assert "a bug" not in text
    assert "Traceback" not in text
    assert headers


@pytest.mark.parametrize("path", ["/c/table", "/p/harbour-mug", "/search?q=mug", "/cart", "/login", "/about/privacy"])
async def test_when_the_books_are_away_a_page_says_so_and_comes_back(
    house: House, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    async with house.client() as guest:
        assert (await page(guest, "/"))[0] == 200

        async def away(*_args: object, **_named: object) -> None:
            raise Unavailable("The shop's books can't be read right now.")

        with monkeypatch.context() as patch:
            patch.setattr(Database, "read", away)
            patch.setattr(Database, "fetch", away)
            status, text, headers = await page(guest, path)
            if path == "/login":  # needs no books
                assert status == 200
                return
            assert status == 503
            assert headers["Retry-After"] == "5"
            assert "Back in a moment" in text
            assert "Your cart is safe." in text
            assert re.search(rf'<come-back data-to="{path.split("?", maxsplit=1)[0]}"', text)
            assert 'href="/c/table"' in text  # the shelves are those of before
            async with guest.get("/readyz") as answer:
                assert answer.status == 503
        assert (await page(guest, path))[0] == 200


async def test_when_postgresql_is_gone_a_page_says_so(tmp_path, postgresql: str) -> None:
    async with open_house(tmp_path, postgresql) as house, house.client() as guest:
        assert (await page(guest, "/"))[0] == 200
        import asyncpg  # noqa: PLC0415

        name = postgresql.split("?", maxsplit=1)[0].rsplit("/", 1)[1]
        admin = await asyncpg.connect(postgresql.replace(f"/{name}", "/postgres"), ssl=False)
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        status, text, _ = await page(guest, "/about/privacy")
        assert (status, "Back in a moment" in text) == (503, True)
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await admin.close()
        assert (await page(guest, "/about/privacy"))[0] == 200
