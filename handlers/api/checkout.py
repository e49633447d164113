"""Checking out over the API: what can be chosen, and the one command that places an order."""

from aiohttp import web
from msgspec import UNSET

from handlers.api import addresses, shapes
from handlers.api.operations import Nothing
from handlers.bodies import command_id
from handlers.checkout import placement
from handlers.keys import DB, LIMITS, SECRET, SHOP
from handlers.visitors import visitor
from shop.checkout import COUNTRIES, SHIPPING, Details, checked
from shop.errors import EmptyCart
from shop.links import order_token
from shop.money import Money
from storage import orders


async def get_checkout_options(request: web.Request, _asked: Nothing) -> shapes.CheckoutOptions:
    """Answers where we send, how it can travel and what that costs."""
    shop = request.app[SHOP]
    return shapes.CheckoutOptions(
        countries=[shapes.CountryOption(c.code, c.name, c.example) for c in COUNTRIES.values()],
        shipping=[
            shapes.ShippingOption(way.code, way.name, way.line, Money(way.amount, shop.currency))
            for way in SHIPPING.values()
        ],
        hold_minutes=shop.hold_minutes,
    )


async def place_order(request: web.Request, wish: Details) -> shapes.OrderPlaced:
    """Places an order for what is in the cart, and holds it until `hold_until`.

    Nothing is paid yet: start a payment, or send the shopper's browser to `pay_url`. The same Idempotency-Key with the same
    body answers the same order, as it stands by then. A guest's first answer has the `token` of the order's link.
    """
    db = request.app[DB]
    request.app[LIMITS].checkout(request)
    who = await visitor(request)
    command = command_id(request, who.cart_id or "", wish, required=True)
    assert command is not None  # noqa: S101  it is required
    details = checked(wish)
    if who.cart_id is None:
        raise EmptyCart("There is nothing in the cart to order.")
    placed = await db.write(orders.place, placement(request, who, details, command))
    order = await db.read(orders.view, placed.number)
    return shapes.OrderPlaced(
        number=order.number,
        status=order.status,
        total=Money(order.total, order.currency),
        hold_until=order.hold_until,
        pay_url=addresses.pay(request.app, order.number),
        order_url=addresses.order(request.app, order.number),
        again=placed.again,
        token=UNSET if placed.again or order.customer else order_token(request.app[SECRET], order.number),
    )
