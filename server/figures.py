"""The dashboard's figures: read anew when an order changed or a day began, at most a few times a second."""

import asyncio
from collections.abc import Sequence

from live import topics
from live.changes import State
from live.hub import Hub
from server.source import Books
from shop.events import DayBegan, OrderChanged, Recorded

PAUSE_SECONDS = 0.3


class Figures:
    """One a process; publishes the state dashboard/figures."""

    def __init__(self, books: Books, hub: Hub) -> None:
        self._books = books
        self._hub = hub
        self._stale = asyncio.Event()

    def hear(self, recorded: Sequence[Recorded]) -> None:
        """The figures are out of date when an order changed or a day began."""
        if any(isinstance(event, OrderChanged | DayBegan) for _, event in recorded):
            self._stale.set()

    async def run(self) -> None:
        while True:
            await self._stale.wait()
            self._stale.clear()
            seen = await self._books.figures()
            self._hub.publish([State(topics.DASHBOARD_FIGURES, seen.version, seen.data)])
            await asyncio.sleep(PAUSE_SECONDS)
