"""Letters: what the shop writes to a buyer about an order, for which occasion, and in which words."""

from datetime import datetime

from shop.events import OrderChanged
from shop.fulfilment import Act, Parcel
from shop.money import decimal_text
from shop.orders import Order, OrderStatus, why_not
from shop.payments import PaymentState
from shop.pricing import rate_text
from shop.refunds import what

FAILED = "failed"
"""The occasion of a payment that the bank declined while the order is still held."""

RECURRING = frozenset({FAILED, Act.PACKED.value})
"""Occasions that may come about again for the same order. Its buyer hears of them once."""

_OCCASIONS = {
    OrderStatus.PLACED.value: (
        "Your order {number}",
        "We have your order and hold everything for you while you pay. This link opens it on any device:",
    ),
    OrderStatus.PAID.value: (
        "Paid: your order {number}",
        "Your payment is here. Thank you. We pack it next. The receipt is on your order’s page, to print.",
    ),
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

_REFUND = "refund-"
"""An occasion of its own for each refund that was made, with its rank behind it."""


def occasion(event: OrderChanged) -> str | None:
    """The occasion that an event is, by the money's status or the act of staff; None when nothing is written about it."""
    if event.refund:
        return f"{_REFUND}{event.refund}"
    if event.act is not None:
        found = event.act.value
    elif event.row.status is OrderStatus.PLACED and event.row.payment:
        return FAILED if event.row.payment is PaymentState.FAILED else None
    else:
        found = event.row.status.value
    return found if found in _OCCASIONS else None


def payment_failed(order: Order, now: datetime) -> tuple[str, str] | None:
    """The subject and the first words about a declined payment; `now` in the shop's zone, times are told in it.

    None once there is nothing to try again: another try is under way or has paid it, or its hold has ended.
    """
    until = order.hold_until.astimezone(now.tzinfo)
    if order.status is not OrderStatus.PLACED or order.payment is not PaymentState.FAILED or until <= now:
        return None
    when = f"{until:%H:%M} ({until:%Z}) on {until.day} {until:%B}"
    text = (
        f"{why_not(order)} Everything is held for you until {when}. Until then you can try again, or use another card."
    )
    return "Your payment did not go through: order {number}", text


def invitation(occasion: str) -> str:
    """What stands over the link to the order."""
    return "Pay again:" if occasion == FAILED else "Your order, live:"


def words(occasion: str, order: Order) -> tuple[str, str] | None:
    """The subject and the first words; None for what this buyer need not hear: who collects is told when it is packed."""
    if occasion.startswith(_REFUND):
        return _refund_words(order, int(occasion.removeprefix(_REFUND)))
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


def _refund_words(order: Order, rank: int) -> tuple[str, str] | None:
    """What a buyer is told of a refund: how much, what for, and how much that makes in all."""
    refund = next((each for each in order.refunds if each.rank == rank), None)
    if refund is None or not refund.amount:
        return None
    said = what(order.names, refund)
    amount = f"{decimal_text(refund.amount, order.currency)} {order.currency}"
    text = (
        f"We have given you {amount} back{f' for {said}' if said else ''}. It can take your bank some days to show it."
    )
    given = sum(each.amount for each in order.refunds if not each.owed)
    if refund.amount != given:
        text += f" That makes {decimal_text(given, order.currency)} {order.currency} in all."
    return "Money back: your order {number}", text


def sums(order: Order) -> list[str]:
    """How the order's total came about, a line each, in plain numbers."""
    currency, discount, included = order.currency, order.discount, order.tax_included

    def line(words: str, amount: int) -> str:
        return f"{words}: {decimal_text(amount, currency)} {currency}"

    lines = [line("Things", order.items_amount), line(order.shipping_name or "Delivery", order.shipping_amount)]
    if discount:
        lines.append(line(f"Code {order.code}", -discount))
    taxes = [line(f"{'Of which tax' if included else 'Tax'} {rate_text(t.rate)}", t.tax) for t in order.cost.taxes]
    total = line("Total", order.total)
    return [*lines, total, *taxes] if included else [*lines, *taxes, total]


def _how_it_travels(parcel: Parcel) -> str:
    ways = [f"Carrier: {parcel.carrier}."] if parcel.carrier else []
    ways += [f"Number: {parcel.tracking}."] if parcel.tracking else []
    ways += [f"Follow it here:\n{parcel.link}"] if parcel.link else []
    return " ".join(ways)
