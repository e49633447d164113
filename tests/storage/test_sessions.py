"""Sessions: only a hash is stored, and one that ended stays ended and is told."""

import asyncio
from datetime import timedelta
from typing import Any

from shop.events import SessionEnded
from storage import outbox, sessions
from storage.database import Database
from storage.sessions import Saved, hash_of
from tests.storage.books import AT

DAY = timedelta(days=1)


def session(secret: str, *, customer: str | None = None, data: bytes = b"{}", **more: Any) -> Saved:
    values: dict[str, Any] = {"at": AT, "expires_at": AT + DAY} | more
    return Saved(id_hash=hash_of(secret), mark=f"mark-{secret}", customer=customer, data=data, **values)


async def loaded(db: Database, secret: str) -> list[tuple[Any, ...]]:
    return await db.fetch(sessions.LOAD, id_hash=hash_of(secret))


async def ended(db: Database) -> list[str]:
    return [r.event.mark for r in await db.read(outbox.after, 0, 100) if isinstance(r.event, SessionEnded)]


async def test_a_session_opens_by_its_secret(either: Database) -> None:
    await either.write(sessions.save, session("a", data=b'{"cart":"C"}', new=True))
    millis = round(AT.timestamp() * 1000)
    assert await loaded(either, "a") == [("mark-a", b'{"cart":"C"}', millis, millis + 86_400_000)]
    assert await loaded(either, "b") == []
    await either.write(sessions.save, session("a", data=b"[]", expires_at=AT + 2 * DAY))
    assert [(row[1], row[3]) for row in await loaded(either, "a")] == [(b"[]", millis + 2 * 86_400_000)]


async def test_an_ended_session_is_not_saved_back_to_life(either: Database) -> None:
    await either.write(sessions.save, session("a", new=True))
    await either.write(sessions.end, hash_of("a"), AT)
    await either.write(sessions.save, session("a", data=b'{"late":1}'))
    assert await loaded(either, "a") == []
    await either.write(sessions.end, hash_of("a"), AT)
    assert await ended(either) == ["mark-a"], "told once"


async def test_saving_and_ending_at_once_leaves_it_ended(either: Database) -> None:
    await either.write(sessions.save, session("a", new=True))
    await asyncio.gather(
        *(either.write(sessions.save, session("a", data=b"1")) for _ in range(5)),
        either.write(sessions.end, hash_of("a"), AT),
        *(either.write(sessions.save, session("a", data=b"2")) for _ in range(5)),
    )
    assert await loaded(either, "a") == []


async def test_login_ends_the_session_that_it_replaces(either: Database) -> None:
    await either.write(sessions.save, session("guest", new=True))
    await either.write(sessions.save, session("known", customer="NOOR", new=True, replaces=hash_of("guest")))
    assert await loaded(either, "guest") == []
    assert len(await loaded(either, "known")) == 1
    assert await ended(either) == ["mark-guest"]


async def test_all_sessions_of_one_person_end(either: Database) -> None:
    for secret, customer in (("a", "NOOR"), ("b", "NOOR"), ("c", "SAM"), ("d", None)):
        await either.write(sessions.save, session(secret, customer=customer, new=True))
    await either.write(sessions.end_all_of, "NOOR", AT)
    assert sorted(await ended(either)) == ["mark-a", "mark-b"]
    assert [len(await loaded(either, secret)) for secret in "abcd"] == [0, 0, 1, 1]


async def test_sessions_end_when_their_time_is_over(either: Database) -> None:
    for secret, days in (("a", 1), ("b", 2), ("c", 3)):
        await either.write(sessions.save, session(secret, new=True, expires_at=AT + days * DAY))
    assert await either.write(sessions.end_expired, AT + DAY, 10) == 0
    assert await either.write(sessions.end_expired, AT + 3 * DAY, 1) == 1
    assert await either.write(sessions.end_expired, AT + 3 * DAY, 10) == 1
    assert sorted(await ended(either)) == ["mark-a", "mark-b"]
    assert len(await loaded(either, "c")) == 1
