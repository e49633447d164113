"""The outbox: positions without gaps, in the order of commits, heard by everybody as they stand in the table."""

import asyncio
from datetime import timedelta

from sqlalchemy import Connection

from shop.events import DayBegan, Recorded, SessionEnded, decode, encode, kind
from storage import mailbox, outbox
from storage.database import Database, opened
from tests.storage.books import AT, plan


def note(tx: Connection, word: str) -> str:
    outbox.note(tx, DayBegan(word), AT)
    return word


def fail(tx: Connection) -> None:
    outbox.reserve(tx, 3)
    raise ValueError


async def test_positions_have_no_gaps_and_are_heard_as_written(either: Database) -> None:
    start = await either.read(outbox.head)
    heard: list[Recorded] = []
    either.listen(heard.extend)

    async def writer(name: int) -> None:
        for n in range(10):
            await either.write(note, f"{name}-{n}")
            await asyncio.gather(either.write(fail), either.write(note, f"{name}-{n}b"), return_exceptions=True)

    await asyncio.gather(*(writer(name) for name in range(12)))
    table = await either.read(outbox.after, start, 10_000)
    assert [recorded.position for recorded in table] == list(range(start + 1, start + 241))
    assert sorted(heard, key=lambda recorded: recorded.position) == table
    for name in range(12):
        mine = [r.event.day for r in table if isinstance(r.event, DayBegan) and r.event.day.startswith(f"{name}-")]
        assert mine == [word for n in range(10) for word in (f"{name}-{n}", f"{name}-{n}b")], "in the order of commits"


async def test_whoever_follows_by_a_cursor_skips_nothing(either: Database) -> None:
    """Reads what is there while others write: a position once passed never gets a row afterwards."""
    cursor = start = await either.read(outbox.head)
    followed: list[int] = []
    writing = asyncio.gather(*(either.write(note, f"{n}") for n in range(150)))
    while not writing.done() or cursor < start + 150:
        found = await either.read(outbox.after, cursor, 1000)
        followed += [recorded.position for recorded in found]
        cursor = followed[-1] if followed else cursor
    await writing
    assert followed == list(range(start + 1, start + 151))


async def test_events_of_one_kind_name_the_one_before(either: Database) -> None:
    start = await either.read(outbox.head)
    for event in (DayBegan("one"), SessionEnded("a"), DayBegan("two"), SessionEnded("b"), DayBegan("three")):
        await either.write(outbox.note, event, AT)
    previous, found = await either.read(outbox.of_kind, "day", start + 1, 1)
    assert (previous, found) == (start + 1, [Recorded(start + 3, DayBegan("two"))])
    previous, found = await either.read(outbox.of_kind, "day", start + 4, 10)
    assert (previous, found) == (start + 3, [Recorded(start + 5, DayBegan("three"))])
    assert (await either.read(outbox.of_kind, "day", 0, 1))[0] == 0


async def test_events_by_kind_are_found_in_their_index_which_leaves_out_those_of_carts(db: Database) -> None:
    for statement in (outbox.OF_KIND, outbox.OF_KINDS, outbox.BEFORE):
        asked = statement.params(kind="order", kinds=["order", "letter"], after=7, position=7, limit=9)
        assert "ix_outbox_kind_position" in await db.read(plan, asked), statement


async def test_events_of_some_kinds_say_up_to_where_they_are_all(either: Database) -> None:
    start = await either.read(outbox.head)
    for event in (DayBegan("one"), SessionEnded("a"), DayBegan("two"), SessionEnded("b"), SessionEnded("c")):
        await either.write(outbox.note, event, AT)
    upto, found = await either.read(outbox.of_kinds, (DayBegan,), start, 1)
    assert (upto, found) == (start + 1, [Recorded(start + 1, DayBegan("one"))])
    upto, found = await either.read(outbox.of_kinds, (DayBegan,), start + 1, 2)
    assert (upto, found) == (start + 5, [Recorded(start + 3, DayBegan("two"))])
    upto, found = await either.read(outbox.of_kinds, (DayBegan, SessionEnded), start, 9)
    assert (upto, [one.position for one in found]) == (start + 5, list(range(start + 1, start + 6)))


async def test_pruning_keeps_the_newest_and_the_young(either: Database) -> None:
    start = await either.read(outbox.head)
    for n in range(6):
        await either.write(outbox.note, DayBegan(f"{n}"), AT + timedelta(days=n))
    await either.write(outbox.prune, AT + timedelta(days=2), 4)
    left = [recorded.position for recorded in await either.read(outbox.after, start, 100)]
    assert left == list(range(start + 3, start + 7))
    assert await either.write(outbox.prune, AT + timedelta(days=100), 4) == 0
    assert await either.write(outbox.prune, AT + timedelta(days=100), 1) == 3
    assert await either.read(outbox.head) == start + 6, "positions go on"


async def test_a_position_is_remembered_for_the_mailer(either: Database) -> None:
    assert await either.read(mailbox.position) == 0
    for position in (3, 9):
        await either.write(mailbox.advance, position)
        assert await either.read(mailbox.position) == position


async def test_another_process_commit_is_noticed(where: str) -> None:
    async with opened(where) as mine, opened(where) as theirs:
        seen = await mine.foreign_commits()
        assert await mine.foreign_commits() == seen
        await theirs.write(note, "theirs")
        assert await mine.foreign_commits() != seen


def test_an_event_comes_out_as_it_went_in() -> None:
    assert decode(encode(SessionEnded("mark"))) == SessionEnded("mark")
    assert kind(SessionEnded("mark")) == "session"
