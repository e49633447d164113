"""Orders: their page, the way to the bank and back, and the link that opens a guest's order."""

from urllib.parse import quote

from aiohttp import web
from msgspec import Struct

from handlers import paying
from handlers.bodies import MAX_KEY_LENGTH, fingerprint, form_body
from handlers.keys import CLOCK, DB, LIMITS
from handlers.pages import NO_STORE, render
from handlers.visitors import own_order, visitor
from shop import countries
from shop.buying import Bought
from shop.checkout import Details
from shop.documents import Document, path, title
from shop.errors import NotFound, ProviderDown, WrongState
from shop.fulfilment import Fulfilment
from shop.ids import crockford
from shop.orders import Order, OrderStatus, state
from shop.payments import ENDED_UNPAID, OPEN_STATES
from storage import buying_again, documents, orders, sessions
from storage.commands import Id


class AgainForm(Struct, frozen=True, forbid_unknown_fields=True):
    """`command` is new on every page that is drawn, so that a double click is one wish."""

    command: str


async def show(request: web.Request) -> web.Response:
    """GET /orders/{number}: how the payment is going, after a look at the bank's books while it is open."""
    order = await own_order(request)
    if order.number != request.match_info["number"]:
        return _to(f"/orders/{order.number}")
    if order.payment in OPEN_STATES or "payment" in request.query:
        await paying.refresh(request.app, order.number, "return")
        order = await request.app[DB].read(orders.view, order.number)
    stands = state(order)
    context = {
        "order": order,
        "state": stands,
        "stations": tuple([(step.name, step.state, step.link != "") for step in stands.steps]),
        "texts": [step.text for step in stands.steps],
        "links": [step.link for step in stands.steps],
        "clocks": [step.at for step in stands.steps],
        "situation": situation(order),
        "again": await _bought_before(request, order),
        "command": crockford(16),
        "papers": await _papers(request, order),
        "country": countries.name(order.country),
    }
    return await render(request, "order.html", context, cache=NO_STORE)


async def buy_again(request: web.Request) -> web.Response:
    """POST /orders/{number}/again: puts what can still be bought into the cart, once however often it is sent.

    All of it leads to the cart; what could not be had is said on the order's page. Checkout then knows where it went the
    last time, if it was ordered from this cart.
    """
    request.app[LIMITS].change(request)
    form = await form_body(request, AgainForm)
    order = await own_order(request)
    who = await visitor(request)
    cart = who.own_cart()
    if order.cart == cart:
        who.keep_typed({name: getattr(order, name) for name in Details.__struct_fields__})
    command = Id(f"again {cart}", form.command[:MAX_KEY_LENGTH], fingerprint(order.number))
    bought = await request.app[DB].write(buying_again.put, order.number, cart, command, request.app[CLOCK]())
    if bought.put and not bought.missing:
        return _to("/cart")
    return _to(f"/orders/{order.number}?again={quote(command.key)}")


async def _papers(request: web.Request, order: Order) -> list[tuple[Document, str, str]]:
    """The order's invoice and credit notes, each with its title and where it is; nothing is asked for one that was never sold."""
    found = await request.app[DB].read(documents.of, order.number) if order.sold else []
    return [(paper, title(paper), path(paper)) for paper in found]


async def _bought_before(request: web.Request, order: Order) -> Bought | None:
    """What became of buying this order again, when the address says that it was just tried."""
    key = request.query.get("again", "") if request.query_string else ""
    cart = (await visitor(request)).cart_id if key else None
    if cart is None or "\0" in key:
        return None
    return await request.app[DB].read(buying_again.known, Id(f"again {cart}", key, fingerprint(order.number)))


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
    """What the shopper can do now: pay, retry, bank (wait), or where the goods or the money are, or that a newer order stands
    in its place. order-way.js says the same."""
    if order.payable:
        return "retry" if order.payment in ENDED_UNPAID else "pay"
    if order.status is OrderStatus.PAID and order.fulfilment is not Fulfilment.NONE:
        return order.fulfilment.value
    if order.status is OrderStatus.CANCELLED and order.replaced_by:
        return "replaced"
    return "bank" if order.status is OrderStatus.PLACED else order.status.value


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": NO_STORE})
