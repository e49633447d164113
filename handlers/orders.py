"""Orders: their page, the way to the bank and back, and the link that opens a guest's order."""

from aiohttp import web

from handlers import paying
from handlers.keys import DB, LIMITS
from handlers.pages import NO_STORE, render
from handlers.visitors import visitor
from shop.checkout import COUNTRIES, SHIPPING
from shop.errors import NotFound, ProviderDown, WrongState
from shop.ids import parse_order_number
from shop.orders import Order, OrderStatus, state
from shop.payments import ENDED_UNPAID, OPEN_STATES
from storage import orders, sessions


async def show(request: web.Request) -> web.Response:
    """GET /orders/{number}: how the payment is going, after a look at the bank's books while it is open."""
    order = await _own(request)
    if order.number != request.match_info["number"]:
        return _to(f"/orders/{order.number}")
    if order.payment in OPEN_STATES or "payment" in request.query:
        await paying.refresh(request.app, order.number, "return")
        order = await request.app[DB].read(orders.view, order.number)
    context = {
        "order": order,
        "state": state(order),
        "situation": situation(order),
        "country": COUNTRIES[order.country].name if order.country in COUNTRIES else order.country,
        "shipping": SHIPPING.get(order.shipping),
    }
    return await render(request, "order.html", context, cache=NO_STORE)


async def pay(request: web.Request) -> web.Response:
    """GET /orders/{number}/pay: on to the bank's page. A bank that is down costs a retry, never the order."""
    order = await _own(request)
    try:
        return _to(await paying.pay_address(request.app, order.number))
    except (WrongState, paying.PaymentRefused):
        return _to(f"/orders/{order.number}")
    except ProviderDown as down:
        response = await render(request, "bank_down.html", {"order": order}, status=down.status, cache=NO_STORE)
        response.headers["Retry-After"] = str(round(down.retry_seconds or paying.RETRY_SECONDS))
        return response


async def open_link(request: web.Request) -> web.Response:
    """GET /o/{token}: lets this session see the order that the link is for; raises NotFound."""
    request.app[LIMITS].link(request)
    number = await request.app[DB].read(orders.by_token, sessions.hash_of(request.match_info["token"]))
    if number is None:
        raise NotFound("This link opens no order. Check that it was copied whole.")
    (await visitor(request)).grant(number)
    return _to(f"/orders/{number}")


def situation(order: Order) -> str:
    """What the shopper can do now: pay, retry, bank (wait), or the order's status. order-way.js says the same."""
    if order.payable:
        return "retry" if order.payment in ENDED_UNPAID else "pay"
    return "bank" if order.status is OrderStatus.PLACED else order.status.value


async def _own(request: web.Request) -> Order:
    """The order, if this visitor may see it. A foreign one and one that isn't there are refused alike."""
    hidden = NotFound("If this order is yours, open it by the link in our mail, or sign in.")
    number = parse_order_number(request.match_info["number"])
    if number is None:
        raise hidden
    try:
        order = await request.app[DB].read(orders.view, number)
    except NotFound:
        raise hidden from None
    if not (await visitor(request)).may_see(order):
        raise hidden
    return order


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": NO_STORE})
