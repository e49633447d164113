"""The shop's long-running tasks and their one owner: each is restarted when a bug ends it, and all end together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

log = logging.getLogger("shopwire.tasks")

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 4.0


@asynccontextmanager
async def running(works: Mapping[str, Callable[[], Awaitable[None]]]) -> AsyncIterator[None]:
    """Runs each of the named works while the block runs, again after a growing pause whenever it fails."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_supervised(name, run), name=name) for name, run in works.items()]
        yield
        for task in tasks:
            task.cancel()


async def _supervised(name: str, run: Callable[[], Awaitable[None]]) -> None:
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            await run()
            return
        except Exception:  # the edge of a task: logged, and started again
            log.exception("a task failed and starts again", extra={"task": name, "after_seconds": pause})
        await asyncio.sleep(pause)
        pause = min(LONGEST_PAUSE_SECONDS, pause * 2)
