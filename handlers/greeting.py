"""Greetings: what a page that is kept for everybody tells this visitor of themselves, in one read of the books."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from aiohttp import web

from handlers.keys import CLOCK, DB, SHOP
from handlers.sessions import cookie_name, secret_of
from shop.customers import Customer
from shop.errors import Unavailable
from shop.ids import CartId, CustomerId
from storage import carts, customers, sessions


class Greeting(NamedTuple):
    """Who somebody is, and how many units are in their cart as of which version; by the names that base.html has."""

    customer: Customer | None = None
    cart_count: int = 0
    cart_version: int = 0


class _Data(msgspec.Struct):
    """What of a session's data (handlers.visitors) a greeting needs."""

    cart: CartId | None = None
    customer: CustomerId | None = None


GUEST = Greeting()
_decode = msgspec.json.Decoder(_Data).decode


async def greeting(request: web.Request) -> Greeting:
    """The visitor as the top of a page shows them; a guest's when there is no session, or the books can't be read."""
    if "Cookie" not in request.headers and "Authorization" not in request.headers:
        return GUEST
    secret = secret_of(request, cookie_name(secure=request.app[SHOP].secure))
    if secret is None:
        return GUEST
    try:
        return await request.app[DB].read(_look, sessions.hash_of(secret), request.app[CLOCK]())
    except Unavailable:
        return GUEST


def _look(tx: Any, id_hash: bytes, now: datetime) -> Greeting:
    kept = sessions.data_of(tx, id_hash, now)
    if kept is None:
        return GUEST
    data = _decode(kept)
    customer = None if data.customer is None else customers.by_id(tx, data.customer)
    if data.cart is None:
        return Greeting(customer)
    return Greeting(customer, *carts.tally(tx, data.cart))
