"""The pages about the shop, as anybody reads them: delivery, returns, privacy, and whatever else a merchant wrote."""

from collections.abc import Mapping

from aiohttp import web

from handlers.kept import kept
from handlers.keys import DB, SHOP, Shopfront
from handlers.pages import money, render
from handlers.prose import literal, markup
from shop.checkout import COUNTRIES, SHIPPING
from shop.errors import NotFound
from storage import about


@kept()
async def show(request: web.Request) -> web.Response:
    """GET /about/{page}; raises NotFound for one that isn't there or is hidden."""
    shop, slug = request.app[SHOP], request.match_info["page"]
    if shop.page(slug) is None:
        raise NotFound("We don't have this page any more, or never had it.")
    page = (await request.app[DB].read(about.pages)).get(slug)
    if page is None or not page.visible:
        raise NotFound("We don't have this page any more, or never had it.")
    return await render(request, "about.html", {"page": page, "words": markup(page.text, words(shop))})


def words(shop: Shopfront) -> Mapping[str, str]:
    """What fills in the words in braces of a text, as Markdown (shop.about.WORDS)."""
    contact = f"[{literal(shop.contact)}](mailto:{shop.contact})" if shop.contact else "answer any of our mails"
    ways = [f"- **{literal(way.name)}**: {_price(way.amount, shop)}. {literal(way.line)}." for way in SHIPPING.values()]
    return {
        "shop": literal(shop.name),
        "contact": contact,
        "minutes": str(shop.hold_minutes),
        "countries": literal(", ".join(country.name for country in COUNTRIES.values())),
        "deliveries": "\n".join(ways),
    }


def _price(amount: int, shop: Shopfront) -> str:
    return literal(money(amount, shop.currency, shop.locale))
