"""PostgreSQL for tests: the wheel's server, or one that a setting names; databases of a test's own, new or copied."""

import asyncio
import os
import secrets
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

VARIABLE = "SHOPWIRE_TEST_POSTGRESQL"
"""Names a server instead of the wheel's: the URL of a database on it, by somebody who may create databases."""

KEPT = "TESTS_POSTGRESQL"
CONNECT_SECONDS = 10

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
"""Parameters of a fixture, or of a test, that is there on both engines."""


class NamedServer:
    """A server that somebody else runs, behind what tests use of the wheel's."""

    bin_path: Path | None = None
    """Its programs: those in the PATH."""

    def __init__(self, url: str) -> None:
        self._url = url

    def get_uri(self, database: str | None = None) -> str:
        parts = urlsplit(self._url)
        return self._url if database is None else urlunsplit(parts._replace(path=f"/{database}"))

    def psql(self, command: str) -> None:
        """Runs one command, in a thread: whoever calls may be in a loop."""
        thread = threading.Thread(target=lambda: asyncio.run(self._execute(command)))
        thread.start()
        thread.join()

    async def _execute(self, command: str) -> None:
        import asyncpg  # noqa: PLC0415

        connection = await asyncpg.connect(self._url, **_socket(self._url))
        await connection.execute(command)
        await connection.close()


def named_server() -> NamedServer | None:
    url = os.environ.get(KEPT)
    return NamedServer(url) if url else None


def take_setting() -> None:
    """Keeps the setting under another name, which xdist's workers inherit: to the shop it is none of its settings."""
    if url := os.environ.pop(VARIABLE, None):
        os.environ[KEPT] = url


@asynccontextmanager
async def new_database(server: Any, template: str = "") -> AsyncIterator[str]:
    """The URL of a database of the test's own, empty or a copy, dropped afterwards whoever is still connected."""
    import asyncpg  # noqa: PLC0415

    name = f"test_{secrets.token_hex(6)}"
    async with asyncio.timeout(CONNECT_SECONDS):
        admin = await asyncpg.connect(server.get_uri(), **_socket(server.get_uri()))
    try:
        # Copying files is quicker than writing them through the log, where nobody waits for the disk.
        copied = f' TEMPLATE "{template}" STRATEGY file_copy' if template else ""
        await admin.execute(f'CREATE DATABASE "{name}"{copied}')
        yield server.get_uri(database=name)
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await admin.close()


def _socket(url: str) -> dict[str, Any]:
    """The wheel's server listens at a socket only, where there is no encryption to ask for."""
    return {"ssl": False} if "host=/" in url else {}
