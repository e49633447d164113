"""How many whole guest checkouts a second the shop serves over HTTP: `python -m bench.checkout`.

A checkout is five requests, each guest a new session: three things into the cart, the order, its page; `--no-page` leaves the
page out. The server has one core and the client the other. The peer in the same run is an aiohttp application that answers the
same five with "hello".
"""

import argparse
import asyncio
import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path

import aiohttp
import uvloop
from aiohttp import web

from shop.ids import crockford

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = (64, 16)
CHECKOUTS = 1_000
ROUNDS = 5
LINES = 3
REQUESTS = LINES + 2
UNITS = 1_000_000
PROBE_SECONDS = 0.02
START_SECONDS = 60.0
CALL_SECONDS = 30.0
SERVER_CORE, CLIENT_CORE = {0}, {1}
DETAILS = {
    "email": "noor@example.com",
    "name": "Noor Adler",
    "street": "Oudburg 14",
    "postcode": "9000",
    "town": "Ghent",
    "country": "BE",
    "shipping": "door",
}

Guest = Callable[[aiohttp.ClientSession], Awaitable[None]]


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hello", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--no-page", action="store_true", help="leave the order's page out")
    options = parser.parse_args()
    port = options.hello
    if port:
        await _say_hello(port)
        return
    hello, shop = _free_port(), _free_port()
    with tempfile.TemporaryDirectory() as folder:
        async with _started(["-m", "bench.checkout", "--hello", str(hello)], hello, Path(folder)) as (session, pid):
            for connections in CONNECTIONS:
                await _measure("plain aiohttp, the same requests", session, pid, _greet, connections)
        async with _started(
            ["run.py", "serve", "--no-bank", "--port", str(shop), "--data", folder], shop, Path(folder)
        ) as (session, pid):
            variants = await asyncio.to_thread(_stock_up, Path(folder))
            guest = partial(_check_out, variants=variants, page=not options.no_page)
            for connections in CONNECTIONS:
                await _measure("guest checkouts", session, pid, guest, connections)


async def _check_out(session: aiohttp.ClientSession, variants: list[str], *, page: bool) -> None:
    cookie = ""
    for variant in variants[:LINES]:
        headers = {"Cookie": cookie} if cookie else {}
        async with session.post("/cart", data={"variant": variant}, headers=headers, allow_redirects=False) as answer:
            _expect(answer, 303)
            cookie = cookie or answer.headers["Set-Cookie"].split(";")[0]
    form = DETAILS | {"command": crockford(20)}
    async with session.post("/checkout", data=form, headers={"Cookie": cookie}, allow_redirects=False) as answer:
        _expect(answer, 303)
        address = answer.headers["Location"].removesuffix("/pay")
    if not page:
        return
    async with session.get(address, headers={"Cookie": cookie}) as answer:
        _expect(answer, 200)
        await answer.read()


async def _greet(session: aiohttp.ClientSession) -> None:
    for _ in range(REQUESTS - 1):
        async with session.post("/", data=DETAILS) as answer:
            _expect(answer, 200)
    async with session.get("/") as answer:
        _expect(answer, 200)


def _expect(answer: aiohttp.ClientResponse, status: int) -> None:
    if answer.status != status:
        raise SystemExit(f"{answer.method} {answer.url.path} answered {answer.status}")


async def _measure(name: str, session: aiohttp.ClientSession, pid: int, guest: Guest, connections: int) -> None:
    rates, spent, waits = [], [], []
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), _cpu_seconds(pid)
        waits += await _round(session, guest, connections)
        rates.append(CHECKOUTS / (time.perf_counter() - wall))
        spent.append((_cpu_seconds(pid) - cpu) / CHECKOUTS * 1e6)
    p99 = statistics.quantiles(waits, n=100)[98] * 1000
    print(
        f"{name}, {connections} at once: {statistics.median(rates):6,.0f}/s, "
        f"{statistics.median(spent):6,.0f} µs CPU each, /healthz beside them p99 {p99:.0f} ms",
        flush=True,
    )


async def _round(session: aiohttp.ClientSession, guest: Guest, connections: int) -> list[float]:
    """Serves CHECKOUTS guests; answers the seconds that a small request took meanwhile, time after time."""
    left, waits, done = iter(range(CHECKOUTS)), [], asyncio.Event()

    async def guests() -> None:
        for _ in left:
            await guest(session)

    async def probe() -> None:
        while not done.is_set():
            asked = time.perf_counter()
            async with session.get("/healthz") as answer:
                await answer.read()
            waits.append(time.perf_counter() - asked)
            await asyncio.sleep(PROBE_SECONDS)

    async with asyncio.TaskGroup() as around:
        around.create_task(probe())
        async with asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(guests())
        done.set()
    return waits


@asynccontextmanager
async def _started(command: list[str], port: int, folder: Path) -> AsyncIterator[tuple[aiohttp.ClientSession, int]]:
    """A server on its own core, and a session to it from the other one; ended with the block."""
    env = os.environ | {"SHOPWIRE_LIMITS_FACTOR": "1000000"}
    os.sched_setaffinity(0, SERVER_CORE)  # a child begins on the core of its parent
    with (folder / "server.log").open("ab") as log:
        server = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT
        )
    os.sched_setaffinity(0, CLIENT_CORE)
    timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
    jar, connector = aiohttp.DummyCookieJar(), aiohttp.TCPConnector(limit=0)
    try:
        async with aiohttp.ClientSession(
            f"http://localhost:{port}", cookie_jar=jar, timeout=timeout, connector=connector
        ) as session:
            await asyncio.wait_for(_ready(session), START_SECONDS)
            yield session, server.pid
    finally:
        server.terminate()
        await asyncio.wait_for(server.wait(), START_SECONDS)


async def _ready(session: aiohttp.ClientSession) -> None:
    while True:
        try:
            async with session.get("/readyz") as answer:
                if answer.ok:
                    return
        except aiohttp.ClientConnectionError:
            pass
        await asyncio.sleep(PROBE_SECONDS)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _stock_up(folder: Path) -> list[str]:
    """Fills the shelves by hand, for as many as will come; answers three variants."""
    with closing(sqlite3.connect(folder / "shop.db", timeout=CALL_SECONDS)) as books, books:
        books.execute("UPDATE stock SET on_hand = ?", (UNITS,))
        found = books.execute("SELECT variant_id FROM stock ORDER BY variant_id LIMIT ?", (LINES,))
        return [str(variant) for (variant,) in found]


def _cpu_seconds(pid: int) -> float:
    """What a process has spent so far, in all its threads (proc(5): fields 14 and 15, in ticks)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _say_hello(port: int) -> None:
    async def hello(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", hello)
    runner = web.AppRunner(app, access_log=None, handle_signals=True)
    await runner.setup()
    await web.TCPSite(runner, "localhost", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
