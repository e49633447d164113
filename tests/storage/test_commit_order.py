"""Positions follow the order of commits: whoever reads by a cursor skips nothing, in whichever order two writers come to it."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from shop.events import DayBegan
from storage import outbox
from storage.calls import begin
from storage.database import Database, opened
from storage.postgresql import async_url
from tests.house import until
from tests.storage.books import AT

WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')")

WRITES = re.compile(r"(insert|update|delete)\((tables\.)?Outbox(Head)?\)")
ROOT = Path(__file__).parents[2]


class Reader:
    """Follows the outbox by a cursor, as the announcer, the mailer and the feeds do."""

    def __init__(self, db: Database, cursor: int) -> None:
        self._db = db
        self.cursor = cursor
        self.days: list[str] = []

    async def read_on(self) -> None:
        for position, event in await self._db.read(outbox.after, self.cursor, 1000):
            assert isinstance(event, DayBegan)
            self.cursor = position
            self.days.append(event.day)


@pytest.fixture
async def two(postgresql_books: str) -> AsyncIterator[tuple[AsyncConnection, AsyncConnection]]:
    """Two writers, each in a transaction of its own that the test commits."""
    engine = create_async_engine(async_url(postgresql_books), poolclass=NullPool)
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(engine.connect()) for _ in range(2)]
        yield first, second
    await engine.dispose()


@pytest.fixture
async def reader(postgresql_books: str) -> AsyncIterator[Reader]:
    async with opened(postgresql_books) as db:
        yield Reader(db, await db.read(outbox.head))


def work(tx: Connection) -> None:
    """What a verb does before it takes positions."""
    begin(tx)
    tx.execute(text("SELECT count(*) FROM products"))


def note(tx: Connection, day: str) -> None:
    outbox.note(tx, DayBegan(day), AT)


async def test_who_comes_first_and_takes_positions_late_is_not_skipped(
    two: tuple[AsyncConnection, AsyncConnection], reader: Reader
):
    early, late = two
    await early.run_sync(work)
    await late.run_sync(work)
    await late.run_sync(note, "late, and committed first")
    await late.commit()
    await reader.read_on()
    await early.run_sync(note, "early, and committed last")
    await reader.read_on()
    await early.commit()
    await reader.read_on()
    assert reader.days == ["late, and committed first", "early, and committed last"]


async def test_who_holds_positions_lets_nobody_by_until_it_has_committed(
    two: tuple[AsyncConnection, AsyncConnection], reader: Reader
):
    holder, other = two
    await holder.run_sync(work)
    await holder.run_sync(note, "holder")
    await other.run_sync(work)
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(other.run_sync(note, "other"))
        await until(lambda: _waits(holder))
        await reader.read_on()
        assert (waiting.done(), reader.days) == (False, [])
        await holder.commit()
    await reader.read_on()
    await other.commit()
    await reader.read_on()
    assert reader.days == ["holder", "other"]


async def test_positions_of_a_sequence_would_be_skipped(
    two: tuple[AsyncConnection, AsyncConnection], reader: Reader, monkeypatch: pytest.MonkeyPatch
):
    """That these tests can fail: with a sequence, as is usual, the cursor passes the one that commits last."""
    early, late = two
    await late.execute(text("CREATE SEQUENCE by_asking START 1000"))
    await late.commit()
    monkeypatch.setattr(
        outbox, "reserve", lambda tx, _count: tx.execute(text("SELECT nextval('by_asking')")).scalar_one()
    )
    for writer in (early, late):
        await writer.run_sync(work)
    await early.run_sync(note, "early")
    await late.run_sync(note, "late")
    await late.commit()
    await reader.read_on()
    await early.commit()
    await reader.read_on()
    assert reader.days == ["late"]


def test_nothing_else_writes_what_the_order_stands_on():
    rooms = [ROOT / room for room in ("server", "handlers", "storage")]
    writers = {
        path.relative_to(ROOT).as_posix()
        for room in rooms
        for path in room.rglob("*.py")
        if WRITES.search(path.read_text())
    }
    # The second founds new books: it writes the one row, at position 0. The third puts a head that stands behind its events
    # where it belongs, for `run.py doctor --mend`.
    assert writers == {"storage/outbox.py", "storage/migrate.py", "storage/mending.py"}


async def _waits(connection: AsyncConnection) -> bool:
    return bool((await connection.execute(WAITING)).scalar_one())
