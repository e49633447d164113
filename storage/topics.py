"""What a topic is right now: the version and value of states, and events and snapshots of feeds, for whoever subscribes."""

from msgspec import Struct
from sqlalchemy import Connection, bindparam, func, select

from shop import cart, orders, stock
from shop.cart import CartState
from shop.catalogue import ProductState
from shop.days import Compared
from shop.errors import NotFound
from shop.figures import DayCounts
from shop.ids import CartId, OrderNumber, VariantId
from shop.order_search import Show, Wish
from shop.orders import OrderRow, OrderState
from shop.stock import Level, LowStock, Public
from storage import carts, catalogue, figures, order_search, outbox, stocktaking, tables
from storage.orders import recent, view
from storage.statements import one, rows, scalar

SNAPSHOT_ORDERS = 50

_STOCK = select(tables.Stock.on_hand, tables.Stock.held, tables.Stock.version, tables.Stock.backorder).where(
    tables.Stock.variant_id == bindparam("variant")
)
_CART = select(tables.Cart.version).where(tables.Cart.id == bindparam("cart"))
_CART_PRODUCTS = (
    select(func.max(tables.Product.version))
    .join(tables.Variant, tables.Variant.product_id == tables.Product.id)
    .join(tables.CartLine, tables.CartLine.variant_id == tables.Variant.id)
    .where(tables.CartLine.cart_id == bindparam("cart"))
)
_META = select(tables.Meta.value).where(tables.Meta.key == bindparam("key"))
_ALL_STOCK = (
    select(
        tables.Stock.variant_id,
        tables.Stock.on_hand,
        tables.Stock.held,
        tables.Product.slug,
        tables.Product.name,
        tables.Variant.value,
        tables.Variant.image,
        tables.Variant.price,
    )
    .join(tables.Variant, tables.Variant.id == tables.Stock.variant_id)
    .join(tables.Product, tables.Product.id == tables.Variant.product_id)
    .where(~tables.Variant.retired)
    .order_by(tables.Stock.on_hand - tables.Stock.held, tables.Product.name, tables.Variant.rank)
    .limit(bindparam("limit"))
)


class StockRow(Struct, frozen=True):
    """A variant's counters as staff see them in the feed dashboard/stock; units."""

    variant: VariantId
    product: str
    on_hand: int
    held: int
    name: str = ""
    value: str = ""
    image: str = ""
    price: int = 0


def meta(tx: Connection, key: str) -> str:
    """One of the facts about this database: epoch, currency, secret."""
    return str(scalar(tx, _META, key=key))


def stock_state(tx: Connection, variant: str) -> tuple[int, Public] | None:
    row = one(tx, _STOCK, variant=variant)
    if row is None:
        return None
    return row.version, stock.public(Level(row.on_hand, row.held, row.version, bool(row.backorder)))


def product_state(tx: Connection, slug: str) -> tuple[int, ProductState] | None:
    return catalogue.state(tx, slug)


def cart_state(tx: Connection, cart_id: str) -> tuple[int, CartState] | None:
    """The cart's state; None for one that was never made. It changes with the cart and with the products in it."""
    row = one(tx, _CART, cart=cart_id)
    if row is None:
        return None
    version = max(row.version, scalar(tx, _CART_PRODUCTS, cart=cart_id) or 0)
    return version, cart.state(carts.view(tx, CartId(cart_id)), catalogue.currency(tx))


def order_state(tx: Connection, number: str) -> tuple[int, OrderState] | None:
    try:
        order = view(tx, OrderNumber(number))
    except NotFound:
        return None
    return order.version, orders.state(order)


def figures_state(tx: Connection, compared: Compared) -> tuple[int, DayCounts]:
    """What a day's figures are made of as of the newest position, which is their version: everything up to it is in them."""
    return outbox.head(tx), figures.read(tx, compared)


def low_state(tx: Connection) -> tuple[int, LowStock]:
    """What runs low as of the newest position, which is its version as it is that of the figures."""
    return outbox.head(tx), stocktaking.low_stock(tx)


def orders_snapshot(tx: Connection, show: Show = Show.ALL) -> tuple[int, list[OrderRow]]:
    """The newest position, and the newest orders of this state as of it, the newest first."""
    if show is Show.ALL:
        return outbox.head(tx), recent(tx, SNAPSHOT_ORDERS)
    found = order_search.page(tx, Wish(show=show), None, SNAPSHOT_ORDERS)
    return found.position, [orders.row(order) for order in found.orders]


def stock_snapshot(tx: Connection, limit: int = 500) -> tuple[int, list[StockRow]]:
    """The newest position, and the variants with the fewest units to be bought first."""
    return outbox.head(tx), [
        StockRow(r.variant_id, r.slug, r.on_hand, r.held, r.name, r.value, r.image, r.price)
        for r in rows(tx, _ALL_STOCK, limit=limit)
    ]
