"""From the books to the sockets: hears every commit in the order of positions, whoever made it, and tells live and search.

This process's own commits arrive with their events. A gap in the positions, or a commit of another process (noticed by
polling), is filled from the outbox, so nothing is skipped and nothing is told twice.
"""

import asyncio
from collections.abc import Callable, Sequence

from live.changes import Change
from live.hub import Hub
from server import translate
from shop.events import DayBegan, OrderChanged, Recorded, SessionEnded
from storage import outbox
from storage.database import Database
from storage.search import Replica

POLL_SECONDS = 0.25
MAX_CATCH_UP = 500


class Announcer:
    """One a process. `of_orders` are called when orders have changed or a day began."""

    def __init__(self, db: Database, hub: Hub, replica: Replica, of_orders: Sequence[Callable[[], None]]) -> None:
        self._db = db
        self._hub = hub
        self._replica = replica
        self._of_orders = of_orders
        self._position = 0
        self._early: dict[int, Recorded] = {}
        self._behind = asyncio.Event()

    async def start(self, position: int) -> None:
        """Begins after a position that was read before the replica was loaded, so that it misses nothing."""
        self._position = position
        self._db.listen(self.hear)
        await self._catch_up()

    @property
    def position(self) -> int:
        """The newest position that was announced."""
        return self._position

    def hear(self, recorded: Sequence[Recorded]) -> None:
        """Takes a commit's events over; what comes before its predecessor waits for it."""
        for event in recorded:
            if event.position > self._position:
                self._early[event.position] = event
        self._tell()
        if self._early:
            self._behind.set()

    async def run(self) -> None:
        """Fills gaps, and looks for other processes' commits, until cancelled."""
        seen = await self._db.foreign_commits()
        # What was committed between the last look and this count would not change it any more.
        await self._catch_up()
        while True:
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._behind.wait()
            except TimeoutError:
                now = await self._db.foreign_commits()
                if now == seen:
                    continue
                seen = now
            self._behind.clear()
            await self._catch_up()

    async def _catch_up(self) -> None:
        while True:
            found = await self._db.read(outbox.after, self._position, MAX_CATCH_UP)
            self.hear(found)
            if len(found) < MAX_CATCH_UP:
                return

    def _tell(self) -> None:
        ready: list[Recorded] = []
        while (event := self._early.pop(self._position + 1, None)) is not None:
            self._position += 1
            ready.append(event)
        if not ready:
            return
        self._replica.hear(ready)
        changes: list[Change] = []
        for event in ready:
            changes += translate.changes(event)
        self._hub.publish(changes)
        for event in ready:
            if isinstance(event.event, SessionEnded):
                self._hub.end_session(event.event.mark)
        if any(isinstance(event.event, OrderChanged | DayBegan) for event in ready):
            for told in self._of_orders:
                told()
