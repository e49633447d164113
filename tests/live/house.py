"""A running server with the fake shop behind it, and clients that keep what they hear."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestClient

from handlers import live
from live import topics
from live.hub import Hub
from live.protocol import SUBPROTOCOL
from live.timing import Timing
from live.viewer import Viewer
from shop.errors import InvalidFields
from tests.live.fakes import OWNER, STAFF, STRANGER, Shop, dumps

VIEWERS = {"owner": OWNER, "staff": STAFF}
QUICK = Timing(sweep_seconds=0.02, close_seconds=0.5)
ORDERS = topics.DASHBOARD_ORDERS

Opened = Callable[..., Awaitable["House"]]


def suggest(q: str) -> bytes:
    if q == "forbidden":
        raise InvalidFields("Not that")
    if q == "broken":
        raise RuntimeError("a bug")
    return dumps({"q": q})


async def viewer_of(request: web.Request) -> Viewer:
    return VIEWERS.get(request.headers.get("X-Viewer", request.cookies.get("viewer", "")), STRANGER)


@dataclass
class Socket:
    """A client socket that keeps what it heard."""

    ws: ClientWebSocketResponse
    heard: list[dict[str, Any]] = field(default_factory=list)

    async def say(self, **message: Any) -> None:
        await self.ws.send_str(json.dumps(message))

    async def next(self) -> dict[str, Any]:
        message = await self.ws.receive(timeout=5)
        assert message.type is WSMsgType.TEXT, message
        self.heard.append(json.loads(message.data))
        return self.heard[-1]

    async def until_closed(self) -> int | None:
        while (message := await self.ws.receive(timeout=5)).type is WSMsgType.TEXT:
            self.heard.append(json.loads(message.data))
        return self.ws.close_code

    async def watch(self, **names: int | None) -> None:
        await self.say(id=2, op="sub", topics={name.replace("__", "/"): known for name, known in names.items()})
        assert await self.next() == {"id": 2, "ok": {"refused": {}}}


@dataclass
class House:
    """A running server with the fake shop behind it."""

    client: TestClient[Any, Any]
    shop: Shop
    hub: Hub

    async def connect(self, viewer: str = "", hello: bool = True, **headers: str) -> Socket:
        ws = await self.client.ws_connect(
            "/live", protocols=(SUBPROTOCOL,), headers={"X-Viewer": viewer, **headers}, autoclose=True
        )
        socket = Socket(ws)
        if hello:
            await socket.say(id=1, op="hello", client="tests/1")
            await socket.next()
        return socket


def app_over(shop: Shop, **settings: Any) -> web.Application:
    """An application with nothing but the live door."""
    app = web.Application()
    app[live.SOURCE] = shop
    app[live.SUGGEST] = suggest
    app[live.VIEWER] = viewer_of
    app[live.LIVE_SETTINGS] = live.LiveSettings(**{"timing": QUICK, "drain_seconds": 0.0, **settings})
    app.cleanup_ctx.append(live.running_hub)
    app.router.add_get("/live", live.live)
    app.router.add_get("/asyncapi.json", live.asyncapi)
    return app
