"""Customers as staff see them: everybody with an account or an order, and what each has ordered."""

from urllib.parse import urlencode

from aiohttp import web
from msgspec import Struct

from handlers.bodies import converted
from handlers.dashboard import order_list
from handlers.dashboard.feed import feed_context
from handlers.keys import CLOCK, DB, SHOP
from handlers.pages import NO_STORE, render
from handlers.visitors import require_staff
from shop.customers import normal_email
from shop.days import day_of
from shop.errors import MalformedBody, NotFound
from shop.order_search import Place
from shop.search import parse
from storage import customer_list, outbox

PAGE_CUSTOMERS = 50
PAGE_ORDERS = 100


class Fields(Struct, frozen=True):
    """The address's query: a list, or one person by their email."""

    q: str = ""
    after: str = ""
    email: str = ""


async def show(request: web.Request) -> web.Response:
    """GET /dashboard/customers?q=&after=, and ?email= for one of them; raises NotFound."""
    await require_staff(request)
    fields = _fields(request)
    if fields.email:
        return await _one(request, normal_email(fields.email), order_list.place_of(fields.after))
    query = parse(fields.q)
    to_go = await order_list.catch_up(request.app[DB], query.words, order_list.WORDS_SECONDS)
    found = await request.app[DB].read(customer_list.page, query.words, query.text, fields.after, PAGE_CUSTOMERS)
    after = {"q": fields.q, "after": found.next or ""}
    context = {
        "fields": fields,
        "found": found,
        "to_go": to_go,
        "currency": request.app[SHOP].currency,
        "next": f"/dashboard/customers?{urlencode({k: v for k, v in after.items() if v})}" if found.next else None,
    }
    return await render(request, "dashboard/customers.html", context, cache=NO_STORE)


async def _one(request: web.Request, email: str, after: Place | None) -> web.Response:
    db, app = request.app[DB], request.app
    position = await db.read(outbox.head)
    [buyer] = await db.read(customer_list.buyers, [email])
    orders, next_place = await db.read(customer_list.orders_of, email, after, PAGE_ORDERS)
    if not buyer.account and buyer.newest is None:
        raise NotFound("Nobody has an account or an order with this email.")
    today = day_of(app[CLOCK](), app[SHOP].zone).start
    context = {
        "buyer": buyer,
        "orders": orders,
        "first": f"/dashboard/customers?{urlencode({'email': email})}" if after else None,
        "next": _after(email, next_place) if next_place else None,
        "position": position,
        "currency": app[SHOP].currency,
        **feed_context(app, today),
    }
    return await render(request, "dashboard/customer.html", context, cache=NO_STORE)


def _after(email: str, place: Place) -> str:
    return f"/dashboard/customers?{urlencode({'email': email, 'after': order_list.after_text(place)})}"


def _fields(request: web.Request) -> Fields:
    try:
        return converted({name: value.replace("\0", "") for name, value in request.query.items()}, Fields)
    except MalformedBody:
        return Fields()
