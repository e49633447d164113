"""Every table there is moves from SQLite to PostgreSQL with its rows, and goes on counting: one added tomorrow as well."""

from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Column, Connection, ForeignKey, Integer, LargeBinary, Table, func, insert, select, text

from storage.column_types import Instant
from storage.database import Database, opened
from storage.moving import Moved, move
from storage.tables import Base
from tests.storage.books import AT

TABLES = Base.metadata.sorted_tables


async def test_no_table_is_forgotten(on_sqlite: Database, sqlite_file: Path, postgresql_books: str):
    await on_sqlite.write(fill_each)
    told: list[Moved] = []
    await move(sqlite_file, postgresql_books, told.append)
    assert {moved.table for moved in told} == {table.name for table in TABLES}
    async with opened(postgresql_books) as new:
        for table in TABLES:
            before = await on_sqlite.read(rows_of, table)
            assert before
            assert await new.read(rows_of, table) == before, table.name
            assert await new.write(goes_on, table), table.name


def fill_each(tx: Connection) -> None:
    """Makes up a row for each table that has none."""
    for table in TABLES:
        if not tx.execute(select(func.count()).select_from(table)).scalar_one():
            tx.execute(insert(table).values({column.name: made_up(tx, column) for column in table.columns}))


def made_up(tx: Connection, column: Column[Any]) -> Any:
    """A value that the column takes: what stands where it refers to, or one of its type."""
    for key in column.foreign_keys:
        return referred(tx, key)
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, Instant):
        return AT
    if isinstance(column.type, LargeBinary):
        return b"\x00\xff"
    return 1 if isinstance(column.type, Integer) else "Zoë"[: getattr(column.type, "length", None)]


def referred(tx: Connection, key: ForeignKey) -> Any:
    return tx.execute(select(key.column).limit(1)).scalar_one()


def rows_of(tx: Connection, table: Table) -> list[str]:
    return sorted(str(tuple(row)) for row in tx.execute(select(table)))


def goes_on(tx: Connection, table: Table) -> bool:
    """Whether the next row that the database numbers gets a number that none has."""
    for column in table.primary_key.columns:
        asked = {"table": table.name, "column": column.name}
        counter = tx.execute(text("SELECT pg_get_serial_sequence(:table, :column)"), asked).scalar_one()
        if counter is not None:
            coming: int = tx.execute(text("SELECT nextval(:counter)"), {"counter": counter}).scalar_one()
            return coming > int(tx.execute(select(func.max(column))).scalar_one())
    return True
