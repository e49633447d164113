"""Two clerks in two browsers, and the shopper: who packs what is seen everywhere at once, and nobody packs it twice."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from server import people as staff
from shop.customers import Role
from tests.browser import people
from tests.browser.test_dashboard import log_in, row_of
from tests.house import House, until

Client = aiohttp.ClientSession
LENA = "lena@shop.example"


@pytest.fixture
async def lena(house: House, browser: Browser) -> AsyncIterator[Page]:
    """A page of another clerk, signed in."""
    password = await staff.add(house.db, LENA, "Lena Vos", Role.STAFF, datetime.now(UTC))
    context = await browser.new_context()
    page = await context.new_page()
    async with house.client() as session:
        async with people.asked(session, "POST", "/session", {"email": LENA, "password": password}):
            pass
        await people.lend_session(session, context, house)
    yield page
    await context.close()


@pytest.fixture
async def number(shopper: Client) -> str:
    """The number of an order that is paid."""
    vase = await people.variant_of(shopper, "shoulder-vase", "clay")
    number = await people.order(shopper, vase)
    await people.pay(shopper, number)

    async def is_paid() -> bool:
        async with people.asked(shopper, "GET", f"/orders/{number}") as order:
            return bool(order["status"] == "paid")

    await until(is_paid)
    return number


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


async def test_two_clerks_see_who_packs_an_order_and_the_shopper_sees_it_leave(
    house: House, page: Page, lena: Page, browser: Browser, shopper: Client, number: str
) -> None:
    address = f"{house.url}/dashboard/orders/{number}"
    await log_in(page, house, "/dashboard")
    await expect(row_of(page, number).locator(".goods")).to_have_text("To pack")
    context = await browser.new_context()
    await people.lend_session(shopper, context, house)
    shopping = await context.new_page()
    await people.open_live(shopping, f"{house.url}/orders/{number}")
    await people.open_live(lena, address)

    await button(lena, "I pack this").click()
    await expect(lena.get_by_text("You are packing this,")).to_be_visible()
    await expect(row_of(page, number).locator(".goods")).to_have_text("Lena Vos is packing")

    second = await page.context.new_page()
    await people.open_live(second, address)
    await expect(button(second, "Take over from Lena Vos")).to_be_visible()
    await expect(button(second, "Packed")).to_have_count(0)
    await people.expect_live(lena)

    await button(lena, "Packed").click()
    await expect(second.get_by_label("Tracking number, if any")).to_be_visible()
    await expect(row_of(page, number).locator(".goods")).to_have_text("Packed")
    await expect(shopping.get_by_text("In its parcel.")).to_be_visible()

    await second.get_by_label("Tracking number, if any").fill("3SABC")
    await people.expect_live(lena)
    await button(lena, "Not packed after all").click()
    await expect(second.get_by_text("Lena Vos is packing this,")).to_be_visible()
    await button(lena, "Packed").click()
    await second.get_by_label("Tracking number, if any").fill("3SABC")
    await second.get_by_label("Where to follow it, if anywhere").fill("https://track.example/3SABC")
    await button(second, "Shipped").click()

    await expect(lena.locator("#order-stands")).to_contain_text("Shipped")
    await expect(lena.locator("#order-story")).to_contain_text("Shipped by Clerk")
    await expect(row_of(page, number).locator(".goods")).to_have_text("Shipped")
    await expect(shopping.get_by_role("heading", level=1)).to_have_text("It is on its way to you, Noor.")
    follow = shopping.get_by_role("link", name="Follow the parcel")
    await expect(follow).to_have_attribute("href", "https://track.example/3SABC")
    await context.close()
    assert await house.judge() == []


async def test_what_is_being_typed_stays_when_another_acts(
    house: House, clerk: Client, lena: Page, number: str
) -> None:
    for act, body in (("claim", {}), ("pack", None), ("ship", {})):
        async with people.asked(clerk, "POST", f"/orders/{number}/{act}", body):
            pass
    await people.open_live(lena, f"{house.url}/dashboard/orders/{number}")
    await lena.get_by_text("Change the tracking").click()
    await lena.get_by_label("Tracking number, if any").fill("3SXYZ")
    async with people.asked(clerk, "POST", f"/orders/{number}/track", {"carrier": "bpost"}):
        pass
    await expect(lena.locator("#order-story")).to_contain_text("Tracking changed by Clerk")
    await expect(lena.get_by_label("Tracking number, if any")).to_have_value("3SXYZ")
    await expect(lena.get_by_label("Tracking number, if any")).to_be_focused()
    await expect(lena.get_by_label("Carrier, if you like")).to_have_value("bpost")


async def test_a_feed_of_what_is_to_pack_takes_in_what_is_paid_and_says_what_left(
    house: House, page: Page, shopper: Client, clerk: Client, number: str
) -> None:
    await log_in(page, house, "/dashboard?show=pack")
    await expect(row_of(page, number)).to_be_visible()
    other = await people.order(shopper, await people.variant_of(shopper, "shoulder-vase", "clay"))
    await people.pay(shopper, other)
    await page.get_by_role("button", name="1 new order").click()
    await expect(row_of(page, other).locator(".goods")).to_have_text("To pack")
    for act in ("claim", "pack"):
        async with people.asked(clerk, "POST", f"/orders/{number}/{act}", {} if act == "claim" else None):
            pass
    await expect(row_of(page, number).locator(".goods")).to_have_text("Packed")
    await page.reload()
    await expect(row_of(page, other)).to_be_visible()
    await expect(row_of(page, number)).to_have_count(0)


async def test_the_shopper_hears_at_once_that_an_order_was_cancelled(
    house: House, page: Page, shopper: Client, lena: Page
) -> None:
    placed = await people.order(shopper, await people.variant_of(shopper, "shoulder-vase", "clay"))
    await people.lend_session(shopper, page.context, house)
    await people.open_live(page, f"{house.url}/orders/{placed}")
    feed = await lena.context.new_page()
    await people.open_live(feed, f"{house.url}/dashboard")
    await expect(row_of(feed, placed).locator(".status")).to_have_text("Not paid yet")
    await lena.goto(f"{house.url}/dashboard/orders/{placed}")
    await lena.get_by_text("Cancel this order").click()
    with people.requests_of(page) as requests:
        await button(lena, "Cancel the order").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("We cancelled this order.")
    await expect(row_of(feed, placed).locator(".status")).to_have_text("Cancelled")
    assert requests == []


async def test_going_back_to_a_refused_act_shows_the_order_and_sends_nothing_again(
    house: House, lena: Page, clerk: Client, number: str
) -> None:
    address = f"{house.url}/dashboard/orders/{number}"
    await lena.goto(address)
    async with people.asked(clerk, "POST", f"/orders/{number}/claim", {}):
        pass
    await lena.evaluate(
        """number => {
            const form = Object.assign(document.createElement("form"), { method: "post" });
            form.action = `/dashboard/orders/${number}/claim`;
            document.body.append(form);
            form.submit();
        }""",
        number,
    )
    await expect(lena.get_by_role("alert").filter(has_text="Somebody else is packing")).to_be_visible()
    await expect(lena).to_have_url(address)
    await lena.goto(f"{house.url}/dashboard/orders")
    await lena.go_back()
    await expect(lena).to_have_url(address)
    await expect(lena.get_by_role("heading", level=1)).to_contain_text("Order")
    await expect(lena.get_by_role("alert")).to_have_count(0)
