"""Searching: the results page, with the ways to narrow it. The whole search is in the address."""

from collections.abc import Sequence
from decimal import Decimal, DecimalException

from aiohttp import web
from babel.numbers import get_currency_symbol
from msgspec import Struct

from handlers.kept import kept
from handlers.keys import DB, LIMITS, SEARCH, SHOP
from handlers.listing import PAGE_SIZE, Listing
from handlers.pages import money, render
from shop.money import MAX_AMOUNT, decimal_text, exponent
from shop.search import Facet, Filters, Results, Sort, parse
from storage import catalogue

SORTS = {
    Sort.BEST.value: "Best match",
    Sort.NEWEST.value: "Newest",
    Sort.CHEAPEST.value: "Cheapest",
    Sort.DEAREST.value: "Dearest",
}
FILTERS = ("q", "category", "maker", "from", "to", "stock")


class Ways(Struct, frozen=True):
    """One way to narrow: its label, the name of its field, and the values that it can have."""

    label: str
    name: str
    facets: Sequence[Facet]


@kept(*FILTERS, "sort", "page", listing=True)
async def search(request: web.Request) -> web.Response:
    """GET /search?q=&category=&maker=&from=&to=&stock=in&sort=&page="""
    request.app[LIMITS].search(request)
    query = parse(request.query.get("q", "")).text
    view = Listing.of(request, SORTS, FILTERS)
    filters = _filters(request)
    found = _results(request, query, filters, view)
    if found.total and view.offset >= found.total:
        view = view.showing(found.total)
        found = _results(request, query, filters, view)
    context = {
        "query": query,
        "view": view.showing(found.total),
        "cards": await request.app[DB].read(catalogue.cards, list(found.slugs)),
        "corrected": found.did_you_mean if found.instead else None,
        "did_you_mean": None if found.instead else found.did_you_mean,
        "capped": found.capped,
        "in_stock": found.facets.in_stock,
        "chosen": _chosen(request, view, filters, found),
        "ways": [
            Ways("Kind", "category", found.facets.categories),
            Ways("Workshop", "maker", found.facets.makers),
        ],
        **_prices(request, filters, found),
    }
    return await render(request, "search.html", context)


def _results(request: web.Request, query: str, filters: Filters, view: Listing) -> Results:
    return request.app[SEARCH].results(
        query,
        category=filters.category,
        in_stock=filters.in_stock,
        price_min=filters.price_min,
        price_max=filters.price_max,
        maker=filters.maker,
        sort=Sort(view.sort),
        limit=PAGE_SIZE,
        offset=view.offset,
    )


def _filters(request: web.Request) -> Filters:
    asked, currency = request.query, request.app[SHOP].currency
    return Filters(
        category=asked.get("category") or None,
        in_stock=asked.get("stock") == "in",
        price_min=amount_of(asked.get("from", ""), currency),
        price_max=amount_of(asked.get("to", ""), currency),
        maker=asked.get("maker") or None,
    )


def amount_of(text: str, currency: str) -> int | None:
    """What somebody typed as a price, in minor units; None for what is no price."""
    try:
        amount = Decimal(text.strip().replace(",", ".")).scaleb(exponent(currency))
    except DecimalException:
        return None
    return int(amount) if amount.is_finite() and 0 <= amount <= MAX_AMOUNT else None


def _prices(request: web.Request, filters: Filters, found: Results) -> dict[str, str]:
    """What stands in the fields for prices, and what the results range over as their hint."""
    shop = request.app[SHOP]

    def text(amount: int | None) -> str:
        return "" if amount is None else decimal_text(amount, shop.currency).removesuffix(".00")

    return {
        "symbol": get_currency_symbol(shop.currency, locale=shop.locale),
        "price_min": text(filters.price_min),
        "price_max": text(filters.price_max),
        "lowest": text(found.facets.lowest_price),
        "highest": text(found.facets.highest_price),
    }


def _chosen(request: web.Request, view: Listing, filters: Filters, found: Results) -> list[tuple[str, str]]:
    """The filters in force, each with the address without it."""
    shop = request.app[SHOP]
    names = {facet.value: facet.name for facet in (*found.facets.categories, *found.facets.makers)}
    labels = {
        "category": names.get(filters.category or "", filters.category),
        "maker": filters.maker,
        "from": filters.price_min is not None and f"From {money(filters.price_min, shop.currency, shop.locale)}",
        "to": filters.price_max is not None and f"Up to {money(filters.price_max, shop.currency, shop.locale)}",
        "stock": filters.in_stock and "In stock now",
    }
    return [(label, view.without(name)) for name, label in labels.items() if label]
