"""A screen on the wall in Chromium, for days: paired by hand, through restarts, deploys and midnight, until it is signed out."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Page, expect

from handlers.assets import Assets
from handlers.keys import ASSETS
from tests.browser import people
from tests.handlers.test_screens import change, made
from tests.handlers.test_settings import GOOD, send, version
from tests.house import House, open_house, until

Client = aiohttp.ClientSession
SCREEN = "/dashboard?screen=1"


@pytest.fixture
async def wall_house(tmp_path: Path) -> AsyncIterator[House]:
    """A house whose sweeper runs by hand, so that midnight comes when the test says."""
    async with open_house(tmp_path, background=False) as house:
        yield house


async def hang_up(house: House, page: Page, clerk: Client) -> str:
    """Types a code on the wall; answers the screen's id."""
    screen, code = await made(clerk)
    await page.goto(f"{house.url}/screen")
    await page.get_by_label("Code").fill(code)
    await page.get_by_role("button", name="Show orders here").click()
    await page.wait_for_url(house.url + SCREEN)
    await people.expect_live(page)
    return screen


async def orders_shown(page: Page, count: int) -> None:
    await expect(page.locator("orders-feed .feed > li")).to_have_count(count)


async def test_a_screen_lives_through_restarts_and_midnight_without_a_touch(wall_house: House, page: Page) -> None:
    house = wall_house
    async with house.staff() as clerk, house.client() as shopper:
        vase = await people.variant_of(shopper, "shoulder-vase", "clay")
        first = await people.order(shopper, vase)
        await hang_up(house, page, clerk)
        await page.evaluate("document.body.dataset.untouched = 'yes'")
        await expect(page.locator("[data-part=orders]")).to_have_text("1")
        await expect(page.locator("low-now .low > li")).to_have_count(5)

        await house.close_shop()
        await expect(page.locator("#main.stale")).to_be_visible()
        await expect(page.get_by_text("Reconnecting, as of")).to_be_visible()
        await house.open_shop()
        await people.expect_live(page)
        await expect(page.locator("#main:not(.stale)")).to_be_visible()

        house.clock.advance(days=1)
        await house.engine.sweeper.sweep()
        await expect(page.locator("[data-part=orders]")).to_have_text("0")
        second = await people.order(shopper, vase)
        await expect(page.locator("[data-part=orders]")).to_have_text("1")
        await expect(page.locator("orders-feed .feed > li").first).to_have_attribute("data-number", second)
        assert first != second
        await expect(page.locator("body[data-untouched=yes]")).to_be_attached()


async def test_its_rows_stay_as_many_as_there_is_room_for(wall_house: House, page: Page) -> None:
    house = wall_house
    async with house.staff() as clerk, house.client() as shopper:
        await hang_up(house, page, clerk)
        mug = await people.variant_of(shopper, "harbour-mug", "oat")
        await people.set_stock(clerk, mug, 50)
        numbers = [await people.order(shopper, mug) for _ in range(9)]
        await expect(page.locator(f'orders-feed li[data-number="{numbers[-1]}"]')).to_be_visible()
        await orders_shown(page, 6)
        await expect(page.locator("low-now li")).to_have_count(5)


async def test_new_files_of_the_shop_are_loaded_once_when_the_server_is_replaced(
    wall_house: House, page: Page, tmp_path: Path
) -> None:
    house = wall_house
    async with house.staff() as clerk:
        await hang_up(house, page, clerk)
        loads: list[str] = []
        page.on("load", lambda loaded: loads.append(loaded.url))
        old = house.app[ASSETS].digest
        await house.close_shop()
        await house.open_shop()
        deployed: Assets = house.app[ASSETS]
        deployed.digest = "0123456789ab"
        await until(lambda: loads)
        await people.expect_live(page)
        assert "/static/0123456789ab/" in await page.content()
        assert old not in await page.content()
        await house.restart()
        house.app[ASSETS].digest = "0123456789ab"
        with people.requests_of(page) as requests:
            await people.expect_live(page)
            await until(lambda: requests)
        assert len(loads) == 1


async def test_a_screen_that_is_signed_out_says_so_and_can_be_paired_again(wall_house: House, page: Page) -> None:
    house = wall_house
    async with house.staff() as clerk:
        screen = await hang_up(house, page, clerk)
        async with asyncio.timeout(10):
            await change(clerk, screen, "out")
            await page.wait_for_url(f"{house.url}/screen?out=1")
        await expect(page.get_by_role("heading", level=1)).to_have_text("This screen was signed out")
        await hang_up(house, page, clerk)
        answer = await page.goto(f"{house.url}/dashboard/stock")
        assert answer is not None
        assert answer.status == 403


async def test_it_takes_up_the_name_and_the_clock_that_the_shop_has_now(wall_house: House, page: Page) -> None:
    house = wall_house
    async with house.staff() as clerk:
        await hang_up(house, page, clerk)
        form = GOOD | {"name": "Tidewater", "timezone": "Asia/Tokyo", "version": await version(clerk)}
        assert (await send(clerk, "/dashboard/settings", form))[0] == 303
        # It looks whenever its connection comes back, and every quarter of an hour.
        await house.close_shop()
        await expect(page.locator("#main.stale")).to_be_visible()
        await house.open_shop()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("tidewater")
        await expect(page.locator("body")).to_have_attribute("data-timezone", "Asia/Tokyo")
        await people.expect_live(page)
