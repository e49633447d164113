"""The cart's page over a slow connection: every press counts, none is lost, and what was changed goes along to checkout."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from playwright.async_api import Page, Route, expect

from tests.browser import people
from tests.house import House

Client = aiohttp.ClientSession


@pytest.fixture
async def cart(house: House, page: Page, shopper: Client) -> Page:
    """The page of a cart with one mug in it."""
    await people.put_in_cart(shopper, await people.variant_of(shopper, "harbour-mug", "oat"))
    await people.lend_session(shopper, page.context, house)
    await people.open_live(page, f"{house.url}/cart")
    return page


@pytest.fixture
async def answered(cart: Page) -> AsyncIterator[asyncio.Event]:
    """Until it is set, changes of the cart are on their way."""
    arrives = asyncio.Event()

    async def carry(route: Route) -> None:
        await arrives.wait()
        await route.continue_()

    await cart.route("**/cart/lines", carry)
    yield arrives
    arrives.set()
    await cart.unroute_all(behavior="ignoreErrors")


async def test_each_of_several_quick_presses_counts(cart: Page, answered: asyncio.Event) -> None:
    more, count = cart.get_by_role("button", name="One more"), cart.get_by_label("How many", exact=True)
    for pressed in range(1, 5):
        await more.click()
        await expect(count).to_have_value(str(1 + pressed))
    answered.set()
    await expect(cart.locator("cart-count [data-part=count]")).to_have_text("5")
    await expect(cart.locator(".how .sum")).to_have_text("€140.00")
    await expect(count).to_have_value("5")


async def test_what_is_pressed_when_an_answer_comes_is_heard(cart: Page, answered: asyncio.Event) -> None:
    await cart.get_by_role("button", name="One more").click()
    await cart.mouse.down()
    async with cart.expect_response("**/cart") as shown:
        answered.set()
    await (await shown.value).finished()
    await expect(cart.locator("cart-count [data-part=count]")).to_have_text("2")
    await cart.mouse.up()
    await expect(cart.locator("cart-count [data-part=count]")).to_have_text("3")
    await expect(cart.locator(".how .sum")).to_have_text("€84.00")


async def test_what_was_typed_just_before_is_checked_out(house: House, cart: Page, answered: asyncio.Event) -> None:
    await cart.get_by_label("How many", exact=True).fill("3")
    await cart.get_by_role("link", name="Check out").click()
    answered.set()
    await cart.wait_for_url(f"{house.url}/checkout")
    await expect(cart.locator("[data-part=total]").first).to_have_text("€90.50")
