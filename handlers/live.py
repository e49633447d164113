"""The websocket door: who may come in, what a socket is to the live room, and one receive loop per client."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import orjson
from aiohttp import WSMsgType, web

from handlers.callers import address
from handlers.limits import LOAD_PASS, NOBODY
from live import frames, schema
from live.connection import Connection
from live.conversation import Conversation
from live.flow import Admissions
from live.hub import Hub
from live.protocol import MAX_FRAME_BYTES, SUBPROTOCOL, CloseCode
from live.source import Source, Suggester
from live.timing import Timing
from live.viewer import Viewer
from shop.errors import Busy, ForeignOrigin, ShopError

NOTSENT_LOWAT_BYTES: Final = 16 * 1024
RETRY_SECONDS: Final = 5.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """Who may connect, how many, and how long a drain takes. `allowed_origins` are full ones, beside the shop's own."""

    allowed_origins: frozenset[str] = frozenset()
    max_connections_per_address: int = 100
    max_connections: int = 20_000
    viewer_seconds: float = 5.0
    drain_seconds: float = 8.0
    timing: Timing = field(default_factory=Timing)


HUB: Final = web.AppKey("hub", Hub)
ADMISSIONS: Final = web.AppKey("admissions", Admissions)
LIVE_SETTINGS: Final = web.AppKey("live_settings", LiveSettings)
SOURCE: Final = web.AppKey[Source]("live_source")
SUGGEST: Final = web.AppKey[Suggester]("live_suggest")
VIEWER: Final = web.AppKey[Callable[[web.Request], Awaitable[Viewer]]]("live_viewer")


async def running_hub(app: web.Application) -> AsyncIterator[None]:
    """A cleanup context: makes HUB from SOURCE, SUGGEST and LIVE_SETTINGS, runs it, and drains it on shutdown.

    A hub that breaks ends the process: a shop that looks live and is not would be worse.
    """
    settings = app[LIVE_SETTINGS]
    hub = app[HUB] = Hub(app[SOURCE], app[SUGGEST], timing=settings.timing)
    app[ADMISSIONS] = Admissions(settings.max_connections_per_address, settings.max_connections)
    app.on_shutdown.append(_drain)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(hub.run(), name="live hub")
        yield
        running.cancel()


async def live(request: web.Request) -> web.StreamResponse:
    """GET /live. Refuses with problem+json before the handshake, with a close code after it."""
    settings, hub, admissions = request.app[LIVE_SETTINGS], request.app[HUB], request.app[ADMISSIONS]
    caller, crowd = address(request), request.app.get(LOAD_PASS, NOBODY).brought_by(request)
    try:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            raise UpgradeRequired("This address speaks websocket only; see /asyncapi.json")
        _check_origin(request, settings.allowed_origins)
        if hub.draining or not admissions.admit(caller, crowd=crowd):
            raise Busy("Too many live connections right now", retry_seconds=RETRY_SECONDS)
    except ShopError as error:
        return _refuse(error)
    try:
        return await _serve(request, hub, settings)
    finally:
        admissions.release(caller)


async def asyncapi(_request: web.Request) -> web.Response:
    """GET /asyncapi.json."""
    return web.Response(body=_ASYNCAPI, content_type="application/json")


class UpgradeRequired(ShopError):
    """A plain request to an address that speaks websocket only."""

    status = 426
    code = "upgrade_required"
    title = "This address speaks websocket"


class SocketWire:
    """A websocket as the live room sees it. Frames go straight to the transport: no send is ever awaited."""

    __slots__ = ("_socket", "_transport")

    def __init__(self, ws: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self._socket: Final = ws
        self._transport: Final = transport

    def write(self, data: bytes) -> None:
        """See live.wire."""
        self._transport.write(data)

    def buffered(self) -> int:
        """See live.wire."""
        return self._transport.get_write_buffer_size()

    def closing(self) -> bool:
        """See live.wire."""
        return self._socket.closed or self._transport.is_closing()

    def abort(self) -> None:
        """See live.wire."""
        self._transport.abort()


async def _serve(request: web.Request, hub: Hub, settings: LiveSettings) -> web.StreamResponse:
    try:
        async with asyncio.timeout(settings.viewer_seconds):
            viewer = await request.app[VIEWER](request)
    except TimeoutError:
        return _refuse(Busy(retry_seconds=RETRY_SECONDS))
    except ShopError as error:
        return _refuse(error)
    ws = web.WebSocketResponse(
        protocols=(SUBPROTOCOL,),
        compress=False,
        # aiohttp refuses a frame that reaches its limit; ours may be as long as the limit.
        max_msg_size=MAX_FRAME_BYTES + 1,
        autoping=False,
        autoclose=False,
        decode_text=False,
        timeout=settings.timing.close_seconds,
    )
    await ws.prepare(request)
    transport = request.transport
    if transport is None:
        return ws
    if ws.ws_protocol != SUBPROTOCOL:
        await ws.close(code=CloseCode.WRONG_SUBPROTOCOL, message=SUBPROTOCOL.encode(), drain=False)
        return ws
    _tune(transport)
    wire = SocketWire(ws, transport)
    connection = Connection(wire, viewer)
    hub.register(connection)
    try:
        await _listen(ws, wire, hub, connection)
    finally:
        hub.unregister(connection)
        _hang_up(transport, 0 if wire.closing() else wire.buffered(), settings.timing.close_seconds)
    return ws


async def _listen(ws: web.WebSocketResponse, wire: SocketWire, hub: Hub, connection: Connection) -> None:
    """The one receive loop of a socket, until the peer has left or has answered our close."""
    conversation = Conversation(hub, connection)
    while True:
        message = await ws.receive()
        try:
            if message.type is WSMsgType.TEXT:
                await conversation.hear(message.data)
            elif message.type is WSMsgType.PING:
                conversation.hear_ping(bytes(message.data))
            elif message.type is WSMsgType.BINARY:
                conversation.hear_binary()
            elif message.type is WSMsgType.CLOSE:
                if connection.closing_at is None and not wire.closing():
                    wire.write(frames.close(CloseCode.NORMAL))
                return
            elif message.type is WSMsgType.PONG:
                connection.heard_at = hub.clock()
            else:
                return
        except Exception:  # noqa: BLE001 - the edge of the socket: logged once, and the client comes back later
            _log.exception("live: a message could not be served")
            hub.close(connection, CloseCode.OVERLOADED, "Our side, not yours")


def _check_origin(request: web.Request, allowed: frozenset[str]) -> None:
    """Browsers always send Origin with a websocket and the cookie with it; other clients send neither.

    TLS may end in front of us, so an https origin of the same host passes on http as well. Raises ForeignOrigin.
    """
    origin = request.headers.get("Origin")
    if origin is None or origin in allowed:
        return
    try:
        parts = urlsplit(origin)
    except ValueError as fault:  # not even an address, such as http://[
        raise ForeignOrigin from fault
    if parts.netloc != request.host or parts.scheme not in {request.scheme, "https"}:
        raise ForeignOrigin


def _tune(transport: asyncio.Transport) -> None:
    """No delay for small frames, and no megabytes of stale ones hidden in the kernel where conflation can't reach."""
    sock = transport.get_extra_info("socket")
    if sock is None:
        return
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, NOTSENT_LOWAT_BYTES)


def _hang_up(transport: asyncio.Transport, waiting_bytes: int, seconds: float) -> None:
    """Close before aiohttp can send a second close frame; a peer that doesn't take the rest is cut."""
    transport.close()
    if waiting_bytes:
        asyncio.get_running_loop().call_later(seconds, transport.abort)


def _refuse(error: ShopError) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, UpgradeRequired):
        headers |= {"Upgrade": "websocket", "Connection": "upgrade"}
    if error.retry_seconds is not None:
        headers["Retry-After"] = str(round(error.retry_seconds))
    return web.Response(
        status=error.status,
        body=orjson.dumps(error.problem()),
        content_type="application/problem+json",
        headers=headers,
    )


async def _drain(app: web.Application) -> None:
    await app[HUB].drain(app[LIVE_SETTINGS].drain_seconds)


_ASYNCAPI: Final = orjson.dumps(schema.document())
