"""All of a shop's books from one database into another, row by row, whatever tables there are: how a shop on SQLite grows.

The tables are those that the databases themselves have, so a table that was added yesterday is not forgotten. Afterwards
every row is read again on both sides and compared.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import Boolean, Column, Connection, Integer, LargeBinary, MetaData, Table, func, inspect, select, text
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from storage import sqlite
from storage.postgresql import async_url

ROWS_AT_ONCE = 500
BYTES_AT_ONCE = 4_000_000
SCHEMA_TABLE = "alembic_version"
BITS = 128


class Moved(Struct, frozen=True):
    """How many rows of a table were moved."""

    table: str
    rows: int


class Unlike(Exception):
    """The two databases differ where they must not; nothing was moved."""


async def move(source: Path, url: str, told: Callable[[Moved], None]) -> None:
    """Copies everything from a SQLite file that nobody writes to into a migrated database without rows of its own.

    In one transaction: all of it or, when it fails, nothing. Raises Unlike.
    """
    engine = create_async_engine(async_url(url), poolclass=NullPool)
    reading = sqlite.engine(source, "BEGIN", query_only=True)
    try:
        with reading.connect() as old, old.begin():
            async with engine.begin() as new:
                await new.run_sync(_move, old, told)
    finally:
        reading.dispose()
        await engine.dispose()


def _move(new: Connection, old: Connection, told: Callable[[Moved], None]) -> None:
    ours, theirs = _tables(old), _tables(new)
    if missing := sorted(set(ours) ^ set(theirs)):
        raise Unlike(f"Only one of the databases has {', '.join(missing)}.")
    if _revision(old) != _revision(new):
        raise Unlike("The databases have different schemas.")
    tables = list(theirs.values())
    # What migrations and the founding wrote into the new one comes from the old one as well.
    for table in reversed(tables):
        new.execute(table.delete())
    for table in tables:
        count = 0
        for batch in _batches(old, ours[table.name], table):
            new.execute(table.insert(), batch)
            count += len(batch)
        _number_on(new, table)
        if _digest(old, ours[table.name], table) != _digest(new, table, table):
            raise Unlike(f"The rows of {table.name} did not arrive as they were.")
        told(Moved(table.name, count))


def _tables(connection: Connection) -> dict[str, Table]:
    """The tables by name, those that others refer to before the others; columns and keys only, which is all it takes."""
    found = inspect(connection)
    names = [name for name, _ in found.get_sorted_table_and_fkc_names() if name and name != SCHEMA_TABLE]
    return {name: _table(found, name) for name in names}


def _table(found: Inspector, name: str) -> Table:
    keys = found.get_pk_constraint(name)["constrained_columns"]
    columns = [
        Column(column["name"], column["type"], primary_key=column["name"] in keys, autoincrement=False)
        for column in found.get_columns(name)
    ]
    return Table(name, MetaData(), *columns)


def _revision(connection: Connection) -> str:
    return str(connection.execute(text(f"SELECT version_num FROM {SCHEMA_TABLE}")).scalar_one())  # noqa: S608  a constant


def _rows(connection: Connection, table: Table, like: Table) -> Iterator[dict[str, Any]]:
    """The rows, each value as the new table has it."""
    names = [column.name for column in like.columns]
    flags = {column.name for column in like.columns if isinstance(column.type, Boolean)}
    raw = {column.name for column in like.columns if isinstance(column.type, LargeBinary)}
    statement = select(*[table.c[name] for name in names]).execution_options(yield_per=ROWS_AT_ONCE)
    found = connection.execute(statement)
    for row in found:
        values = dict(zip(names, row, strict=True))
        for name in flags:
            values[name] = None if values[name] is None else bool(values[name])
        for name in raw:
            values[name] = None if values[name] is None else bytes(values[name])
        yield values


def _batches(connection: Connection, table: Table, like: Table) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for row in _rows(connection, table, like):
        batch.append(row)
        size += sum(len(value) for value in row.values() if isinstance(value, bytes | str))
        if len(batch) >= ROWS_AT_ONCE or size >= BYTES_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _digest(connection: Connection, table: Table, like: Table) -> tuple[int, int]:
    """How many rows there are, and a sum over them that doesn't depend on their order."""
    count = total = 0
    for row in _rows(connection, table, like):
        written = repr([_plain(value) for value in row.values()]).encode()
        total = (total + int.from_bytes(blake2b(written, digest_size=BITS // 8).digest())) % (1 << BITS)
        count += 1
    return count, total


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _number_on(connection: Connection, table: Table) -> None:
    """Has the database go on counting rows after the newest one."""
    for column in table.primary_key.columns:
        if not isinstance(column.type, Integer):
            continue
        sequence = connection.execute(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
        ).scalar_one()
        newest = connection.execute(select(func.max(column))).scalar_one()
        if sequence is not None and newest is not None:
            connection.execute(text("SELECT setval(:sequence, :newest)"), {"sequence": sequence, "newest": newest})
