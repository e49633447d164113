"""The books of a small shop, on SQLite and PostgreSQL in turn (`db`, `either`), or on SQLite alone (`on_sqlite`)."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from storage.database import Database, opened
from storage.migrate import migrate
from tests import engines
from tests.storage.books import open_shop


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
async def on_sqlite(sqlite_file: Path) -> AsyncIterator[Database]:
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
    async with engines.new_database(postgresql_server, postgresql_template) as url:
        yield url


@pytest.fixture
async def on_postgresql(postgresql_books: str) -> AsyncIterator[Database]:
    """The small shop on PostgreSQL."""
    async with opened(postgresql_books) as database:
        await database.write(open_shop)
        yield database


@pytest.fixture(params=engines.BOTH)
def db(request: pytest.FixtureRequest) -> Database:
    """The small shop, on one engine and then on the other."""
    found: Database = request.getfixturevalue("on_sqlite" if request.param == "sqlite" else "on_postgresql")
    return found


@pytest.fixture
def place(request: pytest.FixtureRequest, db: Database) -> Path | str:
    """Where the books of `db` are, for another process to open."""
    found: Path | str = request.getfixturevalue("sqlite_file" if db.on_sqlite else "postgresql_books")
    return found


@pytest.fixture
def either(db: Database) -> Database:
    """The same under the name that says so."""
    return db


@pytest.fixture(params=engines.BOTH)
def where(request: pytest.FixtureRequest) -> Path | str:
    """Where migrated, empty books are, on one engine and then on the other."""
    found: Path | str = request.getfixturevalue("sqlite_file" if request.param == "sqlite" else "postgresql_books")
    return found
