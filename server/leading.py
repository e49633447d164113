"""What exists once a shop: on SQLite it runs in the one process there is, on PostgreSQL in the process that leads."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from server import tasks
from storage.peers import Peers


async def once_a_shop(works: Mapping[str, Callable[[], Awaitable[None]]], peers: Peers | None) -> None:
    """Runs the works while this process leads, until cancelled.

    A leader whose connection was lost stops at once, but another may have begun by then: each of the works must bear
    that for a moment two of it run.
    """
    while True:
        if peers is not None:
            await peers.until_leading()
        async with tasks.running(works):
            await (asyncio.Event().wait() if peers is None else peers.until_leading(False))
