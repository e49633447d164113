"""The middle of the live room: who is connected, who watches what, and what a commit means for them."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from live import changes, frames, protocol, sweep, topics
from live.channels import UNKNOWN, Channel, FeedChannel, StateChannel
from live.connection import Connection, Cursor
from live.flusher import Flusher
from live.loader import Loader
from live.protocol import CloseCode
from live.source import Source, Suggester
from live.stats import Stats
from live.timing import Timing
from live.topics import Topic

DRAIN_TICK_SECONDS: Final = 0.1


class Hub:
    """One a process. Everything but `run` and `drain` is synchronous and called from the loop."""

    def __init__(
        self,
        source: Source,
        suggest: Suggester,
        *,
        timing: Timing | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.source: Final = source
        self.timing: Final = timing or Timing()
        self.clock: Final = clock
        self.stats: Final = Stats()
        self.draining = False
        self._connections: dict[Connection, None] = {}
        self._sessions: dict[str, dict[Connection, None]] = {}
        self._ended: dict[str, float] = {}
        self._states: dict[str, StateChannel] = {}
        self._feeds: Final = {name: FeedChannel(name) for name in topics.FEEDS}
        self._emptied: Final = asyncio.Event()
        self._emptied.set()
        self.loader: Final = Loader(source, self._loaded, self._overloaded, timing=self.timing)
        self.flusher: Final = Flusher(suggest, self.loader.want_feed, timing=self.timing, clock=clock, stats=self.stats)

    async def run(self) -> None:
        """Write, read and sweep until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.flusher.run())
            tasks.create_task(self.loader.read_states())
            tasks.create_task(self.loader.read_feeds())
            tasks.create_task(sweep.run(self))

    def publish(self, committed: Iterable[changes.Change]) -> None:
        """Take committed changes over, in the order of their positions. Call it on the loop, after COMMIT.

        Raises KeyError for a feed that live.topics doesn't name.
        """
        for change in committed:
            self.stats.published += 1
            if isinstance(change, changes.State):
                state = self._states.get(change.key)
                if state is not None and state.renew(change.version, change.data):
                    self.flusher.announce(state)
            else:
                feed = self._feeds[change.feed]
                if feed.append(change.position, change.data):
                    self.flusher.announce(feed)

    def register(self, connection: Connection) -> None:
        """A socket has opened. One whose session has just ended, or that comes too late, is closed right away."""
        now = self.clock()
        jitter = random.uniform(-1.0, 1.0) * self.timing.ping_jitter_seconds  # noqa: S311 - spreads load, guards nothing
        connection.opened(now, self.timing.ping_seconds + jitter)
        self._connections[connection] = None
        self._emptied.clear()
        self.stats.opened += 1
        tag = connection.viewer.tag
        if self.draining:
            self.close(connection, CloseCode.DRAINING)
        elif tag is not None and tag in self._ended:
            self.close(connection, CloseCode.SESSION_ENDED)
        elif tag is not None:
            self._sessions.setdefault(tag, {})[connection] = None

    def unregister(self, connection: Connection) -> None:
        """A socket is gone; harmless when repeated."""
        self._forget(connection)
        self._connections.pop(connection, None)
        if not self._connections:
            self._emptied.set()

    def connections(self) -> Sequence[Connection]:
        """Everybody connected right now, those that are being closed included."""
        return list(self._connections)

    def present(self, tags: Iterable[str]) -> list[str]:
        """Those of the sessions that have a connection open in this process."""
        return [tag for tag in tags if tag in self._sessions]

    def topics_watched(self) -> int:
        """How many different topics have a listener."""
        return len(self._states) + sum(1 for feed in self._feeds.values() if feed.listeners)

    def is_watched(self, key: str) -> bool:
        """Whether somebody watches this state; a change of one that nobody watches need not be spelled out."""
        return key in self._states

    def watched(self, prefix: str) -> list[str]:
        """The keys of states that somebody watches and that begin like this."""
        return [key for key in self._states if key.startswith(prefix)]

    def reply(self, connection: Connection, frame: bytes) -> None:
        """Send a finished frame on the next turn of the loop."""
        if connection.closing_at is None:
            connection.replies.append(frame)
            self.flusher.enqueue(connection, hurry=True)

    def ask(self, connection: Connection, message_id: int, q: str) -> None:
        """Answer a suggest request on the next turn; a newer one takes its place until then."""
        connection.question = (message_id, q)
        self.flusher.enqueue(connection, hurry=True)

    def watch(self, connection: Connection, topic: Topic, known: int | None) -> None:
        """Subscribe: register first, then read, then send only what is newer than what is known."""
        if connection.closing_at is not None:
            return
        if topic.key is None:
            self.reply(connection, protocol.encode(protocol.Gone(topic.name)))
        elif topic.kind is topics.Kind.STATE:
            state = self._states.get(topic.key)
            if state is None:
                state = self._states[topic.key] = StateChannel(topic.key)
            state.listeners.add(connection)
            connection.states[state] = UNKNOWN if known is None else known
            self.loader.want_state(connection, state)
        else:
            self._follow(connection, self._feeds[topic.key], known)

    def unwatch(self, connection: Connection, name: str) -> None:
        """Unsubscribe by wire name; harmless when nothing was subscribed."""
        watched: tuple[Channel, ...] = (*connection.states, *connection.feeds)
        for channel in watched:
            if channel.name == name:
                self._leave(connection, channel)

    def end_session(self, tag: str) -> None:
        """A session is over (logout, reset, ban): close its sockets, and those that are still on their way in."""
        self._ended[tag] = self.clock()
        for connection in list(self._sessions.get(tag, ())):
            self.close(connection, CloseCode.SESSION_ENDED)

    def forget_ended_sessions(self, before: float) -> None:
        """Tags are not used again, so they need to be remembered only while a handshake may be under way."""
        for tag in [tag for tag, ended_at in self._ended.items() if ended_at < before]:
            del self._ended[tag]

    def close(self, connection: Connection, code: CloseCode, reason: str = "") -> None:
        """Say what still waits as a reply, then say goodbye. The peer gets a moment to answer, then it is cut."""
        if connection.closing_at is not None:
            return
        now = self.clock()
        if not connection.wire.closing():
            connection.write(b"".join([*connection.replies, frames.close(code, reason)]), now)
        connection.closing_at = now
        self.stats.closed[code] += 1
        self._forget(connection)

    def cut(self, connection: Connection, code: CloseCode) -> None:
        """Close without waiting for the peer; what is buffered is lost."""
        self.close(connection, code)
        connection.wire.abort()

    async def drain(self, within_seconds: float) -> None:
        """Send everybody away, spread over this time: bye first, then 1012 in small batches. Newcomers are refused."""
        self.draining = True
        started = self.clock()
        leaving = self.connections()
        for place, connection in enumerate(leaving, 1):
            after_ms = round(1000 * within_seconds * place / len(leaving))
            self.reply(connection, protocol.encode(protocol.Bye(after_ms)))
        for connection, due in _spread(leaving, started, within_seconds):
            if (pause_seconds := due - self.clock()) > 0:
                await asyncio.sleep(pause_seconds)
            self.close(connection, CloseCode.DRAINING)
        try:
            async with asyncio.timeout(self.timing.close_seconds):
                await self._emptied.wait()
        except TimeoutError:
            for connection in self.connections():
                self.cut(connection, CloseCode.DRAINING)

    def _follow(self, connection: Connection, feed: FeedChannel, known: int | None) -> None:
        feed.listeners.add(connection)
        connection.feeds[feed] = Cursor(known)
        if known is not None and feed.after(known) is not None:
            connection.dirty[feed] = None
            self.flusher.enqueue(connection)
        else:
            self.loader.want_feed(connection, feed)

    def _leave(self, connection: Connection, channel: Channel) -> None:
        channel.listeners.discard(connection)
        connection.dirty.pop(channel, None)
        if isinstance(channel, StateChannel):
            connection.states.pop(channel, None)
            if not channel.listeners:
                self._states.pop(channel.key, None)
        elif isinstance(channel, FeedChannel):
            connection.feeds.pop(channel, None)

    def _forget(self, connection: Connection) -> None:
        for channel in (*connection.states, *connection.feeds):
            self._leave(connection, channel)
        self.flusher.forget(connection)
        tag = connection.viewer.tag
        if tag is not None and tag in self._sessions:
            self._sessions[tag].pop(connection, None)
            if not self._sessions[tag]:
                del self._sessions[tag]

    def _loaded(self, connection: Connection) -> None:
        self.flusher.enqueue(connection)

    def _overloaded(self, connection: Connection) -> None:
        self.close(connection, CloseCode.OVERLOADED, "Try again in a moment")


def _spread(leaving: Sequence[Connection], started: float, seconds: float) -> Iterator[tuple[Connection, float]]:
    """Who leaves when, in steps of one tick."""
    for place, connection in enumerate(leaving, 1):
        due = seconds * place / len(leaving)
        yield connection, started + DRAIN_TICK_SECONDS * int(due / DRAIN_TICK_SECONDS)
