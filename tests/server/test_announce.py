"""The announcer: own and foreign commits reach live, search and figures once each, in the order of positions."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Connection

from live import topics as names
from live.changes import Change, Feed, State
from live.hub import Hub
from server.announce import Announcer, to_hub
from shop.events import DayBegan, OrderChanged, Recorded, SessionEnded
from storage import outbox, stock
from storage.database import Database, opened
from storage.stock import Edit
from tests.storage.books import AT, BOWL, RAIN, placed

WAIT_SECONDS = 10


class Ear:
    """Stands where hub and listeners stand, and notes what they are told."""

    def __init__(self) -> None:
        self.heard: list[Recorded] = []
        self.published: list[Change] = []
        self.ended: list[str] = []
        self.orders = 0
        self.unwatched: set[str] = set()
        self._arrived = asyncio.Event()

    def hear(self, recorded: Sequence[Recorded]) -> None:
        self.heard += recorded
        self._arrived.set()

    def publish(self, changes: Sequence[Change]) -> None:
        self.published += changes

    def is_watched(self, key: str) -> bool:
        return key not in self.unwatched

    def end_session(self, mark: str) -> None:
        self.ended.append(mark)

    def of_orders(self, recorded: Sequence[Recorded]) -> None:
        self.orders += sum(isinstance(event, OrderChanged | DayBegan) for _, event in recorded)

    @property
    def positions(self) -> list[int]:
        return [recorded.position for recorded in self.heard]

    async def up_to(self, position: int) -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            while not self.heard or self.heard[-1].position < position:
                self._arrived.clear()
                await self._arrived.wait()


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def announcer(db: Database, ear: Ear) -> Announcer:
    return Announcer(db, [ear.hear, to_hub(cast("Hub", ear)), ear.of_orders])


@pytest.fixture
async def running(db: Database, announcer: Announcer) -> AsyncIterator[int]:
    """A running announcer; answers the position that it began after."""
    start = await db.read(outbox.head)
    await announcer.start(start)
    task = asyncio.create_task(announcer.run())
    yield start
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def note(tx: Connection, word: str) -> int:
    outbox.note(tx, DayBegan(word), AT)
    return outbox.head(tx)


async def test_own_commits_are_told_before_their_caller_hears(db: Database, ear: Ear, running: int) -> None:
    position = await db.write(note, "x")
    assert ear.positions == [position]


async def test_commits_of_another_process_are_told_once_and_in_order(
    db: Database, ear: Ear, running: int, place: Path | str
) -> None:
    async with opened(place) as foreign:
        for n in range(10):
            await asyncio.gather(db.write(note, f"mine {n}"), foreign.write(note, f"theirs {n}"))
        last = await foreign.write(note, "theirs, last")
        await ear.up_to(last)
    assert ear.heard == await db.read(outbox.after, running, 1000)
    assert ear.positions == list(range(running + 1, running + 22))


async def test_what_comes_early_waits_for_what_comes_before(db: Database, ear: Ear, announcer: Announcer) -> None:
    await announcer.start(await db.read(outbox.head))
    start = announcer.position
    events = [Recorded(start + n, DayBegan(f"{n}")) for n in (1, 2, 3, 4)]
    announcer.hear(events[2:3])
    announcer.hear(events[1:2])
    assert ear.heard == []
    announcer.hear(events[:1])
    assert ear.heard == events[:3]
    announcer.hear(events)
    assert ear.heard == events, "and nothing is told twice"
    assert announcer.position == start + 4


async def test_what_was_committed_before_it_ran_is_told(
    db: Database, ear: Ear, announcer: Announcer, place: Path | str
) -> None:
    """A commit between the start and the first look changes no count any more."""
    start = await db.read(outbox.head)
    await announcer.start(start)
    async with opened(place) as foreign:
        last = await foreign.write(note, "theirs")
        task = asyncio.create_task(announcer.run())
        await ear.up_to(last)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert ear.positions == [last]


async def test_it_begins_after_the_position_it_is_given(db: Database, ear: Ear, announcer: Announcer) -> None:
    start = await db.read(outbox.head)
    await db.write(note, "while the replica was loading")
    await announcer.start(start)
    assert ear.positions == [start + 1]


async def test_each_event_reaches_its_topics(db: Database, ear: Ear, running: int) -> None:
    await db.write(stock.set_on_hand, Edit(RAIN, 4, 5, "t", "", AT))
    assert [(type(change), getattr(change, "key", "feed")) for change in ear.published] == [
        (Feed, "feed"),
        (State, names.stock_key(RAIN)),
    ]
    assert ear.orders == 0
    number = await placed(db, {BOWL: 1})
    assert names.order_key(number) in [change.key for change in ear.published if isinstance(change, State)]
    assert ear.orders > 0


async def test_a_state_that_nobody_watches_is_not_spelled_out(db: Database, ear: Ear, running: int) -> None:
    ear.unwatched = {names.stock_key(RAIN)}
    await db.write(stock.set_on_hand, Edit(RAIN, 4, 5, "t", "", AT))
    assert [type(change) for change in ear.published] == [Feed], "feeds are kept for whoever comes"


async def test_an_ended_session_ends_on_the_sockets_and_a_day_for_the_figures(
    db: Database, ear: Ear, running: int
) -> None:
    await db.write(outbox.note, SessionEnded("mark"), AT)
    assert (ear.ended, ear.orders) == (["mark"], 0)
    await db.write(outbox.note, DayBegan("2026-11-23"), AT)
    assert ear.orders == 1
