"""The outbox: every event as a row, in the order of commits, written by the transaction that made it true.

A verb reads and locks what it needs, decides, reserves positions, and then writes its rows with those positions as their
versions. Reserving locks one row until the commit, on both engines, so it comes after all other locks.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Integer, bindparam, delete, func, insert, literal_column, select, update

from shop.events import CartChanged, Event, Recorded, decode, encode, kind, tag
from storage.calls import keep
from storage.statements import many, rows, run, scalar
from storage.tables import Outbox, OutboxHead

_RESERVE = (
    update(OutboxHead)
    .where(OutboxHead.id == 1)
    .values(position=OutboxHead.position + bindparam("count"))
    .returning(OutboxHead.position)
)
_INSERT = insert(Outbox)
_HEAD = select(OutboxHead.position).where(OutboxHead.id == 1)
_AFTER = (
    select(Outbox.position, Outbox.data)
    .where(Outbox.position > bindparam("after"))
    .order_by(Outbox.position)
    .limit(bindparam("limit", type_=Integer))
)
_ASKED = Outbox.kind != literal_column(f"'{tag(CartChanged)}'")
"""Spelled out in every question by kind: its index leaves out the events of carts, which are half of all."""
OF_KIND = (
    select(Outbox.position, Outbox.data)
    .where(_ASKED, Outbox.kind == bindparam("kind"), Outbox.position > bindparam("after"))
    .order_by(Outbox.position)
    .limit(bindparam("limit", type_=Integer))
)
OF_KINDS = (
    select(Outbox.position, Outbox.data)
    .where(_ASKED, Outbox.kind.in_(bindparam("kinds", expanding=True)), Outbox.position > bindparam("after"))
    .order_by(Outbox.position)
    .limit(bindparam("limit", type_=Integer))
)
BEFORE = select(func.coalesce(func.max(Outbox.position), 0)).where(
    _ASKED, Outbox.kind == bindparam("kind"), Outbox.position <= bindparam("position")
)
_PRUNE = delete(Outbox).where(Outbox.at < bindparam("before"), Outbox.position <= bindparam("up_to"))


def reserve(tx: Connection, count: int) -> int:
    """Reserves `count` positions and answers the first. Positions have no gaps: a rollback gives them back."""
    newest: int = scalar(tx, _RESERVE, count=count)
    return newest - count + 1


def record(tx: Connection, first: int, events: Sequence[Event], at: datetime) -> None:
    """Writes the events at the positions reserved for them, in order, and keeps them to be announced."""
    recorded = [Recorded(position, event) for position, event in enumerate(events, first)]
    many(
        tx,
        _INSERT,
        [
            {"position": position, "kind": kind(event), "key": event.key, "data": encode(event), "at": at}
            for position, event in recorded
        ],
    )
    keep(tx, recorded)


def note(tx: Connection, event: Event, at: datetime) -> None:
    """Writes one event that changes nothing else; a verb."""
    record(tx, reserve(tx, 1), [event], at)


def head(tx: Connection) -> int:
    """The newest position."""
    return int(scalar(tx, _HEAD))


def after(tx: Connection, position: int, limit: int) -> list[Recorded]:
    """Up to `limit` events after a position, in order."""
    return [Recorded(row.position, decode(row.data)) for row in rows(tx, _AFTER, after=position, limit=limit)]


def of_kind(tx: Connection, name: str, position: int, limit: int) -> tuple[int, list[Recorded]]:
    """Events of one kind after a position, and the position of the kind's last event up to there (0 when none).

    Not those of carts, which are found by their position only.
    """
    previous: int = scalar(tx, BEFORE, kind=name, position=position)
    found = rows(tx, OF_KIND, kind=name, after=position, limit=limit)
    return previous, [Recorded(row.position, decode(row.data)) for row in found]


def of_kinds(tx: Connection, kinds: Sequence[type[Event]], position: int, limit: int) -> tuple[int, list[Recorded]]:
    """Up to `limit` events of these kinds, not carts', after a position, and up to which position there are no others."""
    newest = head(tx)
    names = [tag(one) for one in kinds]
    found = [
        Recorded(row.position, decode(row.data)) for row in rows(tx, OF_KINDS, kinds=names, after=position, limit=limit)
    ]
    return (found[-1].position if len(found) == limit else newest), found


def prune(tx: Connection, before: datetime, keep_newest: int) -> int:
    """Deletes events older than `before`, but none of the newest `keep_newest`; answers how many went."""
    return run(tx, _PRUNE, before=before, up_to=head(tx) - keep_newest)
