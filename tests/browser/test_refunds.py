"""A clerk gives back, and every page that is open says so: the clerk's, a colleague's, the shopper's."""

import aiohttp
from playwright.async_api import Browser, Page, expect

from tests.browser import people
from tests.browser.test_dashboard import log_in, row_of
from tests.browser.test_packing import number
from tests.browser.test_quality import faults_of
from tests.house import House, until

Client = aiohttp.ClientSession

__all__ = ["number"]


async def test_what_goes_back_is_seen_everywhere_at_once(
    house: House, page: Page, browser: Browser, shopper: Client, number: str
) -> None:
    context = await browser.new_context()
    await people.lend_session(shopper, context, house)
    shopping = await context.new_page()
    await people.open_live(shopping, f"{house.url}/orders/{number}")
    await log_in(page, house, "/dashboard")
    order = await page.context.new_page()
    await people.open_live(order, f"{house.url}/dashboard/orders/{number}")
    giving = await page.context.new_page()
    await giving.goto(f"{house.url}/dashboard/orders/{number}/refund")
    await giving.get_by_label("An amount for good will").fill("2.50")
    await giving.get_by_label("Why, for your own books").fill("A scratch")
    await giving.keyboard.press("Enter")
    await expect(giving.get_by_role("button", name="Give back €2.50")).to_be_visible()
    assert await faults_of(giving) == []
    await giving.get_by_role("button", name="Give back €2.50").dblclick()
    await giving.wait_for_url(f"{house.url}/dashboard/orders/{number}")

    await expect(shopping.get_by_role("heading", name="Money back")).to_be_visible()
    await expect(shopping.locator("[data-part=refunds] li")).to_have_count(1)
    await expect(shopping.locator("[data-part=refunds]")).to_contain_text("€2.50")
    await expect(shopping.locator("[data-part=refunds]")).to_contain_text("Given back")
    await expect(shopping.get_by_text("A scratch")).to_have_count(0)
    await expect(order.locator("#order-given")).to_contain_text("€2.50 of")
    await expect(order.locator("#order-stands")).to_contain_text("Partly refunded")
    await expect(row_of(page, number).locator(".status")).to_have_text("Partly refunded")
    assert await faults_of(order) == []
    assert await faults_of(shopping) == []
    await giving.goto(f"{house.url}/orders/{number}/credit-notes/1")
    assert await faults_of(giving) == []

    await giving.goto(f"{house.url}/dashboard/orders/{number}/refund")
    await giving.get_by_role("button", name="Everything that is left").click()
    await expect(giving.get_by_text("Nothing of the order is left.")).to_be_visible()
    await giving.get_by_role("button", name="Give back").click()
    await expect(shopping.get_by_role("heading", name="We cancelled this order.")).to_be_visible()
    await expect(shopping.get_by_text("You have your money back.")).to_be_visible()
    await expect(row_of(page, number).locator(".status")).to_have_text("Refunded")
    await context.close()

    async def clean() -> bool:
        return await house.judge() == []

    await until(clean)
