"""Carts: parallel changes all count, and every change tells the cart's other pages."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, func, insert, literal_column, select, update

from shop import cart
from shop.cart import Cart, CartState, Line
from shop.codes import Wish
from shop.errors import InvalidFields, NotFound, PriceChanged, ShopError
from shop.events import CartChanged
from shop.ids import CartId, VariantId
from shop.stock import Level
from storage import cart_rows, catalogue, commands, outbox, tables
from storage.calls import Batched
from storage.hot import Hot
from storage.statements import many, one, rows, run, scalar

_LINES = (
    select(
        tables.CartLine.cart_id,
        tables.CartLine.variant_id,
        tables.CartLine.quantity,
        tables.CartLine.agreed,
        tables.Product.slug,
        tables.Product.name,
        tables.Product.tax_class,
        tables.Variant.weight,
        (tables.Product.visible & ~tables.Variant.retired).label("visible"),
        tables.Variant.value,
        tables.Variant.image,
        tables.Variant.price,
        tables.Stock.on_hand,
        tables.Stock.held,
        tables.Stock.version,
    )
    .join(tables.Variant, tables.Variant.id == tables.CartLine.variant_id)
    .join(tables.Product, tables.Product.id == tables.Variant.product_id)
    .join(tables.Stock, tables.Stock.variant_id == tables.CartLine.variant_id)
    .where(tables.CartLine.cart_id.in_(bindparam("carts", expanding=True)))
    .order_by(tables.CartLine.cart_id, tables.CartLine.added_at, tables.CartLine.variant_id)
)
_TALLY = (
    select(tables.Cart.version, func.coalesce(func.sum(tables.CartLine.quantity), literal_column("0")).label("units"))
    .outerjoin(tables.CartLine, tables.CartLine.cart_id == tables.Cart.id)
    .where(tables.Cart.id == bindparam("cart"))
    .group_by(tables.Cart.id)
)
TALLY = Hot(_TALLY)
"""The version of a cart and how many units are in it; no row of one that doesn't exist yet."""
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
_OFFERS = (
    select(tables.Variant.id, tables.Variant.price)
    .join(tables.Product, tables.Product.id == tables.Variant.product_id)
    .where(
        tables.Variant.id.in_(bindparam("variants", expanding=True)), tables.Product.visible, ~tables.Variant.retired
    )
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
_CUSTOMERS_CART = (
    update(tables.Customer).where(tables.Customer.id == bindparam("customer")).values(cart_id=bindparam("cart"))
)
_THEIR_ORDERS = (
    update(tables.Order)
    .where(tables.Order.cart_id == bindparam("cart"), tables.Order.customer_id.is_(None))
    .values(customer_id=bindparam("customer"))
)


_HOLDING = (
    select(tables.CartLine.cart_id)
    .distinct()
    .join(tables.Variant, tables.Variant.id == tables.CartLine.variant_id)
    .join(tables.Product, tables.Product.id == tables.Variant.product_id)
    .where(
        tables.CartLine.cart_id.in_(bindparam("carts", expanding=True)),
        tables.Product.slug.in_(bindparam("products", expanding=True)),
    )
)


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
    """What becomes of a cart's line: its quantity (none takes it away) and the price that it agrees to, in minor units."""

    change: Change
    quantity: int
    agreed: int
    new: bool


class Merge(Struct, frozen=True):
    """The command of login: a browser's cart and the customer's own become one."""

    customer: str
    brought: CartId | None
    kept: CartId | None
    at: datetime


def view(tx: Connection, cart_id: CartId | None) -> Cart:
    """The cart with today's prices and stock; one that doesn't exist yet is empty."""
    if cart_id is None:
        return cart.EMPTY
    version, wish = cart_rows.read(tx, cart_id)
    return Cart(cart_id, tuple(lines(tx, [cart_id]).get(cart_id, ())), version, wish)


def tally(tx: Connection, cart_id: CartId) -> tuple[int, int]:
    """How many units are in the cart, and its version; none and 0 of one that doesn't exist yet."""
    found = one(tx, _TALLY, cart=cart_id)
    return (0, 0) if found is None else (int(found.units), found.version)


def lines(tx: Connection, carts: Sequence[CartId]) -> dict[CartId, list[Line]]:
    """The lines of several carts at once, each in the order they were added."""
    found: dict[CartId, list[Line]] = {}
    for row in rows(tx, _LINES, carts=list(carts)):
        level = Level(row.on_hand, row.held, row.version)
        found.setdefault(row.cart_id, []).append(
            Line(
                row.variant_id,
                row.slug,
                row.name,
                row.value,
                row.image,
                row.quantity,
                row.price,
                row.agreed,
                level,
                bool(row.visible),
                row.weight,
                row.tax_class,
            )
        )
    return found


def holding(tx: Connection, carts: Collection[CartId], products: Collection[str]) -> list[CartId]:
    """Which of these carts have any of these products (by slug) in them."""
    return [CartId(row.cart_id) for row in rows(tx, _HOLDING, carts=list(carts), products=list(products))]


@Batched
def add(tx: Connection, changes: Sequence[Change]) -> Sequence[CartState | ShopError]:
    """Adds units to what the carts have of the variants, making a cart when it is new.

    Refuses with InvalidFields, NotFound or CommandReused. Stock is not asked: the cart shows what is short.
    """
    return _change(tx, changes, adding=True)


@Batched
def put(tx: Connection, changes: Sequence[Change]) -> Sequence[CartState | ShopError]:
    """Sets how many units of the variants the carts have; none takes the line away. Refuses as `add`."""
    return _change(tx, changes, adding=False)


def agree(tx: Connection, cart_id: CartId, total: int, at: datetime) -> CartState:
    """Consents to today's prices of everything in the cart, whose `total` (minor units, without delivery) was seen.

    Raises PriceChanged when today's total is another one: then something has changed since they looked.
    """
    cart_rows.own(tx, cart_id, at)
    found = view(tx, cart_id)
    if found.items_total != total:
        raise PriceChanged("Something changed again while you decided. Look once more.", total=found.items_total)
    for line in found.lines:
        run(tx, _AGREE, cart=cart_id, variant=line.variant, price=line.price)
    return announce(tx, cart_id, at)


def merge(tx: Connection, command: Merge) -> CartId | None:
    """Makes one cart of two at login and answers which; of each variant the larger quantity stays (shop.cart.merged).

    The guest's orders from the brought cart become the customer's, and so does its code where they had none.
    """
    if command.brought is None or command.brought == command.kept:
        return command.kept
    run(tx, _THEIR_ORDERS, cart=command.brought, customer=command.customer)
    if command.kept is None:
        run(tx, _CUSTOMERS_CART, customer=command.customer, cart=command.brought)
        return command.brought
    for cart_id in sorted((command.kept, command.brought)):
        cart_rows.own(tx, cart_id, command.at)
    cart_rows.merge_wishes(tx, command.kept, command.brought)
    both = lines(tx, [command.kept, command.brought])
    kept = {line.variant: line.quantity for line in both.get(command.kept, ())}
    brought = {line.variant: line for line in both.get(command.brought, ()) if line.visible}
    quantities = {variant: line.quantity for variant, line in brought.items()}
    for variant, quantity in cart.merged(kept, quantities).items():
        if kept.get(variant) != quantity:
            new = variant not in kept
            change = Change(
                command.kept, variant, quantity, command.at, agreed=brought[variant].agreed if new else None
            )
            _write_line(tx, change, quantity, new=new)
    empty(tx, [command.brought])
    announce(tx, command.brought, command.at)
    announce(tx, command.kept, command.at)
    return command.kept


def empty(tx: Connection, carts: Sequence[CartId]) -> None:
    """Takes every line away, as placing an order does. The caller announces."""
    run(tx, _EMPTY, carts=list(carts))


def touch(tx: Connection, versions: Mapping[CartId, int], at: datetime) -> None:
    """Gives carts the versions of the events that changed them."""
    many(tx, _TOUCH, [{"cart": cart_id, "to": version, "at": at} for cart_id, version in versions.items()])


def announce(tx: Connection, cart_id: CartId, at: datetime) -> CartState:
    """Tells the cart's pages what is in it now."""
    seen = cart.state(view(tx, cart_id), catalogue.currency(tx))
    position = outbox.reserve(tx, 1)
    touch(tx, {cart_id: position}, at)
    outbox.record(tx, position, [CartChanged(cart_id, seen)], at)
    return seen


def _change(tx: Connection, changes: Sequence[Change], *, adding: bool) -> list[CartState | ShopError]:
    """Carries out changes in rounds: all carts at once, and those of one cart one after the other."""
    answers: dict[int, CartState | ShopError] = {}
    waiting = list(enumerate(changes))
    while waiting:
        firsts: dict[CartId, tuple[int, Change]] = {}
        for place, change in waiting:
            firsts.setdefault(change.cart, (place, change))
        taken = dict(firsts.values())
        found = _round(tx, list(taken.values()), adding=adding)
        answers.update(zip(taken, found, strict=True))
        waiting = [(place, change) for place, change in waiting if place not in taken]
    return [answers[place] for place in range(len(changes))]


def _round(tx: Connection, changes: Sequence[Change], *, adding: bool) -> list[CartState | ShopError]:
    """Carries out one change in each of several carts."""
    carts = sorted({change.cart for change in changes})
    standing = cart_rows.locked(tx, carts)
    answered = commands.answered(tx, [change.command for change in changes if change.command], CartState)
    there = lines(tx, carts)
    variants = {change.variant for change in changes}
    prices: dict[VariantId, int] = {row.id: row.price for row in rows(tx, _OFFERS, variants=list(variants))}
    answers: dict[CartId, CartState | ShopError] = {}
    written: list[Written] = []
    for change in changes:
        try:
            answer = _decide(change, there.get(change.cart, ()), prices, answered, adding=adding)
        except ShopError as refusal:
            answers[change.cart] = refusal
        else:
            if isinstance(answer, Written):
                written.append(answer)
            else:
                answers[change.cart] = answer
    if written:
        _write(tx, written, standing)
        answers |= _tell(tx, [line.change for line in written], standing)
    return [answers[change.cart] for change in changes]


def _decide(
    change: Change,
    there: Sequence[Line],
    prices: Mapping[VariantId, int],
    answered: Mapping[tuple[str, str], commands.Answered[CartState]],
    *,
    adding: bool,
) -> Written | CartState:
    """What a change writes, or what it answered before; raises its refusal."""
    quantity = cart.checked_quantity(change.quantity, least=1 if adding else 0)
    if change.command and (before := answered.get((change.command.scope, change.command.key))):
        return before.again(change.command)
    line = next((line for line in there if line.variant == change.variant), None)
    if adding and line is not None:
        quantity = cart.checked_quantity(quantity + line.quantity)
    if quantity and line is None and len(there) >= cart.MAX_LINES:
        raise InvalidFields(fields={"variant": f"A cart has room for {cart.MAX_LINES} different things."})
    price = prices.get(change.variant)
    if quantity and price is None:
        raise NotFound("We don't have this any more, or never had it.")
    agreed = line.agreed if line else price or 0
    return Written(change, quantity, agreed if change.agreed is None else change.agreed, new=line is None)


def _write(tx: Connection, written: Sequence[Written], standing: Collection[CartId]) -> None:
    """Writes decided lines. A new one agrees to today's price, unless another was seen; a known one to what it did before."""
    carts = [(line.change.cart, line.change.at) for line in written if line.change.cart not in standing]
    many(tx, _NEW, [{"id": cart_id, "version": 0, "changed_at": at} for cart_id, at in carts])
    many(
        tx,
        _ADD_LINE,
        [
            {
                "cart_id": line.change.cart,
                "variant_id": line.change.variant,
                "quantity": line.quantity,
                "agreed": line.agreed,
                "added_at": line.change.at,
            }
            for line in written
            if line.new and line.quantity
        ],
    )
    known = [line for line in written if not line.new]
    many(
        tx,
        _REWRITE_LINE,
        [
            {"cart": line.change.cart, "variant": line.change.variant, "to": line.quantity, "price": line.agreed}
            for line in known
            if line.quantity
        ],
    )
    dropped = [{"cart": line.change.cart, "variant": line.change.variant} for line in known if not line.quantity]
    many(tx, _DROP_LINE, dropped)


def _tell(tx: Connection, changes: Sequence[Change], wishes: Mapping[CartId, Wish | None]) -> dict[CartId, CartState]:
    """Tells the carts' pages what is in them now, and keeps the answers to commands."""
    at, shop_currency = changes[0].at, catalogue.currency(tx)
    after = lines(tx, [change.cart for change in changes])
    states = {
        change.cart: cart.state(
            Cart(change.cart, tuple(after.get(change.cart, ())), wish=wishes.get(change.cart)), shop_currency
        )
        for change in changes
    }
    first = outbox.reserve(tx, len(states))
    touch(tx, dict(zip(states, range(first, first + len(states)), strict=True)), at)
    outbox.record(tx, first, [CartChanged(cart_id, seen) for cart_id, seen in states.items()], at)
    commands.keep(tx, [(change.command, states[change.cart]) for change in changes if change.command], at)
    return states


def _write_line(tx: Connection, change: Change, quantity: int, *, new: bool) -> None:
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
