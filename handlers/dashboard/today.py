"""Today: the orders, figures and stock of the shop's day, for a desk or a wall, and where staff set what is on hand."""

from datetime import UTC, datetime
from functools import partial

from aiohttp import web
from babel.dates import format_datetime
from msgspec import Struct

from handlers.bodies import form_body
from handlers.dashboard.orders import STANDING, standing
from handlers.keys import CLOCK, DB, LIMITS, SHOP, Shopfront
from handlers.pages import NO_STORE, render
from handlers.visitors import require_staff
from shop.days import day_of
from shop.errors import InvalidFields, ShopError, StaleEdit
from shop.ids import OrderNumber, VariantId
from shop.orders import OrderRow, OrderStatus
from shop.stock import MAX_ON_HAND, PUBLIC_LIMIT, Level
from storage import stock, topics
from storage.stock import Edit
from storage.topics import StockRow

SCREEN_ORDERS = 6
SCREEN_SHORTAGES = 5
NEAR_ROWS = 12
"""Rows of stock that stand open on the page; the others are folded away below them."""

_BLANK_ORDER = OrderRow(OrderNumber(""), datetime.fromtimestamp(0, UTC), OrderStatus.PLACED, None, "", (), 0, "EUR")
"""The row that scripts copy and fill in."""


class StockForm(Struct, frozen=True, forbid_unknown_fields=True):
    """What a row of stock sends: the number typed, and the number that stood there when the page was drawn."""

    variant: str
    on_hand: str
    expected: int


class Refused(Struct, frozen=True):
    """A change of stock that was not made: whose row it was, what was typed, and why."""

    variant: str
    typed: str
    why: str


class StockLine(Struct, frozen=True):
    """A row of stock as the page draws it. `typed` is what its field holds."""

    row: StockRow
    level: Level
    typed: str
    why: str = ""


async def show(request: web.Request) -> web.Response:
    """GET /dashboard, for a desk, and ?screen=1, for a wall; raises Unauthenticated or Forbidden."""
    await require_staff(request)
    return await _page(request)


async def set_stock(request: web.Request) -> web.Response:
    """POST /dashboard/stock: sets what is on hand, and goes back to the row. A refusal is shown in the row.

    Raises NotFound for a variant that isn't there.
    """
    who = await require_staff(request)
    assert who.customer is not None  # noqa: S101  require_staff promises it
    request.app[LIMITS].change(request)
    form = await form_body(request, StockForm)
    try:
        await request.app[DB].write(stock.set_on_hand, _edit(form, who.customer.email, request.app[CLOCK]()))
    except (StaleEdit, InvalidFields) as refusal:
        refused = Refused(form.variant, form.on_hand, refusal.fields.get("on_hand", refusal.detail))
        return await _page(request, refused, refusal)
    return _to(f"/dashboard#v-{form.variant}")


async def stock_list(request: web.Request) -> web.Response:
    """GET /dashboard/stock: the list stands on the dashboard, and a page that showed a refusal can be loaded again."""
    await require_staff(request)
    return _to("/dashboard#stock")


def _edit(form: StockForm, actor: str, at: datetime) -> Edit:
    typed = form.on_hand.strip()
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= len(str(MAX_ON_HAND))):
        raise InvalidFields(fields={"on_hand": f"A whole number from 0 to {MAX_ON_HAND}, please."})
    return Edit(VariantId(form.variant), int(typed), form.expected, actor, "set on the dashboard", at)


async def _page(request: web.Request, refused: Refused | None = None, refusal: ShopError | None = None) -> web.Response:
    screen = request.query.get("screen") == "1"
    db, shop = request.app[DB], request.app[SHOP]
    day = day_of(request.app[CLOCK](), shop.zone)
    figures_at = await db.read(topics.figures_state, day)
    orders_at = await db.read(topics.orders_snapshot)
    stock_at, rows = await db.read(topics.stock_snapshot)
    lines = [_line(row, refused) for row in rows]
    if refusal is not None and not any(line.why for line in lines):
        raise refusal  # its row is not among those shown
    context = {
        "figures_at": figures_at,
        "orders_at": orders_at,
        "stock_at": stock_at,
        "lines": lines,
        "near_rows": NEAR_ROWS,
        "screen_orders": SCREEN_ORDERS,
        "screen_shortages": SCREEN_SHORTAGES,
        "few": PUBLIC_LIMIT,
        "most": MAX_ON_HAND,
        "blank_order": _BLANK_ORDER,
        "standing": standing,
        "words": STANDING,
        "when": partial(_when, start=day.start, shop=shop),
    }
    name = "dashboard/screen.html" if screen else "dashboard/today.html"
    return await render(request, name, context, status=refusal.status if refusal else 200, cache=NO_STORE)


def _line(row: StockRow, refused: Refused | None) -> StockLine:
    level = Level(row.on_hand, row.held)
    if refused is not None and refused.variant == row.variant:
        return StockLine(row, level, refused.typed, refused.why)
    return StockLine(row, level, str(row.on_hand))


def _when(at: datetime, start: datetime, shop: Shopfront) -> str:
    """The time of something of today, the day of something older."""
    return format_datetime(at, "HH:mm:ss" if at >= start else "d MMM", tzinfo=start.tzinfo, locale=shop.locale)


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": NO_STORE})
