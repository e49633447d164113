"""What the processes of one shop on PostgreSQL tell each other, and which of them leads.

Words (LISTEN and NOTIFY) only make the others look sooner: one that is lost costs a moment, never an event, since whoever
hears one reads what happened from the books. The leader holds an advisory lock as long as its connection lives, so when it
dies another process leads within a second.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, exc, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from storage.postgresql import CONNECT_SECONDS, async_url

CHANNEL = "shopwire"
LEADER_LOCK = 0x53_68_6F_70  # "Shop"; advisory locks are a database's own, so two shops on one server don't meet
BEAT_SECONDS = 1.0
"""How often the connection shows that it lives, and whoever doesn't lead tries to."""

ANSWER_SECONDS = 3.0
"""A server that says nothing for so long is gone, and with it the lead."""

GATHER_SECONDS = 0.003
"""Between two announcements: a busy process says once what it did in it."""

_CONNECTIONS = text(
    "SELECT (SELECT sum(setting::int) FILTER (WHERE name = 'max_connections')"
    " - sum(setting::int) FILTER (WHERE name LIKE '%reserved_connections') FROM pg_settings)"
)

_LED = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = :lock"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)

log = logging.getLogger("shopwire.peers")


def connections_given(tx: Connection) -> int:
    """How many connections PostgreSQL gives to all who are no superusers, those in use included."""
    return int(tx.execute(_CONNECTIONS).scalar_one())


def is_led(tx: Connection) -> bool:
    """Whether some process of the shop leads, which means that it is being served."""
    return bool(tx.execute(_LED, {"lock": LEADER_LOCK}).scalar_one())


def is_new(tx: Connection) -> bool:
    """Whether the database has no tables yet."""
    return not inspect(tx).get_table_names()


class Peers:
    """One a process. `heard` gets, on the loop, each word of the others; a word is a short name, said without details."""

    def __init__(self, url: str, heard: Callable[[str], None]) -> None:
        self._url = url
        self._heard = heard
        self._to_say: set[str] = set()
        self._woken = asyncio.Event()
        self._changed = asyncio.Event()
        self._leading = False
        self.connected = False

    @property
    def leading(self) -> bool:
        """Whether this process leads, as far as it knows: for a moment after a lost connection two may think so."""
        return self._leading

    def tell(self, word: str) -> None:
        """Says a word to all others, soon; several of the same kind become one."""
        self._to_say.add(word)
        self._woken.set()

    async def until_leading(self, wanted: bool = True) -> None:
        """Waits until this process leads, or no longer does."""
        while self._leading is not wanted:
            await self._changed.wait()

    async def run(self) -> None:
        """Keeps the connection, and tries to get it back when it is lost, until cancelled."""
        while True:
            try:
                await self._connected()
            except Exception as lost:  # noqa: BLE001  an edge: whatever the driver makes of a lost server, it is tried again
                log.warning("the other processes can't be heard right now", extra={"reason": str(lost) or repr(lost)})
            await asyncio.sleep(BEAT_SECONDS / 2)

    async def _connected(self) -> None:
        engine = create_async_engine(
            async_url(self._url), poolclass=NullPool, connect_args={"timeout": CONNECT_SECONDS, "command_timeout": None}
        )
        connection: Any = None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                pooled = await engine.raw_connection()
            connection = pooled.driver_connection
            pooled.detach()
            own_pid = connection.get_server_pid()
            connection.add_termination_listener(lambda _connection: self._woken.set())

            def hear(_connection: Any, pid: int, _channel: str, word: str) -> None:
                if pid != own_pid:
                    self._heard(word)

            async with asyncio.timeout(ANSWER_SECONDS):
                await connection.add_listener(CHANNEL, hear)
            self.connected = True
            # Whatever was said while nobody listened here.
            self._heard("")
            await self._speak(connection)
        finally:
            self.connected = False
            self._lead(now=False)
            if connection is not None:
                connection.terminate()
            with suppress(exc.DBAPIError, OSError):
                await engine.dispose()

    async def _speak(self, connection: Any) -> None:
        """Says what there is to say, and now and then a beat, which also asks for the lead."""
        loop = asyncio.get_running_loop()
        beat_at = loop.time()
        while True:
            words, self._to_say = self._to_say, set()
            async with asyncio.timeout(ANSWER_SECONDS):
                if words:
                    await connection.execute(
                        "SELECT pg_notify($1, word) FROM unnest($2::text[]) word", CHANNEL, [*words]
                    )
                if loop.time() >= beat_at:
                    beat_at = loop.time() + BEAT_SECONDS
                    asks = "SELECT true" if self._leading else f"SELECT pg_try_advisory_lock({LEADER_LOCK})"
                    self._lead(now=await connection.fetchval(asks))
            if words:
                await asyncio.sleep(GATHER_SECONDS)
            if self._to_say:
                continue
            self._woken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, beat_at - loop.time())):
                    await self._woken.wait()
            if connection.is_closed():
                raise OSError("the server has closed the connection")

    def _lead(self, *, now: bool) -> None:
        if now is not self._leading:
            self._leading = now
            log.info("this process leads" if now else "this process leads no longer")
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()
