"""The test tools themselves: PostgreSQL answers, and every test has a database and ports of its own."""

import socket
import sys

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from tests.house import free_port


async def test_postgresql_answers(postgresql: str) -> None:
    connection = await asyncpg.connect(postgresql)
    try:
        assert await connection.fetchval("SELECT 1") == 1
    finally:
        await connection.close()


async def test_a_new_database_is_empty_and_accepts_sqlalchemy(postgresql: str) -> None:
    engine = create_async_engine(make_url(postgresql).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.begin() as connection:
            tables = await connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
            await connection.execute(text("CREATE TABLE left_behind (id int)"))
    finally:
        await engine.dispose()
    assert tables == 0


async def test_a_database_is_dropped_though_a_connection_is_open(postgresql_server, postgresql: str) -> None:
    name = make_url(postgresql).database
    connection = await asyncpg.connect(postgresql_server.get_uri())
    try:
        assert await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name) == 1
    finally:
        await connection.close()


@pytest.mark.skipif(
    sys.platform != "linux", reason="Only Linux lets a server bind beside the socket that keeps its port"
)
def test_a_drawn_port_belongs_to_its_server_even_while_that_is_closed() -> None:
    address = ("127.0.0.1", free_port())
    for _ in range(2):
        with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
            stranger.bind(address)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
        with socket.create_server(address), socket.create_connection(address):
            pass
