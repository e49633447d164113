"""Orders over the API: reading one's own, and starting to pay."""

from aiohttp import web

from handlers import paying
from handlers.api import addresses, shapes
from handlers.api.operations import Nothing
from handlers.api.order_shapes import OrderItem, OrderStep, RefundSeen
from handlers.keys import LIMITS
from handlers.visitors import own_order
from shop.ids import shown
from shop.money import Money
from shop.orders import Order, OrderLine, OrderRow, row, state
from shop.pricing import Cost


async def get_order(request: web.Request, _asked: Nothing) -> shapes.OrderDetail:
    """Answers an order and how its payment is going.

    It is there for who placed it, whoever opened it by its link, and staff; for anybody else there is nothing.
    """
    return _detail(request.app, await own_order(request))


async def start_payment(request: web.Request, _wish: Nothing) -> shapes.PaymentStarted:
    """Opens a payment at the provider and answers where to pay it.

    An open one is answered again, and after one that failed a new one is made: an order is never charged twice.
    """
    request.app[LIMITS].checkout(request)
    order = await own_order(request)
    return shapes.PaymentStarted(order.number, await paying.pay_address(request.app, order.number))


def brief(app: web.Application, order: Order) -> shapes.OrderBrief:
    return brief_of_row(app, row(order))


def brief_of_row(app: web.Application, found: OrderRow) -> shapes.OrderBrief:
    return shapes.OrderBrief(
        number=found.number,
        shown=shown(found.number),
        status=found.status,
        cancelled_by_shop=bool(found.cancelled_by),
        payment=found.payment,
        fulfilment=found.fulfilment,
        summary=found.summary,
        total=Money(found.total, found.currency),
        refunded=Money(found.refunded, found.currency),
        placed_at=found.at,
        order_url=addresses.order(app, found.number),
    )


def _detail(app: web.Application, order: Order) -> shapes.OrderDetail:
    seen = state(order)
    return shapes.OrderDetail(
        number=order.number,
        shown=shown(order.number),
        status=order.status,
        cancelled_by_shop=bool(order.cancelled_by),
        replaced_by=order.replaced_by,
        payment=order.payment,
        fulfilment=order.fulfilment,
        headline=seen.headline,
        steps=[OrderStep(step.name, step.state, step.text, step.at, step.link) for step in seen.steps],
        payable=order.payable,
        items_total=Money(order.items_amount, order.currency),
        code=order.code,
        discount=Money(order.cost.discount, order.currency),
        total=Money(order.total, order.currency),
        sums=sums(order.cost, order.currency),
        delivery=_delivery(order),
        lines=[_item(app, line, order.currency) for line in order.lines],
        placed_at=order.placed_at,
        hold_until=seen.hold_until,
        paid_at=order.paid_at,
        packed_at=order.packed_at,
        shipped_at=order.shipped_at,
        delivered_at=order.delivered_at,
        refunded=Money(order.refunded_amount, order.currency),
        refunds=[RefundSeen(each.what, Money(each.amount, each.currency), each.at, each.done) for each in seen.refunds],
        carrier=order.parcel.carrier,
        tracking=order.parcel.tracking,
        tracking_url=order.parcel.link,
        pay_url=addresses.pay(app, order.number),
        order_url=addresses.order(app, order.number),
        version=order.version,
    )


def sums(cost: Cost, currency: str) -> shapes.Sums:
    """How a total comes about."""
    return shapes.Sums(
        items=Money(cost.items, currency),
        delivery=Money(cost.shipping.amount, currency),
        discount=Money(cost.discount, currency),
        tax=Money(cost.tax, currency),
        taxes=[shapes.TaxAmount(t.rate, Money(t.base, currency), Money(t.tax, currency)) for t in cost.taxes],
        tax_included=cost.tax_included,
        total=Money(cost.total, currency),
    )


def _delivery(order: Order) -> shapes.Delivery:
    return shapes.Delivery(
        email=order.email,
        name=order.name,
        street=order.street,
        postcode=order.postcode,
        town=order.town,
        country=order.country,
        shipping=order.shipping,
        shipping_name=order.shipping_name,
        collected=order.collected,
        price=Money(order.shipping_amount, order.currency),
    )


def _item(app: web.Application, line: OrderLine, currency: str) -> OrderItem:
    return OrderItem(
        variant=line.variant,
        product=line.product,
        name=line.name,
        value=line.value,
        image=addresses.image(app, line.image),
        price=Money(line.price, currency),
        quantity=line.quantity,
        total=Money(line.total, currency),
        refunded=line.refunded,
        back=line.back,
        tax=Money(line.tax, currency),
        tax_rate=line.rate,
    )
