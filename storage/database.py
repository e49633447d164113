"""The one way to change anything and the one way to ask: `write` a verb, `read` a function, `fetch` a hot statement.

A verb is an ordinary function whose first argument is the open transaction. Nobody can cancel it half-way: a caller that
leaves drops the answer, never the write. Events are announced after the commit and before any caller hears of it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, overload

from msgspec import Struct
from sqlalchemy import Connection

from shop.errors import Busy, Unavailable
from shop.events import Recorded
from storage.calls import Batched, Call
from storage.gathering import Finder, Gatherer
from storage.hot import Hot
from storage.postgresql import Postgresql
from storage.sqlite import Sqlite

P = ParamSpec("P")
C = TypeVar("C")
K = TypeVar("K")
R = TypeVar("R")

MAX_WAITING = 20_000
"""Calls that may wait to be written; more are refused at the door."""


def _closing() -> Unavailable:
    return Unavailable("The shop is closing. Please try again in a moment.", retry_seconds=5)


class Stats(Struct):
    """Counts since the start, for /metrics; `waiting` is the calls handed over and not answered yet."""

    calls: int = 0
    commits: int = 0
    failed: int = 0
    waiting: int = 0


class Announce(Protocol):
    def __call__(self, recorded: Sequence[Recorded], /) -> None:
        """Hears the events of one commit, on the loop, in the order of their positions."""


class Database:
    """The shop's books, on SQLite (a Path) or PostgreSQL (a URL)."""

    def __init__(self, where: Path | str) -> None:
        self.stats = Stats()
        self._listeners: list[Announce] = []
        self._turn: list[Call] = []
        self._gatherer = Gatherer(self._hand_over, lambda: self.stats.waiting > len(self._turn))
        self._finders: dict[Any, Finder[Any, Any]] = {}
        self._readings = asyncio.TaskGroup()
        self._closed = False
        self._engine = Sqlite(where, self._settled) if isinstance(where, Path) else Postgresql(where, self._settled)

    @property
    def on_sqlite(self) -> bool:
        return isinstance(self._engine, Sqlite)

    def listen(self, announce: Announce) -> None:
        """Adds somebody who hears every commit's events."""
        self._listeners.append(announce)

    @overload
    async def write(self, verb: Batched[C, R], command: C, /) -> R: ...

    @overload
    async def write(self, verb: Callable[Concatenate[Connection, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R: ...

    async def write(self, verb: Any, /, *args: Any, **named: Any) -> Any:
        """Carries out a verb durably and answers what it answers; raises its refusals, Busy and Unavailable.

        The calls of one turn of the loop are handed over together and commit together; in a crowd, those of some turns.
        """
        return await self.begin(verb, *args, **named)

    def begin(self, verb: Any, /, *args: Any, **named: Any) -> asyncio.Future[Any]:
        """As `write`, for whoever does several writes in one turn, to be awaited one after the other."""
        if self._closed:
            raise _closing()
        if self.stats.waiting >= MAX_WAITING:
            raise Busy("Too many people at once. Please try again in a moment.", retry_seconds=1)
        loop = asyncio.get_running_loop()
        call = Call(partial(verb, **named) if named else verb, args, loop.create_future())
        self._gatherer.come()
        self._turn.append(call)
        self.stats.waiting += 1
        return call.future

    async def read(self, fn: Callable[Concatenate[Connection, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Answers `fn(tx, *args)` on one consistent snapshot that can't be written to; raises Unavailable."""
        return await self._engine.read(partial(fn, **kwargs) if kwargs else fn, *args)

    async def find(self, fn: Callable[[Connection, Collection[K]], Mapping[K, R]], key: K) -> R | None:
        """What `fn(tx, keys)` finds under this key, or None. Those who ask it at the same time share one reading.

        `fn` is a function of a module: each is remembered with those who ask it.
        """
        if self._closed:
            raise _closing()
        finder = self._finders.get(fn)
        if finder is None:
            finder = self._finders[fn] = Finder(partial(self._engine.read, fn), self._readings)
        found: R | None = await finder.ask(key)
        return found

    async def fetch(self, statement: Hot, **values: Any) -> list[tuple[Any, ...]]:
        """The rows of a hot statement."""
        return await self._engine.fetch(statement, values)

    async def foreign_commits(self) -> int:
        """A number that changes when another process may have committed."""
        return await self._engine.foreign_commits()

    def _hand_over(self) -> None:
        calls, self._turn = self._turn, []
        self._engine.submit(calls)

    def _settled(self, calls: Sequence[Call], recorded: Sequence[Recorded]) -> None:
        self.stats.commits += 1
        self.stats.calls += len(calls)
        self.stats.waiting -= len(calls)
        try:
            if recorded:
                for announce in self._listeners:
                    announce(recorded)
        except Exception as bug:  # noqa: BLE001  it is written already: whoever waits must hear so, whatever a listener does
            loop = asyncio.get_running_loop()
            loop.call_exception_handler({"message": "a listener failed at a commit's events", "exception": bug})
        for call in calls:
            self.stats.failed += call.error is not None
            call.settle()
        self._gatherer.answered()

    async def open(self) -> None:
        await self._engine.open()
        await self._readings.__aenter__()

    async def close(self) -> None:
        """Writes and reads what was asked for, then closes; who comes later is refused."""
        self._closed = True
        self._gatherer.go()
        for finder in self._finders.values():
            finder.go()
        await self._readings.__aexit__(None, None, None)
        await self._engine.close()


@asynccontextmanager
async def opened(where: Path | str) -> AsyncIterator[Database]:
    """The books, opened, and closed at the end with nothing lost. The schema must be there (storage.migrate)."""
    database = Database(where)
    await database.open()
    try:
        yield database
    finally:
        await database.close()
