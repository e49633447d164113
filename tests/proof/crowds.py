"""Crowds: many more buyers than units, all at once, at shops of one process and of several. Each unit is paid for once.

`python -m tests.proof.crowds [--database URL]` sends 200 and 1,000 buyers for 50 units and prints how it went.
The tests send fewer.
"""

import argparse
import asyncio
import itertools
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from server import audit, people
from server.settings import Settings
from shop.customers import Role
from storage import audit as books_of
from storage.database import opened
from tests.house import until
from tests.proof.crew import Crew
from tests.proof.listener import Cut, listening
from tests.proof.process import Town
from tests.proof.shopper import Answer, Shopper

AT_ONCE = 48
"""Carts that are filled at the same moment; nothing else waits at a door."""

CALL_SECONDS = 120.0
PAID_SECONDS = 120.0
READING_SECONDS = 0.3
"""How long somebody looks at an order that is not paid yet before they load it again."""

PRODUCT = "harbour-mug"
UNITS = 50
BUYERS = (200, 1_000)
PROCESSES = 4


@dataclass
class Outcome:
    """What happened to everybody. `wrong` names whatever is not as it must be, and is empty."""

    sold: dict[str, Shopper] = field(default_factory=dict)
    told: int = 0
    """Buyers who heard before paying that it is sold out."""
    place_seconds: float = 0.0
    all_seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


@dataclass
class Market:
    """A shop that may have several processes; `where` its books are, and `staff`, who may set stock."""

    settings: Settings
    where: Path | str
    url: str
    staff: Shopper

    @asynccontextmanager
    async def buyers(self, count: int) -> AsyncIterator[list[Shopper]]:
        """So many, each with a cookie jar of their own."""
        timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
        async with AsyncExitStack() as stack:
            connector = aiohttp.TCPConnector(limit=0)
            stack.push_async_callback(connector.close)
            yield [
                Shopper(
                    await stack.enter_async_context(
                        aiohttp.ClientSession(
                            self.url,
                            connector=connector,
                            connector_owner=False,
                            cookie_jar=aiohttp.CookieJar(unsafe=True),
                            timeout=timeout,
                        )
                    )
                )
                for _ in range(count)
            ]

    async def sell(self, count: int, units: int, *, gate: bool) -> Outcome:
        """Lets so many buyers in. At a `gate` all order at one moment and then all pay at one; else each goes their own pace."""
        variant = await self.staff.variant(PRODUCT)
        await self._stock(variant, units)
        topic = f"stock/{variant}"
        async with self.buyers(count) as crowd, listening(self.staff.session, topic) as page:
            outcome = await _Sale(variant, units, gate=gate).held(crowd)
            await self._check(outcome, count, units)
            try:
                await page.becomes(topic, {"left": max(0, units - count), "held": 0})
            except TimeoutError:
                outcome.wrong.append(f"an open page shows {page.states}")
            except Cut as cut:
                outcome.wrong.append(f"an open page was {cut}")
        return outcome

    async def _stock(self, variant: str, units: int) -> None:
        found = await self.staff.ask("GET", "/stock?limit=1000")
        [now] = [row["on_hand"] for row in found["variants"] if row["variant"] == variant]
        answer = await self.staff.ask("PUT", f"/stock/{variant}", {"on_hand": units, "expected": now})
        assert answer.status == 200, answer

    async def _check(self, outcome: Outcome, count: int, units: int) -> None:
        bank = await audit.bank_books(self.settings)
        async with opened(self.where) as db:
            books = await db.read(books_of.books, bank)
            found = await audit.findings(db, bank, list(outcome.sold))
        outcome.wrong += [f"{one.rule} {one.subject}: {one.text}" for one in found]
        if (len(outcome.sold), outcome.told) != (min(units, count), max(0, count - units)):
            outcome.wrong.append(
                f"{len(outcome.sold)} sold and {outcome.told} told, of {units} units to {count} buyers"
            )
        status = {order.number: order.status for order in books.orders}
        charged = {fact.order: len(fact.charges) for fact in bank}
        for number in outcome.sold:
            if (status.get(number), charged.get(number)) != ("paid", 1):
                outcome.wrong.append(f"{number} is {status.get(number)} and was charged {charged.get(number)} times")


class _Sale:
    """One sale; at a gate nobody orders before all have filled their carts, and nobody pays before all were answered."""

    def __init__(self, variant: str, units: int, *, gate: bool) -> None:
        self._variant = variant
        self._units = units
        self._door = asyncio.Semaphore(AT_ONCE)
        self._order, self._pay = asyncio.Event(), asyncio.Event()
        self._outcome = Outcome()
        self._filled = self._answered = 0
        if not gate:
            self._order.set()
            self._pay.set()

    async def held(self, crowd: Sequence[Shopper]) -> Outcome:
        started = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for shopper in crowd:
                tasks.create_task(self._buy(shopper))
            if not self._order.is_set():
                await until(lambda: self._filled == len(crowd), CALL_SECONDS)
                started = time.perf_counter()
                self._order.set()
            await until(lambda: self._answered == len(crowd), CALL_SECONDS)
            self._outcome.place_seconds = time.perf_counter() - started
            self._pay.set()
        self._outcome.all_seconds = time.perf_counter() - started
        return self._outcome

    async def _buy(self, shopper: Shopper) -> None:
        async with self._door:
            await shopper.fill(self._variant)
        self._filled += 1
        await self._order.wait()
        answer = await shopper.place()
        self._answered += 1
        if not self._got(answer):
            return
        number = str(answer["number"])
        self._outcome.sold[number] = shopper
        await self._pay.wait()
        back = await shopper.pay(number)
        async with asyncio.timeout(PAID_SECONDS):
            while not await shopper.has(number, "paid"):
                async with shopper.session.get(back) as page:  # as who reads it and loads it again
                    await page.read()
                await asyncio.sleep(READING_SECONDS)

    def _got(self, answer: Answer) -> bool:
        if answer.status == 201:
            return True
        if (answer.status, answer.code) == (409, "sold_out") and answer["short"][0]["left"] == 0:
            self._outcome.told += 1
        else:
            self._outcome.wrong.append(f"an order was answered {answer.status}: {answer.body}")
        return False


@asynccontextmanager
async def market(data: Path, database: str = "", processes: int = 1) -> AsyncIterator[Market]:
    """A shop of so many processes with its bank; several (`serve --workers`) share an address and a PostgreSQL database."""
    async with AsyncExitStack() as stack:
        shop = Town(data, database=database) if processes == 1 else Crew(data, database, "", processes)
        town = await stack.enter_async_context(shop)
        where = database or town.settings.where
        async with opened(where) as db:
            clerk = f"{secrets.token_hex(4)}@shop.example"
            password = await people.add(db, clerk, "Clerk", Role.STAFF, datetime.now(UTC))
        staff = Shopper(await stack.enter_async_context(town.session(CALL_SECONDS)))
        logged_in = await staff.ask("POST", "/session", {"email": clerk, "password": password})
        assert logged_in.status == 201, logged_in
        yield Market(town.settings, where, town.url, staff)


async def _main(options: argparse.Namespace) -> int:
    stages = [("SQLite, one process", "", 1)]
    if options.database:
        stages = [(f"PostgreSQL, {count} process(es)", options.database, count) for count in (1, PROCESSES)]
    first, wrong = 0.0, 0
    with tempfile.TemporaryDirectory(prefix="shopwire-crowds-") as folder:
        for name, database, processes in stages:
            # One bank for one database: its books are judged together.
            async with market(Path(folder) / ("postgresql" if database else "sqlite"), database, processes) as stage:
                for count, gate in itertools.product(options.buyers, (True, False)):
                    outcome = await stage.sell(count, options.units, gate=gate)
                    rate = count / outcome.place_seconds
                    first = first or rate
                    print(
                        f"{name}, {count:5,} buyers {'at a gate' if gate else 'free'}: {len(outcome.sold)} paid, "
                        f"{outcome.told} told before paying, {len(outcome.wrong)} wrong; {rate:6,.0f} answers/s "
                        f"({rate / first:.2f} of the first row), all paid after {outcome.all_seconds:.1f} s",
                        flush=True,
                    )
                    wrong += len(outcome.wrong)
                    for what in outcome.wrong[:5]:
                        print(f"  {what}")
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buyers", type=int, nargs="+", default=BUYERS)
    parser.add_argument("--units", type=int, default=UNITS)
    parser.add_argument("--database", help="a postgresql:// URL of an empty database, for the rows of PostgreSQL")
    sys.exit(asyncio.run(_main(parser.parse_args())))
