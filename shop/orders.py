"""Orders: where one stands, in words that its page, the API and the live topic share."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from shop.fulfilment import Claim, Done, Fulfilment, Parcel, Standing
from shop.ids import CartId, CustomerId, OrderNumber
from shop.order_lines import OrderLine
from shop.payments import ENDED_UNPAID, DisputeState, PaymentState
from shop.pricing import Cost, Share
from shop.refunds import SENT, Bill, Refund, what

__all__ = ["Order", "OrderLine", "OrderRow", "OrderState", "OrderStatus", "Step", "row", "standing", "state", "why_not"]


class OrderStatus(StrEnum):
    """`placed` waits for its money and holds stock; `cancelled` was never paid; `refunded` was paid, and all of it went back.

    An order whose money went back in part is still `paid`: how much it was stands beside (Order.refunded_amount).
    """

    PLACED = "placed"
    PAID = "paid"
    CANCELLED = "cancelled"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


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
    fulfilment: Fulfilment = Fulfilment.NONE
    """Where the goods are, an axis of its own beside the money's `status`."""
    claim: Claim | None = None
    packed_at: datetime | None = None
    shipped_at: datetime | None = None
    parcel: Parcel = Parcel()
    cancelled_by: str = ""
    """The name of whoever of the staff cancelled it; empty when it ended by itself, or has not ended."""
    shipping_name: str = ""
    """What the way to travel was called when it was placed."""
    collected: bool = False
    """Whether the shopper comes for it, so that nothing travels."""
    code: str = ""
    """The promotion code that was redeemed with it."""
    tax_included: bool = True
    shipping_discount: int = 0
    shipping_rate: int = 0
    shipping_tax: int = 0
    dispute: DisputeState | None = None
    """Where its dispute with the cardholder's bank stands, if there was one."""
    replaced_by: OrderNumber | None = None
    """The newer order of the same shopper that it gave way to."""
    delivered_at: datetime | None = None
    refunded_amount: int = 0
    """What staff gave back of it, or have noted to: never more than its total. Money that came too late is none of it."""
    refunds: tuple[Refund, ...] = ()

    @property
    def given_back(self) -> bool:
        """Whether it was sold, and all of its money then went back, or is on its way."""
        return bool(self.refunds) and self.status in (OrderStatus.REFUNDING, OrderStatus.REFUNDED)

    @property
    def sold(self) -> bool:
        """Whether its units were sold, whatever came back of them later."""
        return self.status is OrderStatus.PAID or self.given_back

    @property
    def bill(self) -> Bill:
        """All that decides what more can be given back of it."""
        quantities = tuple(line.quantity for line in self.lines)
        return Bill(self.cost, quantities, self.fulfilment, self.currency, self.refunds)

    @property
    def names(self) -> list[str]:
        """Its lines, as refunds name them."""
        return [line.named for line in self.lines]

    @property
    def cost(self) -> Cost:
        """How its total came about, from its stored lines."""
        shipping = Share(self.shipping_amount, self.shipping_discount, self.shipping_rate, self.shipping_tax)
        return Cost(tuple(line.share for line in self.lines), shipping, self.tax_included)

    @property
    def discount(self) -> int:
        """What a code took off the things and the delivery."""
        return sum([line.discount for line in self.lines]) + self.shipping_discount

    @property
    def tax(self) -> int:
        return sum([line.tax for line in self.lines]) + self.shipping_tax

    @property
    def to_pack(self) -> bool:
        """Whether it waits to be packed."""
        return self.status is OrderStatus.PAID and self.fulfilment is Fulfilment.NONE

    @property
    def payable(self) -> bool:
        """Whether the shopper can be sent to pay: it waits for money, and no money is on its way."""
        return self.status is OrderStatus.PLACED and self.payment not in (
            PaymentState.PROCESSING,
            PaymentState.AUTHORIZED,
            PaymentState.PAID,
        )


class Step(Struct, frozen=True):
    """A station on the order's way. `state` is done, now, wrong or empty for what is still to come."""

    name: str
    state: str
    text: str
    at: datetime | None
    link: str = ""
    """Where the parcel can be followed."""


class GivenBack(Struct, frozen=True):
    """A refund as its buyer sees it: what for, how much in minor units, and since when; `done` once the bank has made it."""

    what: str
    amount: int
    currency: str
    at: datetime
    done: bool


class OrderState(Struct, frozen=True):
    """The value of the topic me/orders/{number}: all that the order's page shows of how it is going. It names no clerk."""

    number: OrderNumber
    status: OrderStatus
    payment: PaymentState | None
    headline: str
    steps: tuple[Step, ...]
    payable: bool
    hold_until: datetime | None
    fulfilment: Fulfilment = Fulfilment.NONE
    replaced_by: OrderNumber | None = None
    """The newer order of the same shopper that it gave way to."""
    refunds: tuple[GivenBack, ...] = ()


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
    fulfilment: Fulfilment = Fulfilment.NONE
    claim: Claim | None = None
    """Who is packing it."""
    cancelled_by: str = ""
    """The name of whoever of the staff cancelled it."""
    collected: bool = False
    """Whether the shopper comes for it."""
    dispute: DisputeState | None = None
    """Where its dispute with the cardholder's bank stands."""
    refunded: int = 0
    """What of its total was given back, in minor units."""


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
    "expired_card": "Your bank says that this card is no longer valid.",
    "processing_error": "Your bank had a fault of its own.",
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
        fulfilment=order.fulfilment,
        replaced_by=order.replaced_by,
        refunds=tuple(_seen(order, refund) for refund in order.refunds if refund.amount),
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
        fulfilment=order.fulfilment,
        claim=order.claim,
        cancelled_by=order.cancelled_by,
        collected=order.collected,
        dispute=order.dispute,
        refunded=order.refunded_amount,
    )


def standing(order: Order, last: Done | None) -> Standing:
    """How it stands before an act of staff, with the last of their acts."""
    paid = order.status is OrderStatus.PAID
    return Standing(order.status.value, paid, order.fulfilment, order.claim, last)


def _seen(order: Order, refund: Refund) -> GivenBack:
    said = what(order.names, refund)
    return GivenBack(f"For {said}" if said else "", refund.amount, order.currency, refund.at, not refund.owed)


def _headline(order: Order) -> str:
    if order.cancelled_by or order.replaced_by:
        return _headline_of_ended(order)
    first_name = order.name.split()[0]
    match order.status:
        case OrderStatus.PAID:
            return _goods_headline(order, first_name)
        case OrderStatus.CANCELLED if order.payment in _AT_THE_BANK:
            return "Your bank takes its time, and our hold has ended."
        case OrderStatus.CANCELLED:
            return "This order ended without payment."
        case OrderStatus.REFUNDING | OrderStatus.REFUNDED:
            return _money_back_headline(order)
    if order.payment in _AT_THE_BANK:
        return f"Thank you, {first_name}. Your bank has it now."
    if order.payment in ENDED_UNPAID:
        return "The payment did not go through."
    return f"Almost there, {first_name}. It is not paid yet."


def _headline_of_ended(order: Order) -> str:
    """Of an order that somebody ended: staff, or the shopper by ordering again."""
    if order.cancelled_by:
        late = " before your payment came" if order.paid_at else ""
        return f"We cancelled this order{late}."
    return "You ordered this again, and get this money back." if order.paid_at else "You ordered this again."


def _money_back_headline(order: Order) -> str:
    if not order.given_back:
        lost = "what we held for you" if order.code else "the last one"
        return f"We are sorry: {lost} went while your bank took its time."
    way = "Your money is on its way back." if order.status is OrderStatus.REFUNDING else "You have your money back."
    return way if order.fulfilment in SENT else f"We cancelled this order. {way}"


def _goods_headline(order: Order, first_name: str) -> str:
    match order.fulfilment:
        case Fulfilment.PACKED if order.collected:
            return f"It is ready for you, {first_name}."
        case Fulfilment.SHIPPED if not order.collected:
            return f"It is on its way to you, {first_name}."
        case Fulfilment.DELIVERED:
            return f"It is with you, {first_name}."
    return f"Thank you, {first_name}. It is yours."


def _steps(order: Order) -> tuple[Step, ...]:
    held = "Our hold has been let go." if order.cancelled_by or order.replaced_by else _HOLD[order.status]
    held = _HOLD[OrderStatus.PAID] if order.given_back else held
    placed = Step("Placed", "done", held, order.placed_at)
    free = not order.total and order.status is OrderStatus.PAID
    bank = Step("At the bank", "done", "No bank was needed.", order.paid_at) if free else _bank_step(order)
    return (placed, bank, _paid_step(order), _packed_step(order), _shipped_step(order))


def _bank_step(order: Order) -> Step:
    if order.status in (OrderStatus.PAID, OrderStatus.REFUNDING, OrderStatus.REFUNDED):
        return Step("At the bank", "done", "Your bank said yes.", order.bank_at)
    if order.cancelled_by:
        return _bank_step_of_cancelled(order)
    if order.status is OrderStatus.CANCELLED and order.payment in _AT_THE_BANK:
        return Step("At the bank", "now", "If the money comes, we look again for you, or send it back.", order.bank_at)
    if order.status is OrderStatus.CANCELLED and (order.replaced_by or order.payment is not PaymentState.FAILED):
        # Its payment may have ended since, because we ended it: that says nothing of the shopper.
        why = "Your newer order stands in its place." if order.replaced_by else "Nothing came in time."
        return Step("At the bank", "wrong", f"{why} Nothing was taken.", order.ended_at)
    if order.payment in ENDED_UNPAID:
        return Step("At the bank", "wrong", why_not(order), order.bank_at)
    if order.payment in _AT_THE_BANK:
        return Step("At the bank", "now", "Your bank is checking. You can close this page.", order.bank_at)
    if order.payment in (PaymentState.CREATED, PaymentState.NEEDS_ACTION):
        return Step("At the bank", "now", "Waiting for you to pay on the bank's page.", order.bank_at)
    return Step("At the bank", "now", "Next you pay on your bank's page.", None)


def _bank_step_of_cancelled(order: Order) -> Step:
    if order.payment in _AT_THE_BANK:
        return Step("At the bank", "now", "If the money comes, we send it back.", order.bank_at)
    return Step("At the bank", "wrong", "We cancelled the order. Nothing was taken.", order.ended_at)


def why_not(order: Order) -> str:
    """Why its newest payment came to nothing, in plain words."""
    if order.payment is PaymentState.CANCELLED:
        return "You came back without paying. Nothing was taken."
    if order.payment is PaymentState.EXPIRED:
        return "The bank's page was open too long. Nothing was taken."
    return f"{_DECLINES.get(order.decline_reason, 'Your bank said no.')} Nothing was taken."


def _paid_step(order: Order) -> Step:
    if order.given_back:
        back = "is on its way back" if order.status is OrderStatus.REFUNDING else "went back to you"
        return Step("Paid", "done", f"It was here, and {back}.", order.paid_at)
    late = "Paid after we had cancelled." if order.cancelled_by else "Paid after our hold had ended."
    late = "Paid once too often." if order.replaced_by else late
    match order.status:
        case OrderStatus.PAID:
            some = " Some of it went back to you." if order.refunded_amount else ""
            text = f"The money is here.{some}" if order.total else "There was nothing to pay."
            return Step("Paid", "done", text, order.paid_at)
        case OrderStatus.REFUNDING:
            return Step("Paid", "wrong", f"{late} Your money is on its way back.", order.paid_at)
        case OrderStatus.REFUNDED:
            return Step("Paid", "wrong", f"{late} You have your money back, in full.", order.paid_at)
    return Step("Paid", "", "", None)


def _packed_step(order: Order) -> Step:
    if order.fulfilment is not Fulfilment.NONE:
        text = "Ready to collect." if order.collected else "In its parcel."
        return Step("Packed", "done", text, order.packed_at)
    if order.status is OrderStatus.PAID:
        return Step("Packed", "now", f"We will write to {order.email}.", None)
    return Step("Packed", "", "", None)


def _shipped_step(order: Order) -> Step:
    name = "Collected" if order.collected else "Shipped"
    if order.fulfilment is Fulfilment.DELIVERED:
        return Step("Delivered", "done", "It is with you.", order.delivered_at, order.parcel.link)
    if order.fulfilment is Fulfilment.SHIPPED:
        return Step(name, "done", _on_its_way(order), order.shipped_at, order.parcel.link)
    if order.fulfilment is Fulfilment.PACKED:
        return Step(name, "now", "Come by when it suits you." if order.collected else "It leaves next.", None)
    return Step(name, "", "", None)


def _on_its_way(order: Order) -> str:
    if order.collected:
        return "It is with you."
    carrier = f"With {order.parcel.carrier}" if order.parcel.carrier else "On its way"
    return f"{carrier}, {order.parcel.tracking}." if order.parcel.tracking else f"{carrier}."
