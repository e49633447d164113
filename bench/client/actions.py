"""What shoppers do: look around, search letter by letter, look at a product, fill a cart, place an order."""

import asyncio
import re
import secrets
from typing import Any

from bench.client import steps
from bench.client.http import Answer
from bench.client.record import Unexpected
from bench.client.shopper import Shopper, Shown

TYPING_SECONDS = (0.06, 0.14)
MAX_LETTERS = 8
LIST_LIMIT = 100
MAX_SHELF = 1000
_COMMAND = re.compile(rb'name="command" value="([^"]+)"')
_ORDER = re.compile(r"/orders/([0-9A-Za-z-]+)/pay")


async def read_shelf(shopper: Shopper) -> list[Shown]:
    """What is in the shop's lists, up to MAX_SHELF, most popular first; raises Unexpected."""
    shelf: list[Shown] = []
    while len(shelf) < MAX_SHELF:
        path = f"/api/v1/products?limit={LIST_LIMIT}&offset={len(shelf)}"
        found = await shopper.doors.shop(steps.LISTED, "GET", path)
        cards = found.json()["products"] if found.outcome == "200" else []
        shelf += [Shown(card["slug"], card["name"], card["category"]) for card in cards]
        if len(cards) < LIST_LIMIT:
            break
    if not shelf:
        raise Unexpected("products: the shop shows none, so there is nothing to shop for")
    return shelf


async def browse(shopper: Shopper) -> Shown:
    """The front page, perhaps a category, perhaps a search; answers the product that caught the eye."""
    shopper.record.action("browse")
    await shopper.doors.shop(steps.PAGE, "GET", "/")
    await shopper.pause()
    chosen = _wanted(shopper)
    if shopper.chance(0.6):
        await search(shopper, chosen.name)
    else:
        await shopper.doors.shop(steps.PAGE, "GET", f"/c/{chosen.category}")
    await shopper.pause()
    return chosen


async def search(shopper: Shopper, words: str) -> None:
    """Types letter by letter, with suggestions for each, and opens the results."""
    shopper.record.action("search")
    typed = words[:MAX_LETTERS].strip().lower()
    for end in range(1, len(typed) + 1):
        await shopper.live.type(typed[:end], last=end == len(typed))
        await asyncio.sleep(shopper.random.uniform(*TYPING_SECONDS))
    await shopper.doors.shop(steps.SEARCH_PAGE, "GET", "/search", params={"q": typed})


async def look(shopper: Shopper, slug: str) -> list[dict[str, Any]]:
    """Opens a product's page and watches its stock; answers its variants, as the API tells them."""
    shopper.record.action("look")
    await shopper.doors.shop(steps.PAGE, "GET", f"/p/{slug}")
    product = (await shopper.doors.shop(steps.PRODUCT, "GET", f"/api/v1/products/{slug}")).json()
    variants: list[dict[str, Any]] = product["variants"]
    await shopper.live.subscribe([f"product/{slug}", *(f"stock/{variant['id']}" for variant in variants)])
    return variants


def on_shelf(shopper: Shopper, variants: list[dict[str, Any]]) -> list[str]:
    """The variants that the page shows as to be had."""
    values = {variant["id"]: shopper.live.states.get(f"stock/{variant['id']}", (0, None))[1] for variant in variants}
    return [name for name, value in values.items() if value and (value.get("plenty") or value.get("left", 0) > 0)]


async def fill(shopper: Shopper, variant: str, quantity: int, *, by_form: bool = False) -> bool:
    """Puts units into the cart; answers whether they are in it. The first thing in it makes the session, so the page reopens."""
    shopper.record.action("fill cart")
    wish = {"variant": variant, "quantity": quantity}
    if by_form:
        answer = await shopper.doors.shop(steps.ADD_FORM, "POST", "/cart", data=wish)
    else:
        answer = await shopper.doors.shop(steps.ADD, "POST", "/api/v1/cart/lines", json=wish)
    if answer.outcome not in ("200", "303"):
        return False
    if "me/cart" not in shopper.live.states:
        await shopper.reopen()
        await shopper.live.subscribe(["me/cart"])
    return True


async def check_out(shopper: Shopper, variants: list[str], *, by_form: bool = False) -> str | None:
    """Places an order for the cart; answers its number, or None when it can't be had (any more) and the shop says so."""
    command = ""
    if by_form:
        page = await shopper.doors.shop(steps.CHECKOUT_PAGE, "GET", "/checkout")
        found = _COMMAND.search(page.body)
        if found is None:
            shopper.record.action("gave up: sold out in the cart")
            return None
        command = found[1].decode()
        await shopper.pause()
    for variant in variants:
        shopper.crowd.pushes.begin(variant)
    try:
        answer = await (_place_by_form(shopper, command) if by_form else _place(shopper))
        number = _number(answer)
        for variant in variants if number else ():
            shopper.crowd.pushes.answered(variant)
    finally:
        for variant in variants:
            shopper.crowd.pushes.end(variant)
    shopper.record.action("order placed" if number else "order refused")
    if number:
        shopper.record.ordered.append(number)
    return number


async def _place(shopper: Shopper) -> Answer:
    key = {"Idempotency-Key": secrets.token_hex(8)}
    return await shopper.doors.shop(steps.CHECKOUT, "POST", "/api/v1/checkout", json=_details(shopper), headers=key)


async def _place_by_form(shopper: Shopper, command: str) -> Answer:
    fields = {"command": command, **_details(shopper)}
    return await shopper.doors.shop(steps.CHECKOUT_FORM, "POST", "/checkout", data=fields)


def _number(answer: Answer) -> str | None:
    if answer.outcome == "201":
        return str(answer.json()["number"])
    found = _ORDER.search(answer.location)
    return found[1] if found else None


def _details(shopper: Shopper) -> dict[str, str]:
    return {
        "email": shopper.email,
        "name": f"Shopper {shopper.number}",
        "street": "Oudburg 14",
        "postcode": "9000",
        "town": "Ghent",
        "country": "BE",
        "shipping": "door",
    }


def _wanted(shopper: Shopper) -> Shown:
    """A product by its popularity: the n-th of the list is wanted 1/n as often as the first."""
    shelf = shopper.crowd.shelf
    return shopper.random.choices(shelf, [1 / (place + 1) for place in range(len(shelf))])[0]
