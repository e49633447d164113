"""Browsing: the front page, the shelves by category, and a product. What is chosen is always in the address."""

from aiohttp import web

from handlers.kept import kept
from handlers.keys import DB
from handlers.listing import MAX_LISTED, PAGE_SIZE, Listing
from handlers.pages import SHELVES, render
from shop.catalogue import Category, Order
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

LEGEND: tuple[tuple[Said, str], ...] = (
    (say(Public(plenty=True)), "Plenty. Take your time."),
    (say(Public(left=3, held=0)), "Each dot is one piece on our shelf."),
    (say(Public(left=0, held=3)), "A ring is a piece somebody is paying for. It may come back."),
)


@kept()
async def home(request: web.Request) -> web.Response:
    """GET /"""
    shelf = Shelf(order=Order.NEWEST)
    total, newest = await request.app[DB].read(listing.look, shelf, NEWEST_ON_HOME, 0, MAX_LISTED + 1)
    context = {"hero": HERO, "newest": newest, "total": total, "all": total <= MAX_LISTED, "legend": LEGEND}
    return await render(request, "home.html", context)


@kept("sort", "stock", "page", listing=True)
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


@kept("v")
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
    }
    return await render(request, "product.html", context)
