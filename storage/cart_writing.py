"""The rows of carts, as verbs write them, and how a cart's pages are told."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from shop import cart
from shop.cart import CartState
from shop.errors import NotFound
from shop.events import CartChanged
from shop.ids import CartId, VariantId
from storage import cart_reading, catalogue, commands, outbox, tables
from storage.cart_reading import Standing
from storage.statements import many, run, scalar

_NEW = insert(tables.Cart)
_TOUCH = (
    update(tables.Cart)
    .where(tables.Cart.id == bindparam("cart"))
    .values(version=bindparam("to"), changed_at=bindparam("at"))
)
_OFFER = (
    select(tables.Variant.price)
    .join(tables.Product, tables.Product.id == tables.Variant.product_id)
    .where(tables.Variant.id == bindparam("variant"), tables.Product.visible, ~tables.Variant.retired)
)
_ADD_LINE = insert(tables.CartLine)
_SET_LINE = (
    update(tables.CartLine)
    .where(tables.CartLine.cart_id == bindparam("cart"), tables.CartLine.variant_id == bindparam("variant"))
    .values(quantity=bindparam("to"))
)
_REWRITE_LINE = _SET_LINE.values(agreed=bindparam("price"))
_AGREE = (
    update(tables.CartLine)
    .where(tables.CartLine.cart_id == bindparam("cart"), tables.CartLine.variant_id == bindparam("variant"))
    .values(agreed=bindparam("price"))
)
_DROP_LINE = delete(tables.CartLine).where(
    tables.CartLine.cart_id == bindparam("cart"), tables.CartLine.variant_id == bindparam("variant")
)
_EMPTY = delete(tables.CartLine).where(tables.CartLine.cart_id.in_(bindparam("carts", expanding=True)))


class Change(Struct, frozen=True):
    """The command to add units of a variant to a cart (`add`) or to set how many it has (`put`)."""

    cart: CartId
    variant: VariantId
    quantity: int
    at: datetime
    command: commands.Id | None = None
    agreed: int | None = None
    """The unit price that the shopper saw and agrees to, in minor units; None leaves what was agreed before."""


class Written(Struct, frozen=True):
    """What a change makes of a cart's line: none in it takes it away."""

    change: Change
    line: Standing
    new: bool


def write_line(tx: Connection, change: Change, quantity: int, *, new: bool) -> None:
    """Writes the line. A new one agrees to today's price, unless another was seen; a known one to what it did before."""
    price = scalar(tx, _OFFER, variant=change.variant)
    if price is None:
        raise NotFound("We don't have this any more, or never had it.")
    which = {"cart": change.cart, "variant": change.variant}
    if new:
        agreed = price if change.agreed is None else change.agreed
        run(
            tx,
            _ADD_LINE,
            cart_id=change.cart,
            variant_id=change.variant,
            quantity=quantity,
            agreed=agreed,
            added_at=change.at,
        )
        return
    run(tx, _SET_LINE, **which, to=quantity)
    if change.agreed is not None:
        run(tx, _AGREE, **which, price=change.agreed)


def write(tx: Connection, written: Sequence[Written], standing: Collection[CartId]) -> None:
    """Writes decided lines, and the carts that are new."""
    changes = [one.change for one in written if one.change.cart not in standing]
    many(tx, _NEW, [{"id": change.cart, "version": 0, "changed_at": change.at} for change in changes])
    many(
        tx,
        _ADD_LINE,
        [
            {
                "cart_id": one.change.cart,
                "variant_id": one.line.variant,
                "quantity": one.line.quantity,
                "agreed": one.line.agreed,
                "added_at": one.change.at,
            }
            for one in written
            if one.new and one.line.quantity
        ],
    )
    known = [(one.change.cart, one.line) for one in written if not one.new]
    many(
        tx,
        _REWRITE_LINE,
        [
            {"cart": cart_id, "variant": line.variant, "to": line.quantity, "price": line.agreed}
            for cart_id, line in known
            if line.quantity
        ],
    )
    many(tx, _DROP_LINE, [{"cart": cart_id, "variant": line.variant} for cart_id, line in known if not line.quantity])


def empty(tx: Connection, carts: Sequence[CartId]) -> None:
    """Takes every line away, as placing an order does. The caller announces."""
    run(tx, _EMPTY, carts=list(carts))


def touch(tx: Connection, versions: Mapping[CartId, int], at: datetime) -> None:
    """Gives carts the versions of the events that changed them."""
    many(tx, _TOUCH, [{"cart": cart_id, "to": version, "at": at} for cart_id, version in versions.items()])


def announce(tx: Connection, cart_id: CartId, at: datetime) -> CartState:
    """Tells the cart's pages what is in it now."""
    seen = cart.state(cart_reading.view(tx, cart_id), catalogue.currency(tx))
    position = outbox.reserve(tx, 1)
    touch(tx, {cart_id: position}, at)
    outbox.record(tx, position, [CartChanged(cart_id, seen)], at)
    return seen


def agree_to(tx: Connection, cart_id: CartId, prices: Mapping[VariantId, int]) -> None:
    """Notes that these unit prices, in minor units, are agreed to."""
    for variant, price in prices.items():
        run(tx, _AGREE, cart=cart_id, variant=variant, price=price)
