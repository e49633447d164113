"""Is it alive, is it ready, and how is it doing: for load balancers and monitoring."""

import hmac
from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web

from handlers.keys import DB, SHOP
from shop.errors import Busy, Forbidden, NotFound
from storage import outbox

READY: web.AppKey[Callable[[], bool]] = web.AppKey("ready", Callable)  # type: ignore[arg-type]
METRICS: web.AppKey[Callable[[], Awaitable[bytes]]] = web.AppKey("metrics", Callable)  # type: ignore[arg-type]


async def healthz(_request: web.Request) -> web.Response:
    """200 as long as the process answers at all."""
    return web.Response(body=orjson.dumps({"status": "alive"}), content_type="application/json")


async def readyz(request: web.Request) -> web.Response:
    """200 when new shoppers may be sent here: the books can be read and the shop is not draining; else 503."""
    if not request.app[READY]():
        raise Busy("The shop is closing its doors.", retry_seconds=5)
    position = await request.app[DB].read(outbox.head)
    return web.Response(body=orjson.dumps({"status": "ready", "position": position}), content_type="application/json")


async def metrics(request: web.Request) -> web.Response:
    """Prometheus text format, version 0.0.4. With a metrics token set, only for who brings it; in production never without."""
    shop = request.app[SHOP]
    if shop.production and not shop.metrics_token:
        raise NotFound("Metrics are off until SHOPWIRE_METRICS_TOKEN is set.")
    brought = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if shop.metrics_token and not hmac.compare_digest(
        brought.encode(errors="surrogateescape"), shop.metrics_token.encode()
    ):
        raise Forbidden("Bring the metrics token as a bearer token.")
    return web.Response(
        body=await request.app[METRICS](), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
    )
