"""The few ways to SQL of a verb: `rows` and `one` read, `run` and `many` write.

On SQLite they go to the driver by storage.driver; on PostgreSQL `many` sends one array a column (storage.arrays) and
the rest goes through Core.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from sqlalchemy import Connection, Executable

from storage import arrays, driver, wire

Found = Any
"""A row, as a tuple whose columns have their names: Core's Row, or the driver's row under the names that Core gave it."""

Rows = Sequence[Found]


def rows(tx: Connection, statement: Executable, **values: Any) -> Rows:
    """All rows that the statement answers, with these values for its bind parameters."""
    ready = driver.prepared(tx, statement) or arrays.listing(tx, statement)
    found = None if ready is None else ready.rows(tx, values)
    return tx.execute(statement, values).all() if found is None else found


def one(tx: Connection, statement: Executable, **values: Any) -> Found | None:
    """The only row that the statement answers, or None."""
    found = rows(tx, statement, **values)
    if not found:
        return None
    [only] = found
    return only


def scalar(tx: Connection, statement: Executable, **values: Any) -> Any:
    """The first column of the only row, or None when there is no row."""
    found = one(tx, statement, **values)
    return None if found is None else found[0]


def run(tx: Connection, statement: Executable, **values: Any) -> int:
    """Runs one writing statement; answers how many rows it met."""
    ready = driver.prepared(tx, statement, values) or arrays.listing(tx, statement)
    met = None if ready is None else ready.run(tx, values)
    return tx.execute(statement, values).rowcount if met is None else met


def many(tx: Connection, statement: Executable, values: Sequence[Mapping[str, Any]]) -> None:
    """Runs one writing statement for each mapping of values, in one go; none at all is fine.

    All mappings have the same names, and no two of an UPDATE meet the same row.
    """
    if not values:
        return
    ready = driver.prepared(tx, statement, values[0]) or arrays.prepared(tx, statement, values[0])
    if ready is None:
        tx.execute(statement, list(values))
    else:
        ready.many(tx, values)


def overlapping(tx: Connection) -> AbstractContextManager[None]:
    """In this block PostgreSQL works at what `many` writes while the verb makes the next one's rows; SQLite writes as ever.

    So the statements that are most work for the server stand before the rows that are most work here.
    """
    return wire.overlapping(tx) if tx.dialect.driver == "asyncpg" else nullcontext()
