"""Giving back over the API: lines, the delivery, an amount, or everything; worked out by the shop, to the minor unit."""

from aiohttp import web
from msgspec import UNSET

from handlers.api import addresses, work_shapes
from handlers.bodies import command_id
from handlers.dashboard.orders import clerk_of, number_of
from handlers.keys import CLOCK, DB, LIMITS, WAKE
from handlers.visitors import require_staff
from shop.money import Money
from shop.refunds import Pick, Wish
from storage import documents, orders, refunds


async def refund_order(request: web.Request, wish: work_shapes.RefundWish) -> work_shapes.RefundMade:
    """Gives back units, the delivery or an amount. The same Idempotency-Key again is the same refund.

    Units of an order that is not sent are taken off it; take everything off, and it is cancelled and refunded in full. Units of
    one that was sent come back as `back` says. More than is left is refused (`refund_too_large`), with the `rest`. The provider
    is asked at once, and again until it has made it.
    """
    request.app[LIMITS].change(request)
    clerk = clerk_of(await require_staff(request))
    number, db = number_of(request), request.app[DB]
    command = command_id(request, f"refund {clerk.id}", repr(wish), required=True)
    picks = tuple(Pick(each.line, each.units, each.back, each.restock) for each in wish.lines)
    asked = Wish(picks, wish.delivery, wish.amount, wish.whole, wish.reason)
    seen = None if wish.seen is UNSET else wish.seen
    made = await db.write(refunds.make, refunds.Command(number, asked, clerk, command, seen, request.app[CLOCK]()))
    request.app[WAKE]()
    order = await db.read(orders.view, number)
    paper = await db.read(documents.find, number, made.rank)
    return work_shapes.RefundMade(
        number=number,
        rank=made.rank,
        amount=Money(made.amount, order.currency),
        refunded=Money(order.refunded_amount, order.currency),
        rest=Money(order.bill.rest, order.currency),
        status=order.status,
        document=paper.label if paper else "",
        order_url=addresses.order(request.app, number),
        version=order.version,
    )
