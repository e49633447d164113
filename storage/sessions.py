"""Sessions: rows that a cookie or bearer token opens. Only the hash of its secret is here, and ending one is an event."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from shop.events import SessionEnded
from storage import outbox
from storage.calls import Batched
from storage.hot import Hot
from storage.statements import many, one, rows, run
from storage.tables import Session

LOAD = Hot(
    select(Session.mark, Session.data, Session.created_at, Session.expires_at).where(
        Session.id_hash == bindparam("id_hash")
    )
)
"""mark, data (JSON bytes), created_at and expires_at (milliseconds) of a session."""

_KNOWN = select(Session.mark).where(Session.id_hash == bindparam("old"))
_NEW = insert(Session)
_UPDATE = (
    update(Session)
    .where(Session.id_hash == bindparam("which"))
    .values(data=bindparam("to"), customer_id=bindparam("customer"), expires_at=bindparam("until"))
)
_END = delete(Session).where(Session.id_hash == bindparam("old"))
_OF_CUSTOMER = select(Session.id_hash, Session.mark).where(Session.customer_id == bindparam("customer"))
_STANDING = (
    select(Session.mark, Session.data, Session.created_at, Session.expires_at)
    .where(Session.customer_id == bindparam("customer"), Session.expires_at > bindparam("now"))
    .order_by(Session.created_at.desc())
)
_EXPIRED = select(Session.id_hash, Session.mark).where(Session.expires_at < bindparam("now")).limit(bindparam("limit"))


class Saved(Struct, frozen=True):
    """The command to save a session; `replaces` is the hash of an id that ends with it (login, logout)."""

    id_hash: bytes
    mark: str
    customer: str | None
    data: bytes
    at: datetime
    expires_at: datetime
    replaces: bytes | None = None
    new: bool = False


class Standing(Struct, frozen=True):
    """A session as its owner sees it in the list of theirs."""

    mark: str
    data: bytes
    created_at: datetime
    expires_at: datetime


def hash_of(secret: str) -> bytes:
    """What is stored of a session's or link's secret: SHA-256, enough for 256 random bits.

    A session's is preceded by the moment that its secret begins with, as it stands: so the newest stand together, and many that
    begin at once touch a page or two of their index where each would touch one of its own.
    """
    moment, _, _ = secret.rpartition(".")
    return moment.encode() + hashlib.sha256(secret.encode()).digest()


def data_of(tx: Connection, id_hash: bytes, now: datetime) -> bytes | None:
    """The data of a session, JSON, or None when there is none any more."""
    found = one(tx, LOAD.statement, id_hash=id_hash)
    return None if found is None or found.expires_at <= now else bytes(found.data)


@Batched
def save(tx: Connection, saved: Sequence[Saved]) -> Sequence[None]:
    """Writes sessions. One that was ended meanwhile stays ended: an update never brings it back."""
    replaced = sorted({session.replaces for session in saved if session.replaces is not None})
    known = [(old, row.mark) for old in replaced if (row := one(tx, _KNOWN, old=old)) is not None]
    # All of them before the events, whose positions are taken under one lock, after all other locks.
    _end(tx, known, saved[0].at)
    many(tx, _NEW, [_row(session) for session in saved if session.new])
    # Of several that save one session at once, the last one's word counts.
    changed = {session.id_hash: session for session in saved if not session.new}
    many(
        tx,
        _UPDATE,
        [
            {"which": id_hash, "to": session.data, "customer": session.customer, "until": session.expires_at}
            for id_hash, session in changed.items()
        ],
    )
    return [None] * len(saved)


def end(tx: Connection, id_hash: bytes, at: datetime) -> None:
    """Ends a session, and tells its sockets."""
    known = one(tx, _KNOWN, old=id_hash)
    if known is not None:
        _end(tx, [(id_hash, known.mark)], at)


def unmake(tx: Connection, id_hash: bytes) -> None:
    """Takes back a session that nobody was told of yet, so there is nobody to tell that it ended."""
    run(tx, _END, old=id_hash)


def end_all_of(tx: Connection, customer: str, at: datetime) -> None:
    """Ends all of a person's sessions."""
    _end(tx, [(row.id_hash, row.mark) for row in rows(tx, _OF_CUSTOMER, customer=customer)], at)


def end_others_of(tx: Connection, customer: str, keep: bytes, at: datetime) -> int:
    """Ends a person's sessions but one; answers how many."""
    found = [(row.id_hash, row.mark) for row in rows(tx, _OF_CUSTOMER, customer=customer) if row.id_hash != keep]
    _end(tx, found, at)
    return len(found)


def end_one_of(tx: Connection, customer: str, mark: str, at: datetime) -> bool:
    """Ends the session of this person that has this public name; answers whether there was one."""
    found = [(row.id_hash, row.mark) for row in rows(tx, _OF_CUSTOMER, customer=customer) if row.mark == mark]
    _end(tx, found, at)
    return bool(found)


def of_customer(tx: Connection, customer: str, now: datetime) -> list[Standing]:
    """A person's sessions that still hold, the newest first."""
    found = rows(tx, _STANDING, customer=customer, now=now)
    return [Standing(row.mark, row.data, row.created_at, row.expires_at) for row in found]


def end_expired(tx: Connection, now: datetime, limit: int) -> int:
    """Ends sessions whose time is over; answers how many."""
    found = [(row.id_hash, row.mark) for row in rows(tx, _EXPIRED, now=now, limit=limit)]
    _end(tx, found, now)
    return len(found)


def _row(session: Saved) -> dict[str, object]:
    return {
        "id_hash": session.id_hash,
        "mark": session.mark,
        "customer_id": session.customer,
        "data": session.data,
        "created_at": session.at,
        "expires_at": session.expires_at,
    }


def _end(tx: Connection, found: Sequence[tuple[bytes, str]], at: datetime) -> None:
    if not found:
        return
    for id_hash, _ in found:
        run(tx, _END, old=id_hash)
    first = outbox.reserve(tx, len(found))
    outbox.record(tx, first, [SessionEnded(mark) for _, mark in found], at)
