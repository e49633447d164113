"""One live connection as a page has it: hello, subscriptions, suggestions, and the newest value of each topic.

It holds the server to its promises: a version that does not grow, or a refusal that was not asked for, is a fault.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import aiohttp
import msgspec
from msgspec import Raw, Struct

from bench.client.http import Doors
from bench.client.record import Record, Unexpected, now
from live import protocol

ANSWER_SECONDS = 15.0
CLOSE_SECONDS = 2.0
CLIENT = "load/1"

Heard = Callable[[str, float], None]
"""Is told of a change of a topic's value, and when it came. What comes right after subscribing is no change."""


class _Problem(Struct):
    status: int = 0
    code: str = ""


class _Frame(Struct):
    """Any frame of the server, as far as a shopper needs it."""

    op: str = ""
    id: int | None = None
    ok: Raw = Raw(b"{}")
    err: _Problem | None = None
    t: str = ""
    v: int = 0
    d: Raw = Raw(b"null")


_frame = msgspec.json.Decoder(_Frame)
_encode = msgspec.json.Encoder().encode


class Socket:
    """One websocket. `states` are values by topic, each with its version."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, record: Record, heard: Heard | None = None) -> None:
        self.states: dict[str, tuple[int, Any]] = {}
        self._ws = ws
        self._record = record
        self._heard = heard
        self._next_id = 0
        self._asked: dict[int, tuple[float, asyncio.Future[Raw] | None]] = {}
        self._waiting: list[tuple[str, Callable[[Any], bool], asyncio.Future[float]]] = []
        self._closing = False

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Subscribes and waits for each first value; raises Unexpected when one is refused or does not come."""
        wanted = [topic for topic in topics if topic not in self.states]
        if not wanted:
            return
        number = self._number()
        answer = self._expect(number)
        await self._send(protocol.Subscribe(number, dict.fromkeys(wanted)))
        refused = msgspec.json.decode(await self._answer(answer, "subscription"), type=protocol.Subscribed).refused
        if refused:
            raise Unexpected(f"subscription: refused {', '.join(sorted(set(refused.values())))}")
        for topic in wanted:
            await self.until(topic, lambda _value: True)

    async def until(self, topic: str, holds: Callable[[Any], bool], seconds: float = ANSWER_SECONDS) -> float:
        """Waits until a topic's value is as wanted; answers when that was heard. Raises Unexpected when it takes too long."""
        if topic in self.states and holds(self.states[topic][1]):
            return now()
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting.append((topic, holds, future))
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            self._waiting = [entry for entry in self._waiting if entry[2] is not future]
            kind = topic.rpartition("/")[0] or topic
            raise Unexpected(f"live {kind}: what was waited for did not come within {seconds:.0f} s") from None

    async def type(self, letter_by_letter: str, last: bool) -> None:
        """Sends what stands in the search box; for the last keystroke, waits for the answer."""
        number = self._number()
        future = self._expect(number) if last else None
        self._asked[number] = (now(), future)
        await self._send(protocol.Suggest(number, letter_by_letter))
        if future is not None:
            await self._answer(future, "suggestion")

    async def close(self) -> None:
        """Says goodbye."""
        self._closing = True
        await self._ws.close()

    async def read(self) -> None:
        """Hears everything until the socket ends; never raises for what it hears. Started once, by `opened`."""
        async for message in self._ws:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._record.frames += 1
                try:
                    await self._hear(_frame.decode(message.data))
                except (msgspec.DecodeError, Unexpected) as fault:
                    self._record.fault(f"live: {fault}")
        if not self._closing:
            self._record.fault(f"live: the socket was closed with {self._ws.close_code}")

    async def _hear(self, frame: _Frame) -> None:
        match frame.op:
            case "":
                self._reply(frame)
            case "state" | "gone":
                self._fold(frame.t, frame.v, msgspec.json.decode(frame.d) if frame.op == "state" else None)
            case "ping":
                await self._send(protocol.Pong())

    def _reply(self, frame: _Frame) -> None:
        sent, future = self._asked.pop(frame.id if frame.id is not None else -1, (None, None))
        if frame.err is not None:
            outcome = f"{frame.err.status} {frame.err.code}"
            self._record.fault(f"live: {outcome}, which is not documented here")
        elif sent:
            self._record.wait("suggestion", now() - sent)
        if future is not None and not future.done():
            future.set_result(frame.ok)

    def _fold(self, topic: str, version: int, value: Any) -> None:
        known = self.states.get(topic)
        at = now()
        if known is not None and version <= known[0]:
            self._record.fault(f"live {topic.split('/', maxsplit=1)[0]}: a version did not grow")
            return
        self.states[topic] = (version, value)
        self._record.heard_at = at
        if known is not None and known[1] != value and self._heard is not None:
            self._heard(topic, at)
        for entry in [found for found in self._waiting if found[0] == topic]:
            if entry[1](value):
                self._waiting.remove(entry)
                if not entry[2].done():
                    entry[2].set_result(at)

    def _number(self) -> int:
        self._next_id += 1
        return self._next_id

    def _expect(self, number: int) -> asyncio.Future[Raw]:
        future: asyncio.Future[Raw] = asyncio.get_running_loop().create_future()
        self._asked[number] = (0.0, future)
        return future

    async def _answer(self, future: asyncio.Future[Raw], what: str) -> Raw:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await future
        except TimeoutError:
            raise Unexpected(f"live {what}: no answer within {ANSWER_SECONDS:.0f} s") from None

    async def _send(self, message: protocol.Inbound) -> None:
        try:
            await self._ws.send_str(_encode(message).decode())
        except (ConnectionError, aiohttp.ClientError) as lost:
            raise Unexpected(f"live: the connection was lost ({type(lost).__name__})") from lost

    async def greet(self) -> None:
        """Says hello and waits for the welcome."""
        number = self._number()
        future = self._expect(number)
        await self._send(protocol.Hello(number, client=CLIENT))
        await self._answer(future, "hello")


async def opened(doors: Doors, tasks: asyncio.TaskGroup, record: Record, heard: Heard | None = None) -> Socket:
    """A socket that has been welcomed, for whoever the doors' cookies say. `tasks` owns what reads it."""
    started = now()
    try:
        ws = await doors.session.ws_connect(
            f"{doors.url}/live",
            protocols=(protocol.SUBPROTOCOL,),
            headers=doors.shop_headers,
            timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS),
            max_msg_size=0,
        )
    except (aiohttp.ClientError, OSError, TimeoutError) as refusal:
        status = getattr(refusal, "status", type(refusal).__name__)
        raise Unexpected(f"live handshake: {status}, which is not documented here") from refusal
    record.sockets += 1
    socket = Socket(ws, record, heard)
    tasks.create_task(socket.read(), name="live reader")
    try:
        await socket.greet()
    except BaseException:  # nobody else knows of the socket yet, so nobody else would close it
        await socket.close()
        raise
    record.wait("live handshake", now() - started)
    return socket


def stale(seen: Mapping[str, tuple[int, Any]], fresh: Mapping[str, tuple[int, Any]]) -> list[str]:
    """The topics whose last seen value is not the one of a fresh snapshot, or whose version is from the future.

    A version may be older than the snapshot's: what changed behind the same public value is not pushed.
    """
    return [
        f"{topic}: seen {value} at version {version}, now {fresh.get(topic)}"
        for topic, (version, value) in seen.items()
        if topic not in fresh or fresh[topic][1] != value or version > fresh[topic][0]
    ]
