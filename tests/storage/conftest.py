"""The books of a small shop: on SQLite (`db`), and on SQLite and PostgreSQL in turn (`either`)."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import Database, opened
from storage.migrate import migrate
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
async def db(sqlite_file: Path) -> AsyncIterator[Database]:
    """The small shop on SQLite."""
    async with opened(sqlite_file) as database:
        await database.write(open_shop)
        yield database


@pytest.fixture
async def on_postgresql(postgresql: str) -> AsyncIterator[Database]:
    """The small shop on PostgreSQL."""
    await migrate(postgresql, "EUR")
    async with opened(postgresql) as database:
        await database.write(open_shop)
        yield database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def either(request: pytest.FixtureRequest) -> Database:
    """The small shop, on one engine and then on the other."""
    found: Database = request.getfixturevalue("db" if request.param == "sqlite" else "on_postgresql")
    return found
