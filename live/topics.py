"""The one place that spells topics: their wire names, their internal keys and who may subscribe."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from live.viewer import Viewer
from shop.errors import Forbidden, NotFound

DASHBOARD_ORDERS: Final = "dashboard/orders"
DASHBOARD_STOCK: Final = "dashboard/stock"
DASHBOARD_FIGURES: Final = "dashboard/figures"
DASHBOARD_LOW: Final = "dashboard/low"
FEEDS: Final = (DASHBOARD_ORDERS, DASHBOARD_STOCK)
STAFF: Final = frozenset({*FEEDS, DASHBOARD_FIGURES, DASHBOARD_LOW})
SCREEN: Final = frozenset({DASHBOARD_ORDERS, DASHBOARD_FIGURES, DASHBOARD_LOW})
"""All that a screen on the wall may hear: what it shows, and nothing of any person."""
ME_CART: Final = "me/cart"
CARTS: Final = "cart/"

_PUBLIC: Final = re.compile(r"(?:stock/[\w-]{1,40}|product/[\w.~-]{1,150})")
_MY_ORDER: Final = re.compile(r"me/orders/([0-9A-Za-z-]{1,20})")


class UnknownTopic(NotFound):
    """No topic is spelled like this."""

    code = "unknown_topic"
    title = "There is no such topic"


class Kind(Enum):
    """A state's newest version is all that matters; a feed's events matter one by one."""

    STATE = "state"
    FEED = "feed"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as one viewer means it; `key` is None where the viewer has no such thing, as a session without a cart."""

    name: str
    kind: Kind
    key: str | None


def stock_key(variant: str) -> str:
    """Key of a variant's stock, by its public id."""
    return f"stock/{variant}"


def product_key(slug: str) -> str:
    """Key of a product's price and availability."""
    return f"product/{slug}"


def cart_key(cart_id: str) -> str:
    """Key of a cart; its owner sees it as me/cart."""
    return f"{CARTS}{cart_id}"


def order_key(number: str) -> str:
    """Key of an order and its payment; its owner sees it as me/orders/{number}."""
    return f"order/{number}"


def wire_name(key: str) -> str:
    """What those who may subscribe to a key call it."""
    subject, _, rest = key.partition("/")
    if subject == "cart":
        return ME_CART
    if subject == "order":
        return f"me/orders/{rest}"
    return key


def is_urgent(key: str) -> bool:
    """Payment changes are never held back for joining."""
    return key.startswith("order/")


async def resolve(name: str, viewer: Viewer) -> Topic:
    """The topic a viewer means by a wire name. Raises UnknownTopic and Forbidden.

    A foreign order and one that doesn't exist are refused alike, so that numbers can't be probed.
    """
    if viewer.screen and name not in SCREEN:
        raise Forbidden
    if _PUBLIC.fullmatch(name):
        return Topic(name, Kind.STATE, name)
    if name == ME_CART:
        return Topic(name, Kind.STATE, cart_key(viewer.cart_id) if viewer.cart_id is not None else None)
    if order := _MY_ORDER.fullmatch(name):
        if not await viewer.may_see_order(order[1]):
            raise Forbidden
        return Topic(name, Kind.STATE, order_key(order[1]))
    if name in STAFF:
        if not (viewer.staff or viewer.screen):
            raise Forbidden
        return Topic(name, Kind.FEED if name in FEEDS else Kind.STATE, name)
    raise UnknownTopic
