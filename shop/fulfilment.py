"""Fulfilment: how an order's goods are on their way, beside how its money is (shop.orders.OrderStatus).

The two are axes of their own, and both are shown: money that is given back, in part or in whole, says nothing of where the
goods are. A clerk claims an order to pack it, so that no two pack the same one.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from shop.customers import name_fault
from shop.errors import AlreadyClaimed, InvalidFields, NotClaimed, ShopError, WrongState
from shop.ids import CustomerId

MAX_TRACKING_LENGTH = 100
MAX_LINK_LENGTH = 500


class Fulfilment(StrEnum):
    """Where the goods are: on our shelves, in a parcel, on their way (or fetched), or with the buyer."""

    NONE = "none"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"


class Act(StrEnum):
    """What staff do to an order, in the past tense: it is what its page tells."""

    CLAIMED = "claimed"
    TAKEN_OVER = "taken_over"
    RELEASED = "released"
    PACKED = "packed"
    UNPACKED = "unpacked"
    SHIPPED = "shipped"
    TRACKED = "tracked"
    """Where the parcel can be followed was changed."""
    CANCELLED = "cancelled"
    DELIVERED = "delivered"
    REFUNDED = "refund"
    """Money is given back, with or without units that come back."""
    RETURNED = "returned"
    """Units came back, and no money went."""
    PAYMENT_SETTLED = "payment_settled"
    """What did not match of a payment was dealt with."""
    GIVEN_BACK = "given_back"
    """Money was given back another way than by the provider."""
    DISPUTED = "disputed"
    """No act of staff: the cardholder's bank opened a dispute, or moved on with it."""


MOVES: Mapping[Act, tuple[Fulfilment, Fulfilment]] = {
    Act.PACKED: (Fulfilment.NONE, Fulfilment.PACKED),
    Act.UNPACKED: (Fulfilment.PACKED, Fulfilment.NONE),
    Act.SHIPPED: (Fulfilment.PACKED, Fulfilment.SHIPPED),
    Act.DELIVERED: (Fulfilment.SHIPPED, Fulfilment.DELIVERED),
}
"""The acts that move the goods: from where to where."""


class Clerk(Struct, frozen=True):
    """Who acts."""

    id: CustomerId
    name: str


class Claim(Struct, frozen=True):
    """Somebody is packing the order."""

    by: CustomerId
    name: str
    at: datetime


class Parcel(Struct, frozen=True):
    """How the goods travel, as far as the merchant says; each may be empty."""

    carrier: str = ""
    tracking: str = ""
    link: str = ""


class Done(Struct, frozen=True):
    """The last thing that staff did to an order."""

    act: Act
    by: CustomerId
    name: str


class Standing(Struct, frozen=True):
    """How an order stands before an act. `status` is of its money."""

    status: str
    paid: bool
    goods: Fulfilment
    claim: Claim | None
    last: Done | None


def allowed(act: Act, standing: Standing, clerk: Clerk) -> bool:
    """Whether this clerk may do this now. The statements of storage.fulfilment ask the same of the row itself."""
    mine = standing.claim is not None and standing.claim.by == clerk.id
    packable = standing.paid and standing.goods is Fulfilment.NONE
    match act:
        case Act.CLAIMED:
            return packable and standing.claim is None
        case Act.TAKEN_OVER:
            return packable and standing.claim is not None and not mine
        case Act.RELEASED | Act.PACKED:
            return packable and mine
        case Act.UNPACKED | Act.SHIPPED | Act.DELIVERED:
            return standing.paid and standing.goods is MOVES[act][0]
        case Act.TRACKED:
            return standing.paid and standing.goods is Fulfilment.SHIPPED
    return False


def refusal(act: Act, standing: Standing, clerk: Clerk) -> ShopError | None:
    """Why an act met nothing: None when it is true already (a double click), else what is true now."""
    if _true_already(act, standing, clerk):
        return None
    facts: dict[str, Any] = {"order_status": standing.status, "fulfilment": standing.goods.value}
    if not standing.paid:
        return WrongState("This order is not paid, so there is nothing to pack or send.", **facts)
    if act in (Act.UNPACKED, Act.SHIPPED, Act.TRACKED, Act.DELIVERED) or standing.goods is not Fulfilment.NONE:
        return WrongState(_where_it_is(standing), **facts)
    if standing.claim is None:
        return NotClaimed("Nobody is packing this order now. Claim it first.", **facts)
    facts |= {"claimed_by": standing.claim.name, "claimed_at": standing.claim.at}
    return AlreadyClaimed(f"{standing.claim.name} is packing this order.", **facts)


def checked(parcel: Parcel) -> Parcel:
    """The parcel, trimmed; raises InvalidFields naming what needs another look."""
    tidy = Parcel(parcel.carrier.strip(), parcel.tracking.strip(), parcel.link.strip())
    faults = {
        "carrier": name_fault(tidy.carrier, "a carrier") if tidy.carrier else None,
        "tracking": name_fault(tidy.tracking, "a number", MAX_TRACKING_LENGTH) if tidy.tracking else None,
        "link": _link_fault(tidy.link),
    }
    fields = {field: fault for field, fault in faults.items() if fault}
    if fields:
        raise InvalidFields(fields=fields)
    return tidy


def _true_already(act: Act, standing: Standing, clerk: Clerk) -> bool:
    if act in (Act.CLAIMED, Act.TAKEN_OVER):
        return standing.claim is not None and standing.claim.by == clerk.id
    if act is Act.RELEASED and standing.paid and standing.goods is Fulfilment.NONE and standing.claim is None:
        return True
    last = standing.last
    return last is not None and last.act is act and last.by == clerk.id


def _where_it_is(standing: Standing) -> str:
    who = standing.last.name if standing.last else "Somebody"
    match standing.goods:
        case Fulfilment.DELIVERED:
            return "This order is with its buyer already."
        case Fulfilment.SHIPPED:
            return (
                f"{who} has sent this order already." if _did(standing, Act.SHIPPED) else "This order is sent already."
            )
        case Fulfilment.PACKED:
            packed = f"{who} has packed this order." if _did(standing, Act.PACKED) else "This order is packed."
            return f"{packed} It is not sent yet."
    return "This order is not packed yet."


def _did(standing: Standing, act: Act) -> bool:
    return standing.last is not None and standing.last.act is act


def _link_fault(link: str) -> str | None:
    if not link:
        return None
    try:
        parts = urlsplit(link)
    except ValueError:
        parts = urlsplit("")
    plain = link.isprintable() and " " not in link
    if parts.scheme not in ("http", "https") or not parts.netloc or not plain:
        return "A whole web address, please, such as https://parcels.example/3SABC."
    return f"At most {MAX_LINK_LENGTH} characters, please." if len(link) > MAX_LINK_LENGTH else None
