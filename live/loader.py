"""Reads what subscribers lack: snapshots for many at once, and the part of a feed that the ring no longer holds."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final

from live.channels import FeedChannel, StateChannel
from live.connection import Connection, Cursor
from live.protocol import MAX_CATCH_UP_EVENTS
from live.source import Snapshot, Source
from live.timing import Timing

KEYS_PER_READ: Final = 500
LISTENERS_PER_TURN: Final = 1000

_log = logging.getLogger(__name__)


class Loader:
    """Two tasks, one for states and one for feeds. Whoever asks while a read is under way is served by the next one:
    only a read that began after a connection was registered can't miss what happened in between."""

    def __init__(
        self,
        source: Source,
        ready: Callable[[Connection], None],
        failed: Callable[[Connection], None],
        *,
        timing: Timing,
    ) -> None:
        self._source: Final = source
        self._ready: Final = ready
        self._failed: Final = failed
        self._timing: Final = timing
        self._states: dict[StateChannel, dict[Connection, None]] = {}
        self._states_wanted: Final = asyncio.Event()
        self._feeds: deque[tuple[Connection, FeedChannel, Cursor]] = deque()
        self._feeds_wanted: Final = asyncio.Event()

    def want_state(self, connection: Connection, channel: StateChannel) -> None:
        """Read a state for a connection that has just been registered for it."""
        self._states.setdefault(channel, {})[connection] = None
        self._states_wanted.set()

    def want_feed(self, connection: Connection, channel: FeedChannel) -> None:
        """Bring a connection's cursor up to date; until then it hears nothing of this feed."""
        cursor = connection.feeds[channel]
        if not cursor.loading:
            cursor.loading = True
            self._feeds.append((connection, channel, cursor))
            self._feeds_wanted.set()

    async def read_states(self) -> None:
        """Serve state subscribers until cancelled."""
        while True:
            await self._states_wanted.wait()
            self._states_wanted.clear()
            while self._states:
                batch = dict(islice(self._states.items(), KEYS_PER_READ))
                for channel in batch:
                    del self._states[channel]
                await self._read_states(batch)

    async def read_feeds(self) -> None:
        """Serve feed subscribers until cancelled."""
        while True:
            await self._feeds_wanted.wait()
            self._feeds_wanted.clear()
            while self._feeds:
                connection, channel, cursor = self._feeds.popleft()
                if connection.feeds.get(channel) is cursor:
                    await self._read_feed(connection, channel, cursor)

    async def _read_states(self, batch: Mapping[StateChannel, Mapping[Connection, None]]) -> None:
        before = {channel: channel.version for channel in batch}
        try:
            async with asyncio.timeout(self._timing.source_seconds):
                found = await self._source.snapshot([channel.key for channel in batch])
        except Exception:  # noqa: BLE001 - the edge: whatever ails the source, its readers go on
            _log.exception("live: snapshots could not be read")
            for connection in {connection: None for waiting in batch.values() for connection in waiting}:
                self._failed(connection)
            return
        served = 0
        for channel, waiting in batch.items():
            self._settle(channel, found.get(channel.key), waiting, before[channel])
            served += len(waiting)
            if served >= LISTENERS_PER_TURN:
                served = 0
                await asyncio.sleep(0)

    def _settle(
        self, channel: StateChannel, snapshot: Snapshot | None, waiting: Mapping[Connection, None], before: int
    ) -> None:
        # A read may see a version before it is published. Publishing it is no news then, so all who listen hear it now.
        # Where only the version moved there is none: it does so whenever somebody buys of what there is plenty of.
        known = snapshot is not None and channel.says(snapshot.data)
        if snapshot is not None and channel.renew(snapshot.version, snapshot.data) and not known:
            for other in channel.listeners.difference(waiting):
                other.dirty[channel] = None
                self._ready(other)
        nothing_there = snapshot is None and channel.version == before
        for connection in waiting:
            if channel not in connection.states:
                continue
            if nothing_there:
                connection.replies.append(channel.gone())
            else:
                connection.dirty[channel] = None
            self._ready(connection)

    async def _read_feed(self, connection: Connection, channel: FeedChannel, cursor: Cursor) -> None:
        try:
            async with asyncio.timeout(self._timing.source_seconds):
                frames, position = await self._catch_up(channel, cursor.position)
        except Exception:  # noqa: BLE001 - the edge, as above
            _log.exception("live: a feed could not be read")
            self._failed(connection)
            return
        if connection.feeds.get(channel) is not cursor:
            return
        cursor.position = position
        cursor.loading = False
        connection.replies.extend(frames)
        connection.dirty[channel] = None
        self._ready(connection)

    async def _catch_up(self, channel: FeedChannel, after: int | None) -> tuple[list[bytes], int]:
        """Frames that lead on from a cursor, and the position they lead to."""
        if after is not None:
            # What was published before the read began is committed, so the read covers it even where it finds nothing.
            covered = channel.last
            events = await self._source.feed(channel.key, after, MAX_CATCH_UP_EVENTS + 1)
            if len(events) <= MAX_CATCH_UP_EVENTS:
                last = events[-1].position if events else after
                return [channel.encode(event) for event in events], max(last, covered)
        position, data = await self._source.feed_snapshot(channel.key)
        return [channel.reset(position, data)], position
