"""SQLite: one writer thread that commits many calls at once, reader threads with snapshots, and hot reads on the loop itself.

WAL with synchronous=FULL: what has been answered is on the disk. One serving process a file.
"""

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.dialects import sqlite as sqlite_dialect

from shop.errors import Busy, Unavailable
from shop.events import Recorded
from storage import driver
from storage.calls import Call, TransactionLost, begin, carry_out, kept
from storage.hot import Hot

R = TypeVar("R")

MAX_GROUP = 256
"""Calls in one commit."""

READERS = 2
BUSY_TIMEOUT_MS = 5_000
_HOT_DIALECT = sqlite_dialect.dialect(paramstyle="qmark")
CACHE_KIB = 65_536

CHECKPOINT_PAGES = 4_000
"""How far the log of writes grows, in pages of 4 KiB, before it is taken into the file. A commit of many orders in a large shop
is a thousand pages, mostly the same as those before it; taken in less often, they are written once for several."""


class Sqlite:
    """The SQLite side of the Database. `settled` is called on the loop with each commit's calls and events."""

    def __init__(self, path: Path, settled: Callable[[Sequence[Call], Sequence[Recorded]], None]) -> None:
        self.path = path
        self._settled = settled
        self._waiting: deque[Sequence[Call]] = deque()
        self._arrived = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._write_on, name="writer", daemon=True)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._writing = engine(path, driver.WRITING)
        self._reading = engine(path, "BEGIN", query_only=True)
        # Each reader thread keeps a connection for itself: fetching one from the pool costs more than most reads.
        self._reader = threading.local()
        self._kept: list[Connection] = []
        self._written_by: Connection | None = None
        self._hot: sqlite3.Connection | None = None
        self._patient: aiosqlite.Connection | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._hot = sqlite3.connect(self.path, isolation_level=None, timeout=0)
        self._hot.execute("PRAGMA query_only=1")
        self._patient = await aiosqlite.connect(self.path, isolation_level=None)
        await self._patient.execute("PRAGMA query_only=1")
        self._thread.start()

    async def close(self) -> None:
        """Finishes every call that was handed over, then lets go of the file."""
        with self._arrived:
            self._closing = True
            self._arrived.notify()
        if self._thread.ident is not None:
            await asyncio.to_thread(self._thread.join)
        self._readers.shutdown(wait=True)
        for connection in self._kept:
            connection.close()
        if self._written_by is not None:
            self._written_by.close()
        if self._hot is not None:
            self._hot.close()
        if self._patient is not None:
            await self._patient.close()
        self._writing.dispose()
        self._reading.dispose()

    def submit(self, calls: Sequence[Call]) -> None:
        with self._arrived:
            self._waiting.append(calls)
            self._arrived.notify()

    async def read(self, fn: Callable[..., R], *args: Any) -> R:
        assert self._loop is not None  # noqa: S101  opened first, by construction
        return await self._loop.run_in_executor(self._readers, self._read_now, fn, args)

    async def fetch(self, statement: Hot, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """A hot statement's rows: a row or two by their key, read in some microseconds, where a thread would take a hundred.

        Nothing is waited for on the loop: readers of a WAL wait for no writer, and where somebody has locked the whole file,
        it is asked for again on a thread, patiently.
        """
        assert self._hot is not None and self._patient is not None  # noqa: S101, PT018
        sql, names = statement.text(_HOT_DIALECT)
        parameters = [values[name] for name in names]
        try:
            return self._hot.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError:
            pass
        try:
            found = await self._patient.execute_fetchall(sql, parameters)
        except sqlite3.OperationalError as error:
            raise Unavailable("The shop's books can't be read right now.", retry_seconds=2) from error
        return list(found)  # type: ignore[arg-type]  # rows are tuples while no row_factory is set

    async def foreign_commits(self) -> int:
        """A number that changes when another process has committed to the file."""
        assert self._patient is not None  # noqa: S101
        [[version]] = await self._patient.execute_fetchall("PRAGMA data_version")
        return int(version)

    def _read_now(self, fn: Callable[..., R], args: tuple[Any, ...]) -> R:
        try:
            tx: Connection | None = getattr(self._reader, "connection", None)
            if tx is None or tx.invalidated:
                tx = self._reader.connection = self._reading.connect()
                self._kept.append(tx)
            with tx.begin():
                return fn(tx, *args)
        except exc.OperationalError as error:
            raise Unavailable("The shop's books can't be read right now.", retry_seconds=2) from error

    def _write_on(self) -> None:
        """The writer thread: takes what waits, commits it together, and reports, until closed and empty."""
        while calls := self._take():
            recorded = self._commit(calls)
            assert self._loop is not None  # noqa: S101
            self._loop.call_soon_threadsafe(self._settled, calls, recorded)

    def _take(self) -> list[Call]:
        with self._arrived:
            while not self._waiting and not self._closing:
                self._arrived.wait()
            calls: list[Call] = []
            while self._waiting and len(calls) < MAX_GROUP:
                calls.extend(self._waiting.popleft())
            return calls

    def _commit(self, calls: Sequence[Call]) -> Sequence[Recorded]:
        try:
            # Kept like the readers' connections; one that anything has gone wrong with is not used again.
            tx, self._written_by = self._written_by or self._writing.connect(), None
            try:
                begin(tx)
                with tx.begin():
                    carry_out(tx, calls)
                recorded = kept(tx)
            except BaseException:
                tx.close()
                raise
            self._written_by = tx
            return recorded
        except (exc.DBAPIError, TransactionLost) as error:
            self._fail(calls, _refusal(error))
        except BaseException as error:  # noqa: BLE001  a bug here must reach the callers, not end the writer thread
            self._fail(calls, error)
        return ()

    @staticmethod
    def _fail(calls: Sequence[Call], error: BaseException) -> None:
        for call in calls:
            call.result, call.error = None, error


def _refusal(error: BaseException) -> Unavailable:
    """What the callers of a lost transaction are told."""
    text = str(error)
    refusal = (
        Busy("The shop's books are in use elsewhere. Please try again.", retry_seconds=2)
        if "locked" in text or "busy" in text
        else Unavailable("The shop can't write to its books right now. Nothing was changed.", retry_seconds=5)
    )
    refusal.__cause__ = error
    return refusal


def engine(path: Path, opening: str, *, query_only: bool = False, foreign_keys: bool = True) -> Engine:
    """An engine whose transactions open with this statement, DDL included: the driver's own habits are off."""
    made = create_engine(
        f"sqlite:///{path}",
        connect_args={"isolation_level": None, "timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
    )

    @event.listens_for(made, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        if query_only:
            connection.execute("PRAGMA query_only=1")

    @event.listens_for(made, "begin")
    def open_transaction(connection: Connection) -> None:
        driver.start(connection, opening)

    return made
