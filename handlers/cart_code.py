"""The code of a cart, over forms: tried, taken off, and told with what it takes off, or why it takes nothing off."""

from aiohttp import web
from msgspec import Struct

from handlers.keys import CLOCK, DB
from handlers.visitors import Visitor
from shop.cart import Cart, CartState
from shop.codes import NO_CODE, OnCart
from shop.ids import CustomerId
from storage import cart_codes
from storage.cart_codes import CodeWish
from storage.commands import Id


class CodeForm(Struct, frozen=True, forbid_unknown_fields=True):
    """A code as it was typed; or `off`, set by the button that takes off whichever the cart has."""

    code: str = ""
    off: str = ""


async def look(request: web.Request, who: Visitor, cart: Cart, items: int) -> OnCart:
    """What the cart's code takes off things that come to `items`; a cart without one asks nothing."""
    if cart.wish is None:
        return NO_CODE
    customer, email = _account(who)
    return await request.app[DB].read(cart_codes.look, cart, items, customer, email, request.app[CLOCK]())


async def use(request: web.Request, who: Visitor, text: str, command: Id | None = None) -> CartState:
    """Puts the code on the visitor's cart; raises CodeRefused. The API's door does it here too."""
    customer, email = _account(who)
    wish = CodeWish(who.own_cart(), text, customer, email, request.app[CLOCK](), command)
    return await request.app[DB].write(cart_codes.put, wish)


def _account(who: Visitor) -> tuple[CustomerId | None, str]:
    """The visitor's account and its email; a guest has neither."""
    return (who.customer.id, who.customer.email) if who.customer else (None, "")
