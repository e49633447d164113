"""The sweeper, by a clock that only the test moves: holds end, days begin, and what need not be kept is forgotten."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from server.sweeper import Sweeper
from shop.events import DayBegan, SessionEnded
from shop.orders import OrderStatus
from storage import commands, order_words, orders, outbox, sessions
from storage.commands import Id
from storage.database import Database
from storage.sessions import Saved, hash_of
from tests.server.conftest import Clock
from tests.storage.books import AT, BOWL, HOLD, LAMP, filled, findings, level, placed, placement

BRUSSELS = ZoneInfo("Europe/Brussels")


@pytest.fixture
def woken() -> list[str]:
    return []


@pytest.fixture
def sweeper(db: Database, clock: Clock, woken: list[str]) -> Sweeper:
    return Sweeper(db, clock, lambda: BRUSSELS, lambda: woken.append("reconciler"))


async def test_a_hold_ends_when_its_time_is_over(
    db: Database, clock: Clock, sweeper: Sweeper, woken: list[str]
) -> None:
    number = await placed(db, {LAMP: 1})
    clock.now = AT + HOLD
    await sweeper.sweep()
    assert (await db.read(orders.view, number)).status is OrderStatus.PLACED
    assert woken == []
    clock.advance(seconds=1)
    await sweeper.sweep()
    assert (await db.read(orders.view, number)).status is OrderStatus.CANCELLED
    assert await level(db, LAMP) == (1, 0)
    assert woken == ["reconciler"], "whoever is at the bank now should be asked about"


async def test_more_holds_than_a_batch_end_in_one_sweep(
    db: Database, clock: Clock, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.sweeper.BATCH", 5)
    for _ in range(12):
        await placed(db, {BOWL: 1})
    clock.now = AT + HOLD + timedelta(seconds=1)
    await sweeper.sweep()
    assert await level(db, BOWL) == (50, 0)
    assert await findings(db) == []


async def test_a_sweep_with_nothing_to_do_writes_nothing(db: Database, clock: Clock, sweeper: Sweeper) -> None:
    await placed(db, {LAMP: 1})
    await sweeper.sweep()  # makes the words that the order is found by
    before = db.stats.calls
    await sweeper.sweep()
    assert db.stats.calls == before


async def test_an_order_can_be_found_after_a_sweep(db: Database, sweeper: Sweeper) -> None:
    await placed(db, {LAMP: 1})
    assert await db.read(order_words.behind)
    await sweeper.sweep()
    assert not await db.read(order_words.behind)


async def test_many_orders_are_read_in_short_verbs(
    db: Database, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_words, "BATCH", 3)
    for _ in range(7):
        await placed(db, {BOWL: 1})
    monkeypatch.setattr("server.sweeper.WORDS_SECONDS", 0)
    await sweeper.sweep()
    assert await db.read(order_words.to_go) == 7, "no time, no words"
    monkeypatch.setattr("server.sweeper.WORDS_SECONDS", 60)
    calls = db.stats.calls
    await sweeper.sweep()
    assert (await db.read(order_words.to_go), db.stats.calls - calls) == (0, 3)


async def test_a_day_begins_at_midnight_where_the_shop_is(db: Database, clock: Clock, sweeper: Sweeper) -> None:
    start = await db.read(outbox.head)
    clock.now = AT.replace(hour=22, minute=59)
    await sweeper.sweep()
    assert await db.read(outbox.head) == start
    for _ in range(2):
        clock.now = AT.replace(hour=23, minute=1)
        await sweeper.sweep()
        told = [recorded.event for recorded in await db.read(outbox.after, start, 10)]
        assert told == [DayBegan("2026-11-23")]


async def test_what_need_not_be_kept_is_forgotten(db: Database, clock: Clock, sweeper: Sweeper) -> None:
    day = timedelta(days=1)
    await db.write(sessions.save, Saved(hash_of("a"), "mark-a", None, b"{}", AT, AT + day, new=True))
    await db.write(lambda tx: commands.once(tx, Id("s", "k", "f"), AT, int, lambda: 7))
    await sweeper.sweep()
    assert len(await db.fetch(sessions.LOAD, id_hash=hash_of("a"))) == 1
    clock.now = AT + day + timedelta(minutes=11)
    await sweeper.sweep()
    assert await db.fetch(sessions.LOAD, id_hash=hash_of("a")) == []
    assert await db.write(lambda tx: commands.once(tx, Id("s", "k", "f"), AT, int, lambda: 8)) == 8
    events = [recorded.event for recorded in await db.read(outbox.after, 0, 1000)]
    assert SessionEnded("mark-a") in events
    assert await db.read(outbox.head) == len(events), "young events are kept"


async def test_holds_end_though_others_were_placed_later(db: Database, clock: Clock, sweeper: Sweeper) -> None:
    early = await placed(db, {BOWL: 1})
    late = (await db.write(orders.place, placement(await filled(db, {BOWL: 1}), at=AT + HOLD))).number
    clock.now = AT + HOLD + timedelta(minutes=1)
    await sweeper.sweep()
    assert (await db.read(orders.view, early)).status is OrderStatus.CANCELLED
    assert (await db.read(orders.view, late)).status is OrderStatus.PLACED
