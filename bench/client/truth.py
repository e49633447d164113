"""At the end of a run: does what every page shows last agree with what the server would tell a new one?"""

import asyncio
from collections.abc import Sequence
from typing import Any

from bench.client import socket
from bench.client.record import Record, Unexpected, now
from bench.client.shopper import Crowd, Shopper
from live.protocol import MAX_TOPICS

QUIET_SECONDS = 1.0
MAX_WAIT_SECONDS = 10.0
AT_ONCE = 16
AUDITOR = -2
"""A shopper's number that no shopper has."""

States = dict[str, tuple[int, Any]]


async def stale(crowd: Crowd, shoppers: Sequence[Shopper]) -> list[str]:
    """Topics that differ on some page, each in words, once the last pushes have arrived; none is how it must be.

    What pages show is noted before anybody asks anew: a new subscriber makes the server read the truth, and whoever
    missed a push would be told of it then.
    """
    await _quiet(crowd)
    seen = [(shopper, dict(shopper.live.states)) for shopper in shoppers if shopper.page is not None]
    aside = Record()  # these looks are no part of the load
    found = await _stale(crowd, seen, aside)
    crowd.record.faults.update(aside.faults)
    return found


async def _quiet(crowd: Crowd) -> None:
    """Waits until no page has heard of a change for a while; not for ever, in a shop that others use as well."""
    until = now() + MAX_WAIT_SECONDS
    while (left := min(until, crowd.record.heard_at + QUIET_SECONDS) - now()) > 0:  # noqa: ASYNC110  silence is no event
        await asyncio.sleep(left)


async def _stale(crowd: Crowd, seen: Sequence[tuple[Shopper, States]], aside: Record) -> list[str]:
    public = {topic for _, states in seen for topic in states if not topic.startswith("me/")}
    auditor = Shopper(crowd, AUDITOR)
    gate = asyncio.Semaphore(AT_ONCE)
    try:
        shared = await _snapshot(auditor, sorted(public), aside)
        compared = await asyncio.gather(*(_compare(shopper, states, shared, aside, gate) for shopper, states in seen))
    except Unexpected as fault:
        return [f"could not be compared: {fault}"]
    finally:
        await auditor.doors.close()
    return [line for found in compared for line in found]


async def _compare(
    shopper: Shopper, states: States, shared: States, aside: Record, gate: asyncio.Semaphore
) -> list[str]:
    async with gate:
        own = await _snapshot(shopper, [topic for topic in states if topic.startswith("me/")], aside)
    return socket.stale(states, shared | own)


async def _snapshot(shopper: Shopper, topics: list[str], aside: Record) -> States:
    """The values that a new page of this shopper's is told."""
    found: States = {}
    for start in range(0, len(topics), MAX_TOPICS):
        page = await socket.opened(shopper.doors, shopper.crowd.tasks, aside)
        try:
            await page.subscribe(topics[start : start + MAX_TOPICS])
            found |= page.states
        finally:
            await page.close()
    return found
