"""Lists of orders for staff: by words, number, state and day, the newest first, a page at a time."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, and_, literal_column, or_, select, union_all

from shop.fulfilment import Fulfilment
from shop.ids import OrderNumber
from shop.order_search import Place, Show, Wish
from shop.orders import Order, OrderStatus
from storage import order_words, orders, outbox
from storage.tables import Order as Orders

_PAID = Orders.status == OrderStatus.PAID.value
_REFUNDED = union_all(
    select(Orders.number).where(Orders.status.in_((OrderStatus.REFUNDING.value, OrderStatus.REFUNDED.value))),
    # Spelled out and not bound, so that SQLite knows the index of refunded orders to be good for it.
    select(Orders.number).where(Orders.refunded_amount > literal_column("0")),
)
"""Whatever something went back of: few of many, found by their own indexes."""
_SHOWN: dict[Show, tuple[ColumnElement[bool], ...]] = {
    Show.ALL: (),
    Show.PACK: (_PAID, Orders.fulfilment == Fulfilment.NONE.value),
    Show.SHIP: (_PAID, Orders.fulfilment == Fulfilment.PACKED.value),
    Show.SHIPPED: (_PAID, Orders.fulfilment == Fulfilment.SHIPPED.value),
    Show.DELIVERED: (_PAID, Orders.fulfilment == Fulfilment.DELIVERED.value),
    Show.WAITING: (Orders.status == OrderStatus.PLACED.value, Orders.fulfilment == Fulfilment.NONE.value),
    Show.CANCELLED: (Orders.status == OrderStatus.CANCELLED.value, Orders.fulfilment == Fulfilment.NONE.value),
    Show.REFUNDED: (Orders.number.in_(_REFUNDED),),
}


class Page(Struct, frozen=True):
    """Orders in a list as of a position of the outbox, and where the next page begins; None at the end."""

    position: int
    orders: list[Order]
    next: Place | None


class Neighbours(Struct, frozen=True):
    """The orders to pack around one, in the order they came, and how many there are."""

    before: OrderNumber | None
    after: OrderNumber | None


def page(tx: Connection, wish: Wish, after: Place | None, limit: int) -> Page:
    """The next orders of a list."""
    position = outbox.head(tx)
    found = tx.execute(matching(wish, after).limit(limit + 1)).scalars().all()
    listed = orders.listed(tx, [str(number) for number in found[:limit]])
    last = listed[-1] if len(found) > limit else None
    return Page(position, listed, None if last is None else Place(last.placed_at, last.number))


def matching(wish: Wish, after: Place | None) -> Select[str]:
    """The numbers of the orders that are asked for, from the newest to the oldest."""
    statement = select(Orders.number).where(*_SHOWN[wish.show])
    if wish.start is not None:
        statement = statement.where(Orders.placed_at >= wish.start)
    if wish.end is not None:
        statement = statement.where(Orders.placed_at < wish.end)
    words: Sequence[ColumnElement[bool]] = order_words.holding(wish.words)
    if words and wish.numbers:
        statement = statement.where(or_(and_(*words), Orders.number.between(*wish.numbers)))
    elif words:
        statement = statement.where(*words)
    if after is not None:
        statement = statement.where(*beyond(after))
    return statement.order_by(Orders.placed_at.desc(), Orders.number)


def beyond(place: Place) -> tuple[ColumnElement[bool], ...]:
    """Conditions of the orders that come after a place in a list that begins with the newest."""
    later_on = or_(Orders.placed_at < place.at, Orders.number > place.number)
    return Orders.placed_at <= place.at, later_on


def neighbours(tx: Connection, order: Order) -> Neighbours:
    """The next order to pack, and the one before: whoever waits longest first."""
    waiting = select(Orders.number).where(*_SHOWN[Show.PACK], Orders.number != order.number)
    later = waiting.where(Orders.placed_at >= order.placed_at).order_by(Orders.placed_at, Orders.number.desc())
    earlier = waiting.where(Orders.placed_at <= order.placed_at).order_by(Orders.placed_at.desc(), Orders.number)
    same = Orders.placed_at == order.placed_at
    after = tx.execute(later.where(or_(~same, Orders.number < order.number)).limit(1)).scalar_one_or_none()
    before = tx.execute(earlier.where(or_(~same, Orders.number > order.number)).limit(1)).scalar_one_or_none()
    return Neighbours(None if before is None else OrderNumber(before), None if after is None else OrderNumber(after))
