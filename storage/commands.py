"""Command ids: a command that has been carried out is answered again from memory, never carried out twice.

A refusal leaves nothing behind, so its id may be tried again. Answers are kept for a day.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from msgspec import Struct, json
from sqlalchemy import Connection, bindparam, delete, insert, select, tuple_

from shop.errors import CommandReused
from storage.statements import many, one, rows, run
from storage.tables import Command

R = TypeVar("R")

KEPT = timedelta(hours=24)

_KNOWN = select(Command.fingerprint, Command.answer).where(
    Command.scope == bindparam("scope"), Command.key == bindparam("key")
)
_ALL_KNOWN = select(Command.scope, Command.key, Command.fingerprint, Command.answer).where(
    tuple_(Command.scope, Command.key).in_(bindparam("ids", expanding=True))
)
_KEEP = insert(Command)
_PRUNE = delete(Command).where(Command.at < bindparam("before"))


class Id(Struct, frozen=True):
    """Whose command it is, its Idempotency-Key, and a digest of what it asks for."""

    scope: str
    key: str
    fingerprint: str


def once(tx: Connection, command: Id | None, at: datetime, answer: type[R], act: Callable[[], R]) -> R:
    """Carries out `act` and keeps its answer, or answers what it answered before; raises CommandReused.

    A call without an id is simply carried out.
    """
    if command is None:
        return act()
    known = one(tx, _KNOWN, scope=command.scope, key=command.key)
    if known is not None:
        same_command(known.fingerprint, command.fingerprint)
        return json.decode(known.answer, type=answer)
    result = act()
    row = {"scope": command.scope, "key": command.key, "fingerprint": command.fingerprint}
    run(tx, _KEEP, **row, answer=json.encode(result), at=at)
    return result


def known(tx: Connection, command: Id, answer: type[R]) -> R | None:
    """What a command was answered when it was carried out; None when it was not. Raises CommandReused."""
    found = one(tx, _KNOWN, scope=command.scope, key=command.key)
    if found is None:
        return None
    same_command(found.fingerprint, command.fingerprint)
    return json.decode(found.answer, type=answer)


class Answered(Struct, Generic[R], frozen=True):
    """A command that was carried out before."""

    fingerprint: str
    answer: R

    def again(self, command: Id) -> R:
        """Its answer, for the same command; raises CommandReused for another one under its id."""
        same_command(self.fingerprint, command.fingerprint)
        return self.answer


def answered(tx: Connection, asked: Sequence[Id], answer: type[R]) -> dict[tuple[str, str], Answered[R]]:
    """Which of these commands were carried out before, by scope and key."""
    if not asked:
        return {}
    ids = list({(command.scope, command.key) for command in asked})
    return {
        (row.scope, row.key): Answered(row.fingerprint, json.decode(row.answer, type=answer))
        for row in rows(tx, _ALL_KNOWN, ids=ids)
    }


def keep(tx: Connection, carried_out: Sequence[tuple[Id, Struct]], at: datetime) -> None:
    """Keeps the answers of commands that were carried out together."""
    many(
        tx,
        _KEEP,
        [
            {
                "scope": done.scope,
                "key": done.key,
                "fingerprint": done.fingerprint,
                "answer": json.encode(answer),
                "at": at,
            }
            for done, answer in carried_out
        ],
    )


def same_command(known: str, asked: str) -> None:
    """Raises CommandReused when the fingerprints differ."""
    if known != asked:
        raise CommandReused("This Idempotency-Key belongs to another command. Use a new one.")


def prune(tx: Connection, now: datetime) -> int:
    """Forgets answers older than a day; answers how many."""
    return run(tx, _PRUNE, before=now - KEPT)
