"""A crowd's calls leave together, and whoever comes alone at once; who looks at the same time shares one reading."""

import asyncio
import threading
from collections.abc import Collection
from pathlib import Path

import pytest
from sqlalchemy import Connection

from shop.errors import Unavailable
from shop.events import DayBegan
from storage import gathering, outbox
from storage.database import Database, opened
from tests.storage.books import AT


class Faulty(Exception):
    """What a reading raises that fails."""


def note(tx: Connection, word: str) -> str:
    outbox.note(tx, DayBegan(word), AT)
    return word


async def test_a_crowds_calls_gather_for_one_commit(sqlite_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who come in different turns, while somebody's commit is under way, share the next."""
    monkeypatch.setattr(gathering, "GATHER_SECONDS", 3_600.0)
    monkeypatch.setattr(gathering, "CROWD_SECONDS", 7_200.0)
    under_way = threading.Event()
    async with opened(sqlite_file) as db:
        first = asyncio.ensure_future(db.write(lambda _tx: under_way.wait(10)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # it was handed over
        later = []
        for n in range(5):
            later.append(asyncio.ensure_future(db.write(note, f"w{n}")))
            await asyncio.sleep(0)
        under_way.set()
        assert await first
        assert (db.stats.commits, db.stats.waiting) == (1, 5)
    assert await asyncio.gather(*later) == [f"w{n}" for n in range(5)], "and closing waits for no more to come"
    assert db.stats.commits == 2


async def test_a_crowd_gathers_while_the_loop_is_busy_and_leaves_when_it_is_not(
    where: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "GATHER_SECONDS", 3_600.0)
    monkeypatch.setattr(gathering, "CROWD_SECONDS", 7_200.0)
    monkeypatch.setattr(gathering, "SHORT_SECONDS", 0.0)  # every turn of the loop counts as work
    under_way = threading.Event()
    async with opened(where) as db, asyncio.timeout(30):
        first = asyncio.ensure_future(db.write(lambda _tx: under_way.wait(10)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # it was handed over
        later = [asyncio.ensure_future(db.write(note, "w0"))]
        await asyncio.sleep(0)
        under_way.set()
        assert await first
        for n in range(1, 5):
            for _ in range(2 * gathering.IDLE_TURNS):
                await asyncio.sleep(0)
            later.append(asyncio.ensure_future(db.write(note, f"w{n}")))
        await asyncio.sleep(0)
        assert (db.stats.commits, db.stats.waiting) == (1, 5)
        monkeypatch.setattr(gathering, "SHORT_SECONDS", 3_600.0)
        assert await asyncio.gather(*later) == [f"w{n}" for n in range(5)]


async def test_whoever_writes_alone_does_not_wait_for_a_crowd(
    where: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "GATHER_SECONDS", 3_600.0)
    async with opened(where) as db, asyncio.timeout(30):
        for n in range(5):
            assert await db.write(note, f"w{n}") == f"w{n}"


async def test_who_looks_at_the_same_time_shares_one_reading(either: Database) -> None:
    readings: list[list[int]] = []

    def halves(_tx: Connection, numbers: Collection[int]) -> dict[int, int]:
        readings.append(sorted(numbers))
        return {number: number // 2 for number in numbers if number % 2 == 0}

    asked = [asyncio.ensure_future(either.find(halves, number)) for number in (2, 3, 4, 2)]
    await asyncio.sleep(0)
    asked[2].cancel()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert (found[0], found[1], found[3]) == (1, None, 1)
    assert isinstance(found[2], asyncio.CancelledError), "whoever leaves takes nobody along"
    assert readings == [[2, 3, 4]]
    assert await either.find(halves, 8) == 4
    assert readings[1:] == [[8]]


async def test_a_reading_that_fails_fails_all_who_share_it_and_nobody_after(either: Database) -> None:
    def fail(_tx: Connection, _numbers: Collection[int]) -> dict[int, int]:
        raise Faulty

    asked = [asyncio.ensure_future(either.find(fail, number)) for number in (1, 2)]
    assert [type(one) for one in await asyncio.gather(*asked, return_exceptions=True)] == [Faulty, Faulty]
    with pytest.raises(Faulty):
        await either.find(fail, 1)
    assert await either.find(lambda _tx, numbers: dict.fromkeys(numbers, "there"), 1) == "there"


async def test_closing_answers_those_who_wait_for_others_to_look(
    where: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "GATHER_SECONDS", 3_600.0)
    monkeypatch.setattr(gathering, "CROWD_SECONDS", 7_200.0)

    def doubled(_tx: Connection, numbers: Collection[int]) -> dict[int, int]:
        return {number: 2 * number for number in numbers}

    async with opened(where) as db:
        first = asyncio.ensure_future(db.find(doubled, 1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # its reading has begun, so whoever comes now is a crowd
        later = asyncio.ensure_future(db.find(doubled, 2))
        await asyncio.sleep(0)
        assert await first == 2
        assert not later.done()
    async with asyncio.timeout(10):
        assert await later == 4
        with pytest.raises(Unavailable):
            await db.find(doubled, 3)
