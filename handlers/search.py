"""Searching: the results page, with the ways to narrow it. The whole search is in the address."""

from aiohttp import web

from handlers import narrowing
from handlers.kept import kept
from handlers.keys import DB, LIMITS, SEARCH, SHOP
from handlers.listing import MAX_NARROWED, PAGE_SIZE, Listing
from handlers.pages import render
from shop.search import Sort, parse
from storage import catalogue

SORTS = {
    Sort.BEST.value: "Best match",
    Sort.NEWEST.value: "Newest",
    Sort.CHEAPEST.value: "Cheapest",
    Sort.DEAREST.value: "Dearest",
}


@kept("q", *narrowing.WAYS, "sort", "page", listing=True)
async def search(request: web.Request) -> web.Response:
    """GET /search?q=&category=&colour=&maker=&from=&to=&stock=in&sort=&page="""
    app = request.app
    app[LIMITS].search(request)
    query = parse(request.query.get("q", "")).text
    pairs = narrowing.asked(request)
    choice = narrowing.chosen(pairs, app[SHOP].currency)
    view = Listing.of(request, SORTS, (("q", query), *pairs) if query else pairs).showing(MAX_NARROWED, MAX_NARROWED)
    sort = Sort(view.sort)
    found = app[SEARCH].results(query, choice, sort=sort, limit=PAGE_SIZE, offset=view.offset)
    if view.offset >= found.total > 0:
        view = view.showing(found.total, MAX_NARROWED)
        found = app[SEARCH].results(query, choice, sort=sort, limit=PAGE_SIZE, offset=view.offset)
    view = view.showing(found.total, MAX_NARROWED)
    shown = narrowing.narrowing(request, view, choice, found.facets, categories=True)
    context = {
        "query": query,
        "view": view,
        "cards": await app[DB].read(catalogue.cards_of, found.ids, choice),
        "corrected": found.did_you_mean if found.instead else None,
        "did_you_mean": None if found.instead else found.did_you_mean,
        "capped": found.capped or view.capped,
        "narrowing": shown,
        "form": narrowing.form(request, shown),
    }
    return await render(request, "search.html", context)
