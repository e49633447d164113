"""Orders as staff see them: how one stands, in a word and a shape, and a page for each."""

from datetime import datetime

from aiohttp import web

from handlers.keys import DB
from handlers.pages import NO_STORE, render
from handlers.visitors import require_staff
from shop.checkout import COUNTRIES, SHIPPING
from shop.errors import NotFound
from shop.ids import parse_order_number
from shop.orders import Order, OrderStatus
from shop.payments import PaymentState
from storage import orders

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


async def show(request: web.Request) -> web.Response:
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
    return await render(request, "dashboard/order.html", context, cache=NO_STORE)


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
