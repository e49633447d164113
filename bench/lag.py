"""How late the event loop is while the writer has all it can do: `python -m bench.lag [--database URL]`.

A probe asks to be called every few milliseconds and notes how much later it was, first with nothing else to do, then while 128
callers place orders of three lines without a pause, in the same process, as in the server. The books and the callers are
those of bench.placing. Beside the lag stands how much of it this process has computed away, which is what would be left of it on
a quiet machine.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path

import uvloop

from bench import placing
from server import interpreter
from shop.ids import VariantId
from storage.database import opened
from storage.migrate import migrate

EVERY_SECONDS = 0.005
QUIET_SECONDS = 3.0
ROUNDS = 5


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", help="a postgresql:// URL of an empty database, instead of a new SQLite file")
    database = parser.parse_args().database
    with tempfile.TemporaryDirectory() as folder:
        where: Path | str = database or Path(folder) / "bench.db"
        await migrate(where, "EUR")
        async with opened(where) as db:
            await placing._stock_up(db)
            interpreter.tune()  # as the server does
            interpreter.settle()
            _print("nothing to do", await _probed(asyncio.sleep(QUIET_SECONDS)))
            variants = [VariantId(f"v{n}") for n in range(placing.VARIANTS)]
            lags: list[Lag] = []
            for _ in range(ROUNDS):
                carts = await placing._fill(db, placing.PER_ROUND, variants)
                lags += await _probed(placing._place_all(db, carts))
            _print(f"{placing.CALLERS} callers placing orders", lags)


Lag = tuple[float, float]
"""Seconds that the loop was late, and seconds of this process's CPU beyond the pause that was asked for."""


async def _probed(work: Awaitable[object]) -> list[Lag]:
    """Does the work; answers how late the loop was meanwhile, time after time."""
    lags: list[Lag] = []
    done = asyncio.Event()

    async def probe() -> None:
        loop = asyncio.get_running_loop()
        while not done.is_set():
            asked, spent = loop.time(), time.process_time()
            await asyncio.sleep(EVERY_SECONDS)
            took, cost = loop.time() - asked, time.process_time() - spent
            lags.append((took - EVERY_SECONDS, max(0.0, cost - EVERY_SECONDS)))

    async with asyncio.TaskGroup() as group:
        group.create_task(probe())
        await work
        done.set()
    return lags


def _print(what: str, lags: list[Lag]) -> None:
    late, own = zip(*lags, strict=True)
    print(f"{what:28}: the loop is late by {_figures(late)}; computing {_figures(own)}; {len(lags)} probes")


def _figures(seconds: Sequence[float]) -> str:
    p99 = statistics.quantiles(seconds, n=100)[98]
    return (
        f"{statistics.median(seconds) * 1000:.1f} ms p50, {p99 * 1000:.1f} ms p99, {max(seconds) * 1000:.0f} ms at most"
    )


if __name__ == "__main__":
    uvloop.run(main())
