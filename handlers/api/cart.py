"""The cart over the API. A change with an Idempotency-Key counts once, however often it is sent."""

from aiohttp import web

from handlers import cart_code
from handlers.api import addresses, shapes
from handlers.api.operations import Nothing
from handlers.bodies import command_id
from handlers.keys import CLOCK, DB, LIMITS, SHOP
from handlers.visitors import customer_id, visitor
from shop import cart, stock
from shop.cart import CartState, Line
from shop.codes import OnCart
from shop.errors import InvalidFields, NotFound
from shop.ids import VariantId
from shop.money import Money
from storage import cart_codes, carts
from storage.carts import Change


async def get_cart(request: web.Request, _asked: Nothing) -> shapes.CartView:
    """Answers the cart at today's prices and stock, and whether it can be checked out."""
    app, who = request.app, await visitor(request)
    found = await app[DB].read(carts.view, who.cart_id, customer_id(who))
    promised = await cart_code.look(request, who, found, found.items_total)
    return shapes.CartView(
        count=found.count,
        total=Money(found.items_total, app[SHOP].currency),
        ready=found.ready and not promised.trouble,
        version=found.version,
        lines=[_line(app, line) for line in found.lines],
        code=_code(promised, app[SHOP].currency) if promised.code else None,
    )


async def add_to_cart(request: web.Request, wish: shapes.NewLine) -> shapes.CartSum:
    """Adds units of a variant to the cart. The first time, a session with a cart is made."""
    request.app[LIMITS].change(request)
    quantity = cart.checked_quantity(wish.quantity, least=1)
    if not wish.variant.isprintable():
        raise NotFound
    cart_id = (await visitor(request)).own_cart()
    command = command_id(request, cart_id, wish)
    change = Change(cart_id, wish.variant, quantity, request.app[CLOCK](), command)
    return _sum(await request.app[DB].write(carts.add, change))


async def set_line(request: web.Request, wish: shapes.LineQuantity) -> shapes.CartSum:
    """Sets how many units of a variant the cart has; 0 takes the line away."""
    request.app[LIMITS].change(request)
    cart_id = (await visitor(request)).own_cart()
    change = Change(cart_id, VariantId(request.match_info["variant"]), wish.quantity, request.app[CLOCK]())
    return _sum(await request.app[DB].write(carts.put, change))


async def remove_line(request: web.Request, _wish: Nothing) -> shapes.CartSum:
    """Takes a line out of the cart; one that isn't there is gone already."""
    request.app[LIMITS].change(request)
    who = await visitor(request)
    if who.cart_id is None:
        return _empty(request)
    change = Change(who.cart_id, VariantId(request.match_info["variant"]), 0, request.app[CLOCK]())
    return _sum(await request.app[DB].write(carts.put, change))


async def agree_to_prices(request: web.Request, wish: shapes.PricesSeen) -> shapes.CartSum:
    """Consents to today's prices of everything in the cart, by the total that was seen."""
    request.app[LIMITS].change(request)
    who = await visitor(request)
    if who.cart_id is None:
        return _empty(request)
    if wish.total.currency != request.app[SHOP].currency:
        raise InvalidFields(fields={"total": f"This shop's prices are in {request.app[SHOP].currency}."})
    return _sum(await request.app[DB].write(carts.agree, who.cart_id, wish.total.amount, request.app[CLOCK]()))


async def use_code(request: web.Request, wish: shapes.CodeWish) -> shapes.CartSum:
    """Uses a promotion code for the cart, in the place of any other. It is redeemed when the order is placed.

    The cart's own code again is consent to what it gives by now.
    """
    request.app[LIMITS].code(request)
    who = await visitor(request)
    command = command_id(request, who.own_cart(), wish)
    return _sum(await cart_code.use(request, who, wish.code, command))


async def take_code_off(request: web.Request, _wish: Nothing) -> shapes.CartSum:
    """Takes the promotion code off the cart; one that isn't there is gone already."""
    request.app[LIMITS].change(request)
    who = await visitor(request)
    if who.cart_id is None:
        return _empty(request)
    return _sum(await request.app[DB].write(cart_codes.take_off, who.cart_id, request.app[CLOCK]()))


def _empty(request: web.Request) -> shapes.CartSum:
    return _sum(cart.state(cart.EMPTY, request.app[SHOP].currency))


def _sum(found: CartState) -> shapes.CartSum:
    return shapes.CartSum(
        count=found.count,
        total=Money(found.total, found.currency),
        lines=[
            shapes.CartLineSum(line.variant, line.quantity, Money(line.price, found.currency)) for line in found.lines
        ],
        code=found.code,
    )


def _code(promised: OnCart, currency: str) -> shapes.CartCode:
    trouble = promised.trouble
    return shapes.CartCode(
        code=promised.code,
        discount=Money(promised.off.items, currency),
        free_delivery=promised.off.shipping > 0,
        problem=trouble.code if trouble else None,
        detail=trouble.detail if trouble else "",
    )


def _line(app: web.Application, line: Line) -> shapes.CartLine:
    currency = app[SHOP].currency
    return shapes.CartLine(
        variant=line.variant,
        product=line.product,
        name=line.name,
        value=line.value,
        image=addresses.image(app, line.image),
        quantity=line.quantity,
        price=Money(line.price, currency),
        agreed=Money(line.agreed, currency),
        total=Money(line.total, currency),
        raised=line.raised,
        short_by=line.short_by,
        limit=line.limit,
        had=line.had,
        stock=stock.public(line.level),
        url=addresses.product(app, line.product, line.variant),
    )
