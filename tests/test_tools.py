"""The test tools themselves: PostgreSQL answers, and every test has a database of its own."""

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine


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
