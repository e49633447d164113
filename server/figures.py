"""The dashboard's figures and its low stock: states made of many things, read anew when one of them changed.

They are read while somebody watches, at most once a pause. The figures change by time alone too: what yesterday had come
to by now grows, and hours pass. An event then gives them a version.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

from live import topics
from live.changes import State
from live.hub import Hub
from server.source import Books
from shop.events import (
    DayBegan,
    Event,
    FiguresMoved,
    OrderChanged,
    ProductChanged,
    Recorded,
    ShopfrontChanged,
    StockChanged,
)

FIGURES_PAUSE_SECONDS = 0.3
LOW_STOCK_PAUSE_SECONDS = 1.0
TICK_SECONDS = 60.0
REST = 20
"""A pause is so many times as long as the reading before it, at least: a large shop's figures come less often instead of
keeping its readers busy."""


class Retold:
    """One such state; `kinds` are the events that may have changed it."""

    def __init__(self, key: str, kinds: tuple[type[Event], ...], pause_seconds: float, books: Books, hub: Hub) -> None:
        self._key = key
        self._kinds = kinds
        self._pause_seconds = pause_seconds
        self._books = books
        self._hub = hub
        self._stale = asyncio.Event()
        self._told: bytes | None = None

    def hear(self, recorded: Sequence[Recorded]) -> None:
        """The value is out of date when one of its events is among these."""
        if any(isinstance(event, self._kinds) for _, event in recorded):
            self._stale.set()

    async def run(self) -> None:
        while True:
            await self._stale.wait()
            self._stale.clear()
            begun = monotonic()
            if self._hub.watched(self._key):
                seen = await self._books.one(self._key)
                assert seen is not None  # noqa: S101  there always are figures, if only of nothing
                self._told = seen.data
                self._hub.publish([State(self._key, seen.version, seen.data)])
            await asyncio.sleep(max(self._pause_seconds, REST * (monotonic() - begun)))

    async def follow_time(self, moved: Callable[[], Awaitable[None]]) -> None:
        """Looks once a minute whether time alone has changed the value, and calls `moved`, which makes an event of it."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            await self.tick(moved)

    async def tick(self, moved: Callable[[], Awaitable[None]]) -> None:
        """Calls `moved` when the value is not the one that was told last, and somebody watches."""
        if not self._hub.watched(self._key):
            return
        seen = await self._books.one(self._key)
        assert seen is not None  # noqa: S101  as above
        before, self._told = self._told, seen.data
        if before is not None and before != seen.data:
            await moved()


def figures(books: Books, hub: Hub) -> Retold:
    """The state dashboard/figures."""
    kinds = (OrderChanged, DayBegan, FiguresMoved, ShopfrontChanged)
    return Retold(topics.DASHBOARD_FIGURES, kinds, FIGURES_PAUSE_SECONDS, books, hub)


def low_stock(books: Books, hub: Hub) -> Retold:
    """The state dashboard/low."""
    return Retold(topics.DASHBOARD_LOW, (StockChanged, ProductChanged), LOW_STOCK_PAUSE_SECONDS, books, hub)
