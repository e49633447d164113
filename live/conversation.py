"""What a client says and what that means: credits, hello, subscriptions and questions, all without a socket."""

import asyncio
from typing import Final

from live import frames, protocol, topics
from live.connection import Connection
from live.flow import Credits, Verdict
from live.hub import Hub
from live.protocol import BadFrame, CloseCode, Hello, HelloFirst, HelloTwice, Subscribe, Suggest, Unsubscribe
from shop.errors import Busy, ShopError, TooManyRequests

TOO_MANY_TOPICS: Final = "too_many_topics"


class Conversation:
    """One client's side of the protocol. `hear` is called with one message at a time."""

    def __init__(self, hub: Hub, connection: Connection) -> None:
        self._hub: Final = hub
        self._connection: Final = connection
        self._credits: Final = Credits(hub.clock())
        self._bad_frames = 0
        self._refused_topics = 0
        self._trusts_versions = True

    async def hear(self, payload: bytes) -> None:
        """Act on the text of one frame. Never raises for what a client sent."""
        if self._connection.closing_at is not None or not self._pay(payload):
            return
        try:
            await self._act(protocol.decode(payload))
        except BadFrame as error:
            self._strike(protocol.id_of(payload), error)
        except ShopError as error:
            self._hub.reply(self._connection, protocol.refuse(protocol.id_of(payload), error))

    def hear_ping(self, payload: bytes) -> None:
        """Answer a ping of the websocket protocol; it costs what a message costs."""
        if self._connection.closing_at is None and self._pay(b""):
            self._hub.reply(self._connection, frames.pong(payload))

    def hear_binary(self) -> None:
        """Nothing here is binary."""
        self._hub.close(self._connection, CloseCode.BAD_FRAME, "Text frames only")

    def _pay(self, payload: bytes) -> bool:
        now = self._hub.clock()
        self._connection.heard_at = now
        verdict = self._credits.spend(now)
        if verdict is Verdict.GRANTED:
            return True
        if verdict is Verdict.FLOOD:
            self._hub.close(self._connection, CloseCode.FLOODING, "Too many messages")
        elif payload:
            error = TooManyRequests(retry_seconds=self._credits.retry_seconds)
            self._hub.reply(self._connection, protocol.refuse(protocol.id_of(payload), error))
        return False

    def _strike(self, message_id: int | None, error: BadFrame) -> None:
        self._bad_frames += 1
        self._hub.reply(self._connection, protocol.refuse(message_id, error))
        if self._bad_frames > protocol.MAX_BAD_FRAMES:
            self._hub.close(self._connection, CloseCode.BAD_FRAME, "Too many bad frames")

    async def _act(self, message: protocol.Inbound) -> None:
        if isinstance(message, Hello):
            self._greet(message)
        elif not self._connection.greeted:
            raise HelloFirst
        elif isinstance(message, Subscribe):
            await self._subscribe(message)
        elif isinstance(message, Unsubscribe):
            for name in message.topics:
                self._hub.unwatch(self._connection, name)
            self._reply(protocol.UnsubscribeReply(message.id, protocol.Nothing()))
        elif isinstance(message, Suggest):
            self._hub.ask(self._connection, message.id, message.q)

    def _greet(self, hello: Hello) -> None:
        if self._connection.greeted:
            raise HelloTwice
        self._connection.greeted = True
        epoch, tag = self._hub.source.epoch, self._connection.viewer.tag
        # A client may pipeline its subscriptions behind hello: versions from another database or session mean nothing.
        self._trusts_versions = hello.epoch is None or (hello.epoch == epoch and hello.viewer == tag)
        ping_ms = round(self._hub.timing.ping_seconds * 1000)
        self._reply(protocol.HelloReply(hello.id, protocol.Welcome(epoch, tag, ping_ms, protocol.Limits())))

    async def _subscribe(self, message: Subscribe) -> None:
        try:
            async with asyncio.timeout(self._hub.timing.source_seconds):
                wanted, refused = await self._sort(message.topics)
        except TimeoutError as error:
            raise Busy(retry_seconds=1.0) from error
        self._reply(protocol.SubscribeReply(message.id, protocol.Subscribed(refused)))
        for topic, known in wanted:
            self._hub.watch(self._connection, topic, known if self._trusts_versions else None)
        self._refused_topics += len(refused)
        if self._refused_topics > protocol.MAX_REFUSED_TOPICS:
            self._hub.close(self._connection, CloseCode.FORBIDDEN, "Too many refused topics")

    async def _sort(self, named: dict[str, int | None]) -> tuple[list[tuple[topics.Topic, int | None]], dict[str, str]]:
        """The topics this viewer may watch, and the others with the code of their refusal."""
        watched = {channel.name for channel in (*self._connection.states, *self._connection.feeds)}
        wanted: list[tuple[topics.Topic, int | None]] = []
        refused: dict[str, str] = {}
        for name, known in named.items():
            if name not in watched and len(watched) >= protocol.MAX_TOPICS:
                refused[name] = TOO_MANY_TOPICS
                continue
            try:
                wanted.append((await topics.resolve(name, self._connection.viewer), known))
                watched.add(name)
            except ShopError as error:
                refused[name] = error.code
        return wanted, refused

    def _reply(self, message: protocol.Reply) -> None:
        self._hub.reply(self._connection, protocol.encode(message))
