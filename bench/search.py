"""What search costs at a size: `python -m bench.search [--products N] [--data FOLDER]`.

Fills a shop with made-up products (or takes the one in the folder), loads the replica, and answers keystrokes: every beginning,
of one to six letters, of words that the products have. Figures are CPU of this process. The peer in the same run is a bare
prefix query on a full-text table of the same words, without ranking, choices, completions or JSON.
"""

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import uvloop

from server.commands.seed import make_up
from shop.search import fold
from storage.database import Database, opened
from storage.migrate import migrate
from storage.search import Replica, documents

KEYSTROKES = 2_000
LETTERS = 6
PEER_ROWS = 64
READ_PRODUCTS = 1_000


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
                await make_up(db, options.products, 1)
            await _measure(db)


async def _measure(db: Database) -> None:
    replica = Replica()
    wall, cpu = time.perf_counter(), time.process_time()
    await replica.load(db)
    print(f"load: {time.process_time() - cpu:.1f} s CPU, {time.perf_counter() - wall:.1f} s")
    texts = await _texts(db)
    print(f"products: {len(texts):,}")
    typed = _keystrokes(texts)
    peer = _peer(texts)
    _report("suggest", replica.suggest, typed)
    _report("suggest, one letter", replica.suggest, [text for text in typed if len(text) == 1])
    _report("bare FTS5 prefix query", lambda text: peer.execute(_PEER, (f'"{text}"*', PEER_ROWS)).fetchall(), typed)
    replica.close()
    peer.close()


_PEER = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid LIMIT ?"


async def _texts(db: Database) -> list[str]:
    """The folded words of every product."""
    found, after = [], 0
    while some := await db.read(documents.documents, after, READ_PRODUCTS):
        found += [fold(f"{one.name} {one.maker} {one.keywords} {one.about}") for one in some]
        after = some[-1].id
    return found


def _keystrokes(texts: Sequence[str]) -> list[str]:
    chance = random.Random(1)
    words = [chance.choice(chance.choice(texts).split()) for _ in range(KEYSTROKES // LETTERS)]
    return [word[:length] for word in words for length in range(1, min(LETTERS, len(word)) + 1)]


def _peer(texts: Sequence[str]) -> sqlite3.Connection:
    peer = sqlite3.connect(":memory:")
    peer.execute("CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'ascii', prefix = '1 2 3', detail = 'none')")
    peer.executemany("INSERT INTO words (text) VALUES (?)", [(text,) for text in texts])
    return peer


def _report(name: str, answer: Callable[[str], object], typed: Sequence[str]) -> None:
    spent = []
    for text in typed:
        started = time.process_time()
        answer(text)
        spent.append((time.process_time() - started) * 1000)
    p99 = statistics.quantiles(spent, n=100)[98]
    print(f"{name}: p50 {statistics.median(spent):.3f} ms, p99 {p99:.3f} ms CPU ({len(typed):,} keystrokes)")


if __name__ == "__main__":
    uvloop.run(main())
