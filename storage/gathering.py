"""Gathering: whoever comes alone goes at once; a crowd's calls wait for each other, as many cost little more than one."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
R = TypeVar("R")

GATHER_SECONDS = 0.020
"""How long after one departure a crowd gathers for the next at most. A commit costs about 0.3 ms of CPU however few calls it
takes, so this bounds it to a sixtieth of a core where there is none to spare."""

CROWD_SECONDS = 3 * GATHER_SECONDS
"""How long a crowd is counted on after it was seen."""

IDLE_TURNS = 15
"""Turns of the loop without work, one after the other, by which it has nothing to do: less than a tenth of a millisecond. What
has just come in takes two or three short ones to become a request."""

SHORT_SECONDS = 0.0001
"""A turn that is over so soon has done nothing: the least request takes longer."""


class Gatherer:
    """Says when those who have come are to leave together: `leave` is called on the loop.

    In a crowd that is when the loop has nothing else to do, so that nobody else can come: while it is busy, waiting for more
    costs nobody anything, and makes fewer departures. `away` tells whether those who left before are still to be answered;
    `answered` is called when they have been.
    """

    def __init__(self, leave: Callable[[], None], away: Callable[[], bool]) -> None:
        self._leave = leave
        self._away = away
        self._somebody = False
        self._left = self._crowd_seen = -CROWD_SECONDS
        self._at_last: asyncio.TimerHandle | None = None
        self._watching = False
        self._idle_turns = 0
        self._turned = 0.0

    def come(self) -> None:
        """Somebody has come."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._away():
            self._crowd_seen = now
        if self._somebody:
            return
        self._somebody = True
        if now - self._crowd_seen < CROWD_SECONDS and now - self._left < GATHER_SECONDS:
            self._at_last = loop.call_at(self._left + GATHER_SECONDS, self.go)
            self.answered()
        else:
            loop.call_soon(self.go)

    def go(self) -> None:
        """Lets those who have come leave now, if there are any."""
        if self._at_last is not None:
            self._at_last.cancel()
            self._at_last = None
        if self._somebody:
            self._somebody = False
            self._idle_turns = 0
            self._left = asyncio.get_running_loop().time()
            self._leave()

    def answered(self) -> None:
        """Looks, from the next turn of the loop on, whether it has anything else to do."""
        if self._at_last is not None and not self._watching and not self._away():
            self._watching, self._idle_turns, self._turned = True, 0, time.perf_counter()
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        self._watching = False
        if self._at_last is None or self._away():
            return
        now = time.perf_counter()
        self._idle_turns = self._idle_turns + 1 if now - self._turned < SHORT_SECONDS else 0
        self._turned = now
        if self._idle_turns >= IDLE_TURNS:
            self.go()
        else:
            self._watching = True
            asyncio.get_running_loop().call_soon(self._turn)


class Finder(Generic[K, R]):
    """Answers many who look for one thing each by one reading: a task of its own, so that no asker who leaves takes it along.

    `find` answers what there is, by its key; `tasks` are whose the readings are.
    """

    def __init__(self, find: Callable[[Collection[K]], Awaitable[Mapping[K, R]]], tasks: asyncio.TaskGroup) -> None:
        self._find = find
        self._tasks = tasks
        self._gatherer = Gatherer(self._look, lambda: self._looking > 0)
        self._wanted: dict[K, list[asyncio.Future[R | None]]] = {}
        self._looking = 0

    def ask(self, key: K) -> asyncio.Future[R | None]:
        """What there is of this key, or None; raises what the reading raises."""
        future: asyncio.Future[R | None] = asyncio.get_running_loop().create_future()
        self._gatherer.come()
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
            self._gatherer.answered()
        for key, asking in wanted.items():
            for future in asking:
                if future.done():
                    continue
                if failure is not None:
                    future.set_exception(failure)
                else:
                    future.set_result(found.get(key))
