"""What is in carts, at today's prices and stock."""

from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy import BigInteger, Connection, bindparam, func, literal_column, select, type_coerce

from shop import cart
from shop.cart import Cart, Line
from shop.holds import MONEY_ON_ITS_WAY
from shop.ids import CartId, CustomerId, VariantId
from shop.orders import OrderStatus
from shop.stock import Level
from storage import cart_rows, purchases, stock, tables
from storage.hot import Hot
from storage.statements import Found, one, rows
from storage.stock import Locked

_ADDED_AT = type_coerce(tables.CartLine.added_at, BigInteger).label("added_at")
"""In milliseconds since 1970, since it is only there to be sorted by."""
_OF_LINES = (
    tables.CartLine.cart_id,
    _ADDED_AT,
    tables.CartLine.variant_id,
    tables.CartLine.quantity,
    tables.CartLine.agreed,
)
_LINES = (
    select(
        *_OF_LINES,
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
        tables.Stock.backorder,
        tables.Product.per_customer,
    )
    .join(tables.Variant, tables.Variant.id == tables.CartLine.variant_id)
    .join(tables.Product, tables.Product.id == tables.Variant.product_id)
    .join(tables.Stock, tables.Stock.variant_id == tables.CartLine.variant_id)
    .where(tables.CartLine.cart_id.in_(bindparam("carts", expanding=True)))
)
_TO_ORDER = (
    _LINES.add_columns(tables.Stock.owing)
    .order_by(tables.Stock.variant_id)
    .with_for_update(of=tables.Stock, key_share=True)
)
_CONTENTS = (
    select(
        *_OF_LINES,
        tables.Variant.price,
    )
    .join(tables.Variant, tables.Variant.id == tables.CartLine.variant_id)
    .where(tables.CartLine.cart_id.in_(bindparam("carts", expanding=True)))
)
_IN_ORDER = attrgetter("added_at", "variant_id")
"""Here, and not by the database: they would disagree about letters, and events and pages must not."""
_TALLY = (
    select(tables.Cart.version, func.coalesce(func.sum(tables.CartLine.quantity), literal_column("0")).label("units"))
    .outerjoin(tables.CartLine, tables.CartLine.cart_id == tables.Cart.id)
    .where(tables.Cart.id == bindparam("cart"))
    .group_by(tables.Cart.id)
)
TALLY = Hot(_TALLY)
"""The version of a cart and how many units are in it; no row of one that doesn't exist yet."""
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


_OWN = (
    select(tables.OrderLine.variant_id, func.sum(tables.OrderLine.quantity).label("units"))
    .join(tables.Order, tables.Order.number == tables.OrderLine.order_number)
    .where(
        tables.Order.cart_id == bindparam("cart"),
        tables.Order.status == OrderStatus.PLACED.value,
        *(tables.Order.payment.is_distinct_from(state.value) for state in sorted(MONEY_ON_ITS_WAY)),
    )
    .group_by(tables.OrderLine.variant_id)
)


def view(tx: Connection, cart_id: CartId | None, customer: CustomerId | None = None) -> Cart:
    """The cart with today's prices and stock; one that doesn't exist yet is empty.

    What the shopper holds already in an order that is not paid is not counted against them; what a `customer` has ordered
    before counts against purchase limits.
    """
    if cart_id is None:
        return cart.EMPTY
    version, wish = cart_rows.read(tx, cart_id)
    found = lines(tx, [cart_id]).get(cart_id, ())
    own = {row.variant_id: int(row.units) for row in rows(tx, _OWN, cart=cart_id)} if found else {}
    limited = {line.product for line in found if line.limit is not None}
    had = purchases.had(tx, limited, customer, cart_id) if limited and customer is not None else {}
    there = tuple(replace(line, own=own.get(line.variant, 0), had=had.get(line.product, 0)) for line in found)
    return Cart(cart_id, there, version, wish)


def tally(tx: Connection, cart_id: CartId) -> tuple[int, int]:
    """How many units are in the cart, and its version; none and 0 of one that doesn't exist yet."""
    found = one(tx, _TALLY, cart=cart_id)
    return (0, 0) if found is None else (int(found.units), found.version)


def lines(tx: Connection, carts: Sequence[CartId]) -> dict[CartId, list[Line]]:
    """The lines of several carts at once, each in the order they were added."""
    found: dict[CartId, list[Line]] = {}
    for row in sorted(rows(tx, _LINES, carts=list(carts)), key=_IN_ORDER):
        found.setdefault(row.cart_id, []).append(_line(row, _level(row)))
    return found


def to_order(
    tx: Connection, carts: Sequence[CartId], others: Collection[VariantId] = ()
) -> tuple[dict[CartId, list[Line]], dict[VariantId, Locked]]:
    """The same, and the stock of all that is in them, locked as by `stock.locked`: both in one statement.

    The stock of `others`, which are rare, is locked before, together with that of the lines, so that all is in one order.
    """
    found: dict[CartId, list[Line]] = {}
    levels: dict[VariantId, Locked] = {}
    if others:
        wanted = (line.variant for cart_lines in lines(tx, carts).values() for line in cart_lines)
        levels = stock.locked(tx, (*wanted, *others))
    for row in sorted(rows(tx, _TO_ORDER, carts=list(carts)), key=_IN_ORDER):
        known = levels.get(row.variant_id)
        if known is None:
            known = levels[row.variant_id] = Locked(_level(row), row.slug, row.owing)
        found.setdefault(row.cart_id, []).append(_line(row, known.level))
    return found, levels


def _level(row: Found) -> Level:
    return Level(row.on_hand, row.held, row.version, bool(row.backorder))


def _line(row: Found, level: Level) -> Line:
    return Line(
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
        limit=row.per_customer,
    )


class Standing(NamedTuple):
    """A line as whoever changes a cart needs it: when it was added (milliseconds), what and how many, and both prices."""

    added_at: int
    variant: VariantId
    quantity: int
    price: int
    agreed: int


def contents(tx: Connection, carts: Collection[CartId]) -> dict[CartId, dict[VariantId, Standing]]:
    """What stands in carts by variant, without all that a page shows of it; sorted, it is in the order it was added."""
    found: dict[CartId, dict[VariantId, Standing]] = {}
    if carts:
        for cart_id, added_at, variant, quantity, agreed, price in rows(tx, _CONTENTS, carts=list(carts)):
            found.setdefault(cart_id, {})[variant] = Standing(added_at, variant, quantity, price, agreed)
    return found


def holding(tx: Connection, carts: Collection[CartId], products: Collection[str]) -> list[CartId]:
    """Which of these carts have any of these products (by slug) in them."""
    return [CartId(row.cart_id) for row in rows(tx, _HOLDING, carts=list(carts), products=list(products))]
