"""The books of a small shop: on SQLite (`db`), and on SQLite and PostgreSQL in turn (`either`)."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from storage.database import Database, opened
from storage.migrate import migrate
from tests.storage.books import open_shop

CONNECT_SECONDS = 10


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows, to be copied: migrating takes longer than most tests."""
    where = tmp_path_factory.mktemp("migrated") / "shop.db"
    asyncio.run(migrate(where, "EUR"))
    return where


@pytest.fixture
def sqlite_file(empty_sqlite: Path, tmp_path: Path) -> Path:
    """The path of a migrated SQLite database of the test's own."""
    return Path(shutil.copy(empty_sqlite, tmp_path / "shop.db"))


@pytest.fixture
async def db(sqlite_file: Path) -> AsyncIterator[Database]:
    """The small shop on SQLite."""
    async with opened(sqlite_file) as database:
        await database.write(open_shop)
        yield database


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: Any) -> str:
    """The name of a PostgreSQL database with the newest schema, to be copied."""
    name = f"template_{secrets.token_hex(6)}"
    postgresql_server.psql(f'CREATE DATABASE "{name}"')
    asyncio.run(migrate(postgresql_server.get_uri(database=name), "EUR"))
    return name


@pytest.fixture
async def postgresql_books(postgresql_server: Any, postgresql_template: str) -> AsyncIterator[str]:
    """The URL of a migrated PostgreSQL database of the test's own."""
    import asyncpg  # noqa: PLC0415

    name = f"test_{secrets.token_hex(6)}"
    async with asyncio.timeout(CONNECT_SECONDS):
        admin = await asyncpg.connect(postgresql_server.get_uri(), ssl=False)
    try:
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{postgresql_template}"')
        yield postgresql_server.get_uri(database=name)
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await admin.close()


@pytest.fixture
async def on_postgresql(postgresql_books: str) -> AsyncIterator[Database]:
    """The small shop on PostgreSQL."""
    async with opened(postgresql_books) as database:
        await database.write(open_shop)
        yield database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def either(request: pytest.FixtureRequest) -> Database:
    """The small shop, on one engine and then on the other."""
    found: Database = request.getfixturevalue("db" if request.param == "sqlite" else "on_postgresql")
    return found


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def where(request: pytest.FixtureRequest) -> Path | str:
    """Where migrated, empty books are, on one engine and then on the other."""
    found: Path | str = request.getfixturevalue("sqlite_file" if request.param == "sqlite" else "postgresql_books")
    return found
