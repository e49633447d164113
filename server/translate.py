"""Events of the shop as changes of topics: which topic hears what. The only place where the two vocabularies meet."""

from collections.abc import Callable

from msgspec import json

from live import topics
from live.changes import Change, Feed, State
from shop.events import CartChanged, OrderChanged, ProductChanged, Recorded, StockChanged
from storage.topics import StockRow

STOCK_FEED_KIND = "stock"
ORDER_FEED_KIND = "order"

KIND_OF_FEED = {topics.DASHBOARD_ORDERS: ORDER_FEED_KIND, topics.DASHBOARD_STOCK: STOCK_FEED_KIND}
"""The outbox's kind of event that makes up each feed."""

encode = json.Encoder().encode


def _all(_key: str) -> bool:
    return True


def changes(recorded: Recorded, watched: Callable[[str], bool] = _all) -> list[Change]:
    """What the event at this position means for each topic. Of states, only those whose key is `watched` are spelled out."""
    position, event = recorded
    told: list[Change] = []
    match event:
        case StockChanged():
            told.append(Feed(topics.DASHBOARD_STOCK, position, stock_row(event)))
            if event.seen is not None and watched(key := topics.stock_key(event.variant)):
                told.append(State(key, position, encode(event.seen)))
        case ProductChanged():
            if watched(key := topics.product_key(event.product)):
                told.append(State(key, position, None if event.state is None else encode(event.state)))
        case CartChanged():
            if watched(key := topics.cart_key(event.cart)):
                told.append(State(key, position, encode(event.state)))
        case OrderChanged():
            if watched(key := topics.order_key(event.number)):
                told.append(State(key, position, encode(event.state)))
            told.append(Feed(topics.DASHBOARD_ORDERS, position, encode(event.row)))
    return told


def feed_data(recorded: Recorded) -> bytes:
    """The event as an event of the feed that its kind makes up."""
    event = recorded.event
    if isinstance(event, OrderChanged):
        return encode(event.row)
    if isinstance(event, StockChanged):
        return stock_row(event)
    raise TypeError(type(event))


def stock_row(event: StockChanged) -> bytes:
    return encode(StockRow(event.variant, event.product, event.on_hand, event.held))
