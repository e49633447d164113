"""How many orders a second the books take, and how a flash sale goes: `python -m bench.placing [--database URL]`.

Durable (`synchronous=FULL`), carts of three lines, 128 callers waiting. Rates are the median of the rounds; the p99 is of all
calls; CPU is this process's, for each order. The peer in the same run is a plain commit for each order on the same disk.
"""

import argparse
import asyncio
import gc
import sqlite3
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop

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
DETAILS = Details("noor@example.com", "Noor Adler", "Oudburg 14", "9000", "Ghent", "BE", "door")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", help="a postgresql:// URL of an empty database, instead of a new SQLite file")
    database = parser.parse_args().database
    with tempfile.TemporaryDirectory() as folder:
        where: Path | str = database or Path(folder) / "bench.db"
        await migrate(where, "EUR")
        async with opened(where) as db:
            await _stock_up(db)
            gc.collect()
            gc.freeze()  # as the server does once it has started
            print(f"a plain commit for each order, SQLite: {_plain_commits(Path(folder)):8,.0f} orders/s")
            await _orders(db)
            await _flash_sale(db)


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


async def _fill(db: Database, count: int, variants: list[VariantId]) -> list[CartId]:
    now = datetime.now(UTC)
    made = [new_cart_id(now) for _ in range(count)]
    changes = [
        carts.Change(cart, variants[(n * LINES + line) % len(variants)], 1, now)
        for n, cart in enumerate(made)
        for line in range(min(LINES, len(variants)))
    ]
    await asyncio.gather(*(db.write(carts.add, change) for change in changes))
    return made


async def _orders(db: Database) -> None:
    rates, spent, waits = [], [], []
    for _ in range(ROUNDS):
        filled = await _fill(db, PER_ROUND, [VariantId(f"v{n}") for n in range(VARIANTS)])
        wall, cpu = time.perf_counter(), time.process_time()
        waits += [wait for wait, _ in await _place_all(db, filled)]
        rates.append(PER_ROUND / (time.perf_counter() - wall))
        spent.append((time.process_time() - cpu) / PER_ROUND * 1e6)
    p99 = statistics.quantiles(waits, n=100)[98] * 1000
    rate, cost = statistics.median(rates), statistics.median(spent)
    print(
        f"db.write(orders.place), {CALLERS} waiting: {rate:8,.0f} orders/s, p99 {p99:.0f} ms, {cost:.0f} µs CPU an order"
    )


async def _flash_sale(db: Database) -> None:
    filled = await _fill(db, SALE_BUYERS, [VariantId(f"v{VARIANTS}")])
    started = time.perf_counter()
    answers = await _place_all(db, filled)
    sold = sum(placed for _, placed in answers)
    rate = SALE_BUYERS / (time.perf_counter() - started)
    print(f"flash sale, {SALE_UNITS} units, {SALE_BUYERS:,} buyers: {sold} sold, {rate:8,.0f} answers/s")


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
