"""A shop in memory, a socket in memory and a client that believes what it hears, for tests of the live room."""

import asyncio
import json
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from live.changes import Feed, State
from live.connection import Connection
from live.hub import Hub
from live.source import FeedEvent, Snapshot
from live.viewer import Viewer

OWNER = Viewer(tag="owner", cart_id="c1", orders=frozenset({"K7QM2X4D"}))
STAFF = Viewer(tag="staff", staff=True)
SCREEN = Viewer(tag="screen", screen=True)
STRANGER = Viewer()


def dumps(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


class Shop:
    """Committed truth. Close `gate` to hold reads back after they have looked, as a slow database would."""

    def __init__(self) -> None:
        self.epoch = "epoch-1"
        self.position = 0
        self.states: dict[str, Snapshot] = {}
        self.feeds: dict[str, list[FeedEvent]] = {"dashboard/orders": [], "dashboard/stock": []}
        self.reads: list[tuple[str, ...]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken = False

    def put(self, key: str, value: object) -> State:
        self.position += 1
        self.states[key] = Snapshot(self.position, dumps(value))
        return State(key, self.position, dumps(value))

    def remove(self, key: str) -> State:
        self.position += 1
        self.states.pop(key, None)
        return State(key, self.position, None)

    def happen(self, feed: str, value: object) -> Feed:
        self.position += 1
        events = self.feeds[feed]
        events.append(FeedEvent(self.position, events[-1].position if events else 0, dumps(value)))
        return Feed(feed, self.position, dumps(value))

    async def snapshot(self, keys: Sequence[str]) -> Mapping[str, Snapshot | None]:
        self.reads.append(tuple(keys))
        if self.broken:
            raise OSError("The database is away")
        found = {key: self.states.get(key) for key in keys}
        await self.gate.wait()
        return found

    async def feed(self, feed: str, after: int, limit: int) -> Sequence[FeedEvent]:
        self.reads.append((feed, str(after)))
        found = [event for event in self.feeds[feed] if event.position > after][:limit]
        await self.gate.wait()
        return found

    async def feed_snapshot(self, feed: str) -> tuple[int, bytes]:
        position = self.position
        await self.gate.wait()
        return position, dumps([json.loads(event.data) for event in self.feeds[feed] if event.position <= position])


class MemoryWire:
    """Takes frames apart as a client would. While `stuck`, bytes pile up and nothing is heard."""

    def __init__(self) -> None:
        self.messages: deque[dict[str, Any]] = deque()
        self.writes = 0
        self.close_code: int | None = None
        self.aborted = False
        self.stuck = False
        self._held = b""

    def write(self, data: bytes) -> None:
        self.writes += 1
        self._held += data
        if not self.stuck:
            self.unstick()

    def unstick(self) -> None:
        self.stuck = False
        held, self._held = self._held, b""
        while held:
            opcode, size, start = held[0] & 0x0F, held[1], 2
            if size == 126:
                size, start = int.from_bytes(held[2:4]), 4
            elif size == 127:
                size, start = int.from_bytes(held[2:10]), 10
            payload, held = held[start : start + size], held[start + size :]
            if opcode == 1:
                self.messages.append(json.loads(payload))
            elif opcode == 8:
                self.close_code = int.from_bytes(payload[:2])

    def buffered(self) -> int:
        return len(self._held)

    def closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True
        self._held = b""

    def heard(self) -> list[dict[str, Any]]:
        """Everything since the last call."""
        heard = list(self.messages)
        self.messages.clear()
        return heard


class Clock:
    """Time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Stage:
    """A hub with a clock in hand: reads run by themselves, writing and sweeping happen when the test says so."""

    def __init__(self) -> None:
        self.shop = Shop()
        self.clock = Clock()
        self.hub = Hub(self.shop, lambda q: dumps({"q": q}), clock=self.clock)

    def connect(self, viewer: Viewer = STRANGER) -> tuple[Connection, MemoryWire]:
        wire = MemoryWire()
        connection = Connection(wire, viewer)
        self.hub.register(connection)
        return connection, wire

    async def settle(self) -> None:
        """Let reads finish and everything that is due go out."""
        for _ in range(12):
            await asyncio.sleep(0)
            while self.hub.flusher.flush():
                pass

    async def pass_time(self, seconds: float) -> None:
        self.clock.now += seconds
        await self.settle()
