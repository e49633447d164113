"""Pages in the states that nobody hopes for: out of stock, dearer than before, refused, failed, alone. None has a fault.

Each is brought about as it comes about in life, and looked at narrow and wide, in light and dark.
"""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from handlers import browse
from shop.errors import Unavailable
from shop.ids import VariantId
from storage import catalogue
from tests.browser import people
from tests.browser.test_quality import faults_of
from tests.house import House, open_house

Client = aiohttp.ClientSession

# Each test walks through several pages; on a busy machine that takes longer than a test usually may.
pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Without motion: a colour that is on its way is no colour to judge."""
    context = await browser.new_context(reduced_motion="reduce")
    yield context
    await context.close()


async def test_a_product_that_is_held_and_one_that_is_gone(house: House, page: Page, shopper: Client) -> None:
    vase = await people.variant_of(shopper, "shoulder-vase", "clay")
    number = await people.order(shopper, vase, 5)
    faults = []
    await page.goto(f"{house.url}/p/shoulder-vase?v={vase}")
    await expect(page.locator(".badge")).to_contain_text("Others are paying for the last ones.")
    faults += await faults_of(page)
    await people.pay(shopper, number)
    await expect(page.locator(".badge")).to_contain_text("Sold out")
    faults += await faults_of(page)
    assert faults == []


async def test_a_cart_with_every_trouble(house: House, page: Page, shopper: Client, clerk: Client) -> None:
    lamp = await people.variant_of(shopper, "page-lamp", "rust")
    mug = await people.variant_of(shopper, "harbour-mug", "rain")
    vase = await people.variant_of(shopper, "shoulder-vase", "clay")
    stool = await people.variant_of(shopper, "milking-stool", "oat")
    for variant, quantity in ((lamp, 1), (mug, 3), (vase, 2), (stool, 1)):
        await people.put_in_cart(shopper, variant, quantity)
    async with house.client() as other:
        await people.order(other, vase, 5)
    await people.set_stock(clerk, mug, 1)
    await people.set_stock(clerk, stool, 0)
    await house.db.write(catalogue.reprice, catalogue.Reprice(VariantId(lamp), 17_900, datetime.now(UTC)))
    await people.lend_session(shopper, page.context, house)
    await people.open_live(page, f"{house.url}/cart")
    for said in ("The price went up by", "Only 1 left", "Others are paying for the last ones.", "The last one went."):
        await expect(page.locator(".notice", has_text=said)).to_be_visible()
    assert await faults_of(page) == []
    # What can't be had is not paid for: a lamp and three mugs, and the way to the door.
    await expect(page.get_by_text("Not in the total")).to_have_count(2)
    await expect(page.locator("dd.total")).to_have_text("€269.50")
    await page.get_by_role("button", name="Keep it at").click()
    await expect(page.locator(".notice", has_text="The price went up by")).to_have_count(0)


async def test_a_change_of_the_cart_without_a_connection_is_made_when_there_is_one(
    house: House, page: Page, shopper: Client
) -> None:
    mug = await people.variant_of(shopper, "harbour-mug", "oat")
    await people.put_in_cart(shopper, mug)
    await people.lend_session(shopper, page.context, house)
    await people.open_live(page, f"{house.url}/cart")
    await page.context.set_offline(True)
    await page.get_by_role("button", name="One more").click()
    await expect(page.get_by_role("alert")).to_have_text("No connection. It is done as soon as there is one.")
    await page.context.set_offline(False)
    await expect(page.get_by_label("How many", exact=True)).to_have_value("2")
    await expect(page.locator("cart-count [data-part=count]")).to_have_text("2")
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_orders_that_failed_ended_and_were_refunded(tmp_path: Path, page: Page) -> None:
    faults: list[str] = []

    async def look(number: str, situation: str) -> None:
        if number not in page.url:
            await page.goto(f"{house.url}/orders/{number}")
        await expect(page.locator("order-way")).to_have_attribute("data-situation", situation)
        faults.extend(await faults_of(page))

    silent = open_house(tmp_path, background=False, bank_changes={"webhook_url": ""})
    async with silent as house, house.client() as shopper, house.staff() as clerk:
        vase = await people.variant_of(shopper, "shoulder-vase", "clay")
        failed, late = await people.order(shopper, vase, 2), await people.order(shopper, vase)
        await people.lend_session(shopper, page.context, house)
        await people.pay(shopper, failed, people.DECLINED)
        await house.engine.reconciler.look()
        await look(failed, "retry")
        await people.pay(shopper, late)
        house.clock.advance(minutes=16)
        await house.engine.sweeper.sweep()
        await people.set_stock(clerk, vase, 0)
        await page.goto("about:blank")
        await house.engine.reconciler.look()
        await look(late, "refunding")
        await house.engine.reconciler.look()
        await look(late, "refunded")
        await look(failed, "cancelled")
        await page.goto("about:blank")
    assert faults == []


async def test_a_page_that_lost_the_shop_says_so_and_greys_what_it_knows(house: House, page: Page) -> None:
    await people.open_live(page, f"{house.url}/p/harbour-mug")
    await house.close_shop()
    await expect(page.locator("link-pill")).to_have_text("Reconnecting…")
    faults = await faults_of(page)
    await page.context.set_offline(True)
    await expect(page.locator("link-pill")).to_contain_text("Offline, as of ")
    await expect(page.locator("html")).to_have_attribute("data-link", "offline")
    faults += await faults_of(page)
    await page.context.set_offline(False)
    await house.open_shop()
    await page.evaluate("dispatchEvent(new Event('online'))")
    await people.expect_live(page)
    await expect(page.locator("link-pill")).to_be_hidden()
    assert faults == []


async def test_a_search_box_that_gets_no_answer_says_so(house: House, page: Page) -> None:
    await people.open_live(page, house.url)
    box = page.get_by_role("combobox")
    await box.press_sequentially("cushoin")
    await expect(page.get_by_role("option", name="Did you mean")).to_be_visible()
    faults = await faults_of(page)
    await house.close_shop()
    await expect(page.locator("html")).to_have_attribute("data-link", "lost")
    await box.press_sequentially("s")
    # It looks for as long as the next try to connect takes, and then says that there is nothing.
    await expect(page.locator(".panel")).to_contain_text(re.compile("Looking…|No suggestions right now"))
    await expect(box).to_have_attribute("aria-expanded", "false")
    faults += await faults_of(page)
    await house.open_shop()
    assert faults == []


async def test_faults_of_the_house(house: House, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_args: object) -> None:
        raise RuntimeError("a bug")

    async def shut(*_args: object) -> None:
        raise Unavailable(retry_seconds=5)

    faults = []
    for door, said in ((fail, "Our side, not yours."), (shut, "Our side, not yours.")):
        monkeypatch.setattr(browse, "render", door)
        await page.goto(house.url)
        await expect(page.get_by_role("main")).to_contain_text(said)
        faults += await faults_of(page)
    monkeypatch.undo()
    assert faults == []


async def test_entrances_that_refuse(house: House, page: Page) -> None:
    faults = []
    await page.goto(f"{house.url}/login")
    await page.get_by_label("Email").fill("nobody@example.com")
    await page.get_by_label("Password", exact=True).fill("not the right words")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    faults += await faults_of(page)
    await page.goto(f"{house.url}/register")
    await page.get_by_role("button", name="Make an account").click()
    await expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    faults += await faults_of(page)
    assert faults == []


async def test_checkout_leads_to_each_field_that_needs_another_look(house: House, page: Page, shopper: Client) -> None:
    await people.put_in_cart(shopper, await people.variant_of(shopper, "harbour-mug", "oat"))
    await people.lend_session(shopper, page.context, house)
    await page.goto(f"{house.url}/checkout")
    await page.get_by_label("Email").fill("noor@example.com")
    await page.get_by_role("button", name="Order and pay").click()
    summary = page.get_by_role("alert")
    await expect(summary).to_contain_text("4 fields need another look. Nothing was ordered yet.")
    assert await summary.get_by_role("link").all_inner_texts() == ["Name", "Street and number", "Postcode", "Town"]
    await summary.get_by_role("link", name="Postcode").click()
    await expect(page.get_by_label("Postcode")).to_be_focused()
    await expect(page.get_by_label("Email")).to_have_value("noor@example.com")
    assert await faults_of(page) == []


async def test_two_clicks_put_one_thing_into_the_cart(house: House, page: Page) -> None:
    await people.open_live(page, f"{house.url}/p/harbour-mug")
    await page.get_by_role("button", name="Add to cart").dblclick(no_wait_after=True)
    await page.wait_for_url(f"{house.url}/cart")
    await expect(page.get_by_role("spinbutton")).to_have_value("1")
