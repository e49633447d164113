"""The mails that the shop owes: how far the outbox was read for them, and which wait for the mail server.

A mail is queued in the transaction that remembers its event as read, so it is queued once. Whoever sends some takes them
first, for a while: should they be lost on the way, they are taken again after it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from shop.events import Event, decode, encode
from storage.mail_tables import Mail
from storage.statements import many, one, rows, run, scalar
from storage.tables import Meta

KEY = "mail_position"

TAKEN_FOR = timedelta(minutes=5)
"""How long whoever takes mails has for them, before others may."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=3)
KEPT_FOR = timedelta(days=30)
"""How long it is remembered that a mail was sent."""

_POSITION = select(Meta.value).where(Meta.key == KEY)
_ADVANCE = update(Meta).where(Meta.key == KEY).values(value=bindparam("to"))
_BEGIN = insert(Meta)
_KNOWN = select(Mail.name).where(Mail.name.in_(bindparam("names", expanding=True)))
_QUEUE = insert(Mail)
_DUE = (
    select(Mail)
    .where(Mail.try_at <= bindparam("now"))
    .order_by(Mail.try_at, Mail.position)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_TAKE = update(Mail).where(Mail.name == bindparam("which")).values(try_at=bindparam("until"))
_SENT = (
    update(Mail)
    .where(Mail.name == bindparam("which"))
    .values(sent_at=bindparam("at"), try_at=None, tries=Mail.tries + 1, fault="")
)
_FAILED = (
    update(Mail)
    .where(Mail.name == bindparam("which"), Mail.sent_at.is_(None))
    .values(try_at=bindparam("again"), tries=Mail.tries + 1, fault=bindparam("said"))
)
_DROP = delete(Mail).where(Mail.name == bindparam("which"))
_NEXT = select(func.min(Mail.try_at))
_FORGET = delete(Mail).where(Mail.sent_at < bindparam("before"))
_TROUBLE = (
    select(Mail)
    .where(Mail.sent_at.is_(None), (Mail.fault != "") | (Mail.try_at < bindparam("late")))
    .order_by(Mail.queued_at)
    .limit(bindparam("limit"))
)


class Queued(Struct, frozen=True):
    """A mail that is to be sent: its name, and the event that it is about, at its position."""

    name: str
    position: int
    event: Event


class Trouble(Struct, frozen=True):
    """A mail that has not gone: since when, how often it was tried, what was said, and when it is tried next, if it is."""

    name: str
    queued_at: datetime
    tries: int
    fault: str
    try_at: datetime | None


def position(tx: Connection) -> int:
    """The newest position whose messages are all written; 0 at first."""
    return int(scalar(tx, _POSITION) or 0)


def advance(tx: Connection, to: int) -> None:
    """Remembers that the messages up to this position are written."""
    if not run(tx, _ADVANCE, to=str(to)):
        run(tx, _BEGIN, key=KEY, value=str(to))


def queue(tx: Connection, mails: Sequence[Queued], to: int, at: datetime) -> None:
    """Queues these mails and remembers the events up to position `to` as read. One that is known by its name stays as it is."""
    if to <= position(tx):
        return
    named = {mail.name: mail for mail in mails}
    old = known(tx, list(named)) if named else set()
    _note(
        tx, [mail for mail in named.values() if mail.name not in old], {"queued_at": at, "try_at": at, "sent_at": None}
    )
    advance(tx, to)


def _note(tx: Connection, mails: Sequence[Queued], times: dict[str, datetime | None]) -> None:
    many(
        tx,
        _QUEUE,
        [
            {"name": mail.name, "position": mail.position, "event": encode(mail.event), "tries": 0, "fault": ""} | times
            for mail in mails
        ],
    )


def known(tx: Connection, names: Sequence[str]) -> set[str]:
    """Those of these mails that are queued, or were sent or written not long ago."""
    return {row.name for row in rows(tx, _KNOWN, names=list(names))}


def written(tx: Connection, mails: Sequence[Queued], to: int, at: datetime) -> None:
    """Remembers the messages up to position `to` as written, these by their names."""
    run(tx, _FORGET, before=at - KEPT_FOR)
    _note(tx, mails, {"queued_at": at, "try_at": None, "sent_at": at})
    advance(tx, to)


def take(tx: Connection, now: datetime, limit: int) -> list[Queued]:
    """Up to `limit` mails that are due, the longest waiting first; for TAKEN_FOR they are the caller's."""
    found = rows(tx, _DUE, now=now, limit=limit)
    many(tx, _TAKE, [{"which": row.name, "until": now + TAKEN_FOR} for row in found])
    return [Queued(row.name, row.position, decode(row.event)) for row in found]


def sent(tx: Connection, name: str, at: datetime) -> None:
    """The mail server has it."""
    run(tx, _SENT, which=name, at=at)


def drop(tx: Connection, name: str) -> None:
    """There is nobody to write to, or nothing to say."""
    run(tx, _DROP, which=name)


def refused(tx: Connection, name: str, said: str) -> None:
    """It can't be sent, now or later: it is kept with the reason, for people to read."""
    run(tx, _FAILED, which=name, again=None, said=said)


def postponed(tx: Connection, name: str, said: str, at: datetime) -> None:
    """It could not be sent now: it is tried again after a growing pause, and given up after GIVE_UP_AFTER."""
    row = one(tx, select(Mail.tries, Mail.queued_at).where(Mail.name == bindparam("which")), which=name)
    if row is None:
        return
    again: datetime | None = at + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(row.tries, 10))
    if at - row.queued_at > GIVE_UP_AFTER:
        again = None
    run(tx, _FAILED, which=name, again=again, said=said)


def next_try(tx: Connection) -> datetime | None:
    """When the next mail is due; None when none waits."""
    found: datetime | None = scalar(tx, _NEXT)
    return found


def forget(tx: Connection, now: datetime) -> int:
    """Deletes mails that were sent long ago; answers how many."""
    return run(tx, _FORGET, before=now - KEPT_FOR)


def troubles(tx: Connection, now: datetime, limit: int = 100) -> list[Trouble]:
    """Mails that went wrong or wait for long, the oldest first."""
    found = rows(tx, _TROUBLE, late=now - 2 * TAKEN_FOR, limit=limit)
    return [Trouble(row.name, row.queued_at, row.tries, row.fault, row.try_at) for row in found]
