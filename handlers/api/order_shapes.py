"""The shapes of an order's parts in answers: its lines, its stations, its refunds. They keep to what handlers.api.shapes says."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from shop.ids import VariantId
from shop.money import Money


class RefundSeen(Struct, frozen=True):
    """Money that went back: what for, and whether the provider has made it (`done`) or is still asked."""

    what: str
    amount: Money
    at: datetime
    done: bool


class OrderItem(Struct, frozen=True):
    variant: VariantId
    product: str
    name: str
    value: str
    image: str | None
    price: Money
    quantity: int
    total: Money
    refunded: Annotated[int, Meta(description="Units whose money went back.")]
    back: Annotated[int, Meta(description="Units that came back, or were taken off before they were sent.")]
    tax: Money
    tax_rate: Annotated[int, Meta(description="In thousandths of a percent: 21 % is 21000.")]


class OrderStep(Struct, frozen=True):
    """A station on the order's way. `state` is done, now, wrong, or empty for what is still to come."""

    name: str
    state: str
    text: str
    at: datetime | None
    link: Annotated[str, Meta(description="Where the parcel can be followed, or nothing.")]
