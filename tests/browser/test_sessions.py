"""One shopper, several tabs: what one of them changes, the others know, and who has left hears nothing more."""

import json
from typing import Any

import aiohttp
from playwright.async_api import Browser, BrowserContext, Page, WebSocket, expect

from tests.browser import people
from tests.house import House, until

Client = aiohttp.ClientSession


class Socket:
    """A socket of a page, and what came through it."""

    def __init__(self, socket: WebSocket) -> None:
        self.heard: list[dict[str, Any]] = []
        self._socket = socket
        socket.on("framereceived", lambda frame: self.heard.append(json.loads(frame)))

    @property
    def closed(self) -> bool:
        return self._socket.is_closed()

    def answers(self, name: str) -> list[Any]:
        """The values of this name in all answers."""
        return [message["ok"][name] for message in self.heard if name in message.get("ok", {})]


def sockets_of(page: Page) -> list[Socket]:
    """The sockets that this page opens from now on."""
    opened: list[Socket] = []
    page.on("websocket", lambda socket: opened.append(Socket(socket)))
    return opened


def refused_by(sockets: list[Socket]) -> list[Any]:
    """What was refused on any of these."""
    return [answer for socket in sockets for answer in socket.answers("refused") if answer]


async def test_after_logout_other_tabs_and_browsers_come_back_as_guests_and_show_nothing_private(
    house: House, browser: Browser, context: BrowserContext, shopper: Client
) -> None:
    await people.register(shopper)
    mug = await people.variant_of(shopper, "harbour-mug", "oat")
    number = await people.order(shopper, mug)
    await people.put_in_cart(shopper, mug, 2)
    # Tabs tell each other; a browser with a copy of the session hears of the logout from the server only.
    copied = await browser.new_context()
    others = []
    for profile in (context, copied):
        await people.lend_session(shopper, profile, house)
        other = await profile.new_page()
        others.append((other, sockets_of(other)))
        await people.open_live(other, f"{house.url}/orders/{number}")
        await expect(other.locator("cart-count [data-part=count]")).to_have_text("2")
    page = await context.new_page()
    await page.goto(f"{house.url}/account")
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url(f"{house.url}/")
    for other, sockets in others:
        await expect(other.locator("main")).not_to_contain_text("Oudburg 14")
        await expect(other.locator("cart-count [data-part=count]")).to_have_text("0")
        # The page shows what a frame did; that there was one is told to us by another way, which may be the longer one.
        await until(lambda sockets=sockets: sockets[-1].answers("viewer") == [None])
        await until(lambda sockets=sockets: sockets[0].closed)
        await until(lambda sockets=sockets: refused_by(sockets))
        assert refused_by(sockets) == [{f"me/orders/{number}": "forbidden"}]
        assert sockets[0].answers("viewer") != [None]
    await copied.close()


async def test_after_logout_no_name_stays_on_other_tabs_or_on_a_page_that_is_gone_back_to(
    house: House, context: BrowserContext, shopper: Client
) -> None:
    await people.register(shopper)
    await people.lend_session(shopper, context, house)
    other, page = await context.new_page(), await context.new_page()
    for shown in (other, page):
        await people.open_live(shown, house.url)
        await expect(shown.locator("visitor-tools")).to_contain_text("Noor")
    await page.goto(f"{house.url}/account")
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url(f"{house.url}/")
    await expect(other.locator("visitor-tools")).to_contain_text("Sign in")
    # The page that is left looks the same: wait for the other one.
    async with page.expect_event("framenavigated"):
        await page.evaluate("history.go(-2)")
    await expect(page.locator("visitor-tools")).to_contain_text("Sign in")
    assert "Noor" not in await page.content() + await other.content()


async def test_what_goes_into_the_cart_in_one_tab_counts_in_the_other(
    house: House, context: BrowserContext, shopper: Client
) -> None:
    mug = await people.variant_of(shopper, "harbour-mug", "oat")
    other, page = await context.new_page(), await context.new_page()
    await people.open_live(other, house.url)
    count = other.locator("cart-count [data-part=count]")
    await expect(count).to_have_text("0")
    for expected in ("1", "2"):
        await people.add_to_cart(page, house, "harbour-mug", mug)
        await expect(page.locator("cart-count [data-part=count]")).to_have_text(expected)
        await expect(count).to_have_text(expected)
    await page.get_by_role("button", name="One fewer").click()
    await expect(count).to_have_text("1")
    await expect(page.locator("cart-count [data-part=count]")).to_have_text("1")


async def test_an_open_cart_follows_what_another_tab_does(
    house: House, context: BrowserContext, shopper: Client, clerk: Client
) -> None:
    vase = await people.variant_of(shopper, "shoulder-vase", "clay")
    await people.put_in_cart(shopper, vase, 3)
    await people.lend_session(shopper, context, house)
    cart = await context.new_page()
    await people.open_live(cart, f"{house.url}/cart")
    line = cart.locator(f'cart-page li[data-variant="{vase}"]')
    await people.put_in_cart(shopper, vase)
    await expect(line.get_by_role("spinbutton", name="How many")).to_have_value("4")
    await people.set_stock(clerk, vase, 2)
    await expect(line.get_by_text("Only 2 left")).to_be_visible()
    await line.get_by_role("button", name="Take 2").click()
    await expect(line.get_by_role("spinbutton", name="How many")).to_have_value("2")
    await expect(cart.get_by_role("link", name="Check out")).to_be_enabled()
