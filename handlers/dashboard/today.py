"""Today: the figures, orders and shortages of the shop's day, for a desk or a wall, and what another day came to."""

from datetime import UTC, date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from aiohttp import web
from babel.dates import format_datetime

from handlers.dashboard.orders import STANDING, standing
from handlers.dashboard.stock import lines
from handlers.keys import CLOCK, DB, SHOP, Shopfront
from handlers.pages import NO_STORE, money, render
from handlers.visitors import require_screen, require_staff, visitor
from shop.days import Compared, Day, day_of, day_on, earlier, so_far, whole
from shop.errors import InvalidFields
from shop.figures import BestSeller, Figures, told
from shop.ids import OrderNumber, VariantId
from shop.orders import OrderRow, OrderStatus
from shop.stock import MAX_ON_HAND, Shortage
from storage import stocktaking, topics
from storage.stocktaking import Show

SCREEN_ORDERS = 6
SCREEN_SHORTAGES = 5
DESK_SHORTAGES = 6
FIRST_YEAR = 2000

_BLANK_ORDER = OrderRow(OrderNumber(""), datetime.fromtimestamp(0, UTC), OrderStatus.PLACED, None, "", (), 0, "EUR")
_BLANK_SHORTAGE = Shortage(VariantId(""), "", "", "", "", 0, 0)
_BLANK_BEST = BestSeller(VariantId(""), "", "", "", "", 0)
"""The rows that scripts copy and fill in."""


async def show(request: web.Request) -> web.Response:
    """GET /dashboard, for a desk, ?screen=1 for a wall, ?day=2026-11-20 for another day.

    Raises Unauthenticated, Forbidden, or InvalidFields for a day that the shop has not had.
    """
    if request.query.get("screen") == "1":
        who = await visitor(request)
        if who.screen is None and who.customer is None:  # a wall that was signed out has no keyboard for a password
            return _to("/screen")
        await require_screen(request)
        return await _wall(request)
    await require_staff(request)
    if "day" in request.query:
        return await _another_day(request)
    return await _desk(request)


async def _desk(request: web.Request) -> web.Response:
    db, shop = request.app[DB], request.app[SHOP]
    compared = so_far(request.app[CLOCK](), ZoneInfo(shop.timezone))
    context = {
        "figures_at": await _figures(request, compared),
        "orders_at": await db.read(topics.orders_snapshot),
        "low_at": await db.read(topics.low_state),
        **_words(compared, shop),
    }
    shelf = await db.read(stocktaking.shelf, (), Show.LOW, 0, DESK_SHORTAGES)
    context |= {"stock_at": shelf.position, "lines": lines(shelf.rows), "most": MAX_ON_HAND, "blank_best": _BLANK_BEST}
    return await render(request, "dashboard/today.html", context, cache=NO_STORE)


async def _wall(request: web.Request) -> web.Response:
    db, shop = request.app[DB], request.app[SHOP]
    compared = so_far(request.app[CLOCK](), ZoneInfo(shop.timezone))
    context = {
        "figures_at": await _figures(request, compared),
        "orders_at": await db.read(topics.orders_snapshot),
        "low_at": await db.read(topics.low_state),
        "screen_orders": SCREEN_ORDERS,
        "screen_shortages": SCREEN_SHORTAGES,
        "blank_shortage": _BLANK_SHORTAGE,
        **_words(compared, shop),
    }
    return await render(request, "dashboard/screen.html", context, cache=NO_STORE)


async def _another_day(request: web.Request) -> web.Response:
    zone = ZoneInfo(request.app[SHOP].timezone)
    today = day_of(request.app[CLOCK](), zone)
    day = _asked_day(request.query["day"], today, zone)
    if day == today:
        return _to("/dashboard")
    _, figures = await _figures(request, whole(day))
    context = {
        "figures": figures,
        "at": day.start,
        "today": today.date,
        "before": earlier(day, 1).date,
        "after": day_on(day.end.date(), zone).date,
    }
    return await render(request, "dashboard/day.html", context, cache=NO_STORE)


def _asked_day(text: str, today: Day, zone: ZoneInfo) -> Day:
    try:
        asked = date.fromisoformat(text.strip()[:10])
    except ValueError:
        asked = date.min
    if not asked.year >= FIRST_YEAR or asked.isoformat() > today.date:
        raise InvalidFields(
            "Give a day that is over, such as 2026-11-20.", fields={"day": "A day that is over, please."}
        )
    return day_on(asked, zone)


async def _figures(request: web.Request, compared: Compared) -> tuple[int, Figures]:
    version, counts = await request.app[DB].read(topics.figures_state, compared)
    return version, told(counts, compared, partial(money, locale=request.app[SHOP].locale))


def _words(compared: Compared, shop: Shopfront) -> dict[str, object]:
    """How orders are told."""
    return {
        "blank_order": _BLANK_ORDER,
        "standing": standing,
        "words": STANDING,
        "when": partial(_when, start=compared.day.day.start, shop=shop),
    }


def _when(at: datetime, start: datetime, shop: Shopfront) -> str:
    """The time of something of today, the day of something older."""
    return format_datetime(at, "HH:mm:ss" if at >= start else "d MMM", tzinfo=start.tzinfo, locale=shop.locale)


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": NO_STORE})
