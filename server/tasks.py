"""The shop's long-running tasks and their one owner: each is restarted when a bug ends it, and all end together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

log = logging.getLogger("shopwire.tasks")

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 4.0
STEADY_SECONDS = 10.0
"""A work that went on for so long was all right: its next failure is a first one."""


@asynccontextmanager
async def running(works: Mapping[str, Callable[[], Awaitable[None]]]) -> AsyncIterator[None]:
    """Runs each of the named works while the block runs, again after a growing pause whenever it fails.

    What the block raises comes out as it is, and not in a group with nothing else in it.
    """
    failure: BaseException | None = None
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_supervised(name, run), name=name) for name, run in works.items()]
        try:
            yield
        except BaseException as error:  # noqa: BLE001  raised again once the works have ended
            failure = error
        for task in tasks:
            task.cancel()
    if failure is not None:
        raise failure


async def _supervised(name: str, run: Callable[[], Awaitable[None]]) -> None:
    loop = asyncio.get_running_loop()
    pause = FIRST_PAUSE_SECONDS
    while True:
        began = loop.time()
        try:
            await run()
            return
        except Exception:  # the edge of a task: logged, and started again
            log.exception("a task failed and starts again", extra={"task": name, "after_seconds": pause})
        if loop.time() - began > STEADY_SECONDS:
            pause = FIRST_PAUSE_SECONDS
        await asyncio.sleep(pause)
        pause = min(LONGEST_PAUSE_SECONDS, pause * 2)
