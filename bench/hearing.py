"""How long it takes until one process hears of what another has committed, and what waiting for it costs.

    python -m bench.hearing --database postgresql://…

The database must have a shop in it. A second process writes events and says by the machine's own clock when each was
committed; this one runs an announcer, as every worker does, and notes when it hears of them. It prints milliseconds.
"""

import argparse
import asyncio
import multiprocessing
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from multiprocessing.connection import Connection as Pipe

import uvloop
from sqlalchemy import Connection

from server.announce import Announcer
from shop.events import Recorded, SessionEnded
from storage import outbox
from storage.database import Database, opened
from storage.peers import Peers

SETTLE_SECONDS = 1.0
"""Until both processes listen, and what a start reads is over: that is not what waiting costs."""
IDLE_SECONDS = 10.0
RATES = ((20, 300), (200, 2_000), (1_000, 6_000))
"""Commits a second, and how many of them."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", required=True, help="a postgresql:// URL")
    parser.add_argument("--polling", action="store_true", help="without words between the processes, for comparison")
    options = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_hear(options.database, words=not options.polling))


async def _hear(database: str, *, words: bool) -> None:
    heard: dict[int, float] = {}
    arrived = asyncio.Event()

    def hear(recorded: Sequence[Recorded]) -> None:
        now = time.monotonic()
        heard.update((position, now) for position, _ in recorded)
        arrived.set()

    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    async with opened(database) as db, asyncio.TaskGroup() as tasks:
        announcer = Announcer(db, [hear])
        peers = Peers(database, lambda _word: announcer.look())
        await announcer.start(await db.read(outbox.head))
        running = [tasks.create_task(announcer.run())]
        if words:
            running.append(tasks.create_task(peers.run()))
        await asyncio.sleep(SETTLE_SECONDS)
        cpu = time.process_time()
        await asyncio.sleep(IDLE_SECONDS)
        print(f"waiting: {(time.process_time() - cpu) / IDLE_SECONDS * 100:.2f} % of a core")
        other = multiprocessing.get_context("spawn").Process(target=_write_on, args=(database, theirs, words))
        other.start()
        for rate, total in RATES:
            ours.send((rate, total))
            committed: dict[int, float] = await asyncio.to_thread(ours.recv)
            last = max(committed)
            while announcer.position < last:
                arrived.clear()
                await arrived.wait()
            late = sorted(heard[position] - at for position, at in committed.items())
            print(
                f"{rate:5} commits/s: p50 {late[len(late) // 2] * 1000:6.1f}  p99 {late[len(late) * 99 // 100] * 1000:6.1f}  "
                f"longest {late[-1] * 1000:6.1f} ms"
            )
        ours.send(None)
        await asyncio.to_thread(other.join)
        for task in running:
            task.cancel()


def _write_on(database: str, pipe: Pipe, words: bool) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_write(database, pipe, words))


async def _write(database: str, pipe: Pipe, words: bool) -> None:
    async with opened(database) as db, asyncio.TaskGroup() as tasks:
        peers = Peers(database, lambda _word: None)
        speaking = tasks.create_task(peers.run()) if words else None
        db.listen(lambda _recorded: peers.tell("committed"))
        await asyncio.sleep(SETTLE_SECONDS)
        while (asked := await asyncio.to_thread(pipe.recv)) is not None:
            pipe.send(await _at_rate(db, *asked))
        if speaking is not None:
            speaking.cancel()


async def _at_rate(db: Database, rate: int, total: int) -> dict[int, float]:
    committed: dict[int, float] = {}

    async def one() -> None:
        position = await db.write(_note)
        committed[position] = time.monotonic()

    began = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        for number in range(total):
            due = began + number / rate
            if due > time.monotonic():
                await asyncio.sleep(due - time.monotonic())
            tasks.create_task(one())
    return committed


def _note(tx: Connection) -> int:
    position = outbox.reserve(tx, 1)
    outbox.record(tx, position, [SessionEnded("bench")], datetime.now(UTC))
    return position


if __name__ == "__main__":
    main()
