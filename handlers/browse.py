"""Browsing: the front page, the shelves by category, and a product. What is chosen is always in the address."""

import orjson
from aiohttp import web
from markupsafe import Markup

from handlers.api import addresses
from handlers.keys import DB, SHOP
from handlers.listing import MAX_LISTED, PAGE_SIZE, Listing
from handlers.pages import SHELVES, render
from shop.catalogue import Category, Order, Product, Variant
from shop.checkout import COUNTRIES, SHIPPING
from shop.errors import NotFound
from shop.money import decimal_text
from shop.stock import Public, Said, say
from storage import catalogue, listing
from storage.listing import Shelf

HERO = ("jug-chalk", "lamp-rust", "stem-dusk", "teapot-rain", "mug-oat", "bowl-ochre")
NEWEST_ON_HOME = 8
BESIDE = 4

NEW = "new"
EVERYTHING = Category(NEW, "New on the shelf", "What came last stands first.", "")
"""The category that isn't one: all of the shop, the newest first."""

NEW_SORTS = {Order.NEWEST.value: "Newest", Order.CHEAPEST.value: "Cheapest", Order.DEAREST.value: "Dearest"}
SORTS = {Order.POPULAR.value: "Most loved", **NEW_SORTS}
ABOUT = frozenset({"delivery", "returns", "privacy"})

LEGEND: tuple[tuple[Said, str], ...] = (
    (say(Public(plenty=True)), "Plenty. Take your time."),
    (say(Public(left=3, held=0)), "Each dot is one piece on our shelf."),
    (say(Public(left=0, held=3)), "A ring is a piece somebody is paying for. It may come back."),
)


async def home(request: web.Request) -> web.Response:
    """GET /"""
    newest = await request.app[DB].read(listing.page, Shelf(order=Order.NEWEST), NEWEST_ON_HOME)
    total = sum(category.count for category in await request.app[SHELVES].read(request.app))
    context = {"hero": HERO, "newest": newest, "total": total, "all": total <= MAX_LISTED, "legend": LEGEND}
    return await render(request, "home.html", context)


async def category(request: web.Request) -> web.Response:
    """GET /c/{category}?sort=&stock=in&page=; raises NotFound."""
    db, slug = request.app[DB], request.match_info["category"]
    known = {category.slug: category for category in await request.app[SHELVES].read(request.app)} | {NEW: EVERYTHING}
    found = known.get(slug) or await db.read(catalogue.category, slug)
    view = Listing.of(request, NEW_SORTS if slug == NEW else SORTS, ["stock"])
    shelf = Shelf(None if slug == NEW else slug, view.in_stock, Order(view.sort))
    # One more than can be listed tells that there are more.
    total, cards = await db.read(listing.look, shelf, PAGE_SIZE, view.offset, MAX_LISTED + 1)
    if total and not cards:
        view = view.showing(total)
        total, cards = await db.read(listing.look, shelf, PAGE_SIZE, view.offset, MAX_LISTED + 1)
    return await render(request, "category.html", {"category": found, "cards": cards, "view": view.showing(total)})


async def product(request: web.Request) -> web.Response:
    """GET /p/{slug}?v={variant}; raises NotFound. A variant that isn't there leaves the choice to us."""
    db, slug = request.app[DB], request.match_info["slug"]
    found, beside = await db.read(listing.product_and_beside, slug, BESIDE)
    wanted = request.query.get("v")
    chosen = next((variant for variant in found.variants if variant.id == wanted), None) or found.first_choice()
    context = {
        "product": found,
        "chosen": chosen,
        "here": found.category.slug,
        "beside": beside,
        "preview": addresses.share(request.app, chosen.image),
        "linked_data": linked_data(found, request.app),
    }
    return await render(request, "product.html", context)


async def about(request: web.Request) -> web.Response:
    """GET /about/{page}: delivery, returns, privacy; raises NotFound."""
    page = request.match_info["page"]
    if page not in ABOUT:
        raise NotFound("We don't have this page any more, or never had it.")
    context = {"countries": [country.name for country in COUNTRIES.values()], "ways": SHIPPING.values()}
    return await render(request, f"about_{page}.html", context)


def linked_data(product: Product, app: web.Application) -> Markup:
    """The product for machines (schema.org, JSON-LD), safe inside a script element: no "<" is left in it."""
    shop = app[SHOP]
    page = f"{shop.public_url}/p/{product.slug}"
    data = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.name,
        "description": " ".join(product.text) or product.line,
        "category": product.category.name,
        "image": _images(product, app),
        "brand": {"@type": "Brand", "name": product.maker or shop.name},
        "url": page,
        "offers": [_offer(variant, page, shop.currency) for variant in product.variants],
    }
    return Markup(orjson.dumps(data).decode().replace("<", "\\u003c"))  # noqa: S704  escaped for where it stands


def _images(product: Product, app: web.Application) -> list[str]:
    """Whole addresses of what the product's page shows, each once."""
    images = [*(variant.image for variant in product.variants), *(picture.image for picture in product.further())]
    shared = (addresses.share(app, image) for image in images)
    return [address for address in dict.fromkeys(shared) if address is not None]


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
