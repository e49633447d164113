"""Command ids: an effect happens once, its answer is given again for a day, and a refusal leaves nothing."""

import asyncio
from datetime import timedelta

import pytest
from msgspec import Struct
from sqlalchemy import Connection

from shop.errors import CommandReused, WrongState
from shop.events import DayBegan
from storage import commands, outbox
from storage.commands import Id
from storage.database import Database
from tests.storage.books import AT

ID = Id("session", "key", "body")


class Answer(Struct, frozen=True):
    number: int


def act(tx: Connection, command: Id | None) -> Answer:
    """Notes something, and answers where."""

    def once() -> Answer:
        outbox.note(tx, DayBegan("x"), AT)
        return Answer(outbox.head(tx))

    return commands.once(tx, command, AT, Answer, once)


def refuse(tx: Connection, command: Id) -> Answer:
    def once() -> Answer:
        raise WrongState

    return commands.once(tx, command, AT, Answer, once)


async def test_a_repeated_command_has_one_effect_and_one_answer(either: Database) -> None:
    start = await either.read(outbox.head)
    answers = await asyncio.gather(*(either.write(act, ID) for _ in range(20)))
    assert set(answers) == {Answer(start + 1)}
    assert await either.read(outbox.head) == start + 1


async def test_a_key_belongs_to_its_owner_and_its_body(either: Database) -> None:
    mine = await either.write(act, ID)
    assert await either.write(act, Id("other", "key", "body")) != mine
    with pytest.raises(CommandReused):
        await either.write(act, Id("session", "key", "other body"))
    assert await either.write(act, ID) == mine


async def test_without_a_key_every_call_counts(db: Database) -> None:
    assert await db.write(act, None) != await db.write(act, None)


async def test_a_refusal_leaves_its_key_free(db: Database) -> None:
    with pytest.raises(WrongState):
        await db.write(refuse, ID)
    answer = await db.write(act, Id("session", "key", "mended body"))
    assert answer.number > 0


async def test_answers_are_kept_for_a_day(either: Database) -> None:
    first = await either.write(act, ID)
    assert await either.write(commands.prune, AT + timedelta(hours=24)) == 0
    assert await either.write(act, ID) == first
    assert await either.write(commands.prune, AT + timedelta(hours=24, milliseconds=1)) == 1
    assert await either.write(act, ID) != first
