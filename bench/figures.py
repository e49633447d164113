"""What the dashboard's figures and stock lists cost to read, in a shop with a past: python -m bench.figures.

Orders are written straight into the tables, some 2,000 of them today, and each state is read as the dashboard reads it. A
busy shop reads the figures at most three times a second and low stock once, and only while somebody watches.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, text

from server.commands.seed import sample
from shop.days import earlier, so_far
from shop.ids import crockford, new_order_number
from shop.orders import OrderStatus
from storage import findable, outbox, stocktaking, topics
from storage.database import Database, opened
from storage.migrate import migrate
from storage.stocktaking import Show
from storage.tables import LedgerEntry, Order, OrderLine, Stock, Variant

CHUNK = 1_000
ROUNDS = 50
OPENS_AT, BUSY_HOURS = 6.0, 5.0
PAID_SHARE = 0.93


def past(variants: list[Any], now: datetime, orders: int, a_day: int, rng: random.Random) -> Iterator[datetime]:
    """When each order was placed: as many a day as said, back from now, more of them in the evening."""
    day, made = so_far(now, UTC).day.day, 0
    while made < orders:
        for _ in range(min(a_day, orders - made)):
            hour = min(23.9, max(OPENS_AT, rng.gauss(17.0, BUSY_HOURS)))
            at = day.start + timedelta(hours=hour)
            made += 1
            if at < now:
                yield at
        day = earlier(day, 1)


def write_orders(tx: Connection, times: list[datetime], variants: list[Any], rng: random.Random) -> None:
    """Orders of these times with their lines and sales."""
    placed, lines, sales = [], [], []
    for position, at in enumerate(times, outbox.reserve(tx, len(times))):
        number, paid = new_order_number(), rng.random() < PAID_SHARE
        chosen = rng.sample(variants, rng.choice((1, 1, 2, 3)))
        items = sum(variant.price for variant in chosen)
        placed.append(_order(number, position, at, items, paid))
        for rank, variant in enumerate(chosen):
            lines.append(
                {"order_number": number, "rank": rank, "variant_id": variant.id, "product": "", "name": "A thing"}
                | {"value": variant.value, "image": variant.image, "price": variant.price, "quantity": 1}
            )
            if paid:
                # Nothing was received for them, so that the counters stay as they are: this is no shop for the judge.
                sales.append(
                    {"variant_id": variant.id, "kind": "sold", "on_hand": -1, "held": -1, "order_number": number}
                    | {"actor": "shop", "reason": "", "at": at + timedelta(minutes=1)}
                )
    tx.execute(insert(Order), placed)
    tx.execute(insert(OrderLine), lines)
    tx.execute(insert(LedgerEntry), sales)


def _order(number: str, position: int, at: datetime, items: int, paid: bool) -> dict[str, Any]:
    status = OrderStatus.PAID if paid else OrderStatus.CANCELLED
    return {
        "number": number, "cart_id": crockford(8), "customer_id": None, "token_hash": number.encode(), "scope": "bench",
        "key": number, "fingerprint": "", "status": status.value, "payment": "paid" if paid else "failed", "decline_reason": "",
        "email": "noor@example.com", "name": "Noor Adler", "street": "Oudburg 14", "postcode": "9000", "town": "Ghent",
        "country": "BE", "shipping": "door", "shipping_amount": 0, "items_amount": items, "total": items, "currency": "EUR",
        "placed_at": at, "hold_until": at + timedelta(minutes=15), "bank_at": at,
        "paid_at": at + timedelta(minutes=1) if paid else None, "ended_at": None if paid else at,
        "version": position, "position": position,
    }  # fmt: skip


def write_variants(tx: Connection, count: int, rng: random.Random) -> None:
    """So many more variants of the first product, most of them with plenty on hand."""
    first = tx.execute(select(Variant).limit(1)).one()
    names = [crockford(7).lower() for _ in range(count)]
    tx.execute(
        insert(Variant),
        [
            {"id": name, "product_id": first.product_id, "rank": 100 + n, "value": f"Colour {n}", "sku": None}
            | {"folded": findable.variant(f"Colour {n}", None), "price": first.price, "was": None, "image": first.image}
            for n, name in enumerate(names)
        ],
    )
    units = [{"variant_id": name, "on_hand": int(rng.expovariate(0.02)), "held": 0, "version": 0} for name in names]
    tx.execute(insert(Stock), units)


async def fill(db: Database, now: datetime, orders: int, a_day: int) -> None:
    """A past for a shop that has a catalogue."""
    rng = random.Random(1)
    columns = select(Variant.id, Variant.value, Variant.image, Variant.price)
    variants = await db.read(lambda tx: list(tx.execute(columns)))
    times = list(past(variants, now, orders, a_day, rng))
    for start in range(0, len(times), CHUNK):
        await db.write(write_orders, times[start : start + CHUNK], variants, rng)


def _analyse(tx: Connection) -> None:
    """What PostgreSQL does by itself in a shop that runs."""
    tx.execute(text("ANALYZE"))


async def measure(db: Database, now: datetime) -> None:
    """Prints how long each read takes."""
    compared = so_far(now, UTC)
    reads: dict[str, Callable[[], Awaitable[Any]]] = {
        "figures": lambda: db.read(topics.figures_state, compared),
        "low stock": lambda: db.read(topics.low_state),
        "a page of stock": lambda: db.read(stocktaking.shelf, (), Show.ALL, 0, 50),
        "stock searched": lambda: db.read(stocktaking.shelf, ("harbour", "mug"), Show.ALL, 0, 50),
        "nothing": lambda: db.read(outbox.head),
    }
    for name, read in reads.items():
        taken = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            await read()
            taken.append((time.perf_counter() - started) * 1000)
        print(f"{name:16} {statistics.median(taken):7.2f} ms, the slowest of {ROUNDS} {max(taken):7.2f} ms")
    _, seen = await db.read(topics.figures_state, compared)
    print(f"today {seen.day.orders} orders, {seen.day.paid} paid; the same weekday before {seen.week_before.orders}")


async def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--orders", type=int, default=100_000)
    asked.add_argument("--a-day", type=int, default=2_000)
    asked.add_argument("--variants", type=int, default=100_000, help="beside those of the sample")
    asked.add_argument("--database", default="", help="the URL of an empty PostgreSQL database; else SQLite")
    given = asked.parse_args()
    now = datetime.now(UTC).replace(hour=23, minute=50)
    with tempfile.TemporaryDirectory() as folder:
        where = given.database or Path(folder) / "shop.db"
        await migrate(where, "EUR")
        async with opened(where) as db:
            await sample(db)
            await fill(db, now, given.orders, given.a_day)
            for seed in range(given.variants // CHUNK):
                await db.write(write_variants, CHUNK, random.Random(seed))
            if given.database:
                await db.write(_analyse)
            await measure(db, now)


if __name__ == "__main__":
    asyncio.run(main())
