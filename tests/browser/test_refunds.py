"""A clerk gives back, and every page that is open says so: the clerk's, a colleague's, the shopper's."""

import re

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


async def test_what_is_taken_off_and_what_comes_back_stands_in_the_lines_of_the_open_page(
    house: House, page: Page, browser: Browser, shopper: Client
) -> None:
    number = await people.order(shopper, await people.variant_of(shopper, "harbour-mug", "oat"), 3)
    await people.pay(shopper, number)
    await people.lend_session(shopper, page.context, house)
    await people.open_live(page, f"{house.url}/orders/{number}")
    await expect(page.locator("order-way")).to_have_attribute("data-situation", "paid")
    line, papers = page.locator("aside .lines li"), page.locator("[data-part=papers] li")
    before = await papers.count()

    context = await browser.new_context()
    giving = await context.new_page()
    await log_in(giving, house, "/dashboard")
    await giving.goto(f"{house.url}/dashboard/orders/{number}/refund")
    await giving.get_by_role("spinbutton", name="Take off").fill("1")
    await giving.get_by_role("button", name="See what goes back").last.click()
    await giving.get_by_role("button", name="Give back").click()
    await expect(line).to_contain_text("1 taken off")
    await expect(papers).to_have_count(before + 1)
    steps = page.locator(".way > li")
    await expect(steps.filter(has_text="Some of it went back to you.")).to_have_class(re.compile("changed"))
    await expect(steps.filter(has_text="Shipped")).not_to_have_class(re.compile("changed"))

    house.clock.advance(minutes=1)
    await giving.get_by_role("button", name="I pack this").click()
    await giving.get_by_role("button", name="Packed", exact=True).click()
    await giving.get_by_role("button", name="Shipped").click()
    await expect(page.locator("order-way")).to_have_attribute("data-situation", "shipped")
    house.clock.advance(minutes=1)
    await giving.goto(f"{house.url}/dashboard/orders/{number}/refund")
    await giving.get_by_role("spinbutton", name="Came back").fill("1")
    await giving.get_by_role("button", name="See what goes back").last.click()
    await giving.get_by_role("button", name="Take it back").click()
    await expect(line).to_contain_text("1 taken off, 1 came back")
    live = await page.locator("main").inner_text()
    await people.open_live(page, f"{house.url}/orders/{number}")
    assert await page.locator("main").inner_text() == live
    await context.close()
