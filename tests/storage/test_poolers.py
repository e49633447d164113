"""A pooler between the shop and PostgreSQL: it takes no more settings with a new connection than PgBouncer does."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit, urlunsplit

import pytest
from sqlalchemy import Connection, text

from storage.database import opened
from storage.statements import scalar

KNOWN = {b"user", b"database", b"client_encoding", b"application_name"}
SSL_REQUEST = (8).to_bytes(4, "big") + (80_877_103).to_bytes(4, "big")


@pytest.fixture
async def pooled(postgresql_books: str) -> AsyncIterator[str]:
    """The URL of the books, by way of a pooler that gives each connection one of the server's for as long as it is open."""
    parts = urlsplit(postgresql_books)
    folder = parse_qs(parts.query).get("host", [""])[0]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = await reader.readexactly(4)
        start = length + await reader.readexactly(int.from_bytes(length, "big") - 4)
        if start == SSL_REQUEST:
            writer.write(b"N")
            length = await reader.readexactly(4)
            start = length + await reader.readexactly(int.from_bytes(length, "big") - 4)
        if unknown := set(start[8:].rstrip(b"\0").split(b"\0")[::2]) - KNOWN:
            told = b"SFATAL\0C08P01\0Munsupported startup parameter: " + b", ".join(unknown) + b"\0\0"
            writer.write(b"E" + (4 + len(told)).to_bytes(4, "big") + told)
            writer.close()
            return
        there, back = (
            await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{parts.port or 5432}")
            if folder
            else await asyncio.open_connection(parts.hostname, parts.port or 5432)
        )
        back.write(start)
        await asyncio.gather(pass_on(reader, back), pass_on(there, writer))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        user, at, _ = parts.netloc.rpartition("@")
        yield urlunsplit(parts._replace(netloc=f"{user}{at}127.0.0.1:{port}", query=""))


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


def cost(tx: Connection) -> str:
    return str(scalar(tx, text("SELECT current_setting('random_page_cost')")))


async def test_the_shop_has_its_settings_by_way_of_a_pooler_too(pooled: str):
    async with opened(pooled) as db:
        assert await db.write(cost) == await db.read(cost) == "2"
