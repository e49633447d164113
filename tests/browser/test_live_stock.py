"""Stock on open pages: what others buy, what staff count, what a hold gives back; each comes by itself."""

from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.browser import people
from tests.house import House

Client = aiohttp.ClientSession


def badge(page: Page) -> Locator:
    """The stock of the chosen variant on a product's page."""
    return page.locator("stock-line[data-announce]")


def word(line: Locator) -> Locator:
    return line.locator("[data-part=word]")


def buy_button(page: Page) -> Locator:
    """The button that puts the chosen variant into the cart, whatever it says."""
    return page.locator("product-choice form button:not([type=button])")


@pytest.fixture
async def vase(shopper: Client) -> str:
    """The id of a variant with five units."""
    return await people.variant_of(shopper, "shoulder-vase", "clay")


@pytest.fixture
def browsing(house: House, context: BrowserContext) -> Callable[[str], Awaitable[Page]]:
    async def browse(path: str) -> Page:
        page = await context.new_page()
        await people.open_live(page, house.url + path)
        return page

    return browse


async def test_what_others_buy_shows_on_open_pages_without_a_request(
    house: House, browsing: Callable[[str], Awaitable[Page]], shopper: Client, vase: str
) -> None:
    product = await browsing(f"/p/shoulder-vase?v={vase}")
    shelf = await browsing("/c/green")
    on_shelf = shelf.locator(f'stock-line[data-variant="{vase}"]')
    await expect(word(badge(product))).to_have_text("5 left")
    await expect(word(on_shelf)).to_have_text("5 left")
    button = buy_button(product)
    with people.requests_of(product, shelf) as requests:
        first = await people.order(shopper, vase, 4)
        for line in (badge(product), on_shelf):
            await expect(word(line)).to_have_text("Last one")
            await expect(line.locator(".pips i.held")).to_have_count(4)
        await expect(button).to_have_text("Add to cart")
        second = await people.order(shopper, vase)
        await expect(word(on_shelf)).to_have_text("All held")
        await expect(badge(product)).to_contain_text("Others are paying for the last ones.")
        await expect(button).to_have_text("Add to cart")  # where it can wait
        await people.pay(shopper, first)
        await people.pay(shopper, second)
        for line in (badge(product), on_shelf):
            await expect(word(line)).to_have_text("Sold out")
            await expect(line).to_have_attribute("data-state", "out")
        await expect(button).to_have_text("Sold out")
        await expect(product.get_by_role("link", name="Clay Sold out")).to_be_visible()
    assert requests == []


async def test_what_staff_count_shows_on_open_pages_without_a_request(
    browsing: Callable[[str], Awaitable[Page]], shopper: Client, clerk: Client
) -> None:
    mug = await people.variant_of(shopper, "harbour-mug", "ink")
    product, home = await browsing(f"/p/harbour-mug?v={mug}"), await browsing("/")
    card = home.locator("stock-line[data-variant]").first
    on_card = await card.get_attribute("data-variant")
    assert on_card is not None
    button = buy_button(product)
    await expect(button).to_have_text("Sold out")
    await expect(button).to_be_disabled()
    with people.requests_of(product, home) as requests:
        await people.set_stock(clerk, mug, 2)
        await people.set_stock(clerk, on_card, 1)
        await expect(word(badge(product))).to_have_text("2 left")
        await expect(button).to_have_text("Add to cart")
        await expect(button).to_be_enabled()
        await expect(word(card)).to_have_text("Last one")
    assert requests == []


async def test_another_variant_is_followed_as_soon_as_it_is_chosen(
    browsing: Callable[[str], Awaitable[Page]], shopper: Client, clerk: Client
) -> None:
    rust = await people.variant_of(shopper, "harbour-mug", "rust")
    product = await browsing("/p/harbour-mug")
    price = await product.locator(".price").inner_text()
    with people.requests_of(product) as requests:
        await product.get_by_role("link", name="Rust").click()
        await expect(word(badge(product))).to_have_text("Last one")
        await people.set_stock(clerk, rust, 3)
        await expect(word(badge(product))).to_have_text("3 left")
    assert requests == []
    assert await product.locator(".price").inner_text() == price
    assert await product.locator("input[name=variant]").input_value() == rust


async def test_a_hold_ends_by_itself(
    house: House, browsing: Callable[[str], Awaitable[Page]], context: BrowserContext, shopper: Client, vase: str
) -> None:
    number = await people.order(shopper, vase, 3)
    await people.lend_session(shopper, context, house)
    product, order = await browsing(f"/p/shoulder-vase?v={vase}"), await browsing(f"/orders/{number}")
    await expect(word(badge(product))).to_have_text("2 left")
    with people.requests_of(product, order) as requests:
        house.clock.advance(minutes=16)
        await expect(word(badge(product))).to_have_text("5 left")
        await expect(order.get_by_role("heading", level=1)).to_have_text("This order ended without payment.")
        await expect(order.get_by_text("The things went back on the shelf.")).to_be_visible()
        await expect(order.get_by_role("link", name="Pay €")).to_have_count(0)
    assert requests == []


async def test_a_page_from_the_back_forward_cache_is_live_again(
    house: House, browsing: Callable[[str], Awaitable[Page]], clerk: Client, vase: str
) -> None:
    address = f"{house.url}/p/shoulder-vase?v={vase}"
    page = await browsing(f"/p/shoulder-vase?v={vase}")
    await page.evaluate("document.documentElement.dataset.kept = 'yes'")
    await page.get_by_role("link", name="home", exact=False).first.click()
    await page.wait_for_url(f"{house.url}/")
    await people.set_stock(clerk, vase, 4)
    await page.evaluate("history.back()")
    await page.wait_for_url(address, wait_until="commit")
    await expect(page.locator("html")).to_have_attribute("data-kept", "yes")
    await expect(word(badge(page))).to_have_text("4 left")
    await people.set_stock(clerk, vase, 2)
    await expect(word(badge(page))).to_have_text("2 left")
    await house.sockets(1)
