"""The one writer of a process: when topics speak, who hears them, and how many bytes go out at once."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Final

from msgspec import Raw

from live import protocol
from live.channels import Channel, FeedChannel, StateChannel
from live.connection import Connection
from live.source import Suggester
from live.stats import Stats
from live.timing import Timing
from shop.errors import ShopError, Unavailable

WRITES_PER_TURN: Final = 500
SUGGESTION_COST_WRITES: Final = 20
MAX_BUFFERED_BYTES: Final = 32 * 1024

_log = logging.getLogger(__name__)


class Flusher:
    """Pure scheduling over a clock: `flush` does a bounded share of what is due, `run` calls it in time."""

    def __init__(
        self,
        suggest: Suggester,
        fell_behind: Callable[[Connection, FeedChannel], None],
        *,
        timing: Timing,
        clock: Callable[[], float],
        stats: Stats,
    ) -> None:
        self._suggest: Final = suggest
        self._fell_behind: Final = fell_behind
        self._timing: Final = timing
        self._clock: Final = clock
        self._stats: Final = stats
        self._wake: Final = asyncio.Event()
        self._ripe: deque[Channel] = deque()
        self._later: list[tuple[float, int, Channel]] = []
        self._sequence = 0
        self._hurried: deque[Connection] = deque()
        self._queued: deque[Connection] = deque()
        self._slow: dict[Connection, None] = {}
        self._slow_check_at = 0.0

    def announce(self, channel: Channel) -> None:
        """Let a channel speak: on the next turn, or when its pause is over."""
        if channel.queued:
            return
        channel.queued = True
        if channel.urgent or channel.next_at <= self._clock():
            self._ripe.append(channel)
        else:
            self._sequence += 1
            heappush(self._later, (channel.next_at, self._sequence, channel))
        self._wake.set()

    def enqueue(self, connection: Connection, *, hurry: bool = False) -> None:
        """Something waits for this connection; replies and payment changes pass those that wait for wide pushes."""
        if hurry and not connection.hurried:
            connection.hurried = True
            self._hurried.append(connection)
        elif not hurry and not connection.queued:
            connection.queued = True
            self._queued.append(connection)
        self._wake.set()

    def forget(self, connection: Connection) -> None:
        """This connection gets nothing more."""
        self._slow.pop(connection, None)
        connection.dirty.clear()
        connection.replies = []
        connection.question = None

    async def run(self) -> None:
        """Flush whenever something is due, until cancelled."""
        while True:
            due = self.next_due()
            try:
                async with asyncio.timeout(None if due is None else max(0.0, due - self._clock())):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            while self.flush():  # noqa: ASYNC110 - gives way between shares of work, waits for nothing
                await asyncio.sleep(0)

    def next_due(self) -> float | None:
        """The clock time at which `flush` has something to do that it doesn't have now."""
        times = [self._later[0][0]] if self._later else []
        if self._slow:
            times.append(self._slow_check_at)
        return min(times, default=None)

    def flush(self) -> bool:
        """Write to at most WRITES_PER_TURN connections; True when more are waiting right now."""
        now = self._clock()
        while self._later and self._later[0][0] <= now:
            self._ripe.append(heappop(self._later)[2])
        while self._ripe:
            self._spread(self._ripe.popleft(), now)
        self._recheck_slow(now)
        budget = WRITES_PER_TURN
        while budget > 0 and (self._hurried or self._queued):
            budget -= self._serve(self._pop(), now)
        return bool(self._hurried or self._queued)

    def _spread(self, channel: Channel, now: float) -> None:
        channel.queued = False
        channel.next_at = now + self._timing.conflate_seconds
        if channel.urgent:
            for connection in channel.listeners:
                connection.dirty[channel] = None
                self.enqueue(connection, hurry=True)
            return
        # What `enqueue` does, without a call for each of perhaps ten thousand listeners.
        append = self._queued.append
        for connection in channel.listeners:
            connection.dirty[channel] = None
            if not connection.queued:
                connection.queued = True
                append(connection)

    def _recheck_slow(self, now: float) -> None:
        if self._slow and now >= self._slow_check_at:
            waiting, self._slow = self._slow, {}
            for connection in waiting:
                self.enqueue(connection)

    def _pop(self) -> Connection:
        if self._hurried:
            connection = self._hurried.popleft()
            connection.hurried = False
        else:
            connection = self._queued.popleft()
            connection.queued = False
        return connection

    def _serve(self, connection: Connection, now: float) -> int:
        """Write what waits for one connection; returns the cost in writes. One broken socket must not stop others."""
        try:
            return self._write(connection, now)
        except Exception:  # noqa: BLE001 - the edge: see above
            _log.exception("live: a connection failed while being written to")
            self.forget(connection)
            connection.wire.abort()
            return 1

    def _write(self, connection: Connection, now: float) -> int:
        wire = connection.wire
        if connection.closing_at is not None or wire.closing():
            self.forget(connection)
            return 1
        if wire.buffered() > MAX_BUFFERED_BYTES:
            if not self._slow:
                self._slow_check_at = now + self._timing.slow_recheck_seconds
            self._slow[connection] = None
            self._stats.skipped_slow += 1
            return 1
        cost = 1 if connection.question is None else SUGGESTION_COST_WRITES
        if frames := self._gather(connection):
            data = frames[0] if len(frames) == 1 else b"".join(frames)
            connection.write(data, now)
            stats = self._stats
            stats.writes += 1
            stats.frames += len(frames)
            stats.bytes += len(data)
        return cost

    def _gather(self, connection: Connection) -> list[bytes]:
        frames, connection.replies = connection.replies, []
        if connection.question is not None:
            frames.append(self._answer(*connection.question))
            connection.question = None
        states = connection.states
        for channel in connection.dirty:
            if isinstance(channel, StateChannel):
                if channel.version > states.get(channel, channel.version):
                    states[channel] = channel.version
                    frames.append(channel.encoded or self._encode(channel))
            elif isinstance(channel, FeedChannel):
                self._gather_feed(connection, channel, frames)
        connection.dirty.clear()
        return frames

    def _encode(self, channel: StateChannel) -> bytes:
        self._stats.encoded += 1
        return channel.encode()

    def _gather_feed(self, connection: Connection, channel: FeedChannel, frames: list[bytes]) -> None:
        cursor = connection.feeds.get(channel)
        if cursor is None or cursor.loading or cursor.position is None or cursor.position >= channel.last:
            return
        events = channel.after(cursor.position)
        if events is None:
            self._fell_behind(connection, channel)
            return
        for position, frame in events:
            cursor.position = position
            frames.append(frame)

    def _answer(self, message_id: int, q: str) -> bytes:
        try:
            return protocol.encode(protocol.SuggestReply(message_id, Raw(self._suggest(q))))
        except ShopError as error:
            return protocol.refuse(message_id, error)
        except Exception:  # noqa: BLE001 - the edge: a bug in one answer is logged, the others go out
            _log.exception("live: a suggestion failed")
            return protocol.refuse(message_id, Unavailable())
