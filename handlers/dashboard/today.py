"""Today: the figures, orders and shortages of the shop's day, for a desk or a wall, and what another day came to."""

from datetime import date
from functools import partial
from zoneinfo import ZoneInfo

from aiohttp import web

from handlers.dashboard.feed import feed_context
from handlers.dashboard.order_list import SHOWN
from handlers.dashboard.stock import StockLine, lines
from handlers.keys import CLOCK, DB, SHOP
from handlers.pages import NO_STORE, money, render
from handlers.visitors import require_screen, require_staff, visitor
from shop.days import Compared, Day, day_of, day_on, earlier, so_far, whole
from shop.errors import InvalidFields
from shop.figures import BestSeller, Figures, told
from shop.ids import VariantId
from shop.order_search import Show
from shop.stock import MAX_ON_HAND, Shortage
from storage import stocktaking, topics
from storage.stocktaking import Counter

SCREEN_ORDERS = 6
SCREEN_SHORTAGES = 5
DESK_SHORTAGES = 6
FIRST_YEAR = 2000
FILTERS = {show: SHOWN[show] for show in (Show.ALL, Show.PACK, Show.SHIP, Show.WAITING, Show.SHIPPED)}
"""What the feed can be cut down to, by ?show= in the address."""

_BLANK_SHORTAGE = Shortage(VariantId(""), "", "", "", "", 0, 0, 0)
_BLANK_LINE = StockLine(
    Counter(VariantId("VARIANT"), "", "NAME", "", "", "", 0, 0, 0, visible=True, retired=False), "0"
)
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
    show_only = Show(request.query.get("show", "")) if request.query.get("show") in FILTERS else Show.ALL
    compared = so_far(request.app[CLOCK](), shop.zone)
    context = {
        "figures_at": await _figures(request, compared),
        "orders_at": await db.read(topics.orders_snapshot, show_only),
        "low_at": await db.read(topics.low_state),
        "show": show_only,
        "filters": FILTERS,
        **feed_context(request.app, compared.day.day.start),
    }
    shelf = await db.read(stocktaking.shelf, (), stocktaking.Show.LOW, 0, DESK_SHORTAGES)
    context |= {"stock_at": shelf.position, "lines": lines(shelf.rows), "most": MAX_ON_HAND, "room": DESK_SHORTAGES}
    context |= {"blank_line": _BLANK_LINE, "blank_best": _BLANK_BEST}
    return await render(request, "dashboard/today.html", context, cache=NO_STORE)


async def _wall(request: web.Request) -> web.Response:
    db, shop = request.app[DB], request.app[SHOP]
    compared = so_far(request.app[CLOCK](), shop.zone)
    context = {
        "figures_at": await _figures(request, compared),
        "orders_at": await db.read(topics.orders_snapshot),
        "low_at": await db.read(topics.low_state),
        "screen_orders": SCREEN_ORDERS,
        "screen_shortages": SCREEN_SHORTAGES,
        "blank_shortage": _BLANK_SHORTAGE,
        **feed_context(request.app, compared.day.day.start),
    }
    return await render(request, "dashboard/screen.html", context, cache=NO_STORE)


async def _another_day(request: web.Request) -> web.Response:
    zone = request.app[SHOP].zone
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


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": NO_STORE})
