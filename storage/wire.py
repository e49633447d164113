"""PostgreSQL without SQLAlchemy between: text and values go to asyncpg as they are, and its rows come back.

They go over the connection of the open transaction, and faults come out as SQLAlchemy's own errors. Between texts that
were made ready once, a cursor, a result and their bookkeeping are most of what a statement costs.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, exc
from sqlalchemy.util import await_only

R = TypeVar("R")

_UNDER_WAY = "shopwire.under_way"


class _UnderWay:
    """The statement that was sent and not answered yet, if there is one: asyncpg has one at a time."""

    def __init__(self, tx: Connection, adapted: Any, tasks: asyncio.TaskGroup) -> None:
        self._tx = tx
        self._adapted = adapted
        self._tasks = tasks
        self._sent: asyncio.Task[None] | None = None
        self._failure: Exception | None = None
        self._text = ""
        self._parameters: Sequence[Any] = ()

    def send(self, text: str, parameters: Sequence[Any], ask: Callable[[Any], Coroutine[Any, Any, object]]) -> None:
        self._text, self._parameters = text, parameters
        self._sent = self._tasks.create_task(self._ask(ask))
        await_only(asyncio.sleep(0))  # it goes out in the task's first step

    async def _ask(self, ask: Callable[[Any], Coroutine[Any, Any, object]]) -> None:
        try:
            async with self._adapted._execute_mutex:  # Core waits for this, too
                await ask(self._adapted.driver_connection)
        except Exception as error:  # noqa: BLE001  whoever waits for the answer raises it
            self._failure = error

    def answered(self) -> None:
        """Waits for the answer, if one is due; raises what the server has against the statement."""
        sent, self._sent = self._sent, None
        if sent is not None:
            await_only(sent)
        failure, self._failure = self._failure, None
        if failure is not None:
            raise _told(self._tx, self._adapted, failure, self._text, self._parameters) from failure

    def give_up(self) -> None:
        """Waits for no answer any more."""
        if self._sent is not None:
            self._sent.cancel()


@contextmanager
def overlapping(tx: Connection) -> Iterator[None]:
    """In this block `send` and `copy` return as soon as their statement is sent, and whatever comes next waits for its answer.

    So the server works at one while the next one's rows are made here. What a statement fails with is raised at the
    latest when the block ends.
    """
    tasks = asyncio.TaskGroup()
    under_way = _UnderWay(tx, _adapted(tx), tasks)
    info = tx.info  # a connection that is lost meanwhile has another one
    await_only(tasks.__aenter__())
    info[_UNDER_WAY] = under_way
    try:
        yield
        under_way.answered()
    except Exception:
        under_way.answered()  # its failure would be the first one
        raise
    finally:
        del info[_UNDER_WAY]
        under_way.give_up()
        await_only(tasks.__aexit__(None, None, None))


def rows(tx: Connection, text: str, parameters: Sequence[Any]) -> list[Any]:
    """The rows that a statement answers, as asyncpg's records."""
    return _asked(tx, text, parameters, lambda driver: driver.fetch(text, *parameters))


def run(tx: Connection, text: str, parameters: Sequence[Any]) -> int:
    """Runs one statement, and answers how many rows it met; 0 for one that meets none by its nature."""
    status = _asked(tx, text, parameters, lambda driver: driver.execute(text, *parameters))
    met = status.rpartition(" ")[2]
    return int(met) if met.isdigit() else 0


def send(tx: Connection, text: str, parameters: Sequence[Any]) -> None:
    """Runs one statement whose answer nobody needs."""
    _sent(tx, text, parameters, lambda driver: driver.execute(text, *parameters))


def copy(tx: Connection, table: str, columns: Sequence[str], records: Iterable[Sequence[Any]]) -> None:
    """Inserts many rows at once by COPY, for less than half of our work for arrays."""
    _sent(tx, f"COPY {table}", (), lambda driver: driver.copy_records_to_table(table, records=records, columns=columns))


def _sent(
    tx: Connection, text: str, parameters: Sequence[Any], ask: Callable[[Any], Coroutine[Any, Any, object]]
) -> None:
    under_way: _UnderWay | None = tx.info.get(_UNDER_WAY)
    if under_way is None:
        _asked(tx, text, parameters, ask)
    else:
        under_way.answered()
        under_way.send(text, parameters, ask)


def _asked(tx: Connection, text: str, parameters: Sequence[Any], ask: Callable[[Any], Coroutine[Any, Any, R]]) -> R:
    """What asyncpg answers; for a verb, which runs in a greenlet of the writer's task."""
    under_way: _UnderWay | None = tx.info.get(_UNDER_WAY)
    if under_way is not None:
        under_way.answered()
    adapted = _adapted(tx)
    try:
        return await_only(ask(adapted.driver_connection))
    except Exception as error:
        raise _told(tx, adapted, error, text, parameters) from error


def _adapted(tx: Connection) -> Any:
    """SQLAlchemy's own view of the driver's connection, in a transaction."""
    if not tx.in_transaction():
        tx.begin()
    adapted: Any = tx.connection.dbapi_connection
    if adapted._transaction is None:  # SQLAlchemy begins with the first statement, and this may be it
        try:
            await_only(adapted._start_transaction())
        except Exception as error:  # here it is found out that a connection was lost
            raise _told(tx, adapted, error, "BEGIN", ()) from error
    return adapted


def _told(tx: Connection, adapted: Any, error: Exception, text: str, parameters: Sequence[Any]) -> BaseException:
    """The driver's error as Core would have raised it."""
    try:
        adapted._handle_exception(error)
    except Exception as translated:  # noqa: BLE001  translating is raising here
        return exc.DBAPIError.instance(
            text,
            list(parameters),
            translated,
            tx.dialect.loaded_dbapi.Error,
            connection_invalidated=adapted.driver_connection.is_closed(),
            dialect=tx.dialect,
        )
    return error
