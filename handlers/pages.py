"""Pages: one template becomes one answer, with what every page shows around it: the shop, its shelves, who is here."""

import secrets
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import aiohttp_jinja2
import jinja2
from aiohttp import web
from babel.dates import format_datetime
from babel.numbers import format_currency
from markupsafe import Markup, escape

from handlers import packing
from handlers.assets import Assets
from handlers.edge import UNAVAILABLE_SECONDS
from handlers.framing import Frames
from handlers.framing import Page as Template
from handlers.greeting import Greeting, greeting
from handlers.kept import GIVE, KEPT, MAKING, Kept, Page
from handlers.keys import ASSETS, CLOCK, DB, FORMS, SEARCH, SHOP, Shopfront
from handlers.linked_data import LinkedData
from handlers.packing import Part
from handlers.pieces import Pieces
from handlers.shelves import SHELVES, Shelves
from handlers.templating import Templates, as_markup
from handlers.visitors import Visitor, visitor
from shop import buying, holds
from shop.catalogue import Card, Category
from shop.errors import SearchLoading, ShopError, Unavailable
from shop.ids import shown
from shop.money import exponent
from shop.pictures import SIZES, address, choices, is_photograph
from shop.pictures import path as picture_path
from shop.pricing import rate_text
from shop.shopfront import Logo
from shop.stock import Level, Public, Said, Shortage, public, say
from storage import carts, mismatches

TEMPLATES = Path(__file__).parent / "templates"

BROWSE = "private, no-cache"
"""Cache-Control of pages that anybody may see: kept for the back button, and asked about before each use."""
NO_STORE = "no-store"
"""Cache-Control of pages about a person: cart, account, checkout, orders, dashboard."""

VARY = "Accept-Encoding, Cookie"

MAX_BAYS = 8_192
"""Bays that are remembered as markup, of some 600 bytes each, before all are forgotten."""

LOGO_HEIGHT = 40

_DIGITS = {"HH:mm": 16, "HH:mm:ss": 19}
"""Patterns of babel that are nothing but digits, and where they end in ISO 8601."""

ALONE: web.RequestKey[bool] = web.RequestKey("alone", bool)
"""Set for a page that must be drawn without asking the books anything."""

MAX_GREETINGS = 4_096
"""Different names, carts and versions of them whose markup is remembered, of some 2 kB each, before all are forgotten."""

MOST_PLACES = 10
"""Categories that the navigation has room for, on a wide screen; the front page shows the way to all of them."""

HOLE = f"<!--{secrets.token_hex(12)}-->"
"""Where a kept page tells each visitor of themselves. Nobody outside can know it, so nobody can write it."""


class Bays:
    """The bays of a shelf as markup. A bay that was made before from the very same card is not made again."""

    def __init__(self, env: jinja2.Environment, shop: Shopfront) -> None:
        self._env = env
        self._shop = shop
        self._version = -1
        self._template: jinja2.Template | None = None
        self._made: dict[tuple[Card, bool, str], Markup] = {}

    def __call__(self, cards: Iterable[Card], eager: int, heading: str) -> Markup:
        """The bays of these cards, the pictures of the first `eager` to be loaded at once."""
        template = self._env.get_template("parts.html")
        # What a bay looks like depends on the shop as well: how money is written, and in which currency.
        stale = template is not self._template or self._version != self._shop.version
        if stale or len(self._made) > MAX_BAYS:
            self._template = template
            self._version = self._shop.version
            self._made.clear()
        return Markup("\n").join([self._bay((card, n < eager, heading), template) for n, card in enumerate(cards)])

    def forget(self) -> None:
        self._made.clear()

    def _bay(self, key: tuple[Card, bool, str], template: jinja2.Template) -> Markup:
        made = self._made.get(key)
        if made is None:
            card, eager, heading = key
            made = self._made[key] = template.module.bay(card, eager=eager, heading=heading)  # type: ignore[attr-defined]
        return made


class Greetings:
    """What fills the hole of a kept page, as a part to be joined: the block `tools` of base.html, once for each visitor."""

    def __init__(self, env: jinja2.Environment) -> None:
        self._env = env
        self._template: jinja2.Template | None = None
        self._made: dict[Greeting, Part] = {}

    def part(self, greeting: Greeting) -> Part:
        template = self._env.get_template("base.html")
        if template is not self._template or len(self._made) > MAX_GREETINGS:
            self._template = template
            self._made.clear()
        made = self._made.get(greeting)
        if made is None:
            block = template.blocks["tools"](template.new_context(greeting._asdict()))
            made = self._made[greeting] = packing.part("".join(block).encode())
        return made

    def forget(self) -> None:
        self._made.clear()


FRAMES = web.AppKey("frames", Frames)
GREETINGS = web.AppKey("greetings", Greetings)


def setup(app: web.Application, *, reload: bool = False) -> None:
    """Makes the app's Jinja environment and its kept pages. SHOP and ASSETS must be set.

    With `reload` templates are looked at for every page, and no page is kept.
    """
    shop = app[SHOP]
    env = app[aiohttp_jinja2.APP_KEY] = Templates(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
        auto_reload=reload,
    )
    frames = app[FRAMES] = Frames(("categories", "here", "reading"), lambda: shop.version, reload=reload)
    env.filters.update(filters(shop, app[ASSETS]))
    assets, bays = app[ASSETS], Bays(env, shop)
    env.globals.update(shop=shop, asset=assets.url, module=assets.module, asset_template=assets.template)
    env.globals.update(bays=bays, linked=LinkedData(shop, assets), most_places=MOST_PLACES)
    pieces = {"frame": "frame.html", "part": "parts.html", "order_part": "order_parts.html"}
    made = {name: Pieces(env, shop, template) for name, template in pieces.items()}
    env.globals.update(made)
    app[FORMS] = {}
    shelves = app[SHELVES] = Shelves()
    greetings = app[GREETINGS] = Greetings(env)
    pages = app[KEPT] = Kept(lambda: app[SEARCH].settled, on=not reload)
    pages.with_products += [shelves.forget, frames.forget, made["frame"].forget]
    pages.with_all += [frames.forget, bays.forget, greetings.forget, app[FORMS].clear]
    pages.with_all += [piece.forget for piece in made.values()]
    app[GIVE] = give


def filters(shop: Shopfront, assets: Assets) -> dict[str, Callable[..., object]]:
    """The filters of all templates. Times come out in the shop's own zone, amounts go in as minor units."""
    moment = partial(_moment, shop=shop)
    return {
        "money": lambda amount, currency: _money(amount, currency, shop.locale),
        "rate": rate_text,
        "clock": partial(moment, pattern="HH:mm:ss"),
        "clocks": lambda moments: [moment(at, pattern="HH:mm:ss") if at else "" for at in moments],
        "minute": partial(moment, pattern="HH:mm"),
        "day": partial(moment, pattern="EEEE d MMMM"),
        "date": partial(moment, pattern="d MMMM y"),
        "stamp": partial(moment, pattern="d MMM y, HH:mm"),
        "instant": partial(datetime.isoformat, timespec="milliseconds"),
        "left": holds.left,
        "shown": shown,
        "said": said,
        "bought": buying.say,
        "seen": public,
        "counted": counted,
        "logo_path": _logo_path,
        "logo_width": _logo_width,
        "art": partial(_art, assets),
        "choices": choices,
        "photograph": is_photograph,
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
    template = cast(Template, aiohttp_jinja2.get_env(request.app).get_template(name))
    made = request.get(MAKING)
    if made is not None and status == web.HTTPOk.status_code and cache == BROWSE:
        shelves = await request.app[SHELVES].read(request.app)
        around = {"categories": shelves, **_place(request.path), "hole": Markup(HOLE)}  # noqa: S704  of our own making
        head, tail = request.app[FRAMES].encoded(template, {**around, **(context or {})}).split(HOLE.encode(), 1)
        return await give(request, made.finished(head, tail, context or {}))
    page = {**await _around(request), **(context or {})}
    body = request.app[FRAMES].encoded(template, page)
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": cache, "Vary": VARY}
    if packing.takes_gzip(request.headers.get("Accept-Encoding", "")):
        body = packing.once(body)
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=body, status=status, headers=headers)


async def give(request: web.Request, page: Page) -> web.Response:
    """A kept page for this visitor, or 304 when they have it as it is."""
    tools = request.app[GREETINGS].part(await greeting(request))
    tag = f'W/"{page.tag}{zlib.crc32(tools.plain):08x}"'
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": BROWSE, "Vary": VARY, "ETag": tag}
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    if not packing.takes_gzip(request.headers.get("Accept-Encoding", "")):
        return web.Response(body=b"".join((page.head, tools.plain, page.tail)), headers=headers)
    head, tail = page.packed
    headers["Content-Encoding"] = "gzip"
    return web.Response(body=packing.joined(head, tools, tail), headers=headers)


async def fault(request: web.Request, refusal: ShopError) -> web.Response:
    """A refusal as a page for people, with a way on."""
    context = {
        "status": refusal.status,
        "loading": isinstance(refusal, SearchLoading),
        "address": request.path_qs,
        "title": refusal.title,
        "detail": refusal.detail,
        "fields": refusal.fields,
        "request_id": refusal.extra.get("request_id"),
        "retry_seconds": refusal.retry_seconds or UNAVAILABLE_SECONDS,
    }
    try:
        return await render(request, "error.html", context, status=refusal.status, cache=NO_STORE)
    except Exception:  # noqa: BLE001  what broke the page may well break what stands around it: it is drawn without
        request[ALONE] = True
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
    shelves: Sequence[Category] = ()
    who: Visitor | None = None
    count = version = amiss = 0
    try:
        if request.get(ALONE):
            raise Unavailable
        who = await visitor(request)
        shelves = await request.app[SHELVES].read(request.app)
        if who.staff and request.path.startswith("/dashboard"):
            amiss = await request.app[DB].read(mismatches.count, request.app[CLOCK]())
        if who.cart_id is not None:
            for row in await request.app[DB].fetch(carts.TALLY, cart=who.cart_id):
                version, count = row[0], int(row[1])
    except Unavailable:
        shelves = request.app[SHELVES].remembered
    return {
        "visitor": who,
        "customer": who.customer if who else None,
        "categories": shelves,
        "cart_count": count,
        "cart_version": version,
        **_place(request.path),
        "now": request.app[CLOCK](),
        "amiss": amiss,
    }


def _place(path: str) -> dict[str, str]:
    """Where the page is: on which shelf and which page about the shop, by their addresses, if on one."""
    return {
        "path": path,
        "here": path[3:67] if path.startswith("/c/") else "",
        "reading": path[7:71] if path.startswith("/about/") else "",
    }


def _logo_path(logo: Logo) -> str:
    return picture_path(logo.digest, SIZES[0])


def _logo_width(logo: Logo) -> int:
    """How wide the logo is at the height that the header has for it, in CSS pixels."""
    return max(1, round(LOGO_HEIGHT * logo.width / logo.height))


@lru_cache(maxsize=8192)
def _money(amount: int, currency: str, locale: str) -> str:
    return str(format_currency(Decimal(amount).scaleb(-exponent(currency)), currency, locale=locale))


def _moment(at: datetime | None, pattern: str, shop: Shopfront) -> Markup | str:
    if at is None:
        return ""
    written = at.isoformat(timespec="milliseconds")
    digits = _DIGITS.get(pattern)
    if digits is None:
        text: str = _spelled(at.replace(microsecond=0), pattern, shop.zone, shop.locale)
    else:  # the same in every language, and babel would take ten times as long
        text = f"{_minute(written[:16] + written[23:], shop.zone)}{written[16:digits]}"
    return as_markup(f'<time datetime="{written[:19]}{written[23:]}">{text}</time>')


@lru_cache(maxsize=8192)
def _minute(written: str, zone: ZoneInfo) -> str:
    """What a clock there shows, of a minute in ISO 8601: orders of a busy hour share theirs, though not their seconds."""
    return datetime.fromisoformat(written).astimezone(zone).strftime("%H:%M")


@lru_cache(maxsize=8192)
def _spelled(at: datetime, pattern: str, zone: ZoneInfo, locale: str) -> Markup:
    return escape(format_datetime(at, pattern, tzinfo=zone, locale=locale))


def _art(assets: Assets, image: str, pixels: int = 560) -> str:
    """The address of an image: a drawing of ours by its name, or a merchant's photograph, for so many pixels.

    What has no picture yet gets an empty frame, which is nobody's sign.
    """
    if is_photograph(image):
        return address(image, pixels) or image
    name = f"art/{image}.svg"
    return assets.url(name if assets.has(name) else "icons/none.svg")
