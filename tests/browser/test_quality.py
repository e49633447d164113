"""Every page, light and dark, narrow and wide: no fault that axe knows, nothing wider than the screen, a quiet console."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Literal

import aiohttp
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser import people
from tests.house import DETAILS, House

Client = aiohttp.ClientSession

HEIGHT = 900
WIDTHS = (360, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDER_THAN_THE_SCREEN = """
() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
  .filter(part => part.getBoundingClientRect().right > innerWidth + 0.5).map(part => part.outerHTML.slice(0, 120)).slice(0, 5)
"""
TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
});
"""
FIND_FAULTS = """
async (options) => {
  await Promise.allSettled(document.getAnimations().filter((a) => a instanceof CSSTransition).map((a) => a.finished));
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...options });
  return violations.map(({ id, nodes }) => {
    const some = nodes.slice(0, 3).map(({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary}`);
    return [id, `in ${nodes.length} places`, ...some].join("\\n  ");
  });
}
"""
# Each test walks through several pages; on a busy machine that takes longer than a test usually may.
pytestmark = pytest.mark.timeout(120)

# The colours of a dark page differ, its structure does not.
COLOURS_ONLY = {"runOnly": ["color-contrast", "link-in-text-block"]}


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Without motion: a colour that is on its way is no colour to judge."""
    context = await browser.new_context(reduced_motion="reduce")
    await context.add_init_script(TELL_VIOLATIONS)
    yield context
    await context.close()


@contextmanager
def complaints_of(page: Page) -> Iterator[list[str]]:
    """What the browser complains about while the block runs. A page that isn't there may be missing."""
    complaints: list[str] = []

    def hear(message: Any) -> None:
        missing = "status of 404" in message.text and message.location["url"].endswith("/nowhere")
        if message.type in ("error", "warning") and not missing:
            complaints.append(f"{message.type} at {page.url}: {message.text}")

    def fail(error: Any) -> None:
        complaints.append(f"error at {page.url}: {error}")

    page.on("console", hear)
    page.on("pageerror", fail)
    yield complaints
    page.remove_listener("console", hear)
    page.remove_listener("pageerror", fail)


async def faults_of(page: Page) -> list[str]:
    """What is wrong with the page as it stands, at every width and in every scheme."""
    faults = []
    await page.evaluate(AXE_SCRIPT)
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": HEIGHT})
        wide = await page.evaluate(WIDER_THAN_THE_SCREEN)
        faults += [f"{page.url} at {width}: {part} is wider than the screen" for part in wide]
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            found = await page.evaluate(FIND_FAULTS, COLOURS_ONLY if scheme == "dark" else {})
            faults += [f"{page.url} at {width}, {scheme}: {fault}" for fault in found]
    return faults


async def faults_at(page: Page, addresses: list[str]) -> list[str]:
    faults = []
    with complaints_of(page) as complaints:
        for address in addresses:
            await page.goto(address)
            faults += await faults_of(page)
    return faults + complaints


async def test_shelves_and_products(house: House, page: Page, shopper: Client) -> None:
    vase = await people.variant_of(shopper, "shoulder-vase", "clay")
    await people.order(shopper, vase, 3)
    sold_out = await people.variant_of(shopper, "harbour-mug", "ink")
    paths = ["/", "/c/green", f"/p/shoulder-vase?v={vase}", f"/p/harbour-mug?v={sold_out}", "/search?q=mug"]
    assert await faults_at(page, [house.url + path for path in paths]) == []


async def test_entrances_and_empty_pages(house: House, page: Page) -> None:
    paths = ["/login", "/register", "/cart", "/search?q=nothing+like+this", "/about/delivery", "/nowhere"]
    assert await faults_at(page, [house.url + path for path in paths]) == []


async def test_pages_of_a_customer(house: House, page: Page, shopper: Client) -> None:
    await people.register(shopper)
    vase = await people.variant_of(shopper, "shoulder-vase", "clay")
    paid = await people.order(shopper, vase)
    await people.pay(shopper, paid)
    waiting = await people.order(shopper, await people.variant_of(shopper, "harbour-mug", "rain"))
    await people.put_in_cart(shopper, vase)
    await people.lend_session(shopper, page.context, house)
    paths = ["/cart", "/checkout", f"/orders/{waiting}", f"/orders/{paid}", "/account"]
    assert await faults_at(page, [house.url + path for path in paths]) == []
    await people.put_in_cart(shopper, vase, 5)
    assert await faults_at(page, [house.url + "/cart"]) == []


async def test_pages_of_staff(house: House, page: Page, shopper: Client, clerk: Client) -> None:
    vase = await people.variant_of(shopper, "shoulder-vase", "clay")
    number = await people.order(shopper, vase, 3)
    await people.lend_session(clerk, page.context, house)
    async with clerk.post("/dashboard/screens", data={"name": "Packing room"}) as made:
        assert made.status == 200
    await people.pay(shopper, number)
    waiting = await people.order(shopper, vase)
    paths = ["/dashboard", "/dashboard?screen=1", f"/dashboard/orders/{number}", f"/dashboard/orders/{waiting}"]
    paths += ["/dashboard?show=shipped", "/dashboard/orders", "/dashboard/orders?q=nothing", "/dashboard/customers"]
    paths += [f"/dashboard/customers?email={DETAILS['email']}", "/dashboard/payments"]
    paths += [f"/dashboard/orders/{number}/refund", f"/dashboard/orders/{waiting}/refund", f"/orders/{number}/invoice"]
    paths += [
        "/dashboard/stock?show=low",
        "/dashboard/stock?q=nothing",
        f"/dashboard/stock/{vase}",
        "/dashboard/screens",
        "/screen?out=1",
    ]
    paths.append(f"/dashboard?day={house.clock().date() - timedelta(days=1)}")
    assert await faults_at(page, [house.url + path for path in paths]) == []
    for act in ("claim", "pack", "ship"):
        async with people.asked(clerk, "POST", f"/orders/{number}/{act}", None if act == "pack" else {}):
            pass
        assert await faults_at(page, [f"{house.url}/dashboard/orders/{number}"]) == []


async def test_parts_that_open_on_request(house: House, page: Page, shopper: Client) -> None:
    mug = await people.variant_of(shopper, "harbour-mug", "oat")
    await people.put_in_cart(shopper, mug)
    await people.lend_session(shopper, page.context, house)
    with complaints_of(page) as complaints:
        await people.open_live(page, house.url)
        await page.keyboard.press("/")
        await page.keyboard.type("mug")
        await expect(page.get_by_role("option").first).to_be_visible()
        await page.keyboard.press("ArrowDown")
        faults = await faults_of(page)
        await page.goto(f"{house.url}/checkout")
        await page.get_by_role("button", name="Order and pay").click()
        await expect(page.get_by_role("alert")).to_contain_text("Nothing was ordered yet.")
        faults += await faults_of(page)
    # A form with fields to look at again is answered 422, which Chromium notes on its console.
    assert faults + [said for said in complaints if "status of 422" not in said] == []
