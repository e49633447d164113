"""A whole purchase in the browser: shop on one site, bank on another, and the ways a payment can go."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from server.bank.payments import SLOW_SECONDS
from tests.browser import people
from tests.house import Clock, House, open_house, until

Client = aiohttp.ClientSession

MUG = "harbour-mug"
SLOWLY = 5.0
"""The bank's speed for a slow card: it takes longer than a test may, unless the bank's clock is turned."""


@pytest.fixture
def bank_clock() -> Clock:
    return Clock()


@pytest.fixture
async def slow_house(tmp_path: Path, bank_clock: Clock) -> AsyncIterator[House]:
    async with open_house(tmp_path, bank_speed=SLOWLY, bank_changes={"clock": bank_clock}) as house:
        yield house


@pytest.fixture
async def mug(shopper: Client) -> str:
    return await people.variant_of(shopper, MUG, "oat")


async def links_in_mail(house: House, number: str) -> list[str]:
    """The links of the mail that says that an order is paid, once it is there."""
    mail = house.data / "mail" / f"{number}-paid.eml"
    await until(mail.exists)
    return re.findall(r"http\S+/o/\S+", mail.read_text())


async def test_a_purchase_with_3d_secure_ends_paid_and_its_mail_opens_it(
    house: House, browser: Browser, page: Page, mug: str
) -> None:
    await people.add_to_cart(page, house, MUG, mug)
    await people.check_out(page, house)
    await people.pay_by_card(page, people.CHALLENGED)
    await page.get_by_label("Six-digit code").fill(people.CODE)
    await page.get_by_role("button", name=re.compile(r"^Confirm €")).click()
    number = await people.back_at_order(page, house)
    await people.expect_paid(page)
    await expect(page.locator("cart-count [data-part=count]")).to_have_text("0")

    elsewhere = await browser.new_context()
    stranger = await elsewhere.new_page()
    refused = await stranger.goto(f"{house.url}/orders/{number}")
    assert refused is not None
    assert refused.status == 404
    [link] = await links_in_mail(house, number)
    await stranger.goto(link)
    assert await people.back_at_order(stranger, house) == number
    await people.expect_paid(stranger)
    await elsewhere.close()
    assert await house.judge([number]) == []


async def test_a_purchase_needs_no_javascript(house: House, browser: Browser, mug: str) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await people.add_to_cart(page, house, MUG, mug)
    await people.check_out(page, house)
    await people.pay_by_card(page, people.CHALLENGED)
    await page.get_by_label("Six-digit code").fill(people.CODE)
    await page.get_by_role("button", name=re.compile(r"^Confirm €")).click()
    number = await people.back_at_order(page, house)
    if await page.locator("order-way").get_attribute("data-situation") != "paid":
        await page.reload()
    await people.expect_paid(page)
    await context.close()
    assert await house.judge([number]) == []


async def test_after_a_decline_another_card_pays_the_same_order(
    house: House, page: Page, clerk: Client, mug: str
) -> None:
    await people.add_to_cart(page, house, MUG, mug)
    await people.check_out(page, house)
    await people.pay_by_card(page, people.DECLINED)
    number = await people.back_at_order(page, house)
    await expect(page.get_by_role("heading", level=1)).to_have_text("The payment did not go through.")
    await page.get_by_role("link", name="Try again").click()
    await page.wait_for_url(f"{house.bank_url}/pay/*")
    await people.pay_by_card(page, people.APPROVED)
    assert await people.back_at_order(page, house) == number
    await people.expect_paid(page)
    assert await people.numbers_of(clerk) == [number]
    assert await house.judge([number]) == []


async def test_a_slow_payment_turns_to_paid_by_itself(slow_house: House, bank_clock: Clock, page: Page) -> None:
    house = slow_house
    async with house.client() as shopper:
        mug = await people.variant_of(shopper, MUG, "oat")
    await people.add_to_cart(page, house, MUG, mug)
    await people.check_out(page, house)
    at_the_bank = page.url
    await people.pay_by_card(page, people.SLOW)
    await people.back_at_order(page, house)
    with people.requests_of(page) as requests:
        await expect(page.get_by_text("Your bank is checking.")).to_be_visible()
        await people.expect_live(page)
        bank_clock.advance(seconds=SLOW_SECONDS * SLOWLY)
        # The bank looks at its clock when it is asked anything.
        async with aiohttp.ClientSession() as anybody, anybody.get(at_the_bank, allow_redirects=False):
            pass
        await people.expect_paid(page)
        await expect(page.get_by_text("Your bank is checking.")).to_have_count(0)
    assert requests == []


async def test_a_double_click_places_one_order(house: House, page: Page, clerk: Client, mug: str) -> None:
    await people.add_to_cart(page, house, MUG, mug)
    await page.goto(f"{house.url}/checkout")
    await people.fill_details(page)
    await page.get_by_role("button", name="Order and pay").dblclick(no_wait_after=True)
    await page.wait_for_url(f"{house.bank_url}/pay/*")
    await people.pay_by_card(page, people.APPROVED)
    number = await people.back_at_order(page, house)
    assert await people.numbers_of(clerk) == [number]
    assert await house.judge([number]) == []


async def test_a_form_that_was_mended_is_ordered_with_one_click(house: House, page: Page, mug: str) -> None:
    await page.set_viewport_size({"width": 1280, "height": 500})
    await people.add_to_cart(page, house, MUG, mug)
    await page.goto(f"{house.url}/checkout")
    await people.fill_details(page)
    await page.get_by_label("Postcode").fill("1")
    button = page.get_by_role("button", name="Order and pay")
    await button.click()
    await expect(page.get_by_text("Four digits, like 9000.")).to_be_visible()
    await page.get_by_label("Postcode").fill("9000")
    await button.hover()
    # What was typed counts as changed as soon as the button is pressed; it is let go in the same place.
    await page.mouse.down()
    await expect(page.get_by_text("Four digits, like 9000.")).to_be_hidden()
    await page.mouse.up()
    await page.wait_for_url(f"{house.bank_url}/pay/*")


async def test_a_form_that_is_sent_from_two_tabs_places_one_order(
    house: House, browser: Browser, clerk: Client, mug: str
) -> None:
    # Without scripts nothing in the page holds the second sending back.
    context = await browser.new_context(java_script_enabled=False)
    one, two = await context.new_page(), await context.new_page()
    await people.add_to_cart(one, house, MUG, mug)
    for tab in (one, two):
        await tab.goto(f"{house.url}/checkout")
        await people.fill_details(tab)
    rendered = await one.locator("input[name=command]").input_value()
    await two.locator("input[name=command]").evaluate("(field, value) => { field.value = value }", rendered)
    await asyncio.gather(*(tab.get_by_role("button", name="Order and pay").dblclick() for tab in (one, two)))
    for tab in (one, two):
        await tab.wait_for_url(f"{house.bank_url}/pay/*")
    assert one.url == two.url
    assert len(await people.numbers_of(clerk)) == 1
    await context.close()
