"""Browsing: the front page, the shelves by category, and a product. What is chosen is always in the address."""

from collections.abc import Sequence

import orjson
from aiohttp import web
from markupsafe import Markup

from handlers.keys import DB, SHOP, Shopfront
from handlers.listing import PAGE_SIZE, Listing
from handlers.pages import SHELVES, render
from shop.catalogue import Card, Category, Product, Variant
from shop.checkout import COUNTRIES, SHIPPING
from shop.errors import NotFound
from shop.money import decimal_text
from shop.stock import Public, Said, say
from storage import catalogue

HERO = ("jug-chalk", "lamp-rust", "stem-dusk", "teapot-rain", "mug-oat", "bowl-ochre")
NEWEST_ON_HOME = 8
BESIDE = 4
MAX_NEW = 96
"""How far back the shelf of new things goes."""

NEW = "new"
"""The category that isn't one: the newest of everything."""

SORTS = {"popular": "Most loved", "new": "Newest", "price": "Cheapest", "-price": "Dearest"}
ABOUT = frozenset({"delivery", "returns", "privacy"})

LEGEND: tuple[tuple[Said, str], ...] = (
    (say(Public(plenty=True)), "Plenty. Take your time."),
    (say(Public(left=3, held=0)), "Each dot is one piece on our shelf."),
    (say(Public(left=0, held=3)), "A ring is a piece somebody is paying for. It may come back."),
)


async def home(request: web.Request) -> web.Response:
    """GET /"""
    newest = await request.app[DB].read(catalogue.newest, NEWEST_ON_HOME)
    total = sum(category.count for category in await request.app[SHELVES].read(request.app))
    return await render(request, "home.html", {"hero": HERO, "newest": newest, "total": total, "legend": LEGEND})


async def category(request: web.Request) -> web.Response:
    """GET /c/{category}?sort=&stock=in&page=; raises NotFound."""
    slug = request.match_info["category"]
    found, cards = await _shelf(request, slug)
    sorts = {sort: label for sort, label in SORTS.items() if slug != NEW or sort != "popular"}
    view = Listing.of(request, sorts, ["stock"])
    cards = _in_order(cards, await _order_of_arrival(request, cards, view.sort), view)
    view = view.showing(len(cards))
    return await render(request, "category.html", {"category": found, "cards": cards[view.slice], "view": view})


async def product(request: web.Request) -> web.Response:
    """GET /p/{slug}?v={variant}; raises NotFound. A variant that isn't there leaves the choice to us."""
    db, slug = request.app[DB], request.match_info["slug"]
    found = await db.read(catalogue.product, slug)
    wanted = request.query.get("v")
    chosen = next((variant for variant in found.variants if variant.id == wanted), None) or found.first_choice()
    context = {
        "product": found,
        "chosen": chosen,
        "here": found.category.slug,
        "beside": await db.read(catalogue.beside, slug, BESIDE),
        "linked_data": linked_data(found, request.app[SHOP]),
    }
    return await render(request, "product.html", context)


async def about(request: web.Request) -> web.Response:
    """GET /about/{page}: delivery, returns, privacy; raises NotFound."""
    page = request.match_info["page"]
    if page not in ABOUT:
        raise NotFound("We don't have this page any more, or never had it.")
    context = {"countries": [country.name for country in COUNTRIES.values()], "ways": SHIPPING.values()}
    return await render(request, f"about_{page}.html", context)


def linked_data(product: Product, shop: Shopfront) -> Markup:
    """The product for machines (schema.org, JSON-LD), safe inside a script element: no "<" is left in it."""
    page = f"{shop.public_url}/p/{product.slug}"
    data = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.name,
        "description": " ".join(product.text) or product.line,
        "category": product.category.name,
        "brand": {"@type": "Brand", "name": product.maker or shop.name},
        "url": page,
        "offers": [_offer(variant, page, shop.currency) for variant in product.variants],
    }
    return Markup(orjson.dumps(data).decode().replace("<", "\\u003c"))  # noqa: S704  escaped for where it stands


def _offer(variant: Variant, page: str, currency: str) -> dict[str, object]:
    return {
        "@type": "Offer",
        "name": variant.value,
        "sku": variant.sku or variant.id,
        "url": f"{page}?v={variant.id}",
        "price": decimal_text(variant.price, currency),
        "priceCurrency": currency,
        "availability": f"https://schema.org/{'InStock' if variant.level.available > 0 else 'OutOfStock'}",
    }


async def _shelf(request: web.Request, slug: str) -> tuple[Category, list[Card]]:
    db = request.app[DB]
    if slug == NEW:
        cards = await db.read(catalogue.newest, MAX_NEW)
        return Category(NEW, "New on the shelf", "What came last stands first.", "", len(cards)), cards
    known = {category.slug: category for category in await db.read(catalogue.categories)}
    if slug not in known:
        raise NotFound("We don't have this part of the shelf any more, or never had it.")
    return known[slug], await db.read(catalogue.in_category, slug)


async def _order_of_arrival(request: web.Request, cards: Sequence[Card], sort: str) -> dict[str, int]:
    """The place of each card among the newest of all, by slug; only asked for when it matters."""
    if sort != "new":
        return {}
    total = sum(category.count for category in await request.app[SHELVES].read(request.app))
    newest = await request.app[DB].read(catalogue.newest, max(total, len(cards), PAGE_SIZE))
    return {card.slug: place for place, card in enumerate(newest)}


def _in_order(cards: Sequence[Card], arrival: dict[str, int], view: Listing) -> list[Card]:
    kept = [card for card in cards if card.variant.level.available > 0 or not view.in_stock]
    match view.sort:
        case "price":
            kept.sort(key=lambda card: card.variant.price)
        case "-price":
            kept.sort(key=lambda card: -card.variant.price)
        case "new":
            kept.sort(key=lambda card: arrival.get(card.slug, len(arrival)))
    return kept
