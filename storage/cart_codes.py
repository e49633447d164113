"""The code of a cart: put there as a wish, taken off again, and looked at; what it takes off is decided when it is ordered."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection

from shop import codes
from shop.cart import Cart, CartState
from shop.codes import NO_CODE, OnCart, Wish
from shop.errors import CodeRefused
from shop.ids import CartId, CustomerId
from storage import cart_rows, carts, catalogue, commands, redeeming


class CodeWish(Struct, frozen=True):
    """The command to use a code, as it was typed, for a cart; `email` is the account's, "" of a guest."""

    cart: CartId
    text: str
    customer: CustomerId | None
    email: str
    at: datetime
    command: commands.Id | None = None


def put(tx: Connection, wish: CodeWish) -> CartState:
    """Puts the code on the cart in the place of any other; raises CodeRefused, and then nothing has changed.

    The cart's own code again is consent to what it gives now.
    """
    cart_rows.own(tx, wish.cart, wish.at)
    return commands.once(tx, wish.command, wish.at, CartState, lambda: _put(tx, wish))


def take_off(tx: Connection, cart_id: CartId, at: datetime) -> CartState:
    """Takes the code off the cart; one that has none is fine."""
    cart_rows.own(tx, cart_id, at)
    cart_rows.wish(tx, {cart_id: None})
    return carts.announce(tx, cart_id, at)


def look(tx: Connection, cart: Cart, items: int, customer: CustomerId | None, email: str, now: datetime) -> OnCart:
    """What the cart's code takes off things that come to `items`, or why it takes nothing off now."""
    if cart.wish is None:
        return NO_CODE
    found = redeeming.several(tx, [cart.wish.code]).get(cart.wish.code)
    terms = found.terms if found else None
    try:
        good = codes.check(found, cart.wish, _theirs(tx, cart.wish.code, customer, email), now)
        return OnCart(cart.wish.code, codes.reached(good, items, catalogue.currency(tx)), None, terms)
    except CodeRefused as trouble:
        return OnCart(cart.wish.code, trouble=trouble, terms=terms)


def _put(tx: Connection, wish: CodeWish) -> CartState:
    typed = codes.fold(wish.text)
    found = redeeming.several(tx, [typed]).get(typed)
    good = codes.check(found, None, _theirs(tx, typed, wish.customer, wish.email), wish.at)
    items = carts.view(tx, wish.cart).items_total
    codes.reached(good, items, catalogue.currency(tx))
    cart_rows.wish(tx, {wish.cart: Wish(good.code, good.edition)})
    return carts.announce(tx, wish.cart, wish.at)


def _theirs(tx: Connection, code: str, customer: CustomerId | None, email: str) -> int:
    """How often this customer has used the code; a guest is not known before they check out."""
    if customer is None and not email:
        return 0
    found = redeeming.uses(tx, [code], [customer] if customer else [], [email] if email else [])
    return codes.count(found, code, customer, email)
