"""The shop's long-running tasks and their one owner: each is restarted when a bug ends it, and all end together."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger("shopwire.tasks")

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0


class Tasks:
    """Owns tasks that run as long as the shop does."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Runs `run` until the shop ends, again after a growing pause whenever it fails."""
        self._tasks.append(asyncio.create_task(_supervised(name, run), name=name))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _supervised(name: str, run: Callable[[], Awaitable[None]]) -> None:
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            await run()
            return
        except Exception:
            log.exception("a task failed and starts again", task=name, after_seconds=pause)
        await asyncio.sleep(pause)
        pause = min(LONGEST_PAUSE_SECONDS, pause * 2)
