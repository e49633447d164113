"""The one way to write: nothing acknowledged is lost, nothing cancelled is undone, and a neighbour's fault stays his."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, exc, select, text

from shop.cart import CartState
from shop.checkout import Placed
from shop.errors import Busy, NotFound, ShopError, Unavailable
from shop.events import DayBegan, Recorded
from shop.ids import OrderNumber
from storage import carts, catalogue, orders, outbox, placing, sqlite, tables
from storage import database as database_module
from storage.carts import Change
from storage.catalogue import Reprice
from storage.database import Database, opened
from storage.hot import Hot
from tests.house import until
from tests.storage.books import AT, BOWL, RAIN, filled, findings, level, placement

ALL_META = Hot(select(tables.Meta.key).order_by(tables.Meta.key))
FOUNDED = ["currency", "epoch", "order_words_position", "secret"]
"""What a new database knows of itself."""


class Faulty(Exception):
    """What a poisoned verb raises."""


def note(tx: Connection, word: str) -> str:
    outbox.note(tx, DayBegan(word), AT)
    return word


def poisoned(tx: Connection) -> None:
    note(tx, "never")
    raise Faulty


async def words(db: Database) -> list[str]:
    found = await db.read(outbox.after, 0, 10_000)
    return [recorded.event.day for recorded in found if isinstance(recorded.event, DayBegan)]


def listening(db: Database) -> list[Recorded]:
    heard: list[Recorded] = []
    db.listen(heard.extend)
    return heard


async def test_a_caller_gets_what_its_verb_answers_or_raises(either: Database) -> None:
    assert await either.write(note, "one") == "one"
    assert await either.write(note, word="two") == "two"
    with pytest.raises(Faulty):
        await either.write(poisoned)
    with pytest.raises(NotFound):
        await either.read(orders.view, OrderNumber("NOTTHERE"))
    assert await words(either) == ["one", "two"]
    assert either.stats.waiting == 0


async def test_a_poisoned_verb_undoes_only_itself(either: Database) -> None:
    heard = listening(either)
    calls = [either.write(poisoned) if n % 3 == 1 else either.write(note, f"w{n}") for n in range(30)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    expected = {f"w{n}" for n in range(30) if n % 3 != 1}
    assert {answer for answer in answers if isinstance(answer, str)} == expected
    assert sum(isinstance(answer, Faulty) for answer in answers) == 10
    assert set(await words(either)) == expected
    first = min(position for position, _ in heard)
    assert sorted(heard) == await either.read(outbox.after, first - 1, 100), "announced as written"


async def test_a_poisoned_command_does_not_fail_its_batch(either: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    decided = placing.Batch.decide

    def decide(self: placing.Batch, *args: Any) -> list[Placed | ShopError]:
        if any(command.key == "poison" for command in self.new):
            raise Faulty
        return decided(self, *args)

    monkeypatch.setattr(placing.Batch, "decide", decide)
    carts = [await filled(either, {BOWL: 1}) for _ in range(9)]
    commands = [placement(cart, key="poison" if n == 4 else None) for n, cart in enumerate(carts)]
    answers = await asyncio.gather(*(either.write(orders.place, c) for c in commands), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Placed] * 4 + [Faulty] + [Placed] * 4
    assert await level(either, BOWL) == (50, 8)
    assert await findings(either) == []


async def test_what_was_written_before_a_poisoned_batch_is_there_once(
    either: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite the whole transaction starts over, and nobody notices: not its callers, and not those who are told."""
    heard = listening(either)

    def poison(*_: Any) -> None:
        raise Faulty

    monkeypatch.setattr(placing.Batch, "decide", poison)
    cart, other = await filled(either, {BOWL: 1}), await filled(either, {RAIN: 1})
    start = await either.read(outbox.head)
    calls = [
        either.write(note, "before"),
        either.write(carts.add, Change(cart, RAIN, 2, AT)),
        either.write(poisoned),
        either.write(orders.place, placement(cart)),
        either.write(orders.place, placement(other)),
        either.write(carts.add, Change(cart, BOWL, 1, AT)),
        either.write(note, "after"),
    ]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(answer) for answer in answers] == [str, CartState, Faulty, Faulty, Faulty, CartState, str]
    seen = await either.read(carts.view, cart)
    assert {line.variant: line.quantity for line in seen.lines} == {BOWL: 2, RAIN: 2}
    assert sorted(await words(either)) == ["after", "before"]
    assert sorted(one for one in heard if one.position > start) == await either.read(outbox.after, start, 100)
    assert await findings(either) == []


async def test_a_broken_row_fails_only_whoever_needs_it(either: Database) -> None:
    """A price that no total can hold: the order with it fails, its neighbours don't."""

    def spoil(tx: Connection) -> None:
        tx.execute(text(f"UPDATE variants SET price = 9223372036854775807 WHERE id = '{RAIN}'"))
        tx.execute(text(f"UPDATE cart_lines SET agreed = 9223372036854775807 WHERE variant_id = '{RAIN}'"))

    good, bad, fine = [await filled(either, {variant: 2}) for variant in (BOWL, RAIN, BOWL)]
    await either.write(spoil)
    answers = await asyncio.gather(
        *(either.write(orders.place, placement(cart)) for cart in (good, bad, fine)), return_exceptions=True
    )
    assert [isinstance(answer, Placed) for answer in answers] == [True, False, True]
    assert await level(either, BOWL) == (50, 4)
    assert await findings(either) == []


async def test_a_cancelled_callers_write_still_happens_and_is_announced(either: Database) -> None:
    heard = listening(either)
    callers = [asyncio.ensure_future(either.write(note, f"w{n}")) for n in range(60)]
    await asyncio.sleep(0)
    for caller in callers[::2]:
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    await either.write(note, "last")
    # On PostgreSQL several writers take calls side by side: one that nobody waits for may end after the last.
    await until(lambda: either.stats.waiting == 0)
    found = await words(either)
    assert sorted(found) == sorted(event.event.day for event in heard if isinstance(event.event, DayBegan))
    assert set(found) == {f"w{n}" for n in range(60)} | {"last"}


async def test_on_sqlite_calls_of_one_turn_commit_together(on_sqlite: Database) -> None:
    before = on_sqlite.stats.commits
    await asyncio.gather(*(on_sqlite.write(note, f"w{n}") for n in range(100)))
    assert on_sqlite.stats.commits == before + 1
    await on_sqlite.write(note, "x")
    assert on_sqlite.stats.commits == before + 2
    assert on_sqlite.stats.calls >= 101


async def test_callers_hear_after_the_announcement(either: Database) -> None:
    told: list[str] = []
    either.listen(lambda recorded: told.append("announced"))
    await either.write(note, "x")
    told.append("answered")
    assert told == ["announced", "answered"]


async def test_a_listener_that_fails_keeps_no_answer_back(either: Database) -> None:
    faults: list[dict[str, Any]] = []

    def fail(_recorded: Sequence[Recorded]) -> None:
        raise Faulty

    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context))
    either.listen(fail)
    async with asyncio.timeout(10):
        assert await either.write(note, "one") == "one"
        assert await either.write(note, "two") == "two"
    assert [type(fault["exception"]) for fault in faults] == [Faulty, Faulty]


async def test_closing_loses_nothing(where: Path | str) -> None:
    async with opened(where) as db:
        callers = [asyncio.ensure_future(db.write(note, f"w{n}")) for n in range(40)]
        await asyncio.sleep(0)
    assert [await caller for caller in callers] == [f"w{n}" for n in range(40)]
    async with opened(where) as db:
        assert set(await words(db)) == {f"w{n}" for n in range(40)}


async def test_who_writes_to_closed_books_is_refused(where: Path | str) -> None:
    async with opened(where) as db:
        await db.write(note, "x")
    async with asyncio.timeout(5):
        with pytest.raises(Unavailable):
            await db.write(note, "y")


async def test_a_read_can_not_write(either: Database) -> None:
    with pytest.raises((exc.DBAPIError, Unavailable)):
        await either.read(note, "never")
    assert await words(either) == []


async def test_a_read_sees_one_moment(either: Database) -> None:
    def head_twice(tx: Connection, other: Connection) -> tuple[int, int]:
        first = outbox.head(tx)
        note(other, "between")
        other.commit()
        return first, outbox.head(tx)

    url = await either.read(lambda tx: tx.engine.url.render_as_string(hide_password=False))
    engine = create_engine(url) if either.on_sqlite else None
    if engine is None:
        return
    with engine.connect() as other:
        before, after = await either.read(head_twice, other)
    engine.dispose()
    assert before == after


async def test_a_read_that_fails_leaves_nothing_behind(either: Database) -> None:
    """Reader threads keep their connections, so a broken read must not leave them in its transaction."""

    def broken(tx: Connection) -> None:
        catalogue.product(tx, "mug")
        raise KeyError("a bug")

    for _ in range(8):
        with pytest.raises(KeyError):
            await either.read(broken)
    answer = await either.write(catalogue.reprice, Reprice(RAIN, 4200, AT))
    found = [await either.read(catalogue.product, "mug") for _ in range(8)]
    assert answer.variants[0].price == 4200
    assert {product.variants[0].price for product in found} == {4200}


async def test_hot_statements_answer_plain_rows(either: Database) -> None:
    assert [key for (key,) in await either.fetch(ALL_META)] == FOUNDED


async def test_a_hot_read_of_a_locked_file_is_asked_for_again_on_a_thread(
    on_sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Locked:
        def execute(self, *_: object) -> None:
            raise sqlite3.OperationalError("database is locked")

    assert isinstance(on_sqlite._engine, sqlite.Sqlite)
    with monkeypatch.context() as patch:
        patch.setattr(on_sqlite._engine, "_hot", Locked())
        assert [key for (key,) in await on_sqlite.fetch(ALL_META)] == FOUNDED


async def test_too_many_waiting_are_refused_at_the_door(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "MAX_WAITING", 5)
    answers = await asyncio.gather(*(db.write(note, f"w{n}") for n in range(8)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [str] * 5 + [Busy] * 3
    assert await db.write(note, "later") == "later"


async def test_a_locked_file_answers_busy_and_heals(sqlite_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
    async with opened(sqlite_file) as db:
        await db.write(note, "before")
        other = sqlite3.connect(sqlite_file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answers = await asyncio.gather(*(db.write(note, f"w{n}") for n in range(3)), return_exceptions=True)
        assert [type(answer) for answer in answers] == [Busy] * 3
        assert await words(db) == ["before"], "reading goes on"
        other.execute("COMMIT")
        other.close()
        await db.write(note, "after")
        assert await words(db) == ["before", "after"]


async def test_a_full_disk_answers_unavailable_and_heals(sqlite_file: Path) -> None:
    def limit(tx: Connection, pages: int) -> int:
        used = int(tx.exec_driver_sql("PRAGMA page_count").scalar_one())
        return int(tx.exec_driver_sql(f"PRAGMA max_page_count = {used + pages}").scalar_one())

    def write_much(tx: Connection) -> None:
        for n in range(50):
            note(tx, f"{n}" + "x" * 4096)

    async with opened(sqlite_file) as db:
        heard = listening(db)
        await db.write(limit, 4)
        answers = await asyncio.gather(
            db.write(note, "small"), db.write(write_much), db.write(note, "small too"), return_exceptions=True
        )
        assert isinstance(answers[1], Unavailable)
        written = {answer for answer in answers if isinstance(answer, str)}
        assert all(isinstance(answer, str | Unavailable) for answer in answers)
        await db.write(limit, 10_000)
        await db.write(note, "after")
        assert set(await words(db)) == written | {"after"}
        assert [event.position for event in heard] == list(range(1, len(heard) + 1))


@pytest.mark.postgresql
async def test_a_lost_connection_is_tried_again_and_heals(on_postgresql: Database) -> None:
    lost: list[int] = []

    def cut_once(tx: Connection) -> str:
        note(tx, "survivor")
        if not lost:
            lost.append(1)
            tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return "done"

    assert await on_postgresql.write(cut_once) == "done"
    assert await words(on_postgresql) == ["survivor"]


@pytest.mark.postgresql
async def test_connections_that_keep_being_lost_answer_unavailable(on_postgresql: Database) -> None:
    def cut(tx: Connection) -> None:
        tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(Unavailable):
        await on_postgresql.write(cut)
    with pytest.raises(Unavailable):
        await on_postgresql.read(cut)
    assert await on_postgresql.write(note, "after") == "after"
    assert await words(on_postgresql) == ["after"]


@pytest.mark.postgresql
async def test_every_connection_lost_at_once_loses_no_order(on_postgresql: Database) -> None:
    def cut_others(tx: Connection) -> None:
        tx.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    carts = [await filled(on_postgresql, {BOWL: 1}) for _ in range(20)]
    buying = asyncio.gather(
        *(on_postgresql.write(orders.place, placement(cart, key=cart)) for cart in carts), return_exceptions=True
    )
    with suppress(Unavailable):
        await on_postgresql.write(cut_others)
    assert {type(answer) for answer in await buying} <= {Placed, Unavailable}
    again = await asyncio.gather(*(on_postgresql.write(orders.place, placement(cart, key=cart)) for cart in carts))
    assert len({answer.number for answer in again}) == 20
    assert await level(on_postgresql, BOWL) == (50, 20)
    assert await findings(on_postgresql) == []


@pytest.mark.postgresql
async def test_readers_do_not_notice_that_connections_were_lost(on_postgresql: Database) -> None:
    def cut_others(tx: Connection) -> None:
        tx.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    await on_postgresql.write(note, "one")
    for _ in range(3):
        await asyncio.gather(*(on_postgresql.read(outbox.head) for _ in range(5)))
        found = await asyncio.gather(
            on_postgresql.read(cut_others), *(on_postgresql.read(outbox.head) for _ in range(5)), return_exceptions=True
        )
        assert [answer for answer in found[1:] if not isinstance(answer, int)] == []
        assert await words(on_postgresql) == ["one"]


async def test_a_conflict_that_stays_is_the_callers_error(either: Database) -> None:
    def twice(tx: Connection) -> None:
        tx.execute(text("INSERT INTO carts (id, version, changed_at) VALUES ('same', 0, 0), ('same', 0, 0)"))

    with pytest.raises((exc.IntegrityError, Unavailable)):
        await either.write(twice)
