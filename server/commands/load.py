"""Send a crowd of shoppers through a shop, measure it, and have the judge read its books.

Without --url it opens a shop of its own, in a process and on a database of its own, and closes it at the end.
"""

import argparse
import asyncio
import os
import platform
import signal
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import uvloop
from msgspec.structs import replace
from rich.console import Console
from rich.live import Live

from bench.client import crowd, page
from bench.client.course import course
from bench.client.moments import Moment, Self, Usage, moment
from bench.client.plan import Clerk, Plan, Sale
from bench.client.record import Record, Unexpected
from bench.client.report import Report, draw, live, progress, report
from server import audit, load_shop, settings
from server.load_shop import CLERK, SCARCE_UNITS, Shop
from server.settings import Settings, SettingsError
from shop.judge import Books, Finding, judge
from shop.orders import OrderStatus
from storage.sample.catalogue import PRODUCTS
from storage.sample.generated import MAX_PRODUCTS

ASK_SECONDS = 30.0
SETTLE_SECONDS = 5.0
LOOK_AGAIN_SECONDS = 1.0
LOOK_SECONDS = 0.5
LINE_SECONDS = 5.0
LIST_LIMIT, MAX_LISTED = 100, 2_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--shoppers", type=int, default=100, help="how many shop at the same time (default: 100)")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long they begin new visits (default: 30)")
    parser.add_argument("--pause", type=float, default=1.0, help="mean seconds between two steps of one (default: 1)")
    parser.add_argument(
        "--products",
        type=int,
        default=0,
        metavar="N",
        help="how many products the shop of its own has; those beyond the sample's are made up (default: the sample's)",
    )
    parser.add_argument(
        "--buy", type=float, default=0.5, metavar="SHARE", help="the share of visits that buy, 0 to 1 (default: 0.5)"
    )
    parser.add_argument("--flash-sale", action="store_true", help="everybody wants the same product at once")
    parser.add_argument("--units", type=int, default=50, help="units in the flash sale (default: 50)")
    parser.add_argument("--url", default="", help="a running shop instead of one of its own; it must have a load token")
    parser.add_argument("--bank-url", default="", help="that shop's sandbox bank (default: http://127.0.0.1:8081)")
    parser.add_argument("--load-token", default="", help="that shop's SHOPWIRE_LOAD_TOKEN")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write a page with charts, to be opened in a browser"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def run(options: argparse.Namespace) -> int:
    if options.shoppers < 1 or options.units < 1 or options.seconds <= 0 or options.pause < 0:
        raise SettingsError("shoppers and units: at least 1; seconds: above 0; pause: not below 0.")
    if not 0 <= options.buy <= 1:
        raise SettingsError("buy: from 0, nobody, to 1, everybody.")
    if options.products and (options.url or not len(PRODUCTS) <= options.products <= MAX_PRODUCTS):
        raise SettingsError(f"products: from {len(PRODUCTS)} to {MAX_PRODUCTS:,}, and only in a shop of its own.")
    if options.report and not options.report.parent.is_dir():
        raise SettingsError(f"report: there is no folder {options.report.parent} to write it into.")
    flags = {"data": options.data, "database": options.database}
    found = settings.read(flags | {"bank_url": options.bank_url or None, "load_token": options.load_token or None})
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            outcome = runner.run(_load(options, found))
        except asyncio.CancelledError:  # ended by TERM; the shop of our own is closed by now
            return 1
        except (Unexpected, aiohttp.ClientError, TimeoutError) as refusal:
            raise SettingsError(f"load: {str(refusal) or type(refusal).__name__}") from refusal
    if options.json:
        print(msgspec.json.encode(outcome).decode())
    else:
        draw(outcome, Console())
    return 0 if outcome.ok else 1


async def _load(options: argparse.Namespace, found: Settings) -> Report:
    _end_on_term()
    if options.url and not found.load_token:
        raise SettingsError("load: bring the shop's load token (--load-token, or SHOPWIRE_LOAD_TOKEN).")
    begun = datetime.now(UTC)
    async with _shop(options, found) as shop:
        plan = await _plan(options, shop)
        for process in shop.watched.values():
            process.begin()
        watch = Watch(plan, shop, quiet=options.json)
        result = await crowd.run(plan, watch.run)
        usage = {name: Usage(*process.whole()) for name, process in shop.watched.items()}
        client = watch.client.whole()
        findings, notes = await _judged(shop, result.record)
        facts = _facts(options, found, begun)
        told = report(plan, result.record, result.stale, findings, notes, usage=usage, client=client, run=facts)
        if options.report:
            page.write(options.report, told, course(result.record, watch.moments))
        return told


def _facts(options: argparse.Namespace, found: Settings, begun: datetime) -> dict[str, str]:
    """What was run, and on what, for whoever reads the report later."""
    engine = "PostgreSQL" if found.database else "SQLite"
    own = f"a shop of its own, {options.products or len(PRODUCTS):,} products, {engine}"
    return {
        "begun": begun.isoformat(timespec="seconds"),
        "shop": options.url or own,
        "shoppers": f"{options.shoppers:,}",
        "seconds": f"{options.seconds:g}",
        "pause": f"{options.pause:g} s on average",
        "buy": f"{options.buy:.0%} of visits",
        "kind": f"flash sale of {options.units} units" if options.flash_sale else "visits",
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        "Python": platform.python_version(),
        **{name: version(name) for name in ("aiohttp", "uvloop", "SQLAlchemy")},
        "SQLite": sqlite3.sqlite_version,
        **{name: value for name, value in sorted(os.environ.items()) if _may_be_told(name)},
    }


def _may_be_told(variable: str) -> bool:
    """Settings are part of a run; keys, tokens, secrets and addresses with passwords are not."""
    hidden = ("KEY", "TOKEN", "SECRET", "DATABASE", "PASSWORD")
    return variable.startswith(settings.PREFIX) and not any(word in variable for word in hidden)


def _end_on_term() -> None:
    """TERM ends the run as Ctrl-C does, so that the shop of our own is not left behind."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  this is called by one
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def _shop(options: argparse.Namespace, found: Settings) -> AbstractAsyncContextManager[Shop]:
    if options.url:
        return nullcontext(Shop(found, options.url.rstrip("/")))
    return load_shop.running(found, options.data, options.units if options.flash_sale else None, options.products)


async def _plan(options: argparse.Namespace, shop: Shop) -> Plan:
    own = shop.prepared
    return Plan(
        url=shop.url,
        bank_url=shop.settings.sandbox_url,
        token=shop.settings.load_token,
        shoppers=options.shoppers,
        seconds=options.seconds,
        pause_seconds=options.pause,
        buy_share=options.buy,
        clerk=None if own is None else Clerk(CLERK, own.password, own.scarce, SCARCE_UNITS),
        sale=await _sale(shop, options.units) if options.flash_sale else None,
    )


async def _sale(shop: Shop, units: int) -> Sale:
    """The variant to be fought for: in a shop of our own the one it prepared, else the first with just so many units."""
    if shop.prepared is not None and shop.prepared.sale is not None:
        variant, product = shop.prepared.sale
        return Sale(variant, product, units)
    counters = (await _books(shop)).counters
    there = {variant for variant, (on_hand, held) in counters.items() if on_hand - held == units}
    for offset in range(0, MAX_LISTED if there else 0, LIST_LIMIT):
        cards = (await _asked(shop, f"/api/v1/products?limit={LIST_LIMIT}&offset={offset}"))["products"]
        for card in cards:
            for variant in (await _asked(shop, f"/api/v1/products/{card['slug']}"))["variants"]:
                if variant["id"] in there:
                    return Sale(variant["id"], card["slug"], units)
        if len(cards) < LIST_LIMIT:
            break
    raise SettingsError(
        f"load: nothing in that shop has just {units} units. Set it so, or name another number by --units."
    )


async def _judged(shop: Shop, record: Record) -> tuple[list[str], list[str]]:
    """What the judge finds once the last news has arrived, in words, and what could not be looked at."""
    until = asyncio.get_running_loop().time() + SETTLE_SECONDS
    while True:
        found, notes = await _judge(shop, record)
        if not found or asyncio.get_running_loop().time() >= until:
            return [f"{finding.rule}  {finding.subject}: {finding.text}" for finding in found], notes
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def _judge(shop: Shop, record: Record) -> tuple[list[Finding], list[str]]:
    notes: list[str] = []
    books = replace(await _books(shop), acknowledged=tuple(record.ordered))
    try:
        books = replace(books, bank=tuple(await audit.bank_books(shop.settings)))
    except (aiohttp.ClientError, TimeoutError, OSError) as silence:
        notes.append(f"The bank does not open its books ({silence}), so money was not checked.")
    return [*judge(books), *_told_paid(books, record.paid)], notes


def _told_paid(books: Books, paid: Sequence[str]) -> list[Finding]:
    """What a live page called paid is paid in the books."""
    status = {order.number: order.status for order in books.orders}
    return [
        Finding("told_paid", number, f"the page said paid, the books say {status.get(number, 'nothing')}")
        for number in paid
        if status.get(number) is not OrderStatus.PAID
    ]


async def _books(shop: Shop) -> Books:
    return msgspec.json.decode(await _answer(shop, "/load/books"), type=Books)


async def _asked(shop: Shop, path: str) -> Any:
    return msgspec.json.decode(await _answer(shop, path))


async def _answer(shop: Shop, path: str) -> bytes:
    headers = {"X-Load-Token": shop.settings.load_token}
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ASK_SECONDS)) as session,
        session.get(shop.url + path, headers=headers) as response,
    ):
        response.raise_for_status()
        return await response.read()


class Watch:
    """Looks at a run again and again: keeps what there was at each moment, and draws it unless it is to be quiet.

    A terminal sees tables that change in place, a log a line now and then.
    """

    def __init__(self, plan: Plan, shop: Shop, *, quiet: bool) -> None:
        self.moments: list[Moment] = []
        self.client = Self()
        self._plan = plan
        self._shop = shop
        self._drawn = not quiet and sys.stdout.isatty()
        self._lines = not quiet and not self._drawn

    async def run(self, record: Record) -> None:
        """Watches until cancelled."""
        told_at = 0.0
        with Live(refresh_per_second=4, transient=True) if self._drawn else nullcontext() as screen:
            while True:
                usage = {name: Usage(*process.now()) for name, process in self._shop.watched.items()}
                self.moments.append(moment(record, usage))
                seconds = asyncio.get_running_loop().time()
                if screen is not None:
                    screen.update(live(record, self._plan, usage, self.client.whole()))
                elif self._lines and seconds - told_at >= LINE_SECONDS:
                    told_at = seconds
                    print(progress(record, self._plan), flush=True)
                await asyncio.sleep(LOOK_SECONDS)
