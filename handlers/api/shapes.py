"""The shapes of the API: what bodies and queries may say, and what answers say. Every field of the API is here.

Money is in minor units, times are UTC, and a shape that is taken refuses fields it doesn't know.
"""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from handlers.api.order_shapes import OrderItem, OrderStep, RefundSeen
from shop.cart import MAX_QUANTITY
from shop.customers import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, Role
from shop.facets import MAX_CHOSEN
from shop.fulfilment import Fulfilment
from shop.ids import OrderNumber, VariantId
from shop.money import MAX_AMOUNT, Money
from shop.orders import OrderStatus
from shop.payments import PaymentState
from shop.stock import MAX_ON_HAND, Public

MAX_OFFSET = 10_000

# A range in `extra_json_schema` is only told; the rules of the shop decide, so that the refusal names the field (422).
Quantity = Annotated[int, Meta(description="Units.", extra_json_schema={"minimum": 1, "maximum": MAX_QUANTITY})]
QuantityOrNone = Annotated[
    int, Meta(description="Units; 0 takes the line away.", extra_json_schema={"minimum": 0, "maximum": MAX_QUANTITY})
]
OnHand = Annotated[
    int,
    Meta(
        description="Units; below zero only where so many are owed.",
        extra_json_schema={"minimum": -MAX_ON_HAND, "maximum": MAX_ON_HAND},
    ),
]
Amount = Annotated[int, Meta(description="In minor units.", extra_json_schema={"minimum": 0, "maximum": MAX_AMOUNT})]
NewPassword = Annotated[
    str, Meta(extra_json_schema={"minLength": MIN_PASSWORD_LENGTH, "maxLength": MAX_PASSWORD_LENGTH})
]
Several = Annotated[tuple[str, ...], Meta(max_length=MAX_CHOSEN)]
Limit = Annotated[int, Meta(ge=1, le=100, description="How many at most.")]
Offset = Annotated[int, Meta(ge=0, le=MAX_OFFSET, description="How many to pass over first.")]


# Taken ------------------------------------------------------------------------------------------------------------------


class SuggestQuery(Struct, frozen=True, forbid_unknown_fields=True):
    q: Annotated[str, Meta(description="What was typed so far.")] = ""


class NewestQuery(Struct, frozen=True, forbid_unknown_fields=True):
    limit: Limit = 50


class StockQuery(Struct, frozen=True, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=1000, description="How many at most.")] = 500


class NewCustomer(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    email: str
    password: NewPassword
    token: Annotated[bool, Meta(description="Answer a bearer token instead of setting a cookie.")] = False


class Login(Struct, frozen=True, forbid_unknown_fields=True):
    email: str
    password: str
    token: Annotated[bool, Meta(description="Answer a bearer token instead of setting a cookie.")] = False


class NewLine(Struct, frozen=True, forbid_unknown_fields=True):
    variant: VariantId
    quantity: Quantity


class LineQuantity(Struct, frozen=True, forbid_unknown_fields=True):
    quantity: QuantityOrNone


class PricesSeen(Struct, frozen=True, forbid_unknown_fields=True):
    total: Annotated[Money, Meta(description="The cart's total that you saw, without delivery.")]


class CodeWish(Struct, frozen=True, forbid_unknown_fields=True):
    code: Annotated[str, Meta(description="A promotion code; case and spaces don't matter.")]


class StockEdit(Struct, frozen=True, forbid_unknown_fields=True):
    on_hand: OnHand
    expected: Annotated[int, Meta(description="What was on hand when you looked.")]
    reason: Annotated[str, Meta(description="For the ledger.", extra_json_schema={"maxLength": 200})] = ""


class NewPrice(Struct, frozen=True, forbid_unknown_fields=True):
    amount: Amount
    currency: Annotated[str, Meta(description="The shop's currency, ISO 4217.")]


# People -----------------------------------------------------------------------------------------------------------------


class Person(Struct, frozen=True):
    email: str
    name: str
    role: Role


class Entered(Struct, frozen=True):
    customer: Person
    token: Annotated[str | UnsetType, Meta(description="The bearer token, if one was asked for.")] = UNSET


class Session(Struct, frozen=True):
    """Who is here: a customer, or null for a guest. `viewer` is who /live takes this session for."""

    customer: Person | None
    cart_count: int
    viewer: str | None


# The cart ---------------------------------------------------------------------------------------------------------------


class CartLine(Struct, frozen=True):
    """`price` is today's, `agreed` the one that was seen or agreed to; `short_by` units can't be had now. One customer can buy
    `limit` of the product, of all its variants together; `had` of them were ordered before, as far as is known yet."""

    variant: VariantId
    product: str
    name: str
    value: str
    image: str | None
    quantity: int
    price: Money
    agreed: Money
    total: Money
    raised: bool
    short_by: int
    limit: int | None
    had: int
    stock: Public
    url: str


class CartCode(Struct, frozen=True):
    """The promotion code of a cart. With a `problem` it takes nothing off: take it off before you order, or use it again."""

    code: str
    discount: Annotated[Money, Meta(description="What it takes off the things.")]
    free_delivery: bool
    problem: Annotated[str | None, Meta(description="The `code` of the refusal that an order would get.")]
    detail: str


class CartView(Struct, frozen=True):
    """`ready`: nothing stands in the way of checking out. `version` is the one of the topic me/cart on /live.

    `total` is without delivery and before the promotion code.
    """

    count: int
    total: Money
    ready: bool
    version: int
    lines: list[CartLine]
    code: CartCode | None


class CartLineSum(Struct, frozen=True):
    variant: VariantId
    quantity: int
    price: Money


class CartSum(Struct, frozen=True):
    """The cart right after a change: `count` in units, `total` without delivery, `code` the promotion code or nothing."""

    count: int
    total: Money
    lines: list[CartLineSum]
    code: str


# Checkout and orders ----------------------------------------------------------------------------------------------------


class TaxAmount(Struct, frozen=True):
    """The tax at one rate. `base` is without it."""

    rate: Annotated[int, Meta(description="In thousandths of a percent: 21 % is 21000.")]
    base: Money
    tax: Money


class Sums(Struct, frozen=True):
    """How a total comes about: items and delivery, less the discount, and the taxes where they are not in the prices."""

    items: Money
    delivery: Money
    discount: Money
    tax: Money
    taxes: list[TaxAmount]
    tax_included: Annotated[bool, Meta(description="Whether the amounts have their tax in them.")]
    total: Money


class OrderPlaced(Struct, frozen=True):
    """`again`: this Idempotency-Key placed the order before. `token` opens a guest's order at /o/{token}; it is told once."""

    number: OrderNumber
    status: OrderStatus
    total: Money
    hold_until: datetime
    pay_url: str
    order_url: str
    again: bool
    token: str | UnsetType = UNSET


class Delivery(Struct, frozen=True):
    email: str
    name: str
    street: str
    postcode: str
    town: str
    country: str
    shipping: str
    shipping_name: Annotated[str, Meta(description="What the way was called when the order was placed.")]
    collected: bool
    price: Money


CancelledByShop = Annotated[
    bool, Meta(description="Whether the shop cancelled it, rather than its time to pay running out.")
]


class OrderDetail(Struct, frozen=True):
    """`status` is of the money, `fulfilment` of the goods. `version` is the one of the topic me/orders/{number} on /live."""

    number: OrderNumber
    shown: str
    status: OrderStatus
    cancelled_by_shop: CancelledByShop
    replaced_by: Annotated[
        OrderNumber | None, Meta(description="The newer order of the same shopper that it gave way to, unpaid.")
    ]
    payment: PaymentState | None
    fulfilment: Fulfilment
    headline: str
    steps: list[OrderStep]
    payable: bool
    items_total: Money
    code: Annotated[str, Meta(description="The promotion code that was redeemed with it, or nothing.")]
    discount: Annotated[Money, Meta(description="What the code took off the things and the delivery.")]
    total: Money
    sums: Sums
    delivery: Delivery
    lines: list[OrderItem]
    placed_at: datetime
    hold_until: datetime | None
    paid_at: datetime | None
    packed_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    refunded: Annotated[Money, Meta(description="What of the total went back, or is on its way.")]
    refunds: list[RefundSeen]
    carrier: str
    tracking: str
    tracking_url: str
    pay_url: str
    order_url: str
    version: int


class OrderBrief(Struct, frozen=True):
    number: OrderNumber
    shown: str
    status: OrderStatus
    cancelled_by_shop: CancelledByShop
    payment: PaymentState | None
    fulfilment: Fulfilment
    summary: str
    total: Money
    refunded: Annotated[Money, Meta(description="What of the total went back, or is on its way.")]
    placed_at: datetime
    order_url: str


class OrderList(Struct, frozen=True):
    """Orders, the newest first."""

    orders: list[OrderBrief]


class PaymentStarted(Struct, frozen=True):
    number: OrderNumber
    redirect_url: Annotated[str, Meta(description="Where the shopper pays: a page of the payment provider.")]


# Staff ------------------------------------------------------------------------------------------------------------------


class StockCount(Struct, frozen=True):
    variant: VariantId
    product: str
    name: str
    value: str
    on_hand: int
    held: int
    available: int
    price: Money


class StockList(Struct, frozen=True):
    """Variants, those with the fewest units to be bought first."""

    variants: list[StockCount]


class StockLevel(Struct, frozen=True):
    variant: VariantId
    on_hand: int
    held: int
    available: int


class VariantOffer(Struct, frozen=True):
    id: VariantId
    price: Money
    was: Money | None
    available: bool


class ProductOffers(Struct, frozen=True):
    """The variants of the product whose price was changed."""

    variants: list[VariantOffer]
