"""From the books to everybody: hears every commit in the order of positions, whoever made it, and tells all who listen.

This process's own commits arrive with their events. A gap in the positions, or a commit of another process (noticed by
polling), is filled from the outbox, so nothing is skipped and nothing is told twice.
"""

import asyncio
from collections.abc import Callable, Sequence

from live.hub import Hub
from server import translate
from shop.errors import Unavailable
from shop.events import Recorded, SessionEnded
from storage import outbox
from storage.database import Database

Listener = Callable[[Sequence[Recorded]], None]

POLL_SECONDS = 0.25
MAX_CATCH_UP = 500


class Announcer:
    """One a process. Listeners hear each event once, in order."""

    def __init__(self, db: Database, listeners: Sequence[Listener]) -> None:
        self._db = db
        self._listeners = listeners
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
        ready: list[Recorded] = []
        for event in recorded:
            if event.position == self._position + 1:
                self._position += 1
                ready.append(event)
            elif event.position > self._position:
                self._early[event.position] = event
        if self._early:
            while (waiting := self._early.pop(self._position + 1, None)) is not None:
                self._position += 1
                ready.append(waiting)
            if self._early:
                self._behind.set()
        if ready:
            for hear in self._listeners:
                hear(ready)

    def look(self) -> None:
        """Another process says that it has committed: there is something to read now."""
        self._behind.set()

    async def run(self) -> None:
        """Fills gaps, and looks for other processes' commits, until cancelled; while the books are away it tries again."""
        seen = await self._db.foreign_commits()
        # What was committed between the last look and this count would not change it any more.
        await self._catch_up()
        while True:
            try:
                seen = await self._look_again(seen)
            except Unavailable:
                self._behind.set()
                await asyncio.sleep(POLL_SECONDS)

    async def _look_again(self, seen: int) -> int:
        """Reads on when there is reason to; answers the newest count of other processes' commits."""
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._behind.wait()
        except TimeoutError:
            now = await self._db.foreign_commits()
            if now == seen:
                return seen
            seen = now
        self._behind.clear()
        await self._catch_up()
        return seen

    async def _catch_up(self) -> None:
        while True:
            found = await self._db.read(outbox.after, self._position, MAX_CATCH_UP)
            self.hear(found)
            if len(found) < MAX_CATCH_UP:
                return


def to_hub(hub: Hub) -> Listener:
    """A listener that publishes what topics hear of events, and closes the sockets of sessions that ended."""

    def hear(recorded: Sequence[Recorded]) -> None:
        hub.publish([change for event in recorded for change in translate.changes(event, hub.is_watched)])
        for _, event in recorded:
            if isinstance(event, SessionEnded):
                hub.end_session(event.mark)

    return hear
