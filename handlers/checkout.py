"""Checking out: one page, one form, one command. Sent twice, it places one order."""

from datetime import timedelta

from aiohttp import web
from msgspec import Struct, structs

from handlers import cart as cart_door
from handlers import cart_code
from handlers.bodies import fingerprint, form_body
from handlers.keys import CLOCK, DB, LIMITS, SECRET, SHOP
from handlers.pages import NO_STORE, render
from handlers.visitors import Visitor, customer_id, visitor
from shop.cart import Cart
from shop.checkout import COUNTRIES, SHIPPING, Details, Placement, checked, cost
from shop.errors import CodeRefused, CommandReused, EmptyCart, InvalidFields, LimitReached, PriceChanged, SoldOut
from shop.ids import crockford, new_order_number
from shop.links import order_token
from storage import cart_codes, carts, orders, sessions
from storage.commands import Id

COMMAND_LENGTH = 20
MAX_COMMAND_LENGTH = 64


class CheckoutForm(Struct, frozen=True, forbid_unknown_fields=True):
    """The form as it is sent; `command` is the random id that it was rendered with."""

    command: str
    email: str = ""
    name: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    country: str = ""
    shipping: str = ""
    code: str | None = None
    """The code that the page showed."""
    take_off: str = ""
    """Set by the button that takes the code off; what was typed stays."""

    @property
    def details(self) -> Details:
        return Details(**{name: getattr(self, name) for name in Details.__struct_fields__})


async def show(request: web.Request) -> web.Response:
    """GET /checkout; a cart that can't be ordered as it is shows itself instead, and says why."""
    who = await visitor(request)
    cart = await request.app[DB].read(carts.view, who.cart_id, customer_id(who))
    promised = await cart_code.look(request, who, cart, cart.items_total)
    if not cart.ready or promised.trouble:
        return web.Response(status=303, headers={"Location": "/cart"})
    return await _form(request, cart, _fresh(who))


async def place(request: web.Request) -> web.Response:
    """POST /checkout: places the order and goes on to paying it.

    Fields that need another look come back as 422 with all that was typed; a cart that can't be had is shown as 409, and
    what was typed waits in the session for the next try.
    """
    form = await form_body(request, CheckoutForm)
    request.app[LIMITS].checkout(request)
    who = await visitor(request)
    if not 0 < len(form.command) <= MAX_COMMAND_LENGTH:
        form = structs.replace(form, command=crockford(COMMAND_LENGTH))
    if who.cart_id is None:
        return await cart_door.page(request, EmptyCart("There is nothing in the cart to order."))
    if form.take_off:
        who.keep_typed(structs.asdict(form.details))
        await request.app[DB].write(cart_codes.take_off, who.cart_id, request.app[CLOCK]())
        return web.Response(status=303, headers={"Location": "/checkout"})
    try:
        details = checked(form.details)
        command = Id(who.own_cart(), form.command, fingerprint(details))
        placed = await request.app[DB].write(orders.place, placement(request, who, details, command, form.code))
    except InvalidFields as refusal:
        cart = await request.app[DB].read(carts.view, who.cart_id, customer_id(who))
        return await _form(request, cart, form, refusal.fields, status=refusal.status)
    except (SoldOut, PriceChanged, EmptyCart, LimitReached, CodeRefused) as refusal:
        who.keep_typed(structs.asdict(form.details))
        return await cart_door.page(request, refusal)
    except CommandReused:
        # The form was sent before, with other words in it: that order stands. This one is asked for anew.
        return web.Response(status=303, headers={"Location": "/checkout"})
    who.keep_typed({})
    return web.Response(status=303, headers={"Location": f"/orders/{placed.number}/pay"})


def placement(request: web.Request, who: Visitor, details: Details, command: Id, code: str | None = None) -> Placement:
    """The command to place an order for this visitor's cart, under this command id. The API's door makes it here too.

    `code` is the one that a page showed; None takes whichever the cart has.
    """
    shop, now, number = request.app[SHOP], request.app[CLOCK](), new_order_number()
    return Placement(
        number=number,
        token_hash=sessions.hash_of(order_token(request.app[SECRET], number)),
        cart=who.own_cart(),
        customer=customer_id(who),
        details=details,
        currency=shop.currency,
        scope=command.scope,
        key=command.key,
        fingerprint=command.fingerprint,
        at=now,
        hold_until=now + timedelta(minutes=shop.hold_minutes),
        code=code,
    )


def _fresh(who: Visitor) -> CheckoutForm:
    """A form with what was typed before, or else what we know of the visitor."""
    if who.typed:
        return CheckoutForm(command=crockford(COMMAND_LENGTH), **who.typed)
    return CheckoutForm(
        command=crockford(COMMAND_LENGTH),
        email=who.customer.email if who.customer else "",
        name=who.customer.name if who.customer else "",
        country=next(iter(COUNTRIES)),
        shipping=next(iter(SHIPPING)),
    )


async def _form(
    request: web.Request, cart: Cart, form: CheckoutForm, faults: dict[str, str] | None = None, *, status: int = 200
) -> web.Response:
    shipping = SHIPPING.get(form.shipping, next(iter(SHIPPING.values())))
    promised = await cart_code.look(request, await visitor(request), cart, cart.items_total)
    context = {
        "cart": cart,
        "promised": promised,
        "form": form,
        "faults": faults or {},
        "countries": COUNTRIES.values(),
        "ways": SHIPPING.values(),
        "shipping": shipping,
        "costs": {way.code: cost(cart.lines, way, off=promised.off) for way in SHIPPING.values()},
    }
    return await render(request, "checkout.html", context, status=status, cache=NO_STORE)
