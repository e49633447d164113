"""Two carts become one, at login."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, bindparam, update

from shop import cart
from shop.ids import CartId
from storage import cart_reading, cart_rows, cart_writing, tables
from storage.cart_writing import Change
from storage.statements import run

_CUSTOMERS_CART = (
    update(tables.Customer).where(tables.Customer.id == bindparam("customer")).values(cart_id=bindparam("cart"))
)
_THEIR_ORDERS = (
    update(tables.Order)
    .where(tables.Order.cart_id == bindparam("cart"), tables.Order.customer_id.is_(None))
    .values(customer_id=bindparam("customer"), cart_id=bindparam("to"))
)


class Merge(Struct, frozen=True):
    """The command of login: a browser's cart and the customer's own become one."""

    customer: str
    brought: CartId | None
    kept: CartId | None
    at: datetime


def merge(tx: Connection, command: Merge) -> CartId | None:
    """Makes one cart of two at login and answers which; of each variant the larger quantity stays (shop.cart.merged).

    The guest's orders from the brought cart become the customer's, and of the cart that stays, as if ordered from
    there; so does its code where they had none.
    """
    if command.brought is None or command.brought == command.kept:
        return command.kept
    run(tx, _THEIR_ORDERS, cart=command.brought, customer=command.customer, to=command.kept or command.brought)
    if command.kept is None:
        run(tx, _CUSTOMERS_CART, customer=command.customer, cart=command.brought)
        return command.brought
    for cart_id in sorted((command.kept, command.brought)):
        cart_rows.own(tx, cart_id, command.at)
    cart_rows.merge_wishes(tx, command.kept, command.brought)
    both = cart_reading.lines(tx, [command.kept, command.brought])
    kept = {line.variant: line.quantity for line in both.get(command.kept, ())}
    brought = {line.variant: line for line in both.get(command.brought, ()) if line.visible}
    quantities = {variant: line.quantity for variant, line in brought.items()}
    for variant, quantity in cart.merged(kept, quantities).items():
        if kept.get(variant) != quantity:
            new = variant not in kept
            change = Change(
                command.kept, variant, quantity, command.at, agreed=brought[variant].agreed if new else None
            )
            cart_writing.write_line(tx, change, quantity, new=new)
    cart_writing.empty(tx, [command.brought])
    cart_writing.announce(tx, command.brought, command.at)
    cart_writing.announce(tx, command.kept, command.at)
    return command.kept
