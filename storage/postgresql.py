"""PostgreSQL: a few writer tasks; a single verb has a transaction of its own, the waiting commands of a batched one share it.

Grouping unrelated verbs would deadlock. Deadlocks and other conflicts are tried again; a connection lost before
the commit as well, while one lost in the commit is reported, since what happened is unknown. A server that hangs is
noticed, and nobody waits for it (storage/pulse.py).
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import event, exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shop.errors import Busy, Unavailable
from shop.events import Recorded
from storage.calls import Batched, Call, TransactionLost, begin, carry_out
from storage.hot import Hot
from storage.pulse import Pulse

R = TypeVar("R")

WRITERS = 4
POOL = WRITERS + 6
OVERFLOW = 10
CONNECTIONS = POOL + OVERFLOW + 1
"""The most that one process takes: those of readers and writers, and the one to its peers."""
MAX_GROUP = 256
CONNECT_SECONDS = 5.0
COMMAND_SECONDS = 30.0
MAX_TRIES = 6
FIRST_PAUSE_SECONDS = 0.01
"""Before the second try, doubling with each: whoever held the lock needs a moment to commit."""
RETRIED_STATES = frozenset({"40001", "40P01", "23505"})
"""SQLSTATE of serialization_failure, deadlock_detected and unique_violation: somebody else wrote the same key first (the
same command, a new cart), and trying again finds it there."""


SETTINGS = "SET random_page_cost = 2"
"""A page that an index leads to is in memory or on an SSD, and costs hardly more than the next one. By the server's own 4, which
is for discs that turn, it reads a table of some hundred rows from end to end, and that once for each foreign key of each row."""


class Postgresql:
    """The PostgreSQL side of the Database; the same promises as storage.sqlite.Sqlite."""

    def __init__(self, url: str, settled: Callable[[Sequence[Call], Sequence[Recorded]], None]) -> None:
        self._settled = settled
        self._engine: AsyncEngine = create_async_engine(
            async_url(url),
            pool_size=POOL,
            max_overflow=OVERFLOW,
            pool_timeout=CONNECT_SECONDS,
            pool_use_lifo=True,
            connect_args={"timeout": CONNECT_SECONDS, "command_timeout": COMMAND_SECONDS},
        )
        event.listen(self._engine.sync_engine, "connect", _set_up)
        event.listen(self._engine.sync_engine, "checkout", _checked)
        self._waiting: deque[Call] = deque()
        self._arrived = asyncio.Event()
        self._closing = False
        self._tasks = asyncio.TaskGroup()
        self._writers: list[asyncio.Task[None]] = []
        self._pulse = Pulse(async_url(url))

    async def open(self) -> None:
        await self._tasks.__aenter__()
        self._writers = [self._tasks.create_task(self._write_on()) for _ in range(WRITERS)]
        self._feeling = self._tasks.create_task(self._pulse.run())

    async def close(self) -> None:
        """Finishes every call that was handed over, then closes the connections."""
        self._closing = True
        self._arrived.set()
        await asyncio.wait(self._writers)
        self._feeling.cancel()
        await self._tasks.__aexit__(None, None, None)
        await self._engine.dispose()

    def submit(self, calls: Sequence[Call]) -> None:
        self._waiting.extend(calls)
        self._arrived.set()

    async def read(self, fn: Callable[..., R], *args: Any) -> R:
        async def ask(connection: AsyncConnection) -> R:
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            return await connection.run_sync(fn, *args)

        return await self._ask(ask)

    async def fetch(self, statement: Hot, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        sql, names = statement.text(self._engine.dialect)

        async def ask(connection: AsyncConnection) -> list[tuple[Any, ...]]:
            found = await connection.exec_driver_sql(sql, tuple(values[name] for name in names))
            return [tuple(row) for row in found]

        return await self._ask(ask)

    async def foreign_commits(self) -> int:
        """A number that changes when anybody has committed events."""

        async def ask(connection: AsyncConnection) -> int:
            found = await connection.exec_driver_sql("SELECT position FROM outbox_head WHERE id = 1")
            return int(found.scalar_one())

        return await self._ask(ask)

    async def _ask(self, ask: Callable[[AsyncConnection], Awaitable[R]], *, again: bool = True) -> R:
        """What is read. If the connection is lost, be it new or old, it is asked for once more: reading has changed nothing."""
        try:
            async with self._pulse.felt(), self._engine.connect() as connection, _whole(connection):
                return await ask(connection)
        except (exc.DBAPIError, exc.TimeoutError, OSError) as error:
            if not (again and isinstance(error, exc.DBAPIError) and _lost(error)):
                raise _unreadable(error) from error
        return await self._ask(ask, again=False)

    async def _write_on(self) -> None:
        while calls := await self._take():
            recorded = await self._commit(calls)
            self._settled(calls, recorded)

    async def _take(self) -> list[Call]:
        """One call, or all that wait for the same batched verb."""
        while not self._waiting and not self._closing:
            self._arrived.clear()
            await self._arrived.wait()
        if not self._waiting:
            return []
        first = self._waiting.popleft()
        calls = [first]
        if isinstance(first.verb, Batched):
            others = [call for call in self._waiting if call.verb is first.verb][: MAX_GROUP - 1]
            taken = set(map(id, others))
            self._waiting = deque(call for call in self._waiting if id(call) not in taken)
            calls += others
        return calls

    async def _commit(self, calls: Sequence[Call]) -> Sequence[Recorded]:
        error: BaseException | None = None
        for attempt in range(MAX_TRIES):
            transaction = _Transaction(self._engine, calls)
            try:
                async with self._pulse.felt():
                    return await transaction.run()
            except (exc.DBAPIError, exc.TimeoutError, TransactionLost, OSError) as failure:
                error = failure
                if self._pulse.silent or not transaction.may_retry(failure):
                    break
                await asyncio.sleep(FIRST_PAUSE_SECONDS * 2**attempt)
            except Exception as bug:  # noqa: BLE001  a bug here must reach the callers, not end the writer task
                return _fail(calls, bug)
        if isinstance(error, TransactionLost) and isinstance(error.__cause__, exc.IntegrityError):
            return _fail(calls, error.__cause__)
        refusal = Unavailable("The shop's books can't be reached right now.", retry_seconds=2)
        refusal.__cause__ = error
        return _fail(calls, refusal)


class _Transaction:
    """One try at committing some calls."""

    def __init__(self, engine: AsyncEngine, calls: Sequence[Call]) -> None:
        self._engine = engine
        self._calls = calls
        self._committing = False

    async def run(self) -> Sequence[Recorded]:
        async with self._engine.connect() as connection, connection.begin() as transaction, _whole(connection):
            for call in self._calls:
                call.result = call.error = None
            recorded = await connection.run_sync(self._carry_out)
            self._committing = True
            await transaction.commit()
            return recorded

    def may_retry(self, failure: BaseException) -> bool:
        """Whether nothing of it can have happened: a conflict was rolled back, a connection died before the commit."""
        return _state(failure) in RETRIED_STATES or not self._committing

    def _carry_out(self, tx: Any) -> list[Recorded]:
        recorded = begin(tx)
        carry_out(tx, self._calls)
        conflict = next((call.error for call in self._calls if _state(call.error) in RETRIED_STATES), None)
        if conflict is not None:
            raise TransactionLost from conflict
        return recorded


@asynccontextmanager
async def _whole(connection: AsyncConnection) -> AsyncIterator[None]:
    """Whoever gives up in the middle of something gives up the connection with it.

    The server may still carry out what was sent to it, a BEGIN above all: the next user would read in that old transaction.
    """
    try:
        yield
    except asyncio.CancelledError as given_up:
        await connection.invalidate(given_up)
        raise


def _set_up(adapted: Any, _record: object) -> None:
    """Gives a new connection its settings, by a statement: poolers refuse those that a connection is asked for with."""
    try:
        adapted.autocommit = True
        cursor = adapted.cursor()
        cursor.execute(SETTINGS)
        cursor.close()
        adapted.autocommit = False
    except BaseException:
        adapted.driver_connection.terminate()  # the pool does not know it yet, so nobody else would close it
        raise


def _checked(adapted: Any, _record: object, _proxy: object) -> None:
    """Makes the pool connect anew in the place of a connection that is closed.

    The driver has heard of that, so the server need not be asked, which is three messages there and back (`pool_pre_ping`).
    """
    if adapted.driver_connection.is_closed():
        raise exc.DisconnectionError


def _fail(calls: Sequence[Call], error: BaseException) -> Sequence[Recorded]:
    """Gives all these calls the error; answers their events, which are none."""
    for call in calls:
        call.result, call.error = None, error
    return ()


def _unreadable(error: exc.DBAPIError | exc.TimeoutError | OSError) -> Exception:
    """What a reader is told: that the server is away, that all connections are in use, or the bug that its statement has."""
    if isinstance(error, exc.TimeoutError):
        return Busy("Too many people at once. Please try again in a moment.", retry_seconds=2)
    away = isinstance(error, exc.InterfaceError | exc.OperationalError | OSError) or _lost(error)
    return Unavailable("The shop's books can't be read right now.", retry_seconds=2) if away else error


def _lost(error: exc.DBAPIError) -> bool:
    """Whether there is no connection any more, or none yet: without a statement it was connecting that failed."""
    return error.connection_invalidated or error.statement is None


def _state(error: BaseException | None) -> str | None:
    """The SQLSTATE behind an error, if the server gave one."""
    original = getattr(error, "orig", None)
    return getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)


def async_url(url: str) -> str:
    """The URL with the driver that we use: postgresql://… becomes postgresql+asyncpg://…"""
    scheme, rest = url.split("://", 1)
    return f"postgresql+asyncpg://{rest}" if scheme in ("postgresql", "postgres") else f"{scheme}://{rest}"
