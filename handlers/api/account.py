"""Accounts over the API: becoming a customer, logging in and out, who is here, and one's own orders."""

from aiohttp import web
from msgspec import UNSET

from handlers import entering
from handlers.api import orders as orders_api
from handlers.api import shapes
from handlers.api.operations import Nothing
from handlers.keys import DB
from handlers.sessions import bearer
from handlers.visitors import require_customer, visitor
from shop.customers import Customer
from storage import carts, orders


async def register(request: web.Request, wish: shapes.NewCustomer) -> shapes.Entered:
    """Makes an account and logs in.

    The session comes as a cookie, or as a bearer token if `token` says so. What lies in the guest's cart stays in it.
    """
    made = await entering.registered(request, wish.name, wish.email, wish.password)
    return await _entered(request, made, as_token=wish.token)


async def log_in(request: web.Request, wish: shapes.Login) -> shapes.Entered:
    """Logs in, under a new session.

    The session comes as a cookie, or as a bearer token if `token` says so. The guest's cart and the customer's become one.
    """
    found = await entering.recognised(request, wish.email, wish.password)
    return await _entered(request, found, as_token=wish.token)


async def log_out(request: web.Request, _wish: Nothing) -> Nothing:
    """Ends the session, whether it is a cookie or a token, and closes its sockets. Does nothing without one."""
    who = await visitor(request)
    if who.mark is not None:
        await who.leave()
    return Nothing()


async def get_session(request: web.Request, _asked: Nothing) -> shapes.Session:
    """Answers who is here, and how many things are in the cart."""
    who = await visitor(request)
    cart = await request.app[DB].read(carts.view, who.cart_id)
    return shapes.Session(person(who.customer) if who.customer else None, cart.count, who.mark)


async def get_me(request: web.Request, _asked: Nothing) -> shapes.Person:
    """Answers the customer who is logged in."""
    return person(await _customer(request))


async def list_my_orders(request: web.Request, asked: shapes.NewestQuery) -> shapes.OrderList:
    """Lists the customer's newest orders."""
    me = await _customer(request)
    found = await request.app[DB].read(orders.of_customer, me.id, asked.limit)
    return shapes.OrderList([orders_api.brief(request.app, order) for order in found])


def person(customer: Customer) -> shapes.Person:
    return shapes.Person(customer.email, customer.name, customer.role)


async def _entered(request: web.Request, customer: Customer, *, as_token: bool) -> shapes.Entered:
    # Who comes with a bearer token keeps no cookies, so a new secret could reach it in no other way.
    as_token = as_token or bearer(request) is not None
    secret = await entering.enter(request, customer, as_token=as_token)
    return shapes.Entered(person(customer), secret if as_token else UNSET)


async def _customer(request: web.Request) -> Customer:
    who = await require_customer(request)
    assert who.customer is not None  # noqa: S101  require_customer promises it
    return who.customer
