"""The other side of bench.pages: `python -m bench.pages_served FOLDER` serves a shop and a plain aiohttp application.

It prints their ports as JSON. The plain one answers bodies of any length, and tells what this process has spent so far.
"""

import asyncio
import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
import uvloop
from aiohttp import web

from handlers import packing
from handlers.kept import KEPT
from handlers.keys import DB
from server import tasks
from server.app import build
from server.logs import set_up
from server.settings import Settings


class Spent:
    """CPU seconds of the parts since the start, each on its own thread."""

    def __init__(self, app: web.Application) -> None:
        self.parts = {"sql": 0.0, "template": 0.0, "packing": 0.0}
        read = app[DB].read

        async def watched(fn: Callable[..., Any], /, *args: Any, **more: Any) -> Any:
            return await read(self._timed("sql", fn), *args, **more)

        app[DB].read = watched  # type: ignore[method-assign]
        jinja2.Template.render = self._timed("template", jinja2.Template.render)  # type: ignore[method-assign]
        packing.part = self._timed("packing", packing.part)
        packing.joined = self._timed("packing", packing.joined)

    def now(self) -> dict[str, float]:
        return self.parts | {"total": time.process_time()}

    def _timed(self, part: str, fn: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **more: Any) -> Any:
            started = time.thread_time()
            try:
                return fn(*args, **more)
            finally:
                self.parts[part] += time.thread_time() - started

        return timed


async def main() -> None:
    writer = set_up("info", "text", io.StringIO())
    app = build(Settings(data=Path(sys.argv[1]), limits_factor=1e6, with_bank=False), background=False)
    spent = Spent(app)

    async def body(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * int(request.query["bytes"]))

    async def look(_request: web.Request) -> web.Response:
        return web.json_response(spent.now())

    async def keep(request: web.Request) -> web.Response:
        app[KEPT].forget_all()
        app[KEPT].on = request.query["on"] == "1"
        return web.Response()

    plain = web.Application()
    plain.add_routes([web.get("/body", body), web.get("/spent", look), web.get("/keep", keep)])
    async with tasks.running({"log": writer.run}):
        print(json.dumps({"shop": await _serve(app), "plain": await _serve(plain)}), flush=True)
        await asyncio.Event().wait()


async def _serve(app: web.Application) -> int:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port: int = runner.addresses[0][1]
    return port


if __name__ == "__main__":
    uvloop.run(main())
