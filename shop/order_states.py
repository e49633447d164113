"""How an order stands, in the words and shapes that everybody reads: staff's lists and screens, and the shopper's account.

The money's word and the goods' word are found by a key; scripts read the same tables by the same keys (orders-feed.js).
"""

from shop.fulfilment import Fulfilment
from shop.orders import Order, OrderRow, OrderStatus
from shop.payments import OPEN_DISPUTES

MONEY = {
    "placed": ("", "Not paid yet"),
    "placed/created": ("bank", "At the bank"),
    "placed/needs_action": ("bank", "At the bank"),
    "placed/processing": ("bank", "Checking"),
    "placed/authorized": ("bank", "Checking"),
    "placed/failed": ("failed", "Declined"),
    "paid": ("paid", "Paid"),
    "paid/in part": ("paid", "Partly refunded"),
    "cancelled": ("failed", "Not paid"),
    "cancelled/by staff": ("failed", "Cancelled"),
    "refunding": ("bank", "Being refunded"),
    "refunded": ("", "Refunded"),
    "disputed": ("failed", "Disputed"),
}
"""The class of its shape and its word, by status and payment (or who cancelled it, or that some of it went back), else by
status. A payment that was left or ran out says nothing of its own: the order is not paid yet. An open dispute is what staff
should see before all else."""

GOODS = {
    "": ("", ""),
    "none": ("todo", "To pack"),
    "claimed": ("claimed", "{name} is packing"),
    "packed": ("packed", "Packed"),
    "packed/collected": ("packed", "Ready to collect"),
    "shipped": ("shipped", "Shipped"),
    "shipped/collected": ("shipped", "Collected"),
    "delivered": ("shipped", "Delivered"),
}
"""The same for the goods of a paid order; "" is an order that is not paid, or whose money all went back before it was packed."""


def money(order: Order | OrderRow) -> tuple[str, str]:
    """How an order's money stands, as staff read it: the class of its shape, and the word."""
    return MONEY["disputed"] if order.dispute in OPEN_DISPUTES else _money(order)


def _money(order: Order | OrderRow) -> tuple[str, str]:
    return MONEY.get(f"{order.status}/{_how(order)}", MONEY[order.status.value])


def goods(order: Order | OrderRow) -> tuple[str, str]:
    """How an order's goods stand: the class of their shape, and the word; nothing for an order that is not paid."""
    if order.status is not OrderStatus.PAID and order.fulfilment is Fulfilment.NONE:
        return GOODS[""]
    if order.claim is not None and order.fulfilment is Fulfilment.NONE:
        shape, word = GOODS["claimed"]
        return shape, word.format(name=order.claim.name)
    collected = "/collected" if order.collected else ""
    return GOODS.get(f"{order.fulfilment}{collected}", GOODS[order.fulfilment.value])


def in_a_word(order: Order) -> tuple[str, str]:
    """The one word that its shopper reads, and the class of its shape: of the goods once they are packed, else of the money."""
    shape, word = _money(order)
    if order.status is OrderStatus.PAID and order.fulfilment is not Fulfilment.NONE:
        word = goods(order)[1]
        word += ", partly refunded" if order.refunded_amount else ""
    return shape, word


def _how(order: Order | OrderRow) -> str | None:
    """What tells the words of one status apart."""
    if order.status is OrderStatus.CANCELLED and order.cancelled_by:
        return "by staff"
    refunded = order.refunded_amount if isinstance(order, Order) else order.refunded
    return "in part" if order.status is OrderStatus.PAID and refunded else order.payment
