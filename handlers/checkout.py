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
from shop.checkout import Details, Placement, checked
from shop.errors import (
    CodeRefused,
    CommandReused,
    EmptyCart,
    InvalidFields,
    LimitReached,
    NotDelivered,
    PriceChanged,
    ShopError,
    SoldOut,
    TotalChanged,
)
from shop.ids import crockford, new_order_number
from shop.links import order_token
from shop.quotes import quote
from shop.terms import Terms
from storage import cart_codes, carts, orders, sessions
from storage.commands import Id

COMMAND_LENGTH = 20
MAX_COMMAND_LENGTH = 64


class CheckoutForm(Struct, frozen=True, forbid_unknown_fields=True):
    """The form as it is sent; `command` is the random id that it was rendered with, `total` what the page said it costs.

    `do` is "update" from the button that only asks for the ways to another country.
    """

    command: str
    email: str = ""
    name: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    country: str = ""
    shipping: str = ""
    total: int | None = None
    do: str = ""
    code: str | None = None
    """The code that the page showed."""
    take_off: str = ""
    """Set by the button that takes the code off; what was typed stays."""

    @property
    def details(self) -> Details:
        return Details(**{name: getattr(self, name) for name in Details.__struct_fields__})


async def show(request: web.Request) -> web.Response:
    """GET /checkout; a cart that can't be ordered as it is shows itself instead, and says why.

    `country` and `shipping` in the address choose where to and how: what the page's script asks for.
    """
    who = await visitor(request)
    cart = await request.app[DB].read(carts.view, who.cart_id, customer_id(who))
    promised = await cart_code.look(request, who, cart, cart.items_total)
    if not cart.ready or promised.trouble:
        return web.Response(status=303, headers={"Location": "/cart"})
    asked = {name: request.query[name] for name in ("country", "shipping") if name in request.query}
    return await _form(request, cart, structs.replace(_fresh(who, request.app[SHOP].terms), **asked))


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
    if form.do == "update":
        return await _form(request, await request.app[DB].read(carts.view, who.cart_id), form)
    if form.take_off:
        who.keep_typed(structs.asdict(form.details))
        await request.app[DB].write(cart_codes.take_off, who.cart_id, request.app[CLOCK]())
        return web.Response(status=303, headers={"Location": "/checkout"})
    try:
        details = checked(form.details, request.app[SHOP].terms)
        command = Id(who.own_cart(), form.command, fingerprint(details, form.total))
        wish = placement(request, who, details, command, form.code, form.total)
        placed = await request.app[DB].write(orders.place, wish)
    except (InvalidFields, NotDelivered, TotalChanged) as refusal:
        cart = await request.app[DB].read(carts.view, who.cart_id, customer_id(who))
        return await _form(request, cart, form, refusal)
    except (SoldOut, PriceChanged, EmptyCart, LimitReached, CodeRefused) as refusal:
        who.keep_typed(structs.asdict(form.details))
        return await cart_door.page(request, refusal)
    except CommandReused:
        # The form was sent before, with other words in it: that order stands. This one is asked for anew.
        who.keep_typed(structs.asdict(form.details))
        return web.Response(status=303, headers={"Location": "/checkout"})
    who.keep_typed({})
    return web.Response(status=303, headers={"Location": f"/orders/{placed.number}/pay"})


def placement(
    request: web.Request, who: Visitor, details: Details, command: Id, code: str | None = None, total: int | None = None
) -> Placement:
    """The command to place an order for this visitor's cart, under this command id. The API's door makes it here too.

    `code` is the one that a page showed; None takes whichever the cart has. `total` is what it said that it costs, in
    minor units.
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
        terms=shop.terms,
        total=total,
    )


def _fresh(who: Visitor, terms: Terms) -> CheckoutForm:
    """A form with what was typed before, or else what we know of the visitor."""
    if who.typed:
        return CheckoutForm(command=crockford(COMMAND_LENGTH), **who.typed)  # type: ignore[arg-type]  # its own details
    return CheckoutForm(
        command=crockford(COMMAND_LENGTH),
        email=who.customer.email if who.customer else "",
        name=who.customer.name if who.customer else "",
        country=terms.usual_country(),
    )


async def _form(request: web.Request, cart: Cart, form: CheckoutForm, refusal: ShopError | None = None) -> web.Response:
    """The page with what was typed, what is wrong with it, and what it costs now."""
    terms = request.app[SHOP].terms
    country = form.country if terms.sends_to(form.country) else terms.usual_country()
    promised = await cart_code.look(request, await visitor(request), cart, cart.items_total)
    context = {
        "cart": cart,
        "promised": promised,
        "form": form,
        "refusal": refusal,
        "faults": refusal.fields if refusal else {},
        "countries": terms.countries,
        "country": country,
        "quote": quote(terms, cart.lines, country, form.shipping, off=promised.off),
    }
    status = refusal.status if refusal else 200
    return await render(request, "checkout.html", context, status=status, cache=NO_STORE)
