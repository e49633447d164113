"""What staff did to orders: noted once each, in the transaction that did it, and never changed."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, bindparam, insert, select

from shop.fulfilment import Act, Clerk, Done
from shop.ids import CustomerId, OrderNumber
from storage.statements import one, rows, run
from storage.tables import OrderEvent

_NEW = insert(OrderEvent)
_OF = select(OrderEvent).where(OrderEvent.order_number == bindparam("number")).order_by(OrderEvent.id)
_LAST = select(OrderEvent).where(OrderEvent.order_number == bindparam("number")).order_by(OrderEvent.id.desc()).limit(1)


class Noted(Struct, frozen=True):
    """An act with its time, and in words what changed where the act alone does not say it."""

    act: Act
    name: str
    detail: str
    at: datetime


def note(tx: Connection, number: OrderNumber, act: Act, clerk: Clerk, at: datetime, detail: str = "") -> None:
    """Notes what was done; part of the verb that does it."""
    values = {"order_number": number, "act": act.value, "clerk_id": clerk.id, "clerk_name": clerk.name}
    run(tx, _NEW, **values, detail=detail, at=at)


def last(tx: Connection, number: OrderNumber) -> Done | None:
    """The newest act, or None."""
    row = one(tx, _LAST, number=number)
    return None if row is None else Done(Act(row.act), CustomerId(row.clerk_id), row.clerk_name)


def of(tx: Connection, number: OrderNumber) -> list[Noted]:
    """All acts, the first first."""
    return [Noted(Act(row.act), row.clerk_name, row.detail, row.at) for row in rows(tx, _OF, number=number)]
