"""The cart's page: what is in it at today's prices and stock, and the few forms that change it."""

from typing import Any

from aiohttp import web
from msgspec import Struct

from handlers import cart_code
from handlers.bodies import form_body
from handlers.keys import CLOCK, DB, LIMITS, SHOP
from handlers.pages import NO_STORE, render
from handlers.visitors import customer_id, visitor
from shop import countries, holds
from shop.cart import Cart, Line, checked_quantity
from shop.codes import OnCart
from shop.errors import CodeRefused, InvalidFields, PriceChanged, ShopError, TooManyRequests
from shop.ids import CartId, CustomerId, VariantId, crockford
from shop.orders import Order
from shop.quotes import quote
from storage import cart_codes, carts, orders
from storage.carts import Change

NOT_THERE = frozenset({"gone", "out", "held"})
"""Troubles of lines that can't be had now, so they are not in the total either."""


class AddForm(Struct, frozen=True, forbid_unknown_fields=True):
    variant: str
    quantity: int = 1


class LineForm(Struct, frozen=True, forbid_unknown_fields=True):
    """How many of a variant there should be: `quantity`, and `step` more or fewer for the buttons beside it.

    `agreed` is the unit price that was shown to whoever keeps it at a raised one.
    """

    variant: str
    quantity: int
    step: int = 0
    agreed: int | None = None


class AgreeForm(Struct, frozen=True, forbid_unknown_fields=True):
    """Consent to all prices of the cart, whose `total` was shown."""

    total: int


async def show(request: web.Request) -> web.Response:
    """GET /cart"""
    return await page(request)


async def add(request: web.Request) -> web.Response:
    """POST /cart: adds units of a variant, and shows the cart."""
    app = request.app
    form = await form_body(request, AddForm)
    app[LIMITS].change(request)
    who = await visitor(request)
    change = Change(who.own_cart(), VariantId(form.variant), form.quantity, app[CLOCK]())
    try:
        await who.keep_with(app[DB].begin(carts.add, change))
    except InvalidFields as refusal:
        return await page(request, refusal)
    return _to_cart()


async def put(request: web.Request) -> web.Response:
    """POST /cart/lines: sets how many units of a variant there are; none takes the line away."""
    form = await form_body(request, LineForm)
    request.app[LIMITS].change(request)
    who = await visitor(request)
    new = who.cart_id is None
    try:
        quantity = max(0, checked_quantity(form.quantity) + form.step)
        now = request.app[CLOCK]()
        change = Change(who.own_cart(), VariantId(form.variant), quantity, now, agreed=form.agreed)
        await request.app[DB].write(carts.put, change)
    except InvalidFields as refusal:
        if new:
            who.disown_cart()
        return await page(request, refusal)
    return _to_cart()


async def agree(request: web.Request) -> web.Response:
    """POST /cart/agree: consents to the prices that the cart's page shows."""
    form = await form_body(request, AgreeForm)
    request.app[LIMITS].change(request)
    who = await visitor(request)
    try:
        if who.cart_id is not None:
            await request.app[DB].write(carts.agree, who.cart_id, form.total, request.app[CLOCK]())
    except PriceChanged as refusal:
        return await page(request, refusal)
    return _to_cart()


async def change_code(request: web.Request) -> web.Response:
    """POST /cart/code: uses a code, or takes the cart's off. A refusal is shown beside the field."""
    form = await form_body(request, cart_code.CodeForm)
    who = await visitor(request)
    if form.off:
        request.app[LIMITS].change(request)
        if who.cart_id is not None:
            await request.app[DB].write(cart_codes.take_off, who.cart_id, request.app[CLOCK]())
        return _to_cart()
    new = who.cart_id is None
    try:
        request.app[LIMITS].code(request)
        await cart_code.use(request, who, form.code)
    except (CodeRefused, TooManyRequests) as refusal:
        if new:
            who.disown_cart()
        return await page(request, refusal, typed=form.code)
    return _to_cart()


async def page(request: web.Request, refusal: ShopError | None = None, typed: str | None = None) -> web.Response:
    """The cart's page; with a refusal, it says what could not be done and answers its status.

    It says so on top, or, when a code was `typed`, beside the field for it.
    """
    who = await visitor(request)
    cart, waiting = await request.app[DB].read(_read, who.cart_id, customer_id(who))
    troubles = {line.variant: trouble(cart, line) for line in cart.lines}
    there = [line for line in cart.lines if troubles[line.variant] not in NOT_THERE]
    terms = request.app[SHOP].terms
    # What was chosen at a checkout before is counted on, until the next one asks.
    wished = who.typed.get("country", "")
    country = wished if terms.sends_to(wished) else terms.usual_country()
    promised = await cart_code.look(request, who, cart, sum(line.total for line in there))
    if isinstance(refusal, CodeRefused) and cart.wish and refusal.extra.get("promo") == cart.wish.code:
        promised = OnCart(cart.wish.code, trouble=refusal)
    beside = typed is not None and not promised.code
    context = {
        "cart": cart,
        "counted": sum(line.quantity for line in there),
        "estimate": quote(terms, there, country, who.typed.get("shipping", ""), off=promised.off),
        "items": sum(line.total for line in there),
        "country": countries.name(country),
        "promised": promised,
        "typed": typed or "",
        "code_refusal": refusal if beside else None,
        "agreeable": cart.items_total,
        "ready": cart.ready and not promised.trouble,
        "why_closed": why_closed(cart) or "First decide about the code.",
        "troubles": troubles,
        "several_raised": sum(line.raised for line in cart.lines) > 1,
        "refusal": None if beside else refusal,
        "waiting": waiting,
        "takes_over": bool(holds.units_of(waiting).keys() & {line.variant for line in cart.lines}),
        "command": crockford(16),
    }
    return await render(request, "cart.html", context, status=refusal.status if refusal else 200, cache=NO_STORE)


def _read(tx: Any, cart_id: CartId | None, customer: CustomerId | None) -> tuple[Cart, list[Order]]:
    """The cart, and the orders of its owner that wait to be paid."""
    return carts.view(tx, cart_id, customer), orders.unpaid_of(tx, cart_id)


def trouble(cart: Cart, line: Line) -> str:
    """What stands in a line's way: gone, out, held, short, limit, raised, or "" for nothing."""
    if not line.visible:
        return "gone"
    if line.short_by:
        if line.free > 0:
            return "short"
        return "held" if line.level.held > 0 else "out"
    if cart.over_limit(line):
        return "limit"
    return "raised" if line.raised else ""


def why_closed(cart: Cart) -> str:
    """Why the cart can't be checked out yet, in a sentence about its first trouble; "" when it can."""
    for line in cart.lines:
        match trouble(cart, line):
            case "gone" | "out":
                return f"First take out the {_named(line)}."
            case "held":
                return f"First take out the {_named(line)}, or wait for one to come back."
            case "short" | "limit":
                return f"First choose fewer of the {_named(line)}."
            case "raised":
                return f"First decide about the new price of the {_named(line)}."
    return ""


def _named(line: Line) -> str:
    return f"{line.name}, {line.value.lower()}" if line.value else line.name


def _to_cart() -> web.Response:
    return web.Response(status=303, headers={"Location": "/cart"})
