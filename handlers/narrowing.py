"""Narrowing: what an address chooses of a listing's facets, and the form, chips and addresses that choose anew.

Names in an address: `category`, `maker`, `from`, `to`, `stock=in`, and each option by its key (`colour=rain&size=l`). What the
shop doesn't know is taken as not said, so no address breaks a page, and none of it comes back in a link.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal, DecimalException

from aiohttp import web
from aiohttp_jinja2 import get_env
from babel.numbers import get_currency_symbol
from markupsafe import Markup
from msgspec import Struct

from handlers.kept import TRACKING
from handlers.keys import FORMS, SEARCH, SHOP, Shopfront
from handlers.listing import Listing
from handlers.pages import money
from shop import options
from shop.facets import MAX_CHOSEN, Chosen, Facet, Facets
from shop.money import MAX_AMOUNT, decimal_text, exponent
from storage.search import Replica

MAX_VALUE_CHARACTERS = 200
MAX_FORMS = 512
"""Forms that are remembered as markup, of some 6 kB each, before all are forgotten."""

_OF_PRICE = ("from", "to")
WAYS = ("category", "maker", *_OF_PRICE, "stock")
"""The names in an address that mean the same in every shop; options have names of their own."""


class Tick(Struct, frozen=True):
    """A box to tick. `swatch` is the colour to draw beside it, or nothing."""

    value: str
    name: str
    count: int
    chosen: bool
    swatch: str


class Group(Struct, frozen=True):
    """One way to narrow: its label, the name of its field, and its boxes."""

    label: str
    name: str
    ticks: tuple[Tick, ...]


class Narrowing(Struct, frozen=True):
    """What a page shows of it: the groups, the fields for prices, and what was chosen, each with the address without it.

    `path` and `kept` are where its form goes and its other fields: what was searched for, and the order.
    """

    path: str
    groups: tuple[Group, ...]
    chips: tuple[tuple[str, str], ...]
    clear: str
    kept: tuple[tuple[str, str], ...]
    in_stock: int
    only_in_stock: bool
    symbol: str
    price_min: str
    price_max: str
    lowest: str
    highest: str


def asked(request: web.Request, ways: Sequence[str] = ("category", "maker")) -> tuple[tuple[str, str], ...]:
    """The choices in an address that mean something here, as its names and values; `ways` besides options, price and stock."""
    search, currency = request.app[SEARCH], request.app[SHOP].currency
    found: dict[tuple[str, str], None] = {}
    once: set[str] = set()
    for name, value in request.query.items():
        if len(value) > MAX_VALUE_CHARACTERS or len(found) >= MAX_CHOSEN or name in once:
            continue
        if name in _OF_PRICE and amount_of(value, currency) is not None:
            found[name, value.strip()] = None
            once.add(name)
        elif (name, value) == ("stock", "in") or _known(search, ways, name, value):
            found[name, value] = None
    return tuple(found)


def waiting(request: web.Request) -> bool:
    """Whether the address chooses something that can't be looked at before search is loaded."""
    if request.app[SEARCH].loaded:
        return False
    beside = ("sort", "page", "q", *TRACKING)
    return any(value and not name.startswith(beside) for name, value in request.query.items())


def meant(request: web.Request, name: str, value: str) -> bool:
    """Whether this is a choice of an option's value: such pages are kept like those with the fixed names."""
    return len(value) <= MAX_VALUE_CHARACTERS and bool(value) and (name, value) in request.app[SEARCH].names


def chosen(pairs: Sequence[tuple[str, str]], currency: str) -> Chosen:
    """The choices that `asked` found. Prices the wrong way round are turned."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    low, high = (amount_of(values.pop(name, [""])[0], currency) for name in _OF_PRICE)
    if low is not None and high is not None and low > high:
        low, high = high, low
    return Chosen(
        categories=tuple(values.pop("category", ())),
        makers=tuple(values.pop("maker", ())),
        in_stock=values.pop("stock", None) is not None,
        options=tuple((name, tuple(some)) for name, some in values.items() if name != "q"),
        price_min=low,
        price_max=high,
    )


def amount_of(text: str, currency: str) -> int | None:
    """What somebody typed as a price, in minor units; None for what is no price."""
    try:
        amount = Decimal(text.strip().replace(",", ".")).scaleb(exponent(currency))
    except DecimalException:
        return None
    return int(amount) if amount.is_finite() and 0 <= amount <= MAX_AMOUNT else None


def narrowing(request: web.Request, view: Listing, choice: Chosen, found: Facets, *, categories: bool) -> Narrowing:
    """What a page shows of narrowing; `categories`: whether they are a way to narrow here."""
    shop = request.app[SHOP]
    names = request.app[SEARCH].names
    groups = [Group("Kind", "category", _ticks(found.categories))] if categories else []
    groups += [Group(way.name, way.option, _ticks(way.facets, way.option)) for way in found.options]
    groups.append(Group("Maker", "maker", _ticks(found.makers)))
    labels = {("category", facet.value): facet.name for facet in found.categories} | dict(names)

    def field(amount: int | None) -> str:
        return "" if amount is None else decimal_text(amount, shop.currency).removesuffix(".00")

    return Narrowing(
        path=view.path,
        groups=tuple([group for group in groups if len(group.ticks) > 1 or any(tick.chosen for tick in group.ticks)]),
        chips=tuple(_chips(view, choice, labels, shop)),
        clear=view.cleared("q"),
        kept=(*[pair for pair in view.query if pair[0] == "q"], *view.kept_sort),
        in_stock=found.in_stock,
        only_in_stock=choice.in_stock,
        symbol=get_currency_symbol(shop.currency, locale=shop.locale),
        price_min=field(choice.price_min),
        price_max=field(choice.price_max),
        lowest=field(found.lowest_price),
        highest=field(found.highest_price),
    )


def form(request: web.Request, shown: Narrowing) -> Markup | None:
    """The form as markup, and none while search is loading; one that was made before of the very same is not made again."""
    if not request.app[SEARCH].loaded:
        return None
    made, template = request.app[FORMS], get_env(request.app).get_template("facets.html")
    known = made.get((template, shown))
    if known is None:
        if len(made) >= MAX_FORMS:
            made.clear()
        known = made[template, shown] = template.module.form(shown)  # type: ignore[attr-defined]
    return known


def _known(search: Replica, ways: Sequence[str], name: str, value: str) -> bool:
    if name in ("category", "maker"):
        return name in ways and search.knows(name, value)
    return bool(value) and search.knows(name, value)


def _ticks(facets: Sequence[Facet], option: str = "") -> tuple[Tick, ...]:
    swatches = options.SWATCHES if option == options.COLOUR else {}
    return tuple([Tick(one.value, one.name, one.count, one.chosen, swatches.get(one.value, "")) for one in facets])


def _chips(
    view: Listing, choice: Chosen, labels: dict[tuple[str, str], str], shop: Shopfront
) -> Iterator[tuple[str, str]]:
    """The choices in force, each with the address without it."""
    for name, value in view.query:
        if name == "from" and choice.price_min is not None:
            yield f"From {money(choice.price_min, shop.currency, shop.locale)}", view.without("from")
        elif name == "to" and choice.price_max is not None:
            yield f"Up to {money(choice.price_max, shop.currency, shop.locale)}", view.without("to")
        elif name == "stock":
            yield "In stock now", view.without("stock")
        elif name == "maker":
            yield value, view.without(name, value)
        elif name != "q":
            yield labels.get((name, value), value), view.without(name, value)
