"""A small client of the live protocol: says hello, subscribes, folds what it hears, and holds the server to its promises.

It answers pings, as every client must: the server cuts one that is silent for 45 seconds, and a sale may take longer.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import orjson

from live.protocol import SUBPROTOCOL
from tests.house import until


class Cut(Exception):
    """The server has ended the socket, so what is waited for will never come."""


class Listener:
    """One socket. `states` are values by topic with their versions, `feeds` positions by topic with what was heard."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []
        self.refused: dict[str, str] = {}
        self.states: dict[str, tuple[int, Any]] = {}
        self.snapshots: dict[str, list[Any]] = {}
        self.events: dict[str, list[Any]] = {}
        self.positions: dict[str, int] = {}
        self.welcome: dict[str, Any] = {}
        self.ended = False
        self._replies: set[int] = set()
        self._next_id = 1

    async def say(self, **message: Any) -> int:
        """Sends a message under a new id, which is answered."""
        self._next_id += 1
        await self.socket.send_str(orjson.dumps({"id": self._next_id, **message}).decode())
        return self._next_id

    async def sub(self, *topics: str, known: Mapping[str, int] | None = None) -> None:
        """Subscribes, from the versions that are known already, and waits until the server has answered."""
        asked = await self.say(op="sub", topics={topic: (known or {}).get(topic) for topic in topics})
        await until(lambda: asked in self._replies)

    async def value(self, topic: str) -> Any:
        """The value of a state, as soon as there is one."""
        await until(lambda: topic in self.states)
        return self.states[topic][1]

    async def becomes(self, topic: str, value: Any) -> None:
        """Waits until a state has this value; raises Cut, with what it shows, when the socket ends before."""
        await until(lambda: self._shows(topic, value))

    def _shows(self, topic: str, value: Any) -> bool:
        if topic in self.states and self.states[topic][1] == value:
            return True
        if self.ended:
            raise Cut(f"closed with {self.socket.close_code}, showing {self.states.get(topic)}")
        return False

    async def still_nothing(self) -> None:
        """Passes when not one pushed frame came, up to an answer that the server gives after everything before it."""
        asked = await self.say(op="unsub", topics=["stock/nothing"])
        await until(lambda: asked in self._replies)
        assert self.pushed == []

    @property
    def pushed(self) -> list[dict[str, Any]]:
        """What came unasked, without pings."""
        return [frame for frame in self.heard if "op" in frame and frame["op"] != "ping"]

    @property
    def known(self) -> dict[str, int]:
        """The versions and positions that a reconnecting client names."""
        return {topic: version for topic, (version, _) in self.states.items()} | self.positions

    def fold(self, frame: dict[str, Any]) -> None:
        """Takes one frame in. Versions only grow, and events join up without a gap."""
        self.heard.append(frame)
        match frame:
            case {"op": "state", "t": topic, "v": version, "d": value}:
                assert topic not in self.states or version > self.states[topic][0], frame
                self.states[topic] = (version, value)
            case {"op": "gone", "t": topic, "v": version}:
                self.states[topic] = (version, None)
            case {"op": "reset", "t": topic, "seq": position, "d": rows}:
                self.positions[topic] = position
                self.snapshots[topic], self.events[topic] = rows, []
            case {"op": "feed", "t": topic, "seq": position, "prev": previous, "d": event}:
                assert previous <= self.positions[topic] < position, frame
                self.positions[topic] = position
                self.events.setdefault(topic, []).append(event)
            case {"id": int(answered)}:
                self.welcome = self.welcome or frame.get("ok", {})
                self.refused |= frame.get("ok", {}).get("refused", {})
                self._replies.add(answered)

    async def read(self) -> None:
        """Reads until the socket ends."""
        try:
            async for message in self.socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    frame = orjson.loads(message.data)
                    self.fold(frame)
                    if frame.get("op") == "ping":
                        await self._answer()
        finally:
            self.ended = True

    async def _answer(self) -> None:
        # The socket may have ended with the ping; `read` sees that next.
        with suppress(ConnectionError):
            await self.socket.send_str('{"op":"pong"}')


@asynccontextmanager
async def listening(
    session: aiohttp.ClientSession, *topics: str, before: Listener | None = None
) -> AsyncIterator[Listener]:
    """A listener that has subscribed to these topics; `before` is the one it takes over from after a lost connection."""
    async with (
        session.ws_connect("/live", protocols=(SUBPROTOCOL,), heartbeat=None) as socket,
        asyncio.TaskGroup() as own,
    ):
        listener = Listener(socket)
        if before is not None:
            listener.states, listener.positions = dict(before.states), dict(before.positions)
            listener.snapshots, listener.events = before.snapshots, before.events
            known = {"epoch": before.welcome["epoch"], "viewer": before.welcome["viewer"]}
        else:
            known = {}
        reading = own.create_task(listener.read())
        await listener.say(op="hello", **known)
        await until(lambda: listener.welcome)
        if topics:
            await listener.sub(*topics, known=listener.known)
        yield listener
        reading.cancel()
