"""What a page weighs, as a browser with an empty cache loads it: compressed bytes by kind, and no module found late."""

from collections import Counter
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, BrowserContext

from tests.browser import people
from tests.house import House

Client = aiohttp.ClientSession

SCRIPT_BYTES = 15_000
DASHBOARD_SCRIPT_BYTES = 30_000
STYLE_BYTES = 10_000
HTML_BYTES = 20_000

# Each test loads several pages, each in a browser that has loaded nothing before.
pytestmark = pytest.mark.timeout(120)


async def weigh(browser: Browser, house: House, path: str, cookies: list[Any]) -> tuple[Counter[str], set[str]]:
    """The compressed bytes of a page by kind, and the scripts that its markup did not name."""
    context: BrowserContext = await browser.new_context()
    await context.add_cookies(cookies)
    page = await context.new_page()
    answers: list[Any] = []

    def note(request: Any) -> None:
        answers.append(request)

    page.on("requestfinished", note)
    await page.goto(house.url + path, wait_until="networkidle")
    weight: Counter[str] = Counter()
    for request in answers:
        weight[request.resource_type] += (await request.sizes())["responseBodySize"]
    markup = await (await context.request.get(house.url + path)).text()
    scripts = {request.url for request in answers if request.resource_type == "script"}
    await context.close()
    return weight, {url for url in scripts if url.removeprefix(house.url) not in markup}


async def over(browser: Browser, house: House, paths: list[str], cookies: list[Any], script_bytes: int) -> list[str]:
    """What is too heavy or found too late, in words."""
    found = []
    for path in paths:
        weight, late = await weigh(browser, house, path, cookies)
        for kind, most in {"script": script_bytes, "stylesheet": STYLE_BYTES, "document": HTML_BYTES}.items():
            assert weight[kind] > 0, f"{path} loads no {kind}"
            if weight[kind] > most:
                found.append(f"{path}: {weight[kind]} bytes of {kind}, more than {most}")
        found += [f"{path} does not name {url}" for url in sorted(late)]
    return found


async def test_pages_of_the_shop_keep_their_budget(house: House, browser: Browser, shopper: Client) -> None:
    await people.register(shopper)
    mug = await people.variant_of(shopper, "harbour-mug", "oat")
    number = await people.order(shopper, mug)
    await people.put_in_cart(shopper, mug)
    mine = people.cookies_of(shopper, house)
    paths = ["/", "/c/table", "/p/harbour-mug", "/search?q=mug", "/cart", "/checkout", f"/orders/{number}", "/account"]
    assert await over(browser, house, paths, mine, SCRIPT_BYTES) == []
    assert await over(browser, house, ["/login", "/register", "/about/returns"], [], SCRIPT_BYTES) == []


async def test_the_dashboard_keeps_its_budget(house: House, browser: Browser, clerk: Client) -> None:
    paths = ["/dashboard", "/dashboard?screen=1"]
    found = await over(browser, house, paths, people.cookies_of(clerk, house), DASHBOARD_SCRIPT_BYTES)
    # A screen for staff is opened once a day; its modules may be found one in the other, and its sheets are its own.
    assert [said for said in found if "of script" in said] == []
