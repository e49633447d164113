"""At the end of a run: does what every page shows last agree with what the server would tell a new one?"""

import asyncio
from collections.abc import Sequence
from typing import Any

from bench.client import socket
from bench.client.record import Record, Unexpected, now
from bench.client.shopper import Crowd, Shopper
from live.protocol import MAX_TOPICS

QUIET_SECONDS = 6.0
LOOK_AGAIN_SECONDS = 0.3
AT_ONCE = 16
AUDITOR = -2
"""A shopper's number that no shopper has."""


async def stale(crowd: Crowd, shoppers: Sequence[Shopper]) -> list[str]:
    """Topics that differ on some page, each in words, after the last pushes had time to arrive; none is how it must be."""
    until = now() + QUIET_SECONDS
    while True:
        aside = Record()  # these looks are no part of the load
        found = await _stale(crowd, shoppers, aside)
        if not found or now() >= until:
            crowd.record.faults.update(aside.faults)
            return found
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def _stale(crowd: Crowd, shoppers: Sequence[Shopper], aside: Record) -> list[str]:
    open_pages = [shopper for shopper in shoppers if shopper.page is not None]
    public = {topic for shopper in open_pages for topic in shopper.live.states if not topic.startswith("me/")}
    auditor = Shopper(crowd, AUDITOR)
    gate = asyncio.Semaphore(AT_ONCE)
    try:
        shared = await _snapshot(auditor, sorted(public), aside)
        compared = await asyncio.gather(*(_compare(shopper, shared, aside, gate) for shopper in open_pages))
    except Unexpected as fault:
        return [f"could not be compared: {fault}"]
    finally:
        await auditor.doors.close()
    return [line for found in compared for line in found]


async def _compare(
    shopper: Shopper, shared: dict[str, tuple[int, Any]], aside: Record, gate: asyncio.Semaphore
) -> list[str]:
    async with gate:
        private = [topic for topic in shopper.live.states if topic.startswith("me/")]
        own = await _snapshot(shopper, private, aside)
    return socket.stale(dict(shopper.live.states), shared | own)


async def _snapshot(shopper: Shopper, topics: list[str], aside: Record) -> dict[str, tuple[int, Any]]:
    """The values that a new page of this shopper's is told."""
    found: dict[str, tuple[int, Any]] = {}
    for start in range(0, len(topics), MAX_TOPICS):
        page = await socket.opened(shopper.doors, shopper.crowd.tasks, aside)
        try:
            await page.subscribe(topics[start : start + MAX_TOPICS])
            found |= page.states
        finally:
            await page.close()
    return found
