"""Gathering: whoever comes alone goes at once; a crowd's calls wait for each other, as many cost little more than one."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
R = TypeVar("R")

GATHER_SECONDS = 0.008
"""How long after one departure a crowd gathers for the next. A commit costs about 0.3 ms of CPU however few calls it takes, so
this bounds it to a twentieth of a core."""

CROWD_SECONDS = 4 * GATHER_SECONDS
"""How long a crowd is counted on after it was seen."""


class Gatherer:
    """Says when those who have come are to leave together: `leave` is called on the loop."""

    def __init__(self, leave: Callable[[], None]) -> None:
        self._leave = leave
        self._somebody = False
        self._left = self._crowd_seen = -CROWD_SECONDS

    def come(self, *, others: bool) -> None:
        """Somebody has come. `others`: those who left before have not been answered yet, so there is a crowd."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if others:
            self._crowd_seen = now
        if self._somebody:
            return
        self._somebody = True
        if now - self._crowd_seen < CROWD_SECONDS and now - self._left < GATHER_SECONDS:
            loop.call_at(self._left + GATHER_SECONDS, self.go)
        else:
            loop.call_soon(self.go)

    def go(self) -> None:
        """Lets those who have come leave now, if there are any."""
        if self._somebody:
            self._somebody = False
            self._left = asyncio.get_running_loop().time()
            self._leave()


class Finder(Generic[K, R]):
    """Answers many who look for one thing each by one reading: a task of its own, so that no asker who leaves takes it along.

    `find` answers what there is, by its key; `tasks` are whose the readings are.
    """

    def __init__(self, find: Callable[[Collection[K]], Awaitable[Mapping[K, R]]], tasks: asyncio.TaskGroup) -> None:
        self._find = find
        self._tasks = tasks
        self._gatherer = Gatherer(self._look)
        self._wanted: dict[K, list[asyncio.Future[R | None]]] = {}
        self._looking = 0

    def ask(self, key: K) -> asyncio.Future[R | None]:
        """What there is of this key, or None; raises what the reading raises."""
        future: asyncio.Future[R | None] = asyncio.get_running_loop().create_future()
        self._gatherer.come(others=self._looking > 0)
        self._wanted.setdefault(key, []).append(future)
        return future

    def go(self) -> None:
        """Looks now for those who have asked and wait for others to come."""
        self._gatherer.go()

    def _look(self) -> None:
        wanted, self._wanted = self._wanted, {}
        self._looking += 1
        self._tasks.create_task(self._answer(wanted))

    async def _answer(self, wanted: Mapping[K, list[asyncio.Future[R | None]]]) -> None:
        found: Mapping[K, R] = {}
        failure: Exception | None = None
        try:
            found = await self._find(wanted.keys())
        except Exception as error:  # noqa: BLE001  whoever asked gets it
            failure = error
        finally:
            self._looking -= 1
        for key, asking in wanted.items():
            for future in asking:
                if future.done():
                    continue
                if failure is not None:
                    future.set_exception(failure)
                else:
                    future.set_result(found.get(key))
