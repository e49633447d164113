"""What a page costs: `python -m bench.pages [--products N]`, in ms of this process's CPU for each page, all threads.

The real app answers on a loopback socket; a bare client asks over one kept connection, without and with compression. Each
figure is the median of the rounds. SQL is what the read functions spend on the reader threads, template what Jinja does. The
peer in the same run is /healthz: what any answer costs here, the client's side included.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import uvloop
from aiohttp import web

from handlers.keys import DB
from server.app import build
from server.commands.seed import make_up
from server.settings import Settings
from storage.database import Database, opened
from storage.listing import Shelf, page
from storage.migrate import migrate

ROUNDS = 5
PER_ROUND = 60
TIMEOUT_SECONDS = 60


@dataclass
class Spent:
    """CPU seconds of the parts since the last look."""

    sql: float = 0
    template: float = 0
    total: float = field(default_factory=time.process_time)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=1_000, help="how many products to make up")
    products = parser.parse_args().products
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder), limits_factor=1e6, production=False)
        await migrate(settings.where, settings.currency)
        async with opened(settings.where) as db:
            await make_up(db, products, 1)
            [card] = await db.read(page, Shelf(), 1)
        app = build(settings, background=False)
        spent = Spent()
        _watch(app, spent)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        print(f"{products:,} products; ms CPU a page, median of {ROUNDS} rounds of {PER_ROUND}")
        print(f"{'page':24} {'plain':>7} {'SQL':>7} {'template':>9} {'gzip':>7}  bytes")
        for name, path in {
            "/healthz (peer)": "/healthz",
            "home": "/",
            "category": "/c/table",
            "category, page 5": "/c/table?page=5&sort=price&stock=in",
            "product": f"/p/{card.slug}",
            "search": "/search?q=harbour",
        }.items():
            await _measure(name, path, port, spent)
        await runner.cleanup()


async def _measure(name: str, path: str, port: int, spent: Spent) -> None:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        plain = [await _round(path, port, spent, "identity") for _ in range(ROUNDS + 1)][1:]
        gzip = [await _round(path, port, spent, "gzip") for _ in range(ROUNDS)]
    total, sql, template = (statistics.median(one[part] for one in plain) for part in range(3))
    packed = statistics.median(one[0] for one in gzip)
    print(f"{name:24} {total:7.2f} {sql:7.2f} {template:9.2f} {packed:7.2f}  {plain[0][3]:,.0f}")


async def _round(path: str, port: int, spent: Spent, encoding: str) -> tuple[float, float, float, float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    spent.sql = spent.template = 0
    started, size = time.process_time(), 0
    for _ in range(PER_ROUND):
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: {encoding}\r\n\r\n".encode())
        size = await _answer(reader)
    total = time.process_time() - started
    writer.close()
    return total / PER_ROUND * 1000, spent.sql / PER_ROUND * 1000, spent.template / PER_ROUND * 1000, size


async def _answer(reader: asyncio.StreamReader) -> int:
    """Reads one answer to its end; how many bytes its body has. Raises ValueError for any other status than 200."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200"):
        raise ValueError(head.decode())
    if b"content-length: " in head:
        size = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(size)
        return size
    size = 0
    while chunk := int(await reader.readline(), 16):
        size += len(await reader.readexactly(chunk + 2)) - 2
    await reader.readline()
    return size


def _watch(app: web.Application, spent: Spent) -> None:
    """Counts what the read functions and the templates spend, each on its own thread."""
    db: Database = app[DB]
    read = db.read

    async def watched(fn: Callable[..., Any], /, *args: Any, **more: Any) -> Any:
        def timed(tx: Any, *args: Any) -> Any:
            started = time.thread_time()
            try:
                return fn(tx, *args, **more)
            finally:
                spent.sql += time.thread_time() - started

        return await read(timed, *args)

    db.read = watched  # type: ignore[method-assign]
    render = jinja2.Template.render

    def rendered(self: jinja2.Template, *args: Any, **more: Any) -> str:
        started = time.thread_time()
        try:
            return render(self, *args, **more)
        finally:
            spent.template += time.thread_time() - started

    jinja2.Template.render = rendered  # type: ignore[method-assign]


if __name__ == "__main__":
    uvloop.run(main())
