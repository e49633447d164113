"""Puts the sandbox bank together and runs it: routes, headers, refusals, books and courier."""

import asyncio
import contextlib
import dataclasses
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import jinja2
import orjson
from aiohttp import web

from server.bank import api, pages, payments, records
from server.bank.appkeys import BOOKS, SETTINGS, TEMPLATES
from server.bank.books import Books
from server.bank.refusals import Refusal
from server.bank.settings import BankSettings
from server.bank.webhooks import Courier

HERE = Path(__file__).parent
MAX_BODY_BYTES = 64 * 1024
SHUTDOWN_SECONDS = 1.0
BACKLOG = 128

log = logging.getLogger("bank")


def build(settings: BankSettings) -> web.Application:
    """The bank as an application; its books and courier live from start-up to clean-up."""
    app = web.Application(middlewares=[_edge], client_max_size=MAX_BODY_BYTES)
    app[SETTINGS] = settings
    app[TEMPLATES] = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    app.add_routes(
        [
            web.post("/v1/payments", api.for_merchants(api.create)),
            web.get("/v1/payments", api.for_merchants(api.find)),
            web.get("/v1/payments/{id}", api.for_merchants(api.read)),
            web.post("/v1/payments/{id}/cancel", api.for_merchants(api.cancel)),
            web.post("/v1/payments/{id}/refunds", api.for_merchants(api.refund)),
            web.get("/v1/books", api.for_merchants(api.books)),
            web.get("/healthz", api.health),
            web.get("/pay/{id}", pages.show),
            web.post("/pay/{id}", pages.submit),
            web.get("/pay/{id}/challenge", pages.show_challenge),
            web.post("/pay/{id}/challenge", pages.submit_challenge),
            web.post("/pay/{id}/cancel", pages.cancel),
            web.static("/static", HERE / "static"),
        ]
    )
    app.cleanup_ctx.append(_open_books)
    app.cleanup_ctx.append(_run_courier)
    return app


@contextlib.asynccontextmanager
async def running(settings: BankSettings, host: str, port: int) -> AsyncIterator[str]:
    """Serves the bank while the block runs and yields its address, like `http://127.0.0.1:8081`.

    Port 0 takes a free one, and `public_url` is then what was bound. Raises OSError if the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    url = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
    if port == 0:
        settings = dataclasses.replace(settings, public_url=url)
    runner = web.AppRunner(build(settings), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    try:
        await runner.setup()
        await web.SockSite(runner, listener).start()
        yield url
    finally:
        await runner.cleanup()
        listener.close()


async def _open_books(app: web.Application) -> AsyncIterator[None]:
    books = app[BOOKS] = Books(app[SETTINGS], payments.wake)
    await books.open()
    yield
    await books.close()


async def _run_courier(app: web.Application) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        courier = tasks.create_task(Courier(app[BOOKS], app[SETTINGS], records.next_wake_ms).run(), name="bank-courier")
        yield
        courier.cancel()


@web.middleware
async def _edge(request: web.Request, handler: api.Handler) -> web.StreamResponse:
    """Turns refusals into answers and puts the common headers on everything."""
    try:
        response = await handler(request)
    except Refusal as refusal:
        response = _told(request, refusal.status, refusal)
    except web.HTTPError as error:
        response = _told(request, error.status, Refusal(error.reason.lower().replace(" ", "_"), f"{error.reason}."))
        response.headers.extend({name: error.headers[name] for name in ("Allow",) if name in error.headers})
    except web.HTTPException as redirect:
        _put_headers(request, redirect)
        raise
    except Exception:  # the edge: a bug is logged once and answered
        log.exception("%s %s failed", request.method, request.path)
        response = _told(request, 500, Refusal("internal", "Our side, not yours. Please try again."))
    _put_headers(request, response)
    return response


def _put_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.setdefault("Content-Security-Policy", pages.content_policy())
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Not no-referrer: that would make the Origin of the bank's own forms 'null'.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-cache" if request.path.startswith("/static/") else "no-store"


def _told(request: web.Request, status: int, refusal: Refusal) -> web.Response:
    """A page for browsers, JSON for everybody else."""
    if not request.path.startswith("/pay/"):
        return web.Response(status=status, body=orjson.dumps(refusal.body()), content_type="application/json")
    text = request.app[TEMPLATES].get_template("notice.html").render(message=refusal.message)
    return web.Response(status=status, text=text, content_type="text/html")
