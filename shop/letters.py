"""Letters: what the shop writes to a buyer about an order, for which occasion, and in which words."""

from shop.events import OrderChanged
from shop.fulfilment import Act, Parcel
from shop.money import decimal_text
from shop.orders import Order, OrderStatus
from shop.pricing import rate_text

_OCCASIONS = {
    OrderStatus.PLACED.value: (
        "Your order {number}",
        "We have your order and hold everything for you while you pay. This link opens it on any device:",
    ),
    OrderStatus.PAID.value: ("Paid: your order {number}", "Your payment is here. Thank you. We pack it next."),
    OrderStatus.CANCELLED.value: (
        "Your order {number} was not paid",
        "No payment came in time, so we put everything back on the shelf. Nothing was taken.",
    ),
    OrderStatus.REFUNDED.value: (
        "Your money is on its way back: order {number}",
        "Your payment came after our hold had ended, and what we held was gone. You have it back in full.",
    ),
    Act.PACKED.value: (
        "Ready to collect: your order {number}",
        "It is packed and waits for you. Come by when it suits you.",
    ),
    Act.SHIPPED.value: ("On its way: your order {number}", "We have sent it."),
}
"""What is written about, by the money's status or the act of staff: the subject and the first words."""

_CANCELLED_BY_US = {
    OrderStatus.CANCELLED.value: (
        "We cancelled your order {number}",
        "We have cancelled this order. Nothing was taken. Should a payment still come, we send it back in full.",
    ),
    OrderStatus.REFUNDED.value: (
        "Your money is on its way back: order {number}",
        "Your payment came after we had cancelled the order. You have it back in full.",
    ),
}


_ORDERED_AGAIN: dict[str, tuple[str, str] | None] = {
    OrderStatus.CANCELLED.value: None,  # the letter about the newer order says enough
    OrderStatus.REFUNDED.value: (
        "Your money is on its way back: order {number}",
        "You had ordered this again and paid for that order. You have this payment back in full.",
    ),
}


def occasion(event: OrderChanged) -> str | None:
    """The occasion that an event is, by the money's status or the act of staff; None when nothing is written about it."""
    if event.act is not None:
        found = event.act.value
    elif event.row.status is OrderStatus.PLACED and event.row.payment:
        return None
    else:
        found = event.row.status.value
    return found if found in _OCCASIONS else None


def words(occasion: str, order: Order) -> tuple[str, str] | None:
    """The subject and the first words; None for what this buyer need not hear: who collects is told when it is packed."""
    if occasion in (Act.PACKED.value, Act.SHIPPED.value) and order.collected is not (occasion == Act.PACKED.value):
        return None
    if not order.total and occasion == OrderStatus.PLACED.value:
        return None  # it is paid already, and that letter says so
    if not order.total and occasion == OrderStatus.PAID.value:
        return (
            "Your order {number}",
            "There is nothing to pay. Thank you. We pack it next.",
        )
    if order.cancelled_by and occasion in _CANCELLED_BY_US:
        return _CANCELLED_BY_US[occasion]
    if order.replaced_by and occasion in _ORDERED_AGAIN:
        return _ORDERED_AGAIN[occasion]
    subject, text = _OCCASIONS[occasion]
    if occasion == Act.SHIPPED.value:
        text = " ".join(part for part in (text, _how_it_travels(order.parcel)) if part)
    return subject, text


def sums(order: Order) -> list[str]:
    """How the order's total came about, a line each, in plain numbers."""
    found = order.cost

    def line(words: str, amount: int) -> str:
        return f"{words}: {decimal_text(amount, order.currency)} {order.currency}"

    lines = [line("Things", found.items), line(order.shipping_name or "Delivery", found.shipping.amount)]
    lines += [line(f"Code {order.code}", -found.discount)] if found.discount else []
    taxes = [line(f"{'Of which tax' if found.tax_included else 'Tax'} {rate_text(t.rate)}", t.tax) for t in found.taxes]
    total = line("Total", found.total)
    return [*lines, total, *taxes] if found.tax_included else [*lines, *taxes, total]


def _how_it_travels(parcel: Parcel) -> str:
    ways = [f"Carrier: {parcel.carrier}."] if parcel.carrier else []
    ways += [f"Number: {parcel.tracking}."] if parcel.tracking else []
    ways += [f"Follow it here:\n{parcel.link}"] if parcel.link else []
    return " ".join(ways)
