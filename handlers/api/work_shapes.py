"""The shapes of what staff do to orders over the API. They keep to what handlers.api.shapes says."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from handlers.api.shapes import Limit
from shop.customers import MAX_NAME_LENGTH
from shop.fulfilment import MAX_LINK_LENGTH, MAX_TRACKING_LENGTH, Fulfilment
from shop.ids import OrderNumber
from shop.order_search import Show
from shop.orders import OrderStatus
from shop.payments import PaymentState


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
    carrier: str
    tracking: str
    tracking_url: str
    order_url: str
    version: int
