"""The dashboard's figures: read anew when an order changed or a day began, at most a few times a second."""

import asyncio

from live import topics
from live.changes import State
from live.hub import Hub
from server.source import Books

PAUSE_SECONDS = 0.3


class Figures:
    """One a process; publishes the state dashboard/figures."""

    def __init__(self, books: Books, hub: Hub) -> None:
        self._books = books
        self._hub = hub
        self._stale = asyncio.Event()

    def changed(self) -> None:
        """The figures may be out of date."""
        self._stale.set()

    async def run(self) -> None:
        while True:
            await self._stale.wait()
            self._stale.clear()
            seen = await self._books.figures()
            self._hub.publish([State(topics.DASHBOARD_FIGURES, seen.version, seen.data)])
            await asyncio.sleep(PAUSE_SECONDS)
