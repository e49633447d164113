"""The shapes of what staff do to orders over the API. They keep to what handlers.api.shapes says."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from handlers.api.shapes import Limit
from shop.customers import MAX_NAME_LENGTH
from shop.fulfilment import MAX_LINK_LENGTH, MAX_TRACKING_LENGTH, Fulfilment
from shop.ids import OrderNumber
from shop.money import Money
from shop.order_search import Show
from shop.orders import OrderStatus
from shop.payments import PaymentState
from shop.refunds import MAX_REASON_LENGTH


class OrdersQuery(Struct, frozen=True, forbid_unknown_fields=True):
    q: Annotated[str, Meta(description="Number, name, email, town or product; without it, all.")] = ""
    show: Annotated[Show, Meta(description="Which state: to pack, to ship, …; without it, all.")] = Show.ALL
    limit: Limit = 50


class ClaimWish(Struct, frozen=True, forbid_unknown_fields=True):
    take_over_from: Annotated[str | UnsetType, Meta(description="Who has claimed it, as `claim.by` said.")] = UNSET


class ParcelWish(Struct, frozen=True, forbid_unknown_fields=True):
    carrier: Annotated[str, Meta(extra_json_schema={"maxLength": MAX_NAME_LENGTH})] = ""
    tracking: Annotated[str, Meta(description="Its number.", extra_json_schema={"maxLength": MAX_TRACKING_LENGTH})] = ""
    tracking_url: Annotated[
        str, Meta(description="Where it can be followed.", extra_json_schema={"maxLength": MAX_LINK_LENGTH})
    ] = ""


class LineBack(Struct, frozen=True, forbid_unknown_fields=True):
    """What goes back of one line of the order, by its place from 0."""

    line: int
    units: Annotated[int, Meta(description="Units whose money goes back.")] = 0
    back: Annotated[int, Meta(description="Units that come back. Before it is sent, these are the same.")] = 0
    restock: Annotated[bool, Meta(description="Whether they are put on the shelf again, or written off.")] = True


class RefundWish(Struct, frozen=True, forbid_unknown_fields=True):
    lines: list[LineBack] = []
    delivery: Annotated[bool, Meta(description="Whether the price of the delivery goes back.")] = False
    amount: Annotated[int, Meta(description="An amount for good will, in minor units.")] = 0
    whole: Annotated[bool, Meta(description="All that is left; `lines` then only say what came back.")] = False
    reason: Annotated[
        str, Meta(description="For your own books.", extra_json_schema={"maxLength": MAX_REASON_LENGTH})
    ] = ""
    seen: Annotated[
        int | UnsetType,
        Meta(description="How many refunds the order had when you looked; with another number, it is refused (409)."),
    ] = UNSET


class RefundMade(Struct, frozen=True):
    """`rank` counts the order's refunds from 1. `status` is `refunding` once all of the order goes back."""

    number: OrderNumber
    rank: int
    amount: Money
    refunded: Money
    rest: Money
    status: OrderStatus
    document: Annotated[str, Meta(description="The number of its credit note; nothing for units alone.")]
    order_url: str
    version: int


class ClaimMade(Struct, frozen=True):
    """Who packs an order, and since when."""

    by: str
    name: str
    at: datetime


class OrderWork(Struct, frozen=True):
    """An order as those who pack it see it."""

    number: OrderNumber
    shown: str
    status: OrderStatus
    payment: PaymentState | None
    fulfilment: Fulfilment
    claim: ClaimMade | None
    packed_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    refunded: Money
    carrier: str
    tracking: str
    tracking_url: str
    order_url: str
    version: int
