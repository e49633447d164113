"""Delivery in the browser: a merchant sets it, a shopper's page follows the country, and nothing typed is touched."""

import re

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from handlers.keys import SHOP
from shop.delivery import Delivery, Step, Way, Zone
from storage import shopfront
from storage.shopfront import TermsEdit
from tests.browser import people
from tests.browser.test_quality import faults_at
from tests.house import House, until

Client = aiohttp.ClientSession
pytestmark = pytest.mark.timeout(120)

DOOR = Way("door", "To the door", "Tomorrow", steps=(Step(None, 500),))
COLLECT = Way("collect", "Collect it", collected=True)
POST = Way("post", "By post", "A week", steps=(Step(20_000, 1_500),))
FAR = Delivery((Zone("Home", ("BE",), (DOOR, COLLECT)), Zone("Far", ("PT",), (POST,))))


async def send_far(house: House, delivery: Delivery = FAR) -> None:
    await house.db.write(shopfront.change_terms, TermsEdit(delivery, None, 0, "clerk", house.clock()))
    await until(lambda: house.app[SHOP].terms.delivery == delivery)


async def test_another_country_shows_its_ways_and_its_total_and_keeps_what_was_typed(
    house: House, page: Page, shopper: Client
) -> None:
    await send_far(house)
    await people.add_to_cart(page, house, "harbour-mug", await people.variant_of(shopper, "harbour-mug", "oat"))
    await page.goto(f"{house.url}/checkout")
    await page.get_by_label("Street and number").fill("Rua 1")
    await page.get_by_label("Country").select_option("PT")
    await expect(page.get_by_role("radio", name=re.compile("By post"))).to_be_checked()
    await expect(page.locator("[data-part=sums] dd.total")).to_have_text("€43.00")
    await expect(page.locator("[name=total]")).to_have_value("4300")
    await expect(page.get_by_label("Street and number")).to_have_value("Rua 1")
    await page.get_by_label("Country").select_option("BE")
    await page.get_by_role("radio", name=re.compile("Collect it")).check()
    await expect(page.locator("[data-part=sums] dd.total")).to_have_text("€28.00")
    await expect(page.locator("[name=total]")).to_have_value("2800")
    await people.fill_details(page)
    await page.get_by_role("button", name="Order and pay").click()
    await page.wait_for_url(f"{house.bank_url}/pay/*")


async def test_what_was_wrong_with_a_field_is_not_said_of_another_value(house: House, page: Page) -> None:
    await send_far(house)
    async with house.client() as shopper:
        mug = await people.variant_of(shopper, "harbour-mug", "oat")
    await people.add_to_cart(page, house, "harbour-mug", mug)
    await page.goto(f"{house.url}/checkout")
    await people.fill_details(page)
    await page.get_by_label("Postcode").fill("1100-148")
    await page.get_by_label("Town").fill("")
    await page.get_by_role("button", name="Order and pay").click()
    await expect(page.get_by_text("Four digits, like 9000.")).to_be_visible()
    await page.get_by_label("Country").select_option("PT")
    await expect(page.get_by_text("Four digits, like 9000.")).to_be_hidden()
    await expect(page.get_by_label("Postcode")).not_to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_text("We need a town.")).to_be_visible()
    await page.get_by_label("Town").fill("Lisbon")
    await page.get_by_label("Town").press("Tab")
    await expect(page.get_by_text("We need a town.")).to_be_hidden()


async def test_without_scripts_another_country_is_ordered_only_at_a_total_that_was_shown(
    house: House, browser: Browser, shopper: Client
) -> None:
    await send_far(house)
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await people.add_to_cart(page, house, "harbour-mug", await people.variant_of(shopper, "harbour-mug", "oat"))
    await page.goto(f"{house.url}/checkout")
    await people.fill_details(page)
    await page.get_by_label("Postcode").fill("1100-148")
    await page.get_by_label("Country").select_option("PT")
    await page.get_by_role("button", name="Show its delivery").click()
    await page.get_by_role("radio", name=re.compile("By post")).check()
    await expect(page.get_by_label("Postcode")).to_have_value("1100-148")
    await page.get_by_role("button", name="Order and pay").click()
    await page.wait_for_url(f"{house.bank_url}/pay/*")
    await context.close()


async def test_a_price_that_changed_meanwhile_is_shown_before_it_is_taken(
    house: House, page: Page, shopper: Client
) -> None:
    await people.add_to_cart(page, house, "harbour-mug", await people.variant_of(shopper, "harbour-mug", "oat"))
    await page.goto(f"{house.url}/checkout")
    await people.fill_details(page)
    # Choosing a country asks what it costs: that answer is of before.
    await expect(page.locator("[data-part=pay]")).not_to_have_attribute("aria-busy", "true")
    await send_far(house)
    await page.get_by_role("button", name="Order and pay").click()
    await expect(page.get_by_role("alert")).to_contain_text("It costs €33.00 now, not €34.50.")
    await page.get_by_role("button", name="Order and pay").click()
    await page.wait_for_url(f"{house.bank_url}/pay/*")


async def test_a_merchant_adds_a_zone_by_keyboard_and_mouse(house: House, page: Page, clerk: Client) -> None:
    await people.lend_session(clerk, page.context, house)
    await page.goto(f"{house.url}/dashboard/settings/delivery")
    await page.get_by_role("button", name="Add a zone").click()
    await expect(page.locator("#z1-name")).to_be_focused()
    await page.locator("#z1-name").fill("Iberia")
    await page.locator("#z1-add").select_option(label="Spain")
    await page.get_by_role("button", name="Add it to this zone").last.click()
    await expect(page.get_by_role("checkbox", name="Spain")).to_be_checked()
    await page.locator("#z1-w0-name").fill("By post")
    await page.locator("#z1-w0-s0-amount").fill("12.50")
    await page.locator("#z1-w0-s0-amount").press("Enter")
    await expect(page.get_by_role("status").first).to_contain_text("Saved.")
    assert [zone.name for zone in (await house.db.read(shopfront.read)).delivery.zones][1] == "Iberia"


async def test_the_pages_of_delivery_and_tax_have_no_fault(house: House, page: Page, clerk: Client) -> None:
    await people.lend_session(clerk, page.context, house)
    paths = [
        "/dashboard/settings/delivery",
        "/dashboard/settings/tax",
        "/dashboard/settings",
        "/dashboard/products/harbour-mug",
    ]
    assert await faults_at(page, [house.url + path for path in paths]) == []


async def test_a_checkout_that_nothing_can_be_sent_from_has_no_fault(house: House, page: Page, shopper: Client) -> None:
    heavy = Delivery((Zone("Home", ("BE", "PT"), (Way("door", "To the door", steps=(Step(100, 500),)),)),))
    await send_far(house, heavy)
    await people.add_to_cart(page, house, "harbour-mug", await people.variant_of(shopper, "harbour-mug", "oat"))
    assert (
        await faults_at(page, [f"{house.url}{path}" for path in ("/cart", "/checkout", "/checkout?country=PT")]) == []
    )
    await expect(page.get_by_text("To the door takes up to 100 g, and this weighs 340 g.").first).to_be_visible()
    await expect(page.get_by_role("link", name="Change the cart")).to_be_visible()
