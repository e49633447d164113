"""Who walks through the browser tests: pages that are watched, and shoppers and a clerk who come by the API."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from secrets import token_hex
from typing import Any

import aiohttp
from playwright.async_api import BrowserContext, Page, expect

from tests.house import DETAILS, House

APPROVED = "4242424242424242"
DECLINED = "4000000000000002"
CHALLENGED = "4000000000003220"
SLOW = "4000000000000077"
CODE = "123456"

PERSON = {"name": DETAILS["name"], "email": DETAILS["email"], "password": "a few good words"}
FIELDS = {"Email": "email", "Name": "name", "Street and number": "street", "Postcode": "postcode", "Town": "town"}

Client = aiohttp.ClientSession


# In the browser ---------------------------------------------------------------------------------------------------------


async def open_live(page: Page, address: str) -> None:
    """Opens a page and waits until its socket is welcome and nothing more is loading."""
    await page.goto(address, wait_until="networkidle")
    await expect_live(page)


async def expect_live(page: Page) -> None:
    """Not by wait_for_function: it evaluates text in the page, and the shop's policy forbids that."""
    await expect(page.locator("html")).to_have_attribute("data-link", "live")


@contextmanager
def requests_of(*pages: Page) -> Iterator[list[str]]:
    """The HTTP requests that these pages make while the block runs. Frames of a socket are none.

    Static files are left out: the icon of a state that was not shown before comes from the stylesheet.
    """
    made: list[str] = []

    def note(request: Any) -> None:
        if "/static/" not in request.url:
            made.append(f"{request.method} {request.url}")

    for page in pages:
        page.on("request", note)
    yield made
    for page in pages:
        page.remove_listener("request", note)


async def add_to_cart(page: Page, house: House, slug: str, variant: str) -> None:
    await page.goto(f"{house.url}/p/{slug}?v={variant}")
    await page.get_by_role("button", name="Add to cart").click()
    await page.wait_for_url(f"{house.url}/cart")


async def fill_details(page: Page) -> None:
    for label, name in FIELDS.items():
        await page.get_by_label(label, exact=True).fill(DETAILS[name])
    await page.get_by_label("Country").select_option(DETAILS["country"])


async def check_out(page: Page, house: House) -> None:
    """From the cart to the bank's page."""
    await page.get_by_role("link", name="Check out").click()
    await page.wait_for_url(f"{house.url}/checkout")
    await fill_details(page)
    await page.get_by_role("button", name="Order and pay").click()
    await page.wait_for_url(f"{house.bank_url}/pay/*")


async def pay_by_card(page: Page, number: str) -> None:
    """Fills in the bank's form and sends it."""
    await page.get_by_label("Card number").fill(number)
    await page.get_by_role("button", name=re.compile(r"^Pay €")).click()


async def back_at_order(page: Page, house: House) -> str:
    """Waits until the browser is back on the shop's order page; answers the order's number."""
    await page.wait_for_url(re.compile(re.escape(f"{house.url}/orders/") + r"\w{8}(\?.*)?$"))
    return page.url.split("/orders/")[1][:8]


async def expect_paid(page: Page) -> None:
    await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, Noor. It is yours.")
    await expect(page.locator("order-way")).to_have_attribute("data-situation", "paid")


# By the API -------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def asked(client: Client, method: str, path: str, body: Any = None, **more: Any) -> AsyncIterator[Any]:
    async with client.request(method, f"/api/v1{path}", json=body, **more) as answer:
        assert answer.status < 300, await answer.text()
        yield await answer.json()


async def variant_of(client: Client, slug: str, value: str) -> str:
    """The id of a product's variant, by its value."""
    async with asked(client, "GET", f"/products/{slug}") as product:
        return next(str(variant["id"]) for variant in product["variants"] if variant["value"].lower() == value)


async def set_stock(clerk: Client, variant: str, on_hand: int) -> None:
    async with asked(clerk, "GET", "/stock") as counts:
        seen = next(count["on_hand"] for count in counts["variants"] if count["variant"] == variant)
    async with asked(clerk, "PUT", f"/stock/{variant}", {"on_hand": on_hand, "expected": seen}):
        pass


async def register(shopper: Client) -> None:
    async with asked(shopper, "POST", "/customers", PERSON):
        pass


async def put_in_cart(shopper: Client, variant: str, quantity: int = 1) -> None:
    async with asked(shopper, "POST", "/cart/lines", {"variant": variant, "quantity": quantity}):
        pass


async def order(shopper: Client, variant: str, quantity: int = 1) -> str:
    """Places an order; answers its number."""
    await put_in_cart(shopper, variant, quantity)
    async with asked(shopper, "POST", "/checkout", DETAILS, headers={"Idempotency-Key": token_hex(8)}) as placed:
        return str(placed["number"])


async def bank_page(shopper: Client, number: str) -> str:
    """Where the order is paid."""
    async with asked(shopper, "POST", f"/orders/{number}/payments") as started:
        return str(started["redirect_url"])


async def pay(shopper: Client, number: str, card: str = APPROVED) -> None:
    await pay_at(await bank_page(shopper, number), card)


async def pay_at(address: str, card: str = APPROVED) -> None:
    """Pays on the bank's page, and does not go back to the shop."""
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(address, data={"test_card": card}, allow_redirects=False) as answer,
    ):
        assert answer.status == 303


async def numbers_of(clerk: Client) -> list[str]:
    """The numbers of all orders, the newest first."""
    async with asked(clerk, "GET", "/orders") as listed:
        return [placed["number"] for placed in listed["orders"]]


def cookies_of(client: Client, house: House) -> list[Any]:
    """The client's cookies, as a browser takes them."""
    more = {"url": house.url, "httpOnly": True, "sameSite": "Lax"}
    return [{"name": cookie.key, "value": cookie.value, **more} for cookie in client.cookie_jar]


async def lend_session(shopper: Client, context: BrowserContext, house: House) -> None:
    """From here on the browser is this shopper."""
    await context.add_cookies(cookies_of(shopper, house))
