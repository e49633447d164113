"""Codes in the browser: in every tab at once, with the keyboard, and pages without faults."""

import re

import aiohttp
import pytest
from playwright.async_api import Page, expect

from shop.codes import Kind, Terms
from tests.browser import people
from tests.browser.test_quality import complaints_of, faults_of
from tests.house import House
from tests.storage.coupons import FREE, made

Client = aiohttp.ClientSession
pytestmark = pytest.mark.timeout(120)

MUG = "harbour-mug"


async def test_a_code_is_used_in_one_tab_and_seen_in_the_other(house: House, page: Page, shopper: Client) -> None:
    await made(house.db)
    await people.put_in_cart(shopper, await people.variant_of(shopper, MUG, "oat"))
    await people.lend_session(shopper, page.context, house)
    other = await page.context.new_page()
    for tab in (page, other):
        await people.open_live(tab, f"{house.url}/cart")
    await page.get_by_text("Have a code?").click()
    await page.get_by_label("Code", exact=True).fill("sprong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("We don't know this code.")
    await expect(page.get_by_label("Code", exact=True)).to_be_focused()
    await page.get_by_label("Code", exact=True).fill("spring")
    await page.keyboard.press("Enter")
    for tab in (page, other):
        await expect(tab.locator("[data-part=code]")).to_have_text("−€2.80")
        await expect(tab.locator("dd.total")).to_have_text("€31.70")
    await other.get_by_role("button", name="Take the code off").click()
    for tab in (page, other):
        await expect(tab.locator("dd.total")).to_have_text("€34.50")
        await expect(tab.locator("[data-part=code]")).to_have_count(0)


async def test_what_is_typed_outlives_news_of_the_cart(house: House, page: Page, shopper: Client) -> None:
    mug = await people.variant_of(shopper, MUG, "oat")
    await people.put_in_cart(shopper, mug)
    await people.lend_session(shopper, page.context, house)
    await people.open_live(page, f"{house.url}/cart")
    await page.get_by_text("Have a code?").click()
    await page.get_by_label("Code", exact=True).fill("half a co")
    await people.put_in_cart(shopper, mug)
    await expect(page.get_by_label("How many", exact=True)).to_have_value("2")
    await expect(page.get_by_label("Code", exact=True)).to_have_value("half a co")


async def test_the_total_follows_the_way_with_free_delivery(house: House, page: Page, shopper: Client) -> None:
    await made(house.db, terms=Terms(Kind.AMOUNT, 300, delivery=True))
    await people.put_in_cart(shopper, await people.variant_of(shopper, MUG, "oat"))
    async with people.asked(shopper, "PUT", "/cart/code", {"code": "spring"}):
        pass
    await people.lend_session(shopper, page.context, house)
    await page.goto(f"{house.url}/checkout")
    await expect(page.locator("[data-part=code]")).to_have_text("−€9.50")
    await page.get_by_text("Collect in Ghent").click()
    await expect(page.locator("[data-part=code]")).to_have_text("−€3.00")
    await expect(page.locator("[data-part=total]")).to_have_text("€25.00")
    await people.fill_details(page)
    await page.get_by_role("button", name="Take the code off").click()
    await expect(page.locator("[data-part=total]")).to_have_text("€28.00")
    await expect(page.get_by_label("Street and number")).to_have_value("Oudburg 14")


async def test_whether_a_bank_is_next_follows_the_way(house: House, page: Page, shopper: Client) -> None:
    await made(house.db, terms=Terms(Kind.PERCENTAGE, 100_000))
    await people.put_in_cart(shopper, await people.variant_of(shopper, MUG, "oat"))
    async with people.asked(shopper, "PUT", "/cart/code", {"code": "spring"}):
        pass
    await people.lend_session(shopper, page.context, house)
    await page.goto(f"{house.url}/checkout")
    await expect(page.get_by_role("button", name="Order and pay")).to_be_visible()
    await expect(page.get_by_text("Next you go to your bank")).to_be_visible()
    await page.get_by_text("Collect in Ghent").click()
    await expect(page.get_by_role("button", name="Order", exact=True)).to_be_visible()
    await expect(page.get_by_text("There is nothing to pay")).to_be_visible()
    await expect(page.get_by_text("Next you go to your bank")).to_be_hidden()
    await page.get_by_text("To the door").first.click()
    await expect(page.get_by_text("There is nothing to pay")).to_be_hidden()


async def test_enter_orders_and_does_not_take_the_code_off(house: House, page: Page, shopper: Client) -> None:
    await made(house.db, terms=FREE)
    await people.put_in_cart(shopper, await people.variant_of(shopper, MUG, "oat"))
    async with people.asked(shopper, "PUT", "/cart/code", {"code": "spring"}):
        pass
    await people.lend_session(shopper, page.context, house)
    await page.goto(f"{house.url}/checkout")
    await people.fill_details(page)
    await page.get_by_label("Town").press("Enter")
    number = await people.back_at_order(page, house)
    await people.expect_paid(page)
    await expect(page.get_by_text("Nothing to pay.", exact=True)).to_be_visible()
    assert await house.judge([number]) == []


async def test_pages_with_codes_have_no_faults(house: House, page: Page, shopper: Client, clerk: Client) -> None:
    await made(house.db, "A-VERY-LONG-CODE-OF-30-LETTERS")
    await made(house.db, "BIG", Terms(Kind.AMOUNT, 500, minimum=900_000))
    await people.put_in_cart(shopper, await people.variant_of(shopper, MUG, "oat"))
    await people.lend_session(shopper, page.context, house)
    with complaints_of(page) as complaints:
        await page.goto(f"{house.url}/cart")
        await page.get_by_text("Have a code?").click()
        await page.get_by_label("Code", exact=True).fill("big")
        await page.get_by_role("button", name="Use it").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        faults = await faults_of(page)
        await page.get_by_label("Code", exact=True).fill("A-VERY-LONG-CODE-OF-30-LETTERS")
        await page.get_by_role("button", name="Use it").click()
        await expect(page.locator("[data-part=code]")).to_be_visible()
        faults += await faults_of(page)
        await page.goto(f"{house.url}/checkout")
        faults += await faults_of(page)
        await house.db.write(lambda tx: tx.exec_driver_sql("UPDATE codes SET active = false").rowcount)
        await page.goto(f"{house.url}/cart")
        await expect(page.get_by_role("button", name="Go on without it")).to_be_visible()
        faults += await faults_of(page)
        await people.lend_session(clerk, page.context, house)
        for path in ("/dashboard/codes", "/dashboard/new-code", "/dashboard/codes/BIG", "/dashboard/codes?q=nothing"):
            await page.goto(house.url + path)
            faults += await faults_of(page)
        await page.goto(f"{house.url}/dashboard/new-code")
        await page.get_by_label("Percent", exact=True).fill("300")
        await page.get_by_role("button", name="Make the code").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        faults += await faults_of(page)
    assert faults + [said for said in complaints if not re.search("status of (409|422)", said)] == []
