"""Command ids: a command that has been carried out is answered again from memory, never carried out twice.

A refusal leaves nothing behind, so its id may be tried again. Answers are kept for a day.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import Struct, json
from sqlalchemy import Connection, bindparam, delete, insert, select

from shop.errors import CommandReused
from storage.statements import one, run
from storage.tables import Command

R = TypeVar("R")

KEPT = timedelta(hours=24)

_KNOWN = select(Command.fingerprint, Command.answer).where(
    Command.scope == bindparam("scope"), Command.key == bindparam("key")
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


def same_command(known: str, asked: str) -> None:
    """Raises CommandReused when the fingerprints differ."""
    if known != asked:
        raise CommandReused("This Idempotency-Key belongs to another command. Use a new one.")


def prune(tx: Connection, now: datetime) -> int:
    """Forgets answers older than a day; answers how many."""
    return run(tx, _PRUNE, before=now - KEPT)
