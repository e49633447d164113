"""Orders: their page, the way to the bank and back, and the link that opens a guest's order."""

from aiohttp import web

from handlers import paying
from handlers.keys import DB, LIMITS
from handlers.pages import NO_STORE, render
from handlers.visitors import own_order, visitor
from shop.checkout import COUNTRIES, SHIPPING
from shop.errors import NotFound, ProviderDown, WrongState
from shop.orders import Order, OrderStatus, state
from shop.payments import ENDED_UNPAID, OPEN_STATES
from storage import orders, sessions


async def show(request: web.Request) -> web.Response:
    """GET /orders/{number}: how the payment is going, after a look at the bank's books while it is open."""
    order = await own_order(request)
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
    order = await own_order(request)
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


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": NO_STORE})
