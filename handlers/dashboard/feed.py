"""What every list of order rows is drawn with: words, shapes and times. Scripts fill in the same rows."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aiohttp import web
from babel.dates import format_datetime

from handlers.keys import SHOP, Shopfront
from shop import order_states
from shop.ids import OrderNumber
from shop.orders import OrderRow, OrderStatus, row

BLANK_ORDER = OrderRow(OrderNumber(""), datetime.fromtimestamp(0, UTC), OrderStatus.PLACED, None, "", (), 0, "EUR")
"""The row that scripts copy and fill in."""


def feed_context(app: web.Application, today: datetime) -> Mapping[str, Any]:
    """What the macro `order_row` and the element orders-feed need; `today` is when the shop's day began."""
    return {
        "blank_order": BLANK_ORDER,
        "money_of": order_states.money,
        "goods_of": order_states.goods,
        "words": order_states.MONEY,
        "goods_words": order_states.GOODS,
        "row_of": row,
        "when": partial(_when, start=today, shop=app[SHOP]),
    }


def _when(at: datetime, start: datetime, shop: Shopfront) -> str:
    """The time of something of today, the day of something older."""
    return format_datetime(at, "HH:mm:ss" if at >= start else "d MMM", tzinfo=start.tzinfo, locale=shop.locale)
