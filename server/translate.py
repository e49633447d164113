"""Events of the shop as changes of topics: which topic hears what. The only place where the two vocabularies meet."""

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


def changes(recorded: Recorded) -> list[Change]:
    """What the event at this position means for each topic."""
    position, event = recorded
    match event:
        case StockChanged():
            told: list[Change] = [Feed(topics.DASHBOARD_STOCK, position, stock_row(event))]
            if event.seen is not None:
                told.append(State(topics.stock_key(event.variant), position, encode(event.seen)))
            return told
        case ProductChanged():
            value = None if event.state is None else encode(event.state)
            return [State(topics.product_key(event.product), position, value)]
        case CartChanged():
            return [State(topics.cart_key(event.cart), position, encode(event.state))]
        case OrderChanged():
            return [
                State(topics.order_key(event.number), position, encode(event.state)),
                Feed(topics.DASHBOARD_ORDERS, position, encode(event.row)),
            ]
    return []


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
