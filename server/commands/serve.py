"""Open the shop (the default)."""

import argparse
import asyncio
import signal
from contextlib import AsyncExitStack, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from aiohttp import web

from handlers.live import HUB
from server import people, settings, tasks
from server.app import ENGINE, build
from server.bank.app import running as running_bank
from server.commands.bank import bank_settings
from server.exclusive import only_server
from server.logs import set_up
from server.settings import Settings
from storage import catalogue, shopfront
from storage.database import opened
from storage.migrate import migrate

SHUTDOWN_SECONDS = 5.0
KEEPALIVE_SECONDS = 30.0
BACKLOG = 1024
SECONDS_PER_SOCKET = 0.01


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="the shop's port (default: 8080)")
    parser.add_argument("--bank-port", type=int, help="the sandbox bank's port (default: 8081)")
    parser.add_argument("--no-bank", action="store_true", help="don't start the sandbox bank along")
    parser.add_argument("--no-sample", action="store_true", help="don't fill an empty shop with the sample catalogue")
    parser.add_argument("--production", action="store_true", default=None, help="refuse to start on defaults")


def run(options: argparse.Namespace) -> int:
    names = ("data", "database", "host", "port", "bank_port", "production")
    flags = {name: getattr(options, name) for name in names}
    flags["with_bank"] = False if options.no_bank else None
    found = settings.read(flags)
    lock = only_server(found.where) if isinstance(found.where, Path) else nullcontext()
    with lock, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(found, fill=not options.no_sample))


async def _serve(found: Settings, *, fill: bool) -> int:
    stop = asyncio.Event()
    _on_signals(stop)
    writer = set_up(found.log_level, found.log_format)
    password, name = await _prepare(found, fill=fill)
    async with AsyncExitStack() as open_things:
        await open_things.enter_async_context(tasks.running({"log": writer.run}))
        if found.runs_bank:
            bank = running_bank(bank_settings(found, name), found.bank_host, found.bank_port)
            await open_things.enter_async_context(bank)
        app = build(found)
        runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS, keepalive_timeout=KEEPALIVE_SECONDS
        )
        await runner.setup()
        open_things.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, found.host, found.port, backlog=BACKLOG).start()
        _welcome(found, password)
        await stop.wait()
        print("Closing: new shoppers go elsewhere, everything under way is finished.", flush=True)
        app[ENGINE].ready = False
        await app[HUB].drain(_drain_seconds(found, len(app[HUB].connections())))
    return 0


def _drain_seconds(found: Settings, sockets: int) -> float:
    """How long the farewell takes: only many sockets need spreading, so that they don't all come back at once."""
    return min(found.drain_seconds, SECONDS_PER_SOCKET * sockets)


def _on_signals(stop: asyncio.Event) -> None:
    """The first Ctrl-C or TERM drains; a second one ends at once."""
    loop = asyncio.get_running_loop()

    def ask(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ask, number)


async def _prepare(found: Settings, *, fill: bool) -> tuple[str | None, str]:
    """The schema, a catalogue for an empty shop, and the first owner; answers their password, and the shop's name."""
    await migrate(found.where, found.currency)
    async with opened(found.where) as db:
        if fill and not found.production and not await db.read(catalogue.shelves):
            from server.commands.seed import sample  # noqa: PLC0415  with all its products, for an empty shop only

            await sample(db)
        return await people.first_owner(db, datetime.now(UTC)), (await db.read(shopfront.read)).details.name


def _welcome(found: Settings, password: str | None) -> None:
    print(f"The shop is open at {found.shop_url}")
    if found.runs_bank:
        print(f"The sandbox bank is at {found.sandbox_url}; it moves no money.")
    if found.load_token:
        until = f" until {found.load_in_production.isoformat()}" if found.load_in_production else ""
        print(f"Load tests may come in{until}: whoever brings the load token reads the books, and no limits hold them.")
    if password is not None:
        print(f"Staff log in at {found.shop_url}/login as {people.OWNER_EMAIL} with the password {password}")
        print("It is shown only now; `python run.py user reset owner@shop.example` makes a new one.")
    print("Ctrl-C closes it.", flush=True)
