"""Browsing: the front page, the shelves by category, and a product. What is chosen is always in the address."""

from collections.abc import Sequence

from aiohttp import web

from handlers import narrowing
from handlers.kept import kept
from handlers.keys import DB, SEARCH, SHOP
from handlers.listing import MAX_LISTED, MAX_NARROWED, PAGE_SIZE, Listing
from handlers.pages import render
from handlers.shelves import SHELVES
from shop.cart import MAX_QUANTITY
from shop.catalogue import Card, Category, Order
from shop.facets import Chosen, Facets
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


@kept(*narrowing.WAYS, "sort", "page", also=narrowing.meant, listing=True)
async def category(request: web.Request) -> web.Response:
    """GET /c/{category}?colour=&maker=&from=&to=&stock=in&sort=&page=; raises NotFound."""
    app, slug = request.app, request.match_info["category"]
    known = {category.slug: category for category in await app[SHELVES].read(app)} | {NEW: EVERYTHING}
    found = known.get(slug) or await app[DB].read(catalogue.category, slug)
    everywhere = slug == NEW
    waiting = narrowing.waiting(request)
    pairs = () if waiting else narrowing.asked(request, ("category", "maker") if everywhere else ("maker",))
    view = Listing.of(request, NEW_SORTS if everywhere else SORTS, pairs)
    choice = narrowing.chosen(pairs, app[SHOP].currency)
    view, cards, facets = await _shelf(app, None if everywhere else slug, view, choice)
    shown = narrowing.narrowing(request, view, choice, facets, categories=everywhere)
    form = narrowing.form(request, shown)
    context = {"category": found, "cards": cards, "view": view, "narrowing": shown, "form": form, "waiting": waiting}
    return await render(request, "category.html", context)


async def _shelf(
    app: web.Application, category: str | None, view: Listing, choice: Chosen
) -> tuple[Listing, Sequence[Card], Facets]:
    """The view as it can be shown, its cards, and the facets.

    What is not narrowed is read from the books, a page by an index; what is, is found in this process's own copy.
    """
    db, search, order = app[DB], app[SEARCH], Order(view.sort)
    if category is None:
        await search.prepare(choice)
    if not view.query:
        shelf = Shelf(category, order)
        # One more than can be listed tells that there are more.
        total, cards = await db.read(listing.look, shelf, PAGE_SIZE, view.offset, MAX_LISTED + 1)
        if total and not cards:
            view = view.showing(total)
            total, cards = await db.read(listing.look, shelf, PAGE_SIZE, view.offset, MAX_LISTED + 1)
        return view.showing(total), cards, search.listed(category, choice, order, limit=0).facets
    view = view.showing(MAX_NARROWED, MAX_NARROWED)
    found = search.listed(category, choice, order, limit=PAGE_SIZE, offset=view.offset)
    if view.offset >= found.total:
        view = view.showing(found.total, MAX_NARROWED)
        found = search.listed(category, choice, order, limit=PAGE_SIZE, offset=view.offset)
    cards = await db.read(catalogue.cards_of, found.ids, choice)
    return view.showing(found.total, MAX_NARROWED), cards, found.facets


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
        "most": min(MAX_QUANTITY, found.per_customer or MAX_QUANTITY),
    }
    return await render(request, "product.html", context)
