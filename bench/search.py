"""What search costs at a size: `python -m bench.search [--products N] [--data FOLDER]`.

Fills a shop with made-up products (or takes the one in the folder), loads the replica, and answers keystrokes: every beginning,
of one to eight letters, of words that the products have, and facets of the shelves. Figures are CPU of this process. "First" is
an answer that has to be made, "again" one that is remembered since nothing in it has changed. The peer in the same run is a bare
prefix query on a full-text table of the same words, without ranking, choices, completions or JSON.
"""

import argparse
import asyncio
import gc
import random
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import uvloop

from server.commands.seed import make_up
from shop.catalogue import Order
from shop.facets import EVERYTHING, Chosen
from storage.database import Database, opened
from storage.migrate import migrate
from storage.search import Replica, documents
from storage.search.words import words_of

Asked = TypeVar("Asked")

KEYSTROKES = 2_000
LETTERS = 8
PEER_ROWS = 64
READ_PRODUCTS = 1_000
SAMPLE = 20_000
"""Products whose words are typed and given to the peer."""

TICK_SECONDS = 0.001
CHOICES = {
    "nothing chosen": EVERYTHING,
    "a colour": Chosen(options=(("colour", ("rain",)),)),
    "two colours, a size, a price, in stock": Chosen(
        options=(("colour", ("rain", "oat")), ("size", ("l",))), price_min=2000, price_max=6000, in_stock=True
    ),
}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=20_000, help="how many products to make up")
    parser.add_argument("--data", type=Path, help="the data folder of a shop that is filled already")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        where = (options.data or Path(folder)) / "shop.db"
        await migrate(where, "EUR")
        async with opened(where) as db:
            if options.data is None:
                await make_up(db, options.products, 1, alone=True)
            await _measure(db)


async def _measure(db: Database) -> None:
    replica = Replica()
    before, wall, cpu = _mib(), time.perf_counter(), time.process_time()
    worst = await _beside(replica.load(db))
    loaded = f"{time.process_time() - cpu:.1f} s CPU, {time.perf_counter() - wall:.1f} s"
    print(f"load: {loaded}, {_mib() - before:.0f} MiB more, the loop was away {worst * 1000:.0f} ms at most")
    gc.collect()
    gc.freeze()
    print(f"products: {replica.listed(None, EVERYTHING, Order.POPULAR, limit=0).total:,}")
    texts = await _texts(db)
    typed = _keystrokes(texts)
    _report("suggest, first", replica.suggest, typed, replica.forget)
    for q in typed:
        replica.suggest(q)
    _report("suggest, again", replica.suggest, typed)
    _report("suggest, one letter, first", replica.suggest, [q for q in typed if len(q) == 1], replica.forget)
    peer = _peer(texts)
    _report(
        f"bare FTS5 ({len(texts):,} products)", lambda q: peer.execute(_PEER, (f'"{q}"*', PEER_ROWS)).fetchall(), typed
    )
    peer.close()
    for name, chosen in CHOICES.items():
        _report(f"a category, {name}, first", partial(_page, replica, "table"), [chosen] * 20, replica.forget)
        _report(f"everything, {name}, first", partial(_page, replica, None), [chosen] * 20, replica.forget)
    _report("a category, a colour, again", partial(_page, replica, "table"), [CHOICES["a colour"]] * 20)
    words = [text for text in typed if len(text) == LETTERS][:200]
    _report("results of a word, first", replica.results, words, replica.forget)
    replica.close()


async def _beside(loading: Awaitable[None]) -> float:
    """Waits for it; the longest that the loop did not get a turn meanwhile, in seconds."""
    worst = 0.0
    async with asyncio.TaskGroup() as group:
        done = group.create_task(_finished(loading))
        while not done.done():
            asked = time.perf_counter()
            await asyncio.sleep(TICK_SECONDS)
            worst = max(worst, time.perf_counter() - asked - TICK_SECONDS)
    return worst


async def _finished(loading: Awaitable[None]) -> None:
    await loading


def _page(replica: Replica, category: str | None, chosen: Chosen) -> object:
    return replica.listed(category, chosen, Order.CHEAPEST)


_PEER = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid LIMIT ?"


async def _texts(db: Database) -> list[str]:
    """The folded words of the first products."""
    found: list[str] = []
    after = 0
    while len(found) < SAMPLE and (some := await db.read(documents.documents, after, READ_PRODUCTS)):
        found += [words_of(one, "").spelt for one in some]
        after = some[-1].id
    return found


def _keystrokes(texts: Sequence[str]) -> list[str]:
    chance = random.Random(1)
    words = [chance.choice(chance.choice(texts).split()) for _ in range(KEYSTROKES // LETTERS)]
    return [word[:length] for word in words for length in range(1, min(LETTERS, len(word)) + 1)]


def _peer(texts: Sequence[str]) -> sqlite3.Connection:
    peer = sqlite3.connect(":memory:")
    prefixes = " ".join(map(str, range(1, LETTERS + 1)))
    peer.execute(
        f"CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'ascii', prefix = '{prefixes}', detail = 'none')"
    )
    peer.executemany("INSERT INTO words (text) VALUES (?)", [(text,) for text in texts])
    return peer


def _report(
    name: str, answer: Callable[[Asked], object], asked: Sequence[Asked], before: Callable[[], None] | None = None
) -> None:
    answer(asked[0])
    spent = []
    for one in asked:
        if before is not None:
            before()
        started = time.process_time()
        answer(one)
        spent.append((time.process_time() - started) * 1000)
    p99 = statistics.quantiles(spent, n=100)[98]
    print(f"{name:58} p50 {statistics.median(spent):7.3f} ms, p99 {p99:7.3f} ms CPU ({len(asked):,})", flush=True)


def _mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    uvloop.run(main())
