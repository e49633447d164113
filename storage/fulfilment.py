"""Fulfilment: claiming an order, packing and sending it, each decided by one conditional UPDATE.

A row that is not met says that the order stands otherwise by now: a repetition of what is true already changes nothing
and is answered with the order, anything else is refused with what is true now (shop.fulfilment.refusal).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, update

from shop import fulfilment
from shop.errors import WrongState
from shop.fulfilment import Act, Clerk, Fulfilment, Parcel
from shop.ids import CustomerId, OrderNumber
from shop.orders import Order, OrderStatus, standing
from storage import order_events, orders, outbox
from storage.statements import run
from storage.tables import Order as Orders

Values = dict[str, Any]

_PAID = update(Orders).where(Orders.number == bindparam("which"), Orders.status == OrderStatus.PAID.value)
_ON_THE_SHELF = _PAID.where(Orders.fulfilment == Fulfilment.NONE.value)
_MINE = _ON_THE_SHELF.where(Orders.claimed_by == bindparam("clerk"))
_TO_CLERK: Values = {
    "claimed_by": bindparam("to_clerk"),
    "claimed_name": bindparam("to_name"),
    "claimed_at": bindparam("to_at"),
}
_TO_NOBODY: Values = {"claimed_by": None, "claimed_name": "", "claimed_at": None}
_TO_PARCEL: Values = {
    "carrier": bindparam("to_carrier"),
    "tracking": bindparam("to_tracking"),
    "tracking_link": bindparam("to_link"),
}

_CLAIM = _ON_THE_SHELF.where(Orders.claimed_by.is_(None)).values(_TO_CLERK)
_TAKE_OVER = _ON_THE_SHELF.where(Orders.claimed_by == bindparam("before")).values(_TO_CLERK)
_RELEASE = _MINE.values(_TO_NOBODY)
_PACK = _MINE.values(_TO_NOBODY | {"fulfilment": Fulfilment.PACKED.value, "packed_at": bindparam("to_at")})
_UNPACK = _PAID.where(Orders.fulfilment == Fulfilment.PACKED.value).values(
    _TO_CLERK | {"fulfilment": Fulfilment.NONE.value, "packed_at": None}
)
_SHIP = _PAID.where(Orders.fulfilment == Fulfilment.PACKED.value).values(
    _TO_PARCEL | {"fulfilment": Fulfilment.SHIPPED.value, "shipped_at": bindparam("to_at")}
)
_DELIVER = _PAID.where(Orders.fulfilment == Fulfilment.SHIPPED.value, Orders.collected.is_(False)).values(
    {"fulfilment": Fulfilment.DELIVERED.value, "delivered_at": bindparam("to_at")}
)
_TRACK = _PAID.where(Orders.fulfilment == Fulfilment.SHIPPED.value).values(_TO_PARCEL)
_VERSION = update(Orders).where(Orders.number == bindparam("which")).values(version=bindparam("to_version"))


def claim(tx: Connection, number: OrderNumber, clerk: Clerk, at: datetime) -> Order:
    """The clerk packs this order from now on. Of two at once one gets it; raises AlreadyClaimed or WrongState."""
    met = run(tx, _CLAIM, which=number, to_clerk=clerk.id, to_name=clerk.name, to_at=at)
    return _done(tx, number, clerk, Act.CLAIMED, at, met)


def take_over(tx: Connection, number: OrderNumber, clerk: Clerk, before: CustomerId, at: datetime) -> Order:
    """The clerk packs it instead of `before`; one that was let go meanwhile is simply claimed.

    Raises AlreadyClaimed when by now it is somebody else's again, or WrongState.
    """
    values = {"which": number, "to_clerk": clerk.id, "to_name": clerk.name, "to_at": at}
    if before != clerk.id and run(tx, _TAKE_OVER, before=before, **values):
        return _done(tx, number, clerk, Act.TAKEN_OVER, at, 1)
    return claim(tx, number, clerk, at)


def release(tx: Connection, number: OrderNumber, clerk: Clerk, at: datetime) -> Order:
    """Lets go of the clerk's own claim; raises AlreadyClaimed or WrongState."""
    return _done(tx, number, clerk, Act.RELEASED, at, run(tx, _RELEASE, which=number, clerk=clerk.id))


def pack(tx: Connection, number: OrderNumber, clerk: Clerk, at: datetime) -> Order:
    """The goods are in their parcel, by whoever claimed them; raises NotClaimed, AlreadyClaimed or WrongState."""
    return _done(tx, number, clerk, Act.PACKED, at, run(tx, _PACK, which=number, clerk=clerk.id, to_at=at))


def unpack(tx: Connection, number: OrderNumber, clerk: Clerk, at: datetime) -> Order:
    """The parcel is open again, and whoever opened it has claimed it; raises WrongState once it is sent."""
    met = run(tx, _UNPACK, which=number, to_clerk=clerk.id, to_name=clerk.name, to_at=at)
    return _done(tx, number, clerk, Act.UNPACKED, at, met)


def ship(tx: Connection, number: OrderNumber, clerk: Clerk, parcel: Parcel, at: datetime) -> Order:
    """The parcel is on its way, or was fetched; raises InvalidFields or WrongState."""
    tidy = fulfilment.checked(parcel)
    met = run(tx, _SHIP, which=number, to_at=at, **_parcel(tidy))
    return _done(tx, number, clerk, Act.SHIPPED, at, met, _said(tidy))


def deliver(tx: Connection, number: OrderNumber, clerk: Clerk, at: datetime) -> Order:
    """The parcel has reached its buyer; raises WrongState, also for what is collected: that is with its buyer at once."""
    met = run(tx, _DELIVER, which=number, to_at=at)
    if not met and orders.view(tx, number).collected:
        raise WrongState("Who collects has it once it is collected.")
    return _done(tx, number, clerk, Act.DELIVERED, at, met)


def track(tx: Connection, number: OrderNumber, clerk: Clerk, parcel: Parcel, at: datetime) -> Order:
    """Corrects how a sent parcel can be followed; raises InvalidFields or WrongState."""
    tidy = fulfilment.checked(parcel)
    order = orders.view(tx, number)
    if order.fulfilment is Fulfilment.SHIPPED and order.parcel == tidy:
        return order
    met = run(tx, _TRACK, which=number, **_parcel(tidy))
    return _done(tx, number, clerk, Act.TRACKED, at, met, _said(tidy))


def _done(
    tx: Connection, number: OrderNumber, clerk: Clerk, act: Act, at: datetime, met: int, detail: str = ""
) -> Order:
    """Tells everybody what was done; or, when no row was met, why not. Raises NotFound and the act's refusals."""
    if not met:
        order = orders.view(tx, number)
        refusal = fulfilment.refusal(act, standing(order, order_events.last(tx, number)), clerk)
        if refusal is not None:
            raise refusal
        return order
    order_events.note(tx, number, act, clerk, at, detail)
    position = outbox.reserve(tx, 1)
    run(tx, _VERSION, which=number, to_version=position)
    order = orders.view(tx, number)
    outbox.record(tx, position, [orders.told(order, act)], at)
    return order


def _parcel(parcel: Parcel) -> dict[str, str]:
    return {"to_carrier": parcel.carrier, "to_tracking": parcel.tracking, "to_link": parcel.link}


def _said(parcel: Parcel) -> str:
    return ", ".join(part for part in (parcel.carrier, parcel.tracking, parcel.link) if part)
