"""What staff do to an order over the API: claim, pack, send and cancel it. Each may be sent twice without a second effect."""

from collections.abc import Callable
from typing import Any

from aiohttp import web
from msgspec import UNSET

from handlers.api import addresses, work_shapes
from handlers.api.operations import Nothing
from handlers.dashboard.orders import clerk_of, number_of
from handlers.keys import CLOCK, DB, WAKE
from handlers.visitors import require_staff
from shop.fulfilment import Parcel
from shop.ids import CustomerId, shown
from shop.money import Money
from shop.orders import Order
from storage import fulfilment, orders


async def claim_order(request: web.Request, wish: work_shapes.ClaimWish) -> work_shapes.OrderWork:
    """Claims a paid order to pack it. Of two at once one gets it; the other's refusal says who.

    `take_over_from` takes it over deliberately, from whom you saw having it and from nobody else.
    """
    if wish.take_over_from is UNSET:
        return await _done(request, fulfilment.claim)
    return await _done(request, fulfilment.take_over, CustomerId(wish.take_over_from))


async def release_order(request: web.Request, _wish: Nothing) -> work_shapes.OrderWork:
    """Lets go of your own claim."""
    return await _done(request, fulfilment.release)


async def pack_order(request: web.Request, _wish: Nothing) -> work_shapes.OrderWork:
    """Marks an order that you have claimed as packed."""
    return await _done(request, fulfilment.pack)


async def unpack_order(request: web.Request, _wish: Nothing) -> work_shapes.OrderWork:
    """Takes "packed" back, while it is not sent; you have claimed it then."""
    return await _done(request, fulfilment.unpack)


async def ship_order(request: web.Request, wish: work_shapes.ParcelWish) -> work_shapes.OrderWork:
    """Marks a packed order as sent. The shopper is told at once, and by mail."""
    return await _done(request, fulfilment.ship, Parcel(wish.carrier, wish.tracking, wish.tracking_url))


async def track_order(request: web.Request, wish: work_shapes.ParcelWish) -> work_shapes.OrderWork:
    """Corrects how a parcel that was sent can be followed."""
    return await _done(request, fulfilment.track, Parcel(wish.carrier, wish.tracking, wish.tracking_url))


async def deliver_order(request: web.Request, _wish: Nothing) -> work_shapes.OrderWork:
    """Marks a sent order as delivered. What is collected is with its buyer at once, so there it is refused."""
    return await _done(request, fulfilment.deliver)


async def cancel_order(request: web.Request, _wish: Nothing) -> work_shapes.OrderWork:
    """Cancels an order that is not paid: its units can be bought again, and its payment is ended at the provider.

    Should money come afterwards, it is sent back.
    """
    done = await _done(request, orders.cancel)
    request.app[WAKE]()
    return done


async def _done(request: web.Request, verb: Callable[..., Order], *more: Any) -> work_shapes.OrderWork:
    clerk = clerk_of(await require_staff(request))
    order = await request.app[DB].write(verb, number_of(request), clerk, *more, request.app[CLOCK]())
    claim = None if order.claim is None else work_shapes.ClaimMade(order.claim.by, order.claim.name, order.claim.at)
    return work_shapes.OrderWork(
        number=order.number,
        shown=shown(order.number),
        status=order.status,
        payment=order.payment,
        fulfilment=order.fulfilment,
        claim=claim,
        packed_at=order.packed_at,
        shipped_at=order.shipped_at,
        delivered_at=order.delivered_at,
        refunded=Money(order.refunded_amount, order.currency),
        carrier=order.parcel.carrier,
        tracking=order.parcel.tracking,
        tracking_url=order.parcel.link,
        order_url=addresses.order(request.app, order.number),
        version=order.version,
    )
