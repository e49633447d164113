"""Orders: where one stands, in words that its page, the API and the live topic share."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from shop.ids import CartId, CustomerId, OrderNumber, VariantId
from shop.payments import ENDED_UNPAID, PaymentState


class OrderStatus(StrEnum):
    """`placed` waits for its money and holds stock; `cancelled` was never paid; `refunded` was paid too late."""

    PLACED = "placed"
    PAID = "paid"
    CANCELLED = "cancelled"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


class OrderLine(Struct, frozen=True):
    """One line as it was ordered; prices in minor units, never read from the catalogue again."""

    variant: VariantId
    product: str
    name: str
    value: str
    image: str
    price: int
    quantity: int

    @property
    def total(self) -> int:
        return self.price * self.quantity


class Order(Struct, frozen=True):
    number: OrderNumber
    cart: CartId
    customer: CustomerId | None
    status: OrderStatus
    payment: PaymentState | None
    """The state of the newest payment, None before there is one."""
    decline_reason: str
    email: str
    name: str
    street: str
    postcode: str
    town: str
    country: str
    shipping: str
    shipping_amount: int
    items_amount: int
    total: int
    currency: str
    placed_at: datetime
    hold_until: datetime
    bank_at: datetime | None
    paid_at: datetime | None
    ended_at: datetime | None
    lines: tuple[OrderLine, ...]
    version: int

    @property
    def payable(self) -> bool:
        """Whether the shopper can be sent to pay: it waits for money, and no money is on its way."""
        return self.status is OrderStatus.PLACED and self.payment not in (
            PaymentState.PROCESSING,
            PaymentState.AUTHORIZED,
            PaymentState.PAID,
        )


class Step(Struct, frozen=True):
    """A station on the payment's way. `state` is done, now, wrong or empty for what is still to come."""

    name: str
    state: str
    text: str
    at: datetime | None


class OrderState(Struct, frozen=True):
    """The value of the topic me/orders/{number}: all that the order's page shows of how the payment is going."""

    number: OrderNumber
    status: OrderStatus
    payment: PaymentState | None
    headline: str
    steps: tuple[Step, ...]
    payable: bool
    hold_until: datetime | None


class OrderRow(Struct, frozen=True):
    """An order as staff see it in the feed dashboard/orders; `total` in minor units."""

    number: OrderNumber
    at: datetime
    status: OrderStatus
    payment: PaymentState | None
    summary: str
    images: tuple[str, ...]
    total: int
    currency: str


_HOLD = {
    OrderStatus.PLACED: "We are holding everything for you.",
    OrderStatus.PAID: "We have your order.",
    OrderStatus.CANCELLED: "Our hold has ended.",
    OrderStatus.REFUNDING: "Our hold had ended.",
    OrderStatus.REFUNDED: "Our hold had ended.",
}

_AT_THE_BANK = frozenset({PaymentState.PROCESSING, PaymentState.AUTHORIZED})

_DECLINES = {
    "card_declined": "Your bank said no.",
    "insufficient_funds": "Your bank says there is not enough money on the card.",
    "authentication_failed": "Your bank could not confirm that it is you.",
}


def state(order: Order) -> OrderState:
    return OrderState(
        number=order.number,
        status=order.status,
        payment=order.payment,
        headline=_headline(order),
        steps=_steps(order),
        payable=order.payable,
        hold_until=order.hold_until if order.status is OrderStatus.PLACED else None,
    )


def row(order: Order) -> OrderRow:
    first = order.lines[0]
    summary = f"{first.quantity} × {first.name}" if first.quantity > 1 else first.name
    summary += f", {first.value.lower()}" if first.value else ""
    more = sum(line.quantity for line in order.lines[1:])
    return OrderRow(
        number=order.number,
        at=order.placed_at,
        status=order.status,
        payment=order.payment,
        summary=f"{summary} and {more} more" if more else summary,
        images=tuple(dict.fromkeys(line.image for line in order.lines))[:3],
        total=order.total,
        currency=order.currency,
    )


def _headline(order: Order) -> str:
    first_name = order.name.split()[0]
    match order.status:
        case OrderStatus.PAID:
            return f"Thank you, {first_name}. It is yours."
        case OrderStatus.CANCELLED if order.payment in _AT_THE_BANK:
            return "Your bank takes its time, and our hold has ended."
        case OrderStatus.CANCELLED:
            return "This order ended without payment."
        case OrderStatus.REFUNDING | OrderStatus.REFUNDED:
            return "We are sorry: the last one went while your bank took its time."
    if order.payment in _AT_THE_BANK:
        return f"Thank you, {first_name}. Your bank has it now."
    if order.payment in ENDED_UNPAID:
        return "The payment did not go through."
    return f"Almost there, {first_name}. It is not paid yet."


def _steps(order: Order) -> tuple[Step, ...]:
    placed = Step("Placed", "done", _HOLD[order.status], order.placed_at)
    return (placed, _bank_step(order), _paid_step(order), _packed_step(order))


def _bank_step(order: Order) -> Step:
    if order.status in (OrderStatus.PAID, OrderStatus.REFUNDING, OrderStatus.REFUNDED):
        return Step("At the bank", "done", "Your bank said yes.", order.bank_at)
    if order.payment in ENDED_UNPAID:
        return Step("At the bank", "wrong", _why_not(order), order.bank_at)
    if order.status is OrderStatus.CANCELLED and order.payment in _AT_THE_BANK:
        return Step("At the bank", "now", "If the money comes, we look again for you, or send it back.", order.bank_at)
    if order.status is OrderStatus.CANCELLED:
        return Step("At the bank", "wrong", "Nothing came in time. Nothing was taken.", order.ended_at)
    if order.payment in _AT_THE_BANK:
        return Step("At the bank", "now", "Your bank is checking. You can close this page.", order.bank_at)
    if order.payment in (PaymentState.CREATED, PaymentState.NEEDS_ACTION):
        return Step("At the bank", "now", "Waiting for you to pay on the bank's page.", order.bank_at)
    return Step("At the bank", "now", "Next you pay on your bank's page.", None)


def _why_not(order: Order) -> str:
    if order.payment is PaymentState.CANCELLED:
        return "You came back without paying. Nothing was taken."
    if order.payment is PaymentState.EXPIRED:
        return "The bank's page was open too long. Nothing was taken."
    return f"{_DECLINES.get(order.decline_reason, 'Your bank said no.')} Nothing was taken."


def _paid_step(order: Order) -> Step:
    match order.status:
        case OrderStatus.PAID:
            return Step("Paid", "done", "The money is here.", order.paid_at)
        case OrderStatus.REFUNDING:
            return Step("Paid", "wrong", "Paid after our hold had ended. Your money is on its way back.", order.paid_at)
        case OrderStatus.REFUNDED:
            return Step(
                "Paid", "wrong", "Paid after our hold had ended. You have your money back, in full.", order.paid_at
            )
    return Step("Paid", "", "", None)


def _packed_step(order: Order) -> Step:
    text = f"We will write to {order.email}." if order.status is OrderStatus.PAID else ""
    return Step("Packed", "now" if order.status is OrderStatus.PAID else "", text, None)
