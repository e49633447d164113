"""The dashboard: what staff see of the shop's day, and where they set what is on hand. Browsers keep none of it."""

from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from aiohttp import web
from babel.dates import format_datetime
from msgspec import Struct

from handlers.bodies import form_body
from handlers.keys import CLOCK, DB, LIMITS, SHOP, Shopfront
from handlers.pages import NO_STORE, render
from handlers.visitors import require_staff
from shop.checkout import COUNTRIES, SHIPPING
from shop.days import day_of
from shop.errors import InvalidFields, NotFound, ShopError, StaleEdit
from shop.ids import OrderNumber, VariantId, parse_order_number
from shop.orders import Order, OrderRow, OrderStatus
from shop.payments import PaymentState
from shop.stock import MAX_ON_HAND, PUBLIC_LIMIT, Level
from storage import orders, stock, topics
from storage.stock import Edit
from storage.topics import StockRow

SCREEN_ORDERS = 6
SCREEN_SHORTAGES = 5
NEAR_ROWS = 12
"""Rows of stock that stand open on the page; the others are folded away below them."""

STANDING = {
    "placed": ("", "To be paid"),
    "placed/created": ("bank", "At the bank"),
    "placed/needs_action": ("bank", "At the bank"),
    "placed/processing": ("bank", "Checking"),
    "placed/authorized": ("bank", "Checking"),
    "placed/failed": ("failed", "Declined"),
    "placed/cancelled": ("failed", "Cancelled"),
    "placed/expired": ("failed", "Expired"),
    "paid": ("paid", "Paid"),
    "cancelled": ("failed", "Not paid"),
    "cancelled/failed": ("failed", "Declined"),
    "refunding": ("bank", "Refunding"),
    "refunded": ("failed", "Refunded"),
}
"""How an order stands: its shape's class and its word, by status and payment, else by status. Scripts read it too."""

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


async def today(request: web.Request) -> web.Response:
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


async def order(request: web.Request) -> web.Response:
    """GET /dashboard/orders/{number}: an order as staff see it; raises NotFound."""
    await require_staff(request)
    number = parse_order_number(request.match_info["number"])
    if number is None:
        raise NotFound("There is no such order.")
    found = await request.app[DB].read(orders.view, number)
    context = {
        "order": found,
        "standing": standing(found.status, found.payment),
        "timeline": timeline(found),
        "country": COUNTRIES[found.country].name if found.country in COUNTRIES else found.country,
        "shipping": SHIPPING[found.shipping].name if found.shipping in SHIPPING else found.shipping,
    }
    return await render(request, "dashboard_order.html", context, cache=NO_STORE)


def standing(status: OrderStatus, payment: PaymentState | None) -> tuple[str, str]:
    """How an order stands: the class of its shape, and the word."""
    return STANDING.get(f"{status}/{payment}", STANDING[status.value])


def timeline(found: Order) -> list[tuple[str, datetime]]:
    """What happened to an order, in order of time, and what is still to happen by itself."""
    ended = "Paid too late, refund begun" if found.paid_at else "Ended without payment, stock is back"
    steps = [("Placed, stock held", found.placed_at), ("At the bank", found.bank_at)]
    steps += [("Paid", found.paid_at), (ended, found.ended_at)]
    if found.status is OrderStatus.PLACED:
        steps.append(("Held until", found.hold_until))
    return sorted(((what, at) for what, at in steps if at is not None), key=lambda step: step[1])


def _edit(form: StockForm, actor: str, at: datetime) -> Edit:
    typed = form.on_hand.strip()
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= len(str(MAX_ON_HAND))):
        raise InvalidFields(fields={"on_hand": f"A whole number from 0 to {MAX_ON_HAND}, please."})
    return Edit(VariantId(form.variant), int(typed), form.expected, actor, "set on the dashboard", at)


async def _page(request: web.Request, refused: Refused | None = None, refusal: ShopError | None = None) -> web.Response:
    screen = request.query.get("screen") == "1"
    db, shop = request.app[DB], request.app[SHOP]
    day = day_of(request.app[CLOCK](), ZoneInfo(shop.timezone))
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
    name = "dashboard_screen.html" if screen else "dashboard.html"
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
