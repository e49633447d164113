"""Open the shop (the default)."""

import argparse
import asyncio
import signal
import sys
from contextlib import AsyncExitStack, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from server import people, settings, tasks
from server.bank.app import running as running_bank
from server.commands.bank import bank_settings
from server.exclusive import only_server
from server.logs import set_up
from server.serving import Signals, listening, serving
from server.settings import Settings, SettingsError
from server.workers import place
from server.workers.supervisor import Supervisor
from server.workers.worker import PLACE_FLAG
from storage import catalogue, shopfront
from storage.database import opened
from storage.migrate import alone, migrate
from storage.peers import connections_given
from storage.postgresql import CONNECTIONS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="the shop's port (default: 8080)")
    parser.add_argument("--workers", type=int, help="processes that serve, on PostgreSQL (default: 1)")
    parser.add_argument("--bank-port", type=int, help="the sandbox bank's port (default: 8081)")
    parser.add_argument("--no-bank", action="store_true", help="don't start the sandbox bank along")
    parser.add_argument("--no-sample", action="store_true", help="don't fill an empty shop with the sample catalogue")
    parser.add_argument("--production", action="store_true", default=None, help="refuse to start on defaults")
    parser.add_argument(PLACE_FLAG, help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    names = ("data", "database", "host", "port", "workers", "bank_port", "production")
    flags = {name: getattr(options, name) for name in names}
    flags["with_bank"] = False if options.no_bank else None
    found = settings.read(flags)
    if options.as_worker:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(place.serve(found, options.as_worker))
    lock = only_server(found.where) if isinstance(found.where, Path) else nullcontext()
    with lock, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(found, fill=not options.no_sample))


async def _serve(found: Settings, *, fill: bool) -> int:
    signals = Signals()
    writer = set_up(found.log_level, found.log_format)
    async with alone(found.where):
        password, name = await _prepare(found, fill=fill)
    async with AsyncExitStack() as open_things:
        await open_things.enter_async_context(tasks.running({"log": writer.run}))
        if found.runs_bank:
            bank = running_bank(bank_settings(found, name), found.bank_host, found.bank_port)
            await open_things.enter_async_context(bank)
        if found.workers > 1:
            workers = await open_things.enter_async_context(Supervisor(found, sys.argv[1:]))
            signals.second(workers.kill)
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, workers.renew)
        else:
            await open_things.enter_async_context(serving(found, listening(found)))
        _welcome(found, password)
        await signals.wait()
        print("Closing: new shoppers go elsewhere, everything under way is finished.", flush=True)
    return 0


async def _prepare(found: Settings, *, fill: bool) -> tuple[str | None, str]:
    """The schema, a catalogue for an empty shop, and the first owner; answers their password, and the shop's name."""
    await migrate(found.where, found.currency)
    async with opened(found.where) as db:
        if found.workers > 1:
            given = await db.read(connections_given)
            if given < found.workers * CONNECTIONS:
                raise SettingsError(
                    f"workers: {found.workers} need up to {found.workers * CONNECTIONS} connections, and PostgreSQL has "
                    f"{given} to give. Raise its max_connections, or start fewer workers."
                )
        if fill and not found.production and not await db.read(catalogue.shelves):
            from server.commands.seed import sample  # noqa: PLC0415  with all its products, for an empty shop only

            await sample(db)
        return await people.first_owner(db, datetime.now(UTC)), (await db.read(shopfront.read)).details.name


def _welcome(found: Settings, password: str | None) -> None:
    print(f"The shop is open at {found.shop_url}{f', served by {found.workers} workers' if found.workers > 1 else ''}")
    if found.runs_bank:
        print(f"The sandbox bank is at {found.sandbox_url}; it moves no money.")
    if found.load_token:
        until = f" until {found.load_in_production.isoformat()}" if found.load_in_production else ""
        print(f"Load tests may come in{until}: whoever brings the load token reads the books, and no limits hold them.")
    if password is not None:
        print(f"Staff log in at {found.shop_url}/login as {people.OWNER_EMAIL} with the password {password}")
        print("It is shown only now; `python run.py user reset owner@shop.example` makes a new one.")
    print("Ctrl-C closes it.", flush=True)
