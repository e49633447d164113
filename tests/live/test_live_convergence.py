"""Whatever happens in whatever order: snapshot + events = fresh snapshot, and nothing older follows anything newer."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live import topics
from live.channels import FeedChannel, StateChannel
from live.connection import Connection
from live.flusher import Flusher
from tests.live.fakes import STAFF, MemoryWire, Stage

KEYS = ("stock/a", "stock/b", "product/mug")
FEED = topics.DASHBOARD_ORDERS
CLIENTS = 3

steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["put", "put", "remove"]), st.sampled_from(KEYS)),
        st.tuples(st.sampled_from(["happen", "hold reads", "free reads", "publish", "flush", "time"]), st.just("")),
        st.tuples(
            st.sampled_from(["connect", "drop", "stick", "unstick", "subscribe", "unsubscribe"]),
            st.integers(0, CLIENTS - 1),
        ),
    ),
    max_size=60,
)


class Reader:
    """Believes what it hears, and insists that it is never older and never has a gap."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.values: dict[str, Any] = {}
        self.versions: dict[str, int] = {}
        self.events: list[Any] = []
        self.cursor: int | None = None
        self.wire: MemoryWire | None = None
        self.watching = False
        self.connection: Connection | None = None

    def connect(self) -> None:
        self.drop()
        self.connection, self.wire = self.stage.connect(STAFF)

    def drop(self) -> None:
        if self.connection is not None and self.wire is not None:
            self.hear()
            self.wire.abort()
            self.stage.hub.unregister(self.connection)
        self.connection = self.wire = None
        self.watching = False

    async def subscribe(self) -> None:
        if self.connection is None:
            return
        self.hear()
        self.watching = True
        for name in (*KEYS, FEED):
            known = self.cursor if name == FEED else self.versions.get(name)
            self.stage.hub.watch(self.connection, await topics.resolve(name, STAFF), known)

    def hear(self) -> None:
        for message in self.wire.heard() if self.wire else ():
            topic = str(message["t"])
            match message["op"]:
                case "state":
                    assert message["v"] > self.versions.get(topic, 0), "older after newer"
                    self.values[topic], self.versions[topic] = message["d"], message["v"]
                case "gone":
                    self.values.pop(topic, None)
                    self.versions[topic] = max(message.get("v", 0), self.versions.get(topic, 0))
                case "reset":
                    self.events, self.cursor = message["d"], message["seq"]
                case "feed":
                    assert self.cursor is not None
                    assert message["prev"] <= self.cursor < message["seq"], "a gap, or an event told twice"
                    self.events.append(message["d"])
                    self.cursor = message["seq"]


class Play:
    """One run: commits and their announcements are separate steps, as they are in the house."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.readers = [Reader(self.stage) for _ in range(CLIENTS)]
        self.unpublished: list[Any] = []

    async def step(self, what: str, which: Any) -> None:
        shop = self.stage.shop
        match what:
            case "put":
                self.unpublished.append(shop.put(which, {"n": shop.position}))
            case "remove" if which in shop.states:
                self.unpublished.append(shop.remove(which))
            case "happen":
                self.unpublished.append(shop.happen(FEED, shop.position))
            case "publish":
                self.stage.hub.publish(self.unpublished)
                self.unpublished = []
            case "hold reads" | "free reads":
                getattr(shop.gate, "clear" if what == "hold reads" else "set")()
            case "flush":
                await self.stage.settle()
            case "time":
                await self.stage.pass_time(0.05)
            case "connect" | "drop":
                getattr(self.readers[which], what)()
            case "subscribe":
                await self.readers[which].subscribe()
            case _:
                self.bother(self.readers[which] if isinstance(which, int) else None, what)

    def bother(self, reader: Reader | None, what: str) -> None:
        if reader is None or reader.wire is None or reader.connection is None:
            return
        if what == "stick" and not reader.wire.stuck:
            reader.wire.stuck = True
            reader.wire.write(b"\x8a\x7f" + (40_000).to_bytes(8) + b" " * 40_000)
        elif what == "unstick":
            reader.wire.unstick()
        elif what == "unsubscribe":
            reader.watching = False
            for name in (*KEYS, FEED):
                self.stage.hub.unwatch(reader.connection, name)

    async def end(self) -> None:
        """Everybody catches up, and must then hold what a fresh read would show."""
        self.stage.hub.publish(self.unpublished)
        self.stage.shop.gate.set()
        for reader in self.readers:
            if reader.wire is not None:
                reader.wire.unstick()
            else:
                reader.connect()
            if not reader.watching:
                await reader.subscribe()
        await self.stage.pass_time(0.1)
        await self.stage.pass_time(0.1)
        fresh = {key: json.loads(snapshot.data) for key, snapshot in self.stage.shop.states.items()}
        happened = [json.loads(event.data) for event in self.stage.shop.feeds[FEED]]
        for reader in self.readers:
            reader.hear()
            assert reader.values == fresh
            assert reader.events == happened


async def run(script: list[tuple[str, Any]]) -> None:
    play = Play()
    loader = play.stage.hub.loader
    async with asyncio.TaskGroup() as tasks:
        reading = [tasks.create_task(loader.read_states()), tasks.create_task(loader.read_feeds())]
        for what, which in script:
            await play.step(what, which)
        await play.end()
        for reader in reading:
            reader.cancel()


@settings(max_examples=80, deadline=None)
@given(steps)
def test_snapshot_and_events_make_the_fresh_snapshot(script: list[tuple[str, Any]]) -> None:
    asyncio.run(run(script))


@pytest.mark.parametrize(
    ("owner", "verb", "broken"),
    [
        (StateChannel, "renew", lambda channel, version, data: False),
        (FeedChannel, "append", lambda channel, position, data: False),
        (Flusher, "announce", lambda flusher, channel: None),
    ],
)
async def test_the_play_notices_a_hub_that_forgets(
    monkeypatch: pytest.MonkeyPatch, owner: type, verb: str, broken: object
) -> None:
    watching: list[tuple[str, Any]] = [("connect", 0), ("subscribe", 0), ("flush", "")]
    script = [*watching, ("put", "stock/a"), ("happen", "")]
    monkeypatch.setattr(owner, verb, broken)
    with pytest.raises(ExceptionGroup):
        await run(script)
