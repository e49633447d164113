"""How many orders a second the books take, and how a flash sale goes: `python -m bench.placing [--database URL]`.

Durable (`synchronous=FULL`), carts of three lines, 128 callers waiting; `--before` so many orders stand in the books already.
Rates are the median of the rounds; the p99 is of all calls. CPU is each thread's own, the median of the rounds, and stands
beside that of a fixed loop, since it rises with the company that a machine has. Lag is by how much a timer of the loop is
late meanwhile. The peer in the same run is a plain commit for each order on the same disk.
"""

import argparse
import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import uvloop
from sqlalchemy import Connection

from server import interpreter
from shop.catalogue import Category
from shop.checkout import Details, Placement
from shop.errors import SoldOut
from shop.ids import CartId, VariantId, new_cart_id, new_order_number
from storage import additions, carts, orders
from storage.additions import NewProduct, NewVariant
from storage.database import Database, opened
from storage.migrate import migrate

CALLERS = 128
PER_ROUND = 2_000
ROUNDS = 5
LINES = 3
VARIANTS = 300
SALE_UNITS = 50
SALE_BUYERS = 4_000
PLAIN_COMMITS = 200
PROBE_SECONDS = 0.005
SHELF = [VariantId(f"v{n}") for n in range(VARIANTS)]
DETAILS = Details("noor@example.com", "Noor Adler", "Oudburg 14", "9000", "Ghent", "BE", "door")


class Spent(NamedTuple):
    """One round: its seconds, and the CPU seconds of the loop's thread and of the process."""

    wall: float
    loop: float
    all: float


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", help="a postgresql:// URL of an empty database, instead of a new SQLite file")
    parser.add_argument("--before", type=int, default=0, help="orders that stand in the books already")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        where: Path | str = options.database or Path(folder) / "bench.db"
        await migrate(where, "EUR")
        async with opened(where) as db:
            await _stock_up(db)
            for _ in range(0, options.before, PER_ROUND):
                await _place_all(db, await _fill(db, PER_ROUND, SHELF))
            interpreter.tune()  # as the server does
            interpreter.settle()
            print(f"a plain commit for each order, SQLite: {_plain_commits(Path(folder)):8,.0f}/s")
            print(f"a fixed loop: {min(_fixed_loop() for _ in range(20)) * 1000:.1f} ms of CPU")
            name = f"orders.place, {CALLERS} waiting, {options.before:,} before"
            await _measure(name, db, [await _fill(db, PER_ROUND, SHELF) for _ in range(options.rounds)])
            sale = [VariantId(f"v{VARIANTS}")]
            sold = await _measure(f"flash sale of {SALE_UNITS} units", db, [await _fill(db, SALE_BUYERS, sale)])
            print(f"  sold {sold} of {SALE_UNITS}")


async def _stock_up(db: Database) -> None:
    now = datetime.now(UTC)
    await db.write(additions.add_categories, [Category("all", "All", "", "")])
    units = [10**6] * VARIANTS + [SALE_UNITS]
    products = [
        NewProduct(f"p{n}", f"Thing {n}", "", "", "all", "", [], [], [], "Size", 1, now, [_variant(n, left)])
        for n, left in enumerate(units)
    ]
    await db.write(additions.add_products, products, "bench", now)


def _variant(number: int, units: int) -> NewVariant:
    return NewVariant(VariantId(f"v{number}"), "One", None, 1_000, None, "", units)


def _plain_commits(folder: Path) -> float:
    """What one small durable commit after another reaches here: the floor that group commit is held against."""
    connection = sqlite3.connect(folder / "plain.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE plain (id INTEGER PRIMARY KEY, text TEXT)")
    started = time.perf_counter()
    for _ in range(PLAIN_COMMITS):
        connection.execute("INSERT INTO plain (text) VALUES ('an order')")
    return PLAIN_COMMITS / (time.perf_counter() - started)


async def _fill(db: Database, count: int, variants: Sequence[VariantId]) -> list[CartId]:
    now = datetime.now(UTC)
    made = [new_cart_id(now) for _ in range(count)]
    for line in range(min(LINES, len(variants))):  # as shoppers do: one thing after the other
        changes = [
            carts.Change(cart, variants[(n * LINES + line) % len(variants)], 1, now) for n, cart in enumerate(made)
        ]
        await asyncio.gather(*(db.write(carts.add, change) for change in changes))
    if not db.on_sqlite:
        await db.write(_counted)
    return made


def _counted(tx: Connection) -> None:
    """What PostgreSQL does by itself within a minute of shopping: it learns how large the tables are, for its plans."""
    tx.exec_driver_sql("ANALYZE carts, cart_lines, stock, variants, products")


async def _measure(name: str, db: Database, rounds: list[list[CartId]]) -> int:
    """Places all orders, round by round, and prints what that took; answers how many were placed."""
    spent: list[Spent] = []
    waits: list[float] = []
    lags: list[float] = []
    placed = 0
    async with asyncio.TaskGroup() as group:
        probe = group.create_task(_probe(lags))
        for filled in rounds:
            wall, loop, process = time.perf_counter(), time.thread_time(), time.process_time()
            answers = await _place_all(db, filled)
            ended = (time.perf_counter() - wall, time.thread_time() - loop, time.process_time() - process)
            spent.append(Spent(*(seconds / len(filled) for seconds in ended)))
            waits += [wait for wait, _ in answers]
            placed += sum(done for _, done in answers)
        probe.cancel()
    loop, process = (statistics.median(getattr(one, part) for one in spent) * 1e6 for part in ("loop", "all"))
    best = min(one.all for one in spent) * 1e6
    print(
        f"{name}: {1 / statistics.median(one.wall for one in spent):8,.0f}/s, p99 {_p99(waits):.0f} ms, CPU each "
        f"{process:.0f} µs (best {best:.0f}), the loop's {loop:.0f}; the loop's lag p99 {_p99(lags):.1f} ms"
    )
    return placed


async def _probe(lags: list[float]) -> None:
    """Notes by how many seconds a timer is late, over and over, until cancelled."""
    while True:
        due = time.perf_counter() + PROBE_SECONDS
        await asyncio.sleep(PROBE_SECONDS)
        lags.append(time.perf_counter() - due)


def _p99(seconds: list[float]) -> float:
    """In milliseconds."""
    return statistics.quantiles(seconds, n=100)[98] * 1000


def _fixed_loop() -> float:
    """CPU seconds of always the same work."""
    started, known = time.thread_time(), {}
    for n in range(200_000):
        known[n & 1_023] = n
    return time.thread_time() - started


async def _place_all(db: Database, filled: list[CartId]) -> list[tuple[float, bool]]:
    """Places an order from each cart, CALLERS at a time; answers the seconds each took and whether it was placed."""
    waiting, answers = iter(filled), []

    async def caller() -> None:
        for cart in waiting:
            started = time.perf_counter()
            placed = await _place(db, cart)
            answers.append((time.perf_counter() - started, placed))

    async with asyncio.TaskGroup() as group:
        for _ in range(CALLERS):
            group.create_task(caller())
    return answers


async def _place(db: Database, cart: CartId) -> bool:
    now, number = datetime.now(UTC), new_order_number()
    hold_until = now + timedelta(minutes=15)
    command = Placement(number, number.encode(), cart, None, DETAILS, "EUR", cart, "order", "same", now, hold_until)
    try:
        await db.write(orders.place, command)
    except SoldOut:
        return False
    return True


if __name__ == "__main__":
    uvloop.run(main())
