"""Send a crowd of shoppers through a shop, measure it, and have the judge read its books.

Without --url it opens a shop of its own, in a process and on a database of its own, and closes it at the end.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import aiohttp
import msgspec
import uvloop
from msgspec.structs import replace
from rich.console import Console
from rich.live import Live

from bench.client import crowd
from bench.client.plan import Clerk, Plan, Sale
from bench.client.record import Record, Unexpected
from bench.client.report import Report, Usage, draw, live, progress, report
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
DRAW_SECONDS = 0.5
LINE_SECONDS = 5.0


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
    parser.add_argument("--flash-sale", action="store_true", help="everybody wants the same product at once")
    parser.add_argument("--units", type=int, default=50, help="units in the flash sale (default: 50)")
    parser.add_argument("--url", default="", help="a running shop instead of one of its own; it must have a load token")
    parser.add_argument("--bank-url", default="", help="that shop's sandbox bank (default: http://127.0.0.1:8081)")
    parser.add_argument("--load-token", default="", help="that shop's SHOPWIRE_LOAD_TOKEN")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def run(options: argparse.Namespace) -> int:
    if options.shoppers < 1 or options.units < 1 or options.seconds <= 0 or options.pause < 0:
        raise SettingsError("shoppers and units: at least 1; seconds: above 0; pause: not below 0.")
    if options.products and (options.url or not len(PRODUCTS) <= options.products <= MAX_PRODUCTS):
        raise SettingsError(f"products: from {len(PRODUCTS)} to {MAX_PRODUCTS:,}, and only in a shop of its own.")
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
    async with _shop(options, found) as shop:
        plan = await _plan(options, shop)
        before = shop.cpu_seconds()
        result = await crowd.run(plan, lambda record: _show(record, plan, shop, quiet=options.json))
        spent, memory = round(shop.cpu_seconds() - before, 2), shop.memory_mib()
        usage = None if memory is None else Usage(spent, memory)
        findings, notes = await _judged(shop, result.record)
        return report(plan, result.record, result.stale, findings, usage, notes)


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
    for card in (await _asked(shop, "/api/v1/products?limit=100"))["products"] if there else ():
        for variant in (await _asked(shop, f"/api/v1/products/{card['slug']}"))["variants"]:
            if variant["id"] in there:
                return Sale(variant["id"], card["slug"], units)
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


async def _show(record: Record, plan: Plan, shop: Shop, *, quiet: bool) -> None:
    """Draws the run as it goes: a table in a terminal, a line now and then elsewhere; looks at the server's memory."""
    drawn = not quiet and sys.stdout.isatty()
    told_at = 0.0
    with Live(refresh_per_second=4, transient=True) if drawn else nullcontext() as screen:
        while True:
            await asyncio.sleep(DRAW_SECONDS)
            shop.look()
            if screen is not None:
                screen.update(live(record, plan))
            elif not quiet and asyncio.get_running_loop().time() - told_at >= LINE_SECONDS:
                told_at = asyncio.get_running_loop().time()
                print(progress(record, plan), flush=True)
