"""PostgreSQL without SQLAlchemy between: text and values go to asyncpg as they are, and its rows come back.

They go over the connection of the open transaction, and faults come out as SQLAlchemy's own errors. Between texts that
were made ready once, a cursor, a result and their bookkeeping are most of what a statement costs.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, exc
from sqlalchemy.util import await_only

R = TypeVar("R")


def rows(tx: Connection, text: str, parameters: Sequence[Any]) -> list[Any]:
    """The rows that a statement answers, as asyncpg's records."""
    return _asked(tx, text, parameters, lambda driver: driver.fetch(text, *parameters))


def run(tx: Connection, text: str, parameters: Sequence[Any]) -> int:
    """Runs one statement, and answers how many rows it met; 0 for one that meets none by its nature."""
    status = _asked(tx, text, parameters, lambda driver: driver.execute(text, *parameters))
    met = status.rpartition(" ")[2]
    return int(met) if met.isdigit() else 0


def copy(tx: Connection, table: str, columns: Sequence[str], records: Iterable[Sequence[Any]]) -> None:
    """Inserts many rows at once by COPY, for less than half of our work for arrays."""
    _asked(
        tx, f"COPY {table}", (), lambda driver: driver.copy_records_to_table(table, records=records, columns=columns)
    )


def _asked(tx: Connection, text: str, parameters: Sequence[Any], ask: Callable[[Any], Awaitable[R]]) -> R:
    """What asyncpg answers; for a verb, which runs in a greenlet of the writer's task."""
    if not tx.in_transaction():
        tx.begin()
    adapted: Any = tx.connection.dbapi_connection
    if adapted._transaction is None:  # SQLAlchemy begins with the first statement, and this may be it
        await_only(adapted._start_transaction())
    try:
        return await_only(ask(adapted.driver_connection))
    except Exception as error:
        raise _told(tx, adapted, error, text, parameters) from error


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
