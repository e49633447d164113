"""Brings a database to the newest schema, and makes a new one: the only place that creates tables."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Connection, insert, inspect, select, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shop.ids import crockford
from storage import driver, sqlite
from storage.postgresql import async_url
from storage.tables import Meta, OutboxHead

MIGRATIONS = Path(__file__).parent / "migrations"

MIGRATING, PREPARING = 0x4D_69_67_72, 0x50_72_65_70
"""Advisory locks ("Migr", "Prep"): on PostgreSQL several machines may start the shop at the same moment."""


async def migrate(where: Path | str, currency: str) -> None:
    """Runs every migration that is missing, and founds a new database's books: all of it or, when it fails, nothing.

    Whoever comes while another does it waits, and finds it done.
    """
    if isinstance(where, Path):
        where.parent.mkdir(parents=True, exist_ok=True)
        # A table that is made anew is dropped for a moment: keys are checked at the end instead (as SQLite advises).
        engine = sqlite.engine(where, driver.WRITING, foreign_keys=False)
        with engine.begin() as connection:
            _upgrade(connection)
            _found(connection, currency)
            if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
                raise RuntimeError(f"After migrating, rows refer to what is not there: {broken[:3]}")
        engine.dispose()
        return
    async_engine = create_async_engine(async_url(where))
    async with async_engine.begin() as async_connection:
        await async_connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATING})"))
        await async_connection.run_sync(_upgrade)
        await async_connection.run_sync(_found, currency)
    await async_engine.dispose()


@asynccontextmanager
async def alone(where: Path | str) -> AsyncIterator[None]:
    """Nobody else who says so prepares these books while the block runs; on SQLite the file's own lock sees to that."""
    if isinstance(where, Path):
        yield
        return
    engine = create_async_engine(async_url(where), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            # The lock is the session's, which ends with the connection, whatever ends it.
            await connection.execute(text(f"SELECT pg_advisory_lock({PREPARING})"))
            await connection.commit()
            yield
    finally:
        await engine.dispose()


def newest() -> str:
    """The revision that the code expects: the migrations are numbered, one file each."""
    return max(path.stem.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _upgrade(connection: Connection) -> None:
    if inspect(connection).has_table("alembic_version"):
        present = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
        if present == newest():
            return
    # Alembic takes most of a second to import, and most starts have nothing to migrate.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _found(connection: Connection, currency: str) -> None:
    """Gives a new database its epoch (clients forget their versions when it differs), currency and secret."""
    if connection.execute(select(OutboxHead.position)).first() is not None:
        return
    connection.execute(insert(OutboxHead).values(id=1, position=0))
    connection.execute(
        insert(Meta),
        [
            {"key": "epoch", "value": crockford(12)},
            {"key": "currency", "value": currency},
            {"key": "secret", "value": secrets.token_hex(32)},
        ],
    )
