"""Pages: one template becomes one answer, with what every page shows around it: the shop, its shelves, who is here."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp_jinja2
import jinja2
from aiohttp import web
from babel.dates import format_datetime
from babel.numbers import format_currency
from markupsafe import Markup, escape

from handlers.assets import Assets
from handlers.keys import ASSETS, CLOCK, DB, SHOP, Shopfront
from handlers.visitors import Visitor, visitor
from shop.cart import EMPTY, Cart
from shop.catalogue import Card, Category
from shop.errors import ShopError, Unavailable
from shop.ids import shown
from shop.money import exponent
from shop.stock import Level, Public, Said, Shortage, public, say
from storage import carts, catalogue

TEMPLATES = Path(__file__).parent / "templates"

BROWSE = "private, no-cache"
"""Cache-Control of pages that anybody may see: kept for the back button, and asked about before each use."""
NO_STORE = "no-store"
"""Cache-Control of pages about a person: cart, account, checkout, orders, dashboard."""

MAX_BAYS = 8_192
"""Bays that are remembered as markup, of some 600 bytes each, before all are forgotten."""

SHELVES_SECONDS = 5.0
"""How long the categories in the navigation are remembered."""


class Shelves:
    """The categories in the navigation, read again only after a while: they change when a catalogue is imported."""

    def __init__(self) -> None:
        self._found: list[Category] = []
        self._read_at = float("-inf")

    async def read(self, app: web.Application) -> list[Category]:
        """The categories that have something on them, in their order."""
        now = asyncio.get_running_loop().time()
        if now - self._read_at >= SHELVES_SECONDS:
            self._found = [category for category in await app[DB].read(catalogue.categories) if category.count]
            self._read_at = now
        return self._found


SHELVES = web.AppKey("shelves", Shelves)


class Bays:
    """The bays of a shelf as markup. A bay that was made before from the very same card is not made again."""

    def __init__(self, env: jinja2.Environment) -> None:
        self._env = env
        self._template: jinja2.Template | None = None
        self._made: dict[tuple[Card, bool, str], Markup] = {}

    def __call__(self, cards: Iterable[Card], eager: int, heading: str) -> Markup:
        """The bays of these cards, the pictures of the first `eager` to be loaded at once."""
        template = self._env.get_template("parts.html")
        if template is not self._template or len(self._made) > MAX_BAYS:
            self._template = template
            self._made.clear()
        return Markup("\n").join([self._bay((card, n < eager, heading), template) for n, card in enumerate(cards)])

    def _bay(self, key: tuple[Card, bool, str], template: jinja2.Template) -> Markup:
        made = self._made.get(key)
        if made is None:
            card, eager, heading = key
            made = self._made[key] = template.module.bay(card, eager=eager, heading=heading)  # type: ignore[attr-defined]
        return made


def setup(app: web.Application) -> None:
    """Makes the app's Jinja environment. SHOP and ASSETS must be set."""
    shop = app[SHOP]
    env = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        default_helpers=False,
        auto_reload=not shop.production,
    )
    env.filters.update(filters(shop, app[ASSETS]))
    env.globals.update(shop=shop, asset=app[ASSETS].url, asset_template=app[ASSETS].template)
    env.globals["bays"] = Bays(env)
    app[SHELVES] = Shelves()


def filters(shop: Shopfront, assets: Assets) -> dict[str, Callable[..., object]]:
    """The filters of all templates. Times come out in the shop's own zone, amounts go in as minor units."""
    zone = ZoneInfo(shop.timezone)
    moment = partial(_moment, zone=zone, locale=shop.locale)
    return {
        "money": partial(money, locale=shop.locale),
        "clock": partial(moment, pattern="HH:mm:ss"),
        "minute": partial(moment, pattern="HH:mm"),
        "day": partial(moment, pattern="EEEE d MMMM"),
        "date": partial(moment, pattern="d MMMM y"),
        "stamp": partial(moment, pattern="d MMM y, HH:mm"),
        "shown": shown,
        "said": said,
        "seen": public,
        "counted": counted,
        "art": partial(_art, assets),
    }


async def render(
    request: web.Request,
    name: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    cache: str = BROWSE,
) -> web.Response:
    """The page that a template makes of this context, to which `_around` adds what every page shows."""
    page = {**await _around(request), **(context or {})}
    response = web.Response(
        text=aiohttp_jinja2.get_env(request.app).get_template(name).render(page),
        status=status,
        content_type="text/html",
        headers={"Cache-Control": cache, "Vary": "Accept-Encoding, Cookie"},
    )
    response.enable_compression()
    return response


async def fault(request: web.Request, refusal: ShopError) -> web.Response:
    """A refusal as a page for people, with a way on."""
    context = {
        "status": refusal.status,
        "title": refusal.title,
        "detail": refusal.detail,
        "fields": refusal.fields,
        "request_id": refusal.extra.get("request_id"),
    }
    return await render(request, "error.html", context, status=refusal.status, cache=NO_STORE)


def money(amount: int, currency: str, locale: str) -> str:
    """An amount in minor units as people read it: 2800 EUR is "€28.00"."""
    return _money(amount, currency, locale)


def said(level: Level) -> Said:
    """What shoppers are told of a stock level."""
    return say(public(level))


def counted(row: Shortage) -> Said:
    """What staff are told of a variant that runs low: how many are left, however many that is."""
    return say(Public(left=max(0, row.on_hand - row.held), held=row.held))


async def _around(request: web.Request) -> dict[str, Any]:
    """What every page shows. When the books can't be read, it is what can be said without them."""
    shelves: list[Category] = []
    who: Visitor | None = None
    cart: Cart = EMPTY
    try:
        who = await visitor(request)
        shelves = await request.app[SHELVES].read(request.app)
        if who.cart_id is not None:
            cart = await request.app[DB].read(carts.view, who.cart_id)
    except Unavailable:
        pass
    return {
        "visitor": who,
        "customer": who.customer if who else None,
        "categories": shelves,
        "cart_count": cart.count,
        "cart_version": cart.version,
        "path": request.path,
        "now": request.app[CLOCK](),
    }


@lru_cache(maxsize=8192)
def _money(amount: int, currency: str, locale: str) -> str:
    return str(format_currency(Decimal(amount).scaleb(-exponent(currency)), currency, locale=locale))


def _moment(at: datetime | None, pattern: str, zone: ZoneInfo, locale: str) -> Markup | str:
    if at is None:
        return ""
    text = format_datetime(at, pattern, tzinfo=zone, locale=locale)
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="seconds"), escape(text))


def _art(assets: Assets, image: str) -> str:
    """The address of an image: a drawing of ours by its name, or a merchant's photograph as it is."""
    if image.startswith("https://"):
        return image
    name = f"art/{image}.svg"
    return assets.url(name if assets.has(name) else "icons/mark.svg")
