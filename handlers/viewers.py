"""Who looks through a socket: the visitor of its handshake, as far as topics care."""

from aiohttp import web

from handlers.keys import DB
from handlers.visitors import Visitor, visitor
from live.viewer import Viewer
from shop.errors import NotFound
from shop.ids import OrderNumber
from storage import orders


async def viewer(request: web.Request) -> Viewer:
    """The viewer behind a websocket request (handlers.live.VIEWER)."""
    guest = await visitor(request)

    async def may_see(number: str) -> bool:
        return await _may_see(request, guest, number)

    return Viewer(
        tag=guest.mark,
        cart_id=guest.cart_id,
        customer_id=guest.customer.id if guest.customer else None,
        staff=guest.staff,
        screen=guest.screen is not None,
        orders=frozenset(guest.orders),
        look_up=may_see,
    )


async def _may_see(request: web.Request, guest: Visitor, number: str) -> bool:
    try:
        order = await request.app[DB].read(orders.view, OrderNumber(number))
    except NotFound:
        return False
    return guest.may_see(order)
