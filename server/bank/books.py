"""The bank's books: one SQLite file and the one thread that writes in it. A change is on disk before it is answered.

A verb is a plain function whose first argument is the open transaction. Verbs that wait at the same time share one
commit, each in a savepoint of its own, so that a refusal undoes only itself.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, Concatenate, ParamSpec, TypeVar

from server.bank.settings import BankSettings

MAX_CALLS_A_COMMIT = 64
LOCK_WAIT_SECONDS = 5.0

SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    order_number TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    return_url TEXT NOT NULL,
    description TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    state TEXT NOT NULL,
    refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount),
    decline_reason TEXT NOT NULL DEFAULT '',
    disputed INTEGER NOT NULL DEFAULT 0,
    last4 TEXT NOT NULL DEFAULT '',
    challenged INTEGER NOT NULL DEFAULT 0,
    silent_until_ms INTEGER NOT NULL DEFAULT 0,
    wake_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS payments_wake ON payments (wake_ms) WHERE wake_ms IS NOT NULL;
CREATE TABLE IF NOT EXISTS charges (
    id TEXT PRIMARY KEY,
    payment TEXT NOT NULL UNIQUE REFERENCES payments (id),
    amount INTEGER NOT NULL CHECK (amount > 0),
    created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refunds (
    id TEXT PRIMARY KEY,
    payment TEXT NOT NULL REFERENCES payments (id),
    amount INTEGER NOT NULL CHECK (amount > 0),
    created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS disputes (
    id TEXT PRIMARY KEY,
    payment TEXT NOT NULL UNIQUE REFERENCES payments (id),
    amount INTEGER NOT NULL CHECK (amount > 0),
    reason TEXT NOT NULL,
    verdict TEXT NOT NULL,
    opened_ms INTEGER,
    ended_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (
    operation TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (operation, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    payment TEXT NOT NULL REFERENCES payments (id),
    created_ms INTEGER NOT NULL,
    due_ms INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS events_due ON events (due_ms) WHERE due_ms IS NOT NULL;
"""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tx:
    """An open transaction: the connection, the one moment at which all of it happens, and the bank's settings."""

    sql: sqlite3.Connection
    now_ms: int
    settings: BankSettings


@dataclass(frozen=True, slots=True)
class _Call:
    verb: Callable[[Tx], Any]
    answer: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Outcome:
    value: Any = None
    fault: Exception | None = None


class Books:
    """`first` runs at the start of every transaction: it does what has become due. `changed` is set after a change."""

    def __init__(self, settings: BankSettings, first: Callable[[Tx], None]) -> None:
        self.changed = asyncio.Event()
        self._settings = settings
        self._first = first
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._thread: Thread | None = None

    async def open(self) -> None:
        """Opens the file, made if missing, and starts the writer. Raises sqlite3.Error."""
        loop = asyncio.get_running_loop()
        sql = await loop.run_in_executor(None, _connect, self._settings)
        self._thread = Thread(target=self._work, args=(sql, loop), name="bank-books", daemon=True)
        self._thread.start()

    async def run(self, verb: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `verb` returns, once it is on disk. A cancelled caller drops the answer, never the change."""
        if self._thread is None:
            raise RuntimeError("the bank's books are closed")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._calls.put(_Call(lambda tx: verb(tx, *args, **kwargs), answer))
        return await answer

    async def close(self) -> None:
        """Finishes what was handed over, then closes the file."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._calls.put(None)
            await asyncio.get_running_loop().run_in_executor(None, partial(thread.join, LOCK_WAIT_SECONDS))

    def _work(self, sql: sqlite3.Connection, loop: asyncio.AbstractEventLoop) -> None:
        with contextlib.closing(sql):
            closing = False
            while not closing:
                waiting = self._next_calls()
                closing = None in waiting
                calls = [call for call in waiting if call is not None]
                changes = sql.total_changes
                outcomes = self._commit(sql, calls)
                # The loop may be gone when a process is torn down in a hurry; what was committed stays committed.
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(self._settle, calls, outcomes, sql.total_changes - changes)

    def _next_calls(self) -> list[_Call | None]:
        calls = [self._calls.get()]
        while len(calls) < MAX_CALLS_A_COMMIT and not self._calls.empty():
            calls.append(self._calls.get_nowait())
        return calls

    def _commit(self, sql: sqlite3.Connection, calls: list[_Call]) -> list[_Outcome]:
        try:
            sql.execute("BEGIN IMMEDIATE")
            tx = Tx(sql, int(self._settings.clock().timestamp() * 1000), self._settings)
            self._first(tx)
            outcomes = [_attempt(tx, call) for call in calls]
            sql.execute("COMMIT")
        except Exception as fault:  # noqa: BLE001 - an edge: whatever it is, every waiting caller must hear of it
            if sql.in_transaction:
                sql.execute("ROLLBACK")
            return [_Outcome(fault=fault)] * len(calls)
        return outcomes

    def _settle(self, calls: list[_Call], outcomes: list[_Outcome], changes: int) -> None:
        if changes:
            self.changed.set()
        for call, outcome in zip(calls, outcomes, strict=True):
            if call.answer.done():
                continue
            if outcome.fault is not None:
                call.answer.set_exception(outcome.fault)
            else:
                call.answer.set_result(outcome.value)


def _attempt(tx: Tx, call: _Call) -> _Outcome:
    tx.sql.execute("SAVEPOINT call")
    try:
        outcome = _Outcome(call.verb(tx))
    except Exception as fault:  # noqa: BLE001 - an edge: refusals and bugs alike belong to the caller
        tx.sql.execute("ROLLBACK TO call")
        outcome = _Outcome(fault=fault)
    tx.sql.execute("RELEASE call")
    return outcome


def _connect(settings: BankSettings) -> sqlite3.Connection:
    settings.database.parent.mkdir(parents=True, exist_ok=True)
    sql = sqlite3.connect(settings.database, timeout=LOCK_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    sql.execute("PRAGMA journal_mode=WAL")
    sql.execute("PRAGMA synchronous=FULL")
    sql.execute("PRAGMA foreign_keys=ON")
    sql.executescript(SCHEMA)
    return sql
