"""Checking out over the API: what can be chosen, and the one command that places an order."""

from aiohttp import web
from msgspec import UNSET

from handlers import cart_code
from handlers.api import addresses, checkout_shapes, shapes
from handlers.api.orders import sums
from handlers.bodies import command_id
from handlers.checkout import placement
from handlers.keys import DB, LIMITS, SECRET, SHOP
from handlers.visitors import visitor
from shop.checkout import checked
from shop.errors import EmptyCart, InvalidFields
from shop.links import order_token
from shop.money import Money
from shop.quotes import Quote, quote
from storage import carts, orders


async def get_checkout_options(
    request: web.Request, asked: checkout_shapes.DeliveryQuery
) -> checkout_shapes.CheckoutOptions:
    """Answers where we send, how what is in the cart can travel to a country, and what that costs."""
    shop = request.app[SHOP]
    found, _ = await _quote(request, asked)
    return checkout_shapes.CheckoutOptions(
        countries=[checkout_shapes.CountryOption(c.code, c.name, c.example) for c in shop.terms.countries],
        country=found.country,
        shipping=[
            checkout_shapes.ShippingOption(
                way.code, way.name, way.line, Money(way.amount, shop.currency), way.collected
            )
            for way in found.offers.ways
        ],
        not_offered=[checkout_shapes.NoShipping(way.code, way.name, way.why) for way in found.offers.refused],
        hold_minutes=shop.hold_minutes,
    )


async def quote_checkout(request: web.Request, asked: checkout_shapes.DeliveryQuery) -> checkout_shapes.CheckoutQuote:
    """Answers what placing an order for the cart would cost, and how that comes about.

    Send its total along with the order, and it is placed at that or not at all.
    """
    found, filled = await _quote(request, asked)
    if not filled:
        raise EmptyCart("There is nothing in the cart to order.")
    if asked.shipping and found.offers.way(asked.shipping) is None:
        raise request.app[SHOP].terms.refusal(found.country, found.offers, asked.shipping)
    if found.cost is None or found.chosen is None:
        raise found.refusal or request.app[SHOP].terms.refusal(found.country, found.offers)
    return checkout_shapes.CheckoutQuote(
        country=found.country,
        shipping=found.chosen.code,
        shipping_name=found.chosen.name,
        sums=sums(found.cost, request.app[SHOP].currency),
    )


async def _quote(request: web.Request, asked: checkout_shapes.DeliveryQuery) -> tuple[Quote, bool]:
    """What is in the visitor's cart costs, sent there, and whether anything is in it.

    Raises InvalidFields for a country that we don't send to.
    """
    terms, who = request.app[SHOP].terms, await visitor(request)
    country = asked.country or terms.usual_country()
    if asked.country and not terms.sends_to(country):
        raise InvalidFields(fields={"country": f"We don't send there yet. {terms.where()}"})
    cart = await request.app[DB].read(carts.view, who.cart_id)
    promised = await cart_code.look(request, who, cart, cart.items_total)
    return quote(terms, cart.lines, country, asked.shipping, off=promised.off), bool(cart.lines)


async def place_order(request: web.Request, wish: checkout_shapes.OrderWish) -> shapes.OrderPlaced:
    """Places an order for what is in the cart, and holds it until `hold_until`.

    Nothing is paid yet: start a payment, or send the shopper's browser to `pay_url`. The same Idempotency-Key with the same
    body answers the same order, as it stands by then. A guest's first answer has the `token` of the order's link.
    With `total`, an order that would cost anything else is refused as `total_changed`, which carries both.
    """
    db = request.app[DB]
    request.app[LIMITS].checkout(request)
    who = await visitor(request)
    command = command_id(request, who.cart_id or "", wish, required=True)
    assert command is not None  # noqa: S101  it is required
    shop = request.app[SHOP]
    if wish.total is not None and wish.total.currency != shop.currency:
        raise InvalidFields(fields={"total": f"This shop's prices are in {shop.currency}."})
    details = checked(wish.details, shop.terms)
    if who.cart_id is None:
        raise EmptyCart("There is nothing in the cart to order.")
    seen = None if wish.total is None else wish.total.amount
    placed = await db.write(orders.place, placement(request, who, details, command, total=seen))
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
