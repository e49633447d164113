"""Who listens to what: one channel per topic that somebody watches, holding its newest version or its latest events."""

from collections import deque
from typing import TYPE_CHECKING, Final

from msgspec import Raw

from live import protocol, topics
from live.source import FeedEvent

if TYPE_CHECKING:
    from live.connection import Connection

RING_EVENTS: Final = 1024
UNKNOWN: Final = -1


class Channel:
    """What states and feeds share: listeners, and when the topic may speak next."""

    __slots__ = ("key", "listeners", "name", "next_at", "queued", "urgent")

    def __init__(self, key: str) -> None:
        self.key: Final = key
        self.name: Final = topics.wire_name(key)
        self.urgent: Final = topics.is_urgent(key)
        self.listeners: set[Connection] = set()
        self.queued = False
        self.next_at = 0.0


class StateChannel(Channel):
    """A state's newest known version, encoded once however many listen."""

    __slots__ = ("_data", "encoded", "version")

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.version = UNKNOWN
        self._data: bytes | None = None
        self.encoded: bytes | None = None

    def renew(self, version: int, data: bytes | None) -> bool:
        """Take a version over; False when it is not newer than the one known."""
        if version <= self.version:
            return False
        self.version = version
        self._data = data
        self.encoded = None
        return True

    def says(self, data: bytes | None) -> bool:
        """Whether this is the value that is known already: a newer version of it is no news to who has heard it."""
        return self.version != UNKNOWN and self._data == data

    def encode(self) -> bytes:
        """The newest version as a finished frame, kept in `encoded` until there is a newer one."""
        if self._data is None:
            self.encoded = protocol.encode(protocol.Gone(self.name, self.version))
        else:
            self.encoded = protocol.encode(protocol.State(self.name, self.version, Raw(self._data)))
        return self.encoded

    def gone(self) -> bytes:
        """Says that nothing is there, without a version to say it by."""
        return protocol.encode(protocol.Gone(self.name))


class _Said:
    """An event of a feed, and the frame that tells of it once somebody has asked: many events have no listener."""

    __slots__ = ("event", "frame")

    def __init__(self, event: FeedEvent) -> None:
        self.event: Final = event
        self.frame: bytes | None = None


class FeedChannel(Channel):
    """A feed's latest events. The ring holds every event above `floor`."""

    __slots__ = ("_ring", "floor", "last")

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self._ring: deque[_Said] = deque()
        self.floor: int | None = None
        self.last = 0

    def append(self, position: int, data: bytes) -> bool:
        """Take an event over; False when it was there already."""
        if position <= self.last:
            return False
        if self.floor is None:
            # Whoever stands lower reads the source, so nobody but a reader right before this event hears this prev.
            self.floor = position - 1
        prev = self.last or position - 1
        self._ring.append(_Said(FeedEvent(position, prev, data)))
        self.last = position
        if len(self._ring) > RING_EVENTS:
            self.floor = self._ring.popleft().event.position
        return True

    def after(self, position: int) -> list[tuple[int, bytes]] | None:
        """Events above a position, oldest first; None when the ring doesn't reach back so far or there are too many."""
        if self.floor is None or position < self.floor:
            return None
        newer: list[tuple[int, bytes]] = []
        for said in reversed(self._ring):
            if said.event.position <= position:
                break
            if said.frame is None:
                said.frame = self.encode(said.event)
            newer.append((said.event.position, said.frame))
        newer.reverse()
        return newer if len(newer) <= protocol.MAX_CATCH_UP_EVENTS else None

    def encode(self, event: FeedEvent) -> bytes:
        """An event as a finished frame."""
        return protocol.encode(protocol.Feed(self.name, event.position, event.prev, Raw(event.data)))

    def reset(self, position: int, data: bytes) -> bytes:
        """A snapshot as a finished frame."""
        return protocol.encode(protocol.Reset(self.name, position, Raw(data)))
