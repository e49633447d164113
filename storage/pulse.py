"""Whether PostgreSQL answers at all. A server that is gone refuses at once; one that hangs leaves everybody waiting.

Nobody is asked while all goes well. When something has waited for long, the server is asked the least there is to ask, on a
connection of its own: where it answers, whatever waits is merely slow; where it says nothing, all that waits is given up,
and whatever comes is refused at once until it answers again.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

LATE_SECONDS = 2.0
"""What takes longer makes us ask whether the server answers."""

ANSWER_SECONDS = 5.0
LOOK_SECONDS = 0.5

log = logging.getLogger("shopwire.books")


class Silent(OSError):
    """The server takes connections and answers nothing."""


class Pulse:
    """One an engine; `run` is a task of it."""

    def __init__(self, url: str) -> None:
        # Connected anew each time: those of the pool may all be in use, which is no silence.
        self._engine: AsyncEngine = create_async_engine(url, poolclass=NullPool)
        self._waiting: dict[asyncio.Timeout, float] = {}
        self.silent = False

    @asynccontextmanager
    async def felt(self) -> AsyncIterator[None]:
        """The block asks the server something: raises Silent when that says nothing, or TimeoutError when it falls silent.

        In a block that was given up, what has happened to a commit is unknown.
        """
        if self.silent:
            raise Silent("the database server does not answer")
        async with asyncio.timeout(None) as patience:
            self._waiting[patience] = asyncio.get_running_loop().time()
            try:
                yield
            finally:
                del self._waiting[patience]

    async def run(self) -> None:
        """Looks after those who wait, until cancelled."""
        try:
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                if self.silent or self._late():
                    self._take(await self._answers())
        finally:
            await self._engine.dispose()

    def _late(self) -> bool:
        # In the order of their beginnings.
        began = next(iter(self._waiting.values()), None)
        return began is not None and asyncio.get_running_loop().time() - began > LATE_SECONDS

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._engine.connect() as connection:
                await connection.exec_driver_sql("SELECT 1")
        except TimeoutError:
            return False
        except (exc.DBAPIError, OSError):
            # It refuses us: whoever waits will hear that as well.
            return True
        return True

    def _take(self, answers: bool) -> None:
        if self.silent is answers:
            self.silent = not answers
            log.warning("the database server answers again" if answers else "the database server does not answer")
        if not answers:
            now = asyncio.get_running_loop().time()
            for patience in list(self._waiting):
                if not patience.expired() and patience.when() is None:
                    patience.reschedule(now)
