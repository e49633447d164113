"""Processes of one shop: each hears the others' words and not its own, and one of them leads, whoever dies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from storage.database import opened
from storage.peers import LEADER_LOCK, Peers, is_led
from storage.postgresql import async_url
from tests.house import until

HOLDERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = :lock AND granted"
)


@asynccontextmanager
async def present(url: str) -> AsyncIterator[tuple[Peers, list[str]]]:
    """A process of the shop, and the words that it hears."""
    heard: list[str] = []
    peers = Peers(url, heard.append)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(peers.run())
        await until(lambda: peers.connected)
        heard.clear()
        yield peers, heard
        running.cancel()


async def test_a_word_reaches_all_others_once_and_not_who_says_it(postgresql_books: str):
    async with AsyncExitStack() as stack:
        (first, own), (_, second), (_, third) = [
            await stack.enter_async_context(present(postgresql_books)) for _ in "abc"
        ]
        for _ in range(50):
            first.tell("committed")
        first.tell("look")
        await until(lambda: set(second) == set(third) == {"committed", "look"})
        assert len(second) == len(third) == 2, "many of a kind are one"
        assert own == []


async def test_one_leads_and_when_it_is_lost_another_does(postgresql_books: str):
    async with present(postgresql_books) as (first, heard), present(postgresql_books) as (second, _):
        await until(lambda: first.leading or second.leading)
        leader, other = (first, second) if first.leading else (second, first)
        assert not other.leading
        async with opened(postgresql_books) as db:
            assert await db.read(is_led)
        heard.clear()
        # As when the machine or the network between takes the connection away.
        await _lose_the_leaders_connection(postgresql_books)
        await asyncio.wait_for(leader.until_leading(False), 5)
        await until(lambda: first.leading or second.leading)
        await until(lambda: leader.connected and other.connected)
        assert first.leading is not second.leading


async def test_whoever_comes_back_is_told_to_look(postgresql_books: str):
    async with present(postgresql_books) as (peers, heard):
        await until(lambda: peers.leading)
        await _lose_the_leaders_connection(postgresql_books)
        await until(lambda: heard == [""])


async def test_who_leaves_hands_the_lead_on(postgresql_books: str):
    async with present(postgresql_books) as (second, _):
        await until(lambda: second.leading)
    async with present(postgresql_books) as (third, _):
        await asyncio.wait_for(third.until_leading(), 5)


async def _lose_the_leaders_connection(url: str) -> None:
    engine = create_async_engine(async_url(url), poolclass=NullPool)
    async with engine.connect() as connection:
        mine = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        await connection.execute(text(f"{HOLDERS.text} AND {mine}"), {"lock": LEADER_LOCK})
    await engine.dispose()
