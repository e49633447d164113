"""All products, for staff to look through: found by name, address or SKU, by category, and the hidden ones."""

from urllib.parse import urlencode

from aiohttp import web

from handlers.keys import DB
from handlers.pages import NO_STORE, render
from handlers.visitors import require_staff
from storage import catalogue, product_list
from storage.product_list import Wish

PAGE_SIZE = 50
MAX_WORDS_LENGTH = 100
MAX_NUMBER_LENGTH = 15


async def show(request: web.Request) -> web.Response:
    """GET /dashboard/products?q=&category=&state=hidden&before=&after="""
    await require_staff(request)
    wish = Wish(
        words=request.query.get("q", "").replace("\0", "")[:MAX_WORDS_LENGTH].strip(),
        category=request.query.get("category", "").replace("\0", ""),
        hidden=request.query.get("state") == "hidden",
        before=_number(request.query.get("before", "")),
        after=_number(request.query.get("after", "")),
    )
    db = request.app[DB]
    found = await db.read(product_list.page, wish, PAGE_SIZE)
    context = {
        "wish": wish,
        "page": found,
        "all_categories": await db.read(catalogue.categories),
        "newer": _address(wish, after=found.newer) if found.newer else None,
        "older": _address(wish, before=found.older) if found.older else None,
    }
    return await render(request, "dashboard/products.html", context, cache=NO_STORE)


def _address(wish: Wish, **where: int | None) -> str:
    asked = {"q": wish.words, "category": wish.category, "state": "hidden" if wish.hidden else "", **where}
    return "/dashboard/products?" + urlencode({name: value for name, value in asked.items() if value})


def _number(text: str) -> int | None:
    """A row's number in an address; what is none is taken as not said."""
    good = text.isascii() and text.isdigit() and len(text) <= MAX_NUMBER_LENGTH
    return int(text) if good else None
