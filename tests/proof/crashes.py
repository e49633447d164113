"""Crash points: the whole checkout, killed (-9) at every write to the books, opened again, healed and judged.

`python -m tests.proof.crashes` tries them all and prints the figures for the record; test_crash_points.py tries some.
The shop is a real `serve` on SQLite, the bank a process of its own, shoppers and a page of the staff come over the network.
"""

import argparse
import asyncio
import email
import itertools
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from live.topics import DASHBOARD_ORDERS
from server import audit, people
from shop.customers import Role
from shop.events import OrderChanged
from shop.ids import OrderNumber, shown
from storage import audit as books_of
from storage import mailbox, outbox
from storage.database import opened
from tests.house import until
from tests.proof import strace
from tests.proof.listener import Listener, listening
from tests.proof.patient import Lost, Patient
from tests.proof.process import Town
from tests.proof.shopper import Shopper

SERVE = ("run.py", "serve")
EARLY = ("-m", "tests.proof.mortal_shop", "early")
CLERK = "clerk@shop.example"
SHOPPERS, UNITS = 3, 2
HEAL_SECONDS = 60.0
MAX_EVENTS = 1_000
MOST_SHOWN = 20
ENOUGH_SURVIVED = 3
"""So many runs in a row without a death end a sweep: a run has a few writes more or less, as calls meet in one commit."""

Act = Callable[[Sequence[str]], Awaitable[bool]]


@dataclass
class Tally:
    """What was found so far. `killed` counts kills that happened; the sets name what was lost, doubled or wrong."""

    killed: int = 0
    acknowledged: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)
    wrong: set[str] = field(default_factory=set)
    longest_heal_seconds: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.killed} kills, {len(self.acknowledged)} orders acknowledged, {len(self.lost)} lost, "
            f"{len(self.doubled)} doubled, {len(self.wrong)} otherwise wrong; "
            f"healed after {self.longest_heal_seconds:.1f} s at most"
        )

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)


class Stage:
    """One shop and one bank for many crashes: what was true before one must be true after all that follow."""

    def __init__(self, town: Town, staff: aiohttp.ClientSession, variant: str) -> None:
        self.tally = Tally()
        self._town = town
        self._staff = staff
        self._variant = variant
        self._topics = (f"stock/{variant}", DASHBOARD_ORDERS)
        self._page: Listener | None = None

    async def run(self, act: Act, arguments: Sequence[str]) -> bool:
        """Acts with strace's arguments on the shop, then judges; answers whether the shop was killed."""
        await self._restock()
        async with listening(self._staff, *self._topics, before=self._page) as page:
            killed = await act(arguments)
        self.tally.killed += killed
        await self._judge()
        await self._catch_up(page)
        return killed

    async def shopping(self, arguments: Sequence[str]) -> bool:
        """Three shoppers at once want the last two units."""
        return await self._sell(SHOPPERS, arguments)

    async def one_sale(self, arguments: Sequence[str]) -> bool:
        """One shopper, alone: few writes, and the one order takes many of them."""
        return await self._sell(1, arguments)

    async def _sell(self, shoppers: int, arguments: Sequence[str]) -> bool:
        async with self._opened_again() as deaths, strace.attached(self._town.shop.pid, arguments):
            async with asyncio.TaskGroup() as crowd:
                buying = [crowd.create_task(self._buy(by_form=place == 0)) for place in range(shoppers)]
            await self._quiet()
        bought = sum(task.result() for task in buying)
        if bought != min(UNITS, shoppers):
            self.tally.wrong.add(f"{bought} of {shoppers} shoppers got one of {UNITS} units")
        return bool(deaths)

    async def opening(self, arguments: Sequence[str]) -> bool:
        """A power cut while somebody is at the bank: the shop opens under strace, hears of the money, and may die again."""
        shop = self._town.shop
        async with self._town.session() as session:
            patient = Patient(session, shop, self.tally.acknowledged.append)
            number = await patient.order(self._variant)
            assert number is not None
            address = await patient.shopper.at_the_bank(number)
            await shop.kill()
            await patient.shopper.pay_at(address)
            await shop.launch(strace.under(arguments))
            async with self._opened_again() as deaths:
                await patient.see_paid(number)
                await self._quiet()
        if not deaths:  # strace holds it still
            await shop.kill()
            await shop.start()
        return bool(deaths)

    async def _buy(self, *, by_form: bool) -> bool:
        async with self._town.session() as session:
            patient = Patient(session, self._town.shop, self.tally.acknowledged.append)
            try:
                return await patient.buy(self._variant, by_form=by_form) is not None
            except Lost as lost:
                self.tally.wrong.add(f"the shop did not know {lost}, which it had acknowledged")
                return True

    @asynccontextmanager
    async def _opened_again(self) -> AsyncIterator[list[float]]:
        """Opens the shop again when it dies while the block runs; holds when it did, and leaves it open."""
        deaths: list[float] = []
        async with asyncio.TaskGroup() as tasks:
            warden = tasks.create_task(self._watch(deaths))
            yield deaths
            if deaths:
                self.tally.longest_heal_seconds = max(self.tally.longest_heal_seconds, time.monotonic() - deaths[-1])
            if not await self._town.shop.opens():  # died at the very end
                await until(lambda: deaths and self._town.shop.up.is_set(), HEAL_SECONDS)
            warden.cancel()

    async def _watch(self, deaths: list[float]) -> None:
        while True:
            await self._town.shop.opens()
            await self._town.shop.killed()
            deaths.append(time.monotonic())
            await self._town.shop.start()

    async def _restock(self) -> None:
        staff = Shopper(self._staff)
        found = await staff.ask("GET", "/stock?limit=1000")
        [now] = [row["on_hand"] for row in found["variants"] if row["variant"] == self._variant]
        answer = await staff.ask("PUT", f"/stock/{self._variant}", {"on_hand": UNITS, "expected": now})
        assert answer.status == 200, answer

    async def _quiet(self) -> None:
        """Waits until every mail about an order is written and noted: nothing more comes by itself then."""
        async with opened(Path(self._town.settings.where)) as db:

            async def written() -> bool:
                return not await db.read(_mails_due)

            await until(written, HEAL_SECONDS)

    async def _judge(self) -> None:
        async with opened(Path(self._town.settings.where)) as db:
            books = await db.read(books_of.books, await audit.bank_books(self._town.settings))
            found = await audit.findings(db, books.bank, self.tally.acknowledged)
        self.tally.lost.update(finding.subject for finding in found if finding.rule == "lost_orders")
        self.tally.wrong.update(f"{one.rule} {one.subject}: {one.text}" for one in found if one.rule != "lost_orders")
        told = set(self.tally.acknowledged)
        self.tally.doubled.update(f"order {one.number}, of nobody" for one in books.orders if one.number not in told)
        charges = Counter({fact.order: 0 for fact in books.bank or ()})
        for fact in books.bank or ():
            charges[fact.order] += len(fact.charges)
        self.tally.doubled.update(f"money of {order}" for order, times in charges.items() if times > 1)
        self._judge_mails({one.number for one in books.orders})

    def _judge_mails(self, numbers: Iterable[str]) -> None:
        """Every order has its mail, and none has the same one twice."""
        subjects = Counter(_subject(path) for path in (self._town.settings.data / "mail").glob("*.eml"))
        self.tally.doubled.update(f"mail {subject}" for subject, times in subjects.items() if times > 1)
        said = " ".join(subjects)
        self.tally.wrong.update(f"no mail about {one}" for one in numbers if shown(OrderNumber(one)) not in said)

    async def _catch_up(self, page: Listener) -> None:
        """A page that was open all the time, and came back naming its versions, shows what a fresh one shows."""
        async with (
            listening(self._staff, *self._topics, before=page) as back,
            listening(self._staff, *self._topics) as fresh,
        ):
            await until(lambda: len(fresh.states) == 1 and len(fresh.snapshots) == 1)
            try:
                await until(lambda: back.states == fresh.states and _newest(fresh).items() <= _newest(back).items())
            except TimeoutError:
                shows, truth = (back.states, _newest(back)), (fresh.states, _newest(fresh))
                self.tally.wrong.add(f"a page that came back shows {shows}, and the shop {truth}")
            # The next page goes on from here: who is told the newest orders only does not remember all of them.
            self._page = fresh


@asynccontextmanager
async def staged(data: Path, program: Sequence[str] = SERVE) -> AsyncIterator[Stage]:
    """A shop with the sample catalogue, its bank and a clerk, in this folder."""
    async with Town(data, program) as town, town.session() as staff:
        async with opened(Path(town.settings.where)) as db:
            password = await people.add(db, CLERK, "Clerk", Role.STAFF, datetime.now(UTC))
        clerk = Shopper(staff)
        logged_in = await clerk.ask("POST", "/session", {"email": CLERK, "password": password})
        assert logged_in.status == 201, logged_in
        yield Stage(town, staff, await clerk.variant())


async def writes(stage: Stage, act: Act, folder: Path) -> int:
    """How many writes the act has when nobody is killed, so as many places to die in."""
    log = folder / "writes.log"
    await stage.run(act, strace.counts(log))
    return strace.counted(log)


def spread(points: int, of: int, seed: int) -> list[int]:
    """So many of the writes 1 to `of`, evenly spread from a beginning that the seed decides."""
    first = random.Random(seed).random()
    return sorted({1 + int((place + first) * of / points) for place in range(min(points, of))})


def _mails_due(tx: Any) -> bool:
    """Whether the mailer has orders to write about."""
    found = outbox.after(tx, mailbox.position(tx), MAX_EVENTS)
    return any(isinstance(event, OrderChanged) for _, event in found)


def _subject(path: Path) -> str:
    return str(email.message_from_bytes(path.read_bytes())["Subject"])


def _newest(page: Listener) -> dict[str, str]:
    """The newest row of each order that the page has heard of."""
    heard = [*reversed(page.snapshots.get(DASHBOARD_ORDERS, ())), *page.events.get(DASHBOARD_ORDERS, ())]
    return {row["number"]: str(row) for row in heard}


async def _sweep(stage: Stage, name: str, act: Act, step: int) -> None:
    """Kills at every `step`-th write until runs survive."""
    started, survived = time.monotonic(), 0
    for write in itertools.count(1, step):
        killed = await stage.run(act, strace.kills_at(write))
        survived = 0 if killed else survived + 1
        if survived == ENOUGH_SURVIVED:
            break
        if write % 25 == 0:
            print(f"  {name}, write {write}: {stage.tally}", flush=True)
    print(f"{name}: {stage.tally}; {time.monotonic() - started:.0f} s", flush=True)


async def _main(options: argparse.Namespace) -> int:
    """1 when a sound shop did something wrong, or a lying one was not found out."""
    clean = True
    with tempfile.TemporaryDirectory(prefix="shopwire-crashes-") as folder:
        for name in options.phases:
            async with staged(Path(folder) / name / "data", EARLY if options.early else SERVE) as stage:
                await _sweep(stage, name, getattr(stage, name), options.step)
            clean = clean and stage.tally.clean
            for what in ("lost", "doubled", "wrong"):
                for subject in sorted(getattr(stage.tally, what))[:MOST_SHOWN]:
                    print(f"  {what}: {subject}")
    return int(clean is options.early)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phases", nargs="+", choices=("shopping", "opening"), default=["shopping", "opening"])
    parser.add_argument("--step", type=int, default=1, help="kill at every n-th write only")
    parser.add_argument("--early", action="store_true", help="a shop that answers before it commits: must be found out")
    sys.exit(asyncio.run(_main(parser.parse_args())))
