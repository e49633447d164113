"""The supervisor: starts the workers, replaces one that ends, passes TERM and Ctrl-C on, and waits for the last farewell.

It serves nobody itself, so that nothing a shopper does can harm it; in a shop that is tried out it is the sandbox bank.
A worker that dies has its socket closed, so the kernel sends its shoppers to the others at once. One that only wants to
leave shares its socket with its successor until that one serves, so not even a connection that waits is lost.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from itertools import count

from server.settings import Settings, SettingsError
from server.workers import doors, worker
from server.workers.doors import Door
from server.workers.line import Message, Question, Replies, Reply
from server.workers.worker import Worker

START_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 10.0
STEADY_SECONDS = 30.0
"""A worker that served for so long was all right: what ended it is no reason to wait before the next one."""

FAREWELL_SECONDS = 15.0
"""Beyond the shop's own drain, before a worker that does not end is killed."""

REPLY_SECONDS = 1.0
LOOK_SECONDS = 5.0
HUNG_SECONDS = 30.0
"""A worker that answers nothing for so long holds its shoppers and serves none: it is killed, and replaced."""

log = logging.getLogger("shopwire.workers")


class Supervisor:
    """`arguments`: the command line that the workers are started with as well."""

    def __init__(self, found: Settings, arguments: Sequence[str]) -> None:
        self._found = found
        self._arguments = arguments
        self._closing = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._serving: dict[int, Worker] = {}
        self._doors: dict[int, Sequence[Door]] = {}
        self._all: set[Worker] = set()
        self._restarts = 0
        self._numbers = count(1)
        self._polls: dict[int, Poll] = {}

    async def __aenter__(self) -> "Supervisor":
        """Starts them all; raises SettingsError when one of them does not come to serve."""
        doors.free(self._found.host, self._found.port)
        await self._tasks.__aenter__()
        slots = range(self._found.workers)
        try:
            for slot in slots:
                self._open(slot)
            begun = [await self._begin(slot) for slot in slots]
        except BaseException:
            self.kill()
            await self.__aexit__()
            raise
        ready = [await self._comes_to_serve(each) for each in begun]
        if not all(ready):
            await self.__aexit__()
            raise SettingsError("workers: one of them could not start; what it said stands above.")
        for slot, each in enumerate(begun):
            self._serving[slot] = each
            self._tasks.create_task(self._keep(slot, each))
        self._tasks.create_task(self._look_after())
        return self

    async def __aexit__(self, *_why: object) -> None:
        """Has all of them say goodbye, and waits for the last."""
        self._closing.set()
        for each in self._all:
            each.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._found.drain_seconds + FAREWELL_SECONDS):
                for each in list(self._all):
                    await each.ended.wait()
        self.kill()
        await self._tasks.__aexit__(None, None, None)
        for slot in self._doors:
            self._close(slot)

    @property
    def pids(self) -> list[int]:
        """The processes that serve, by their place."""
        return [one.pid for _, one in sorted(self._serving.items())]

    def kill(self) -> None:
        """Ends all of them at once."""
        for each in self._all:
            each.kill()

    def renew(self) -> None:
        """Replaces every worker by a new process, one after the other; nobody is turned away meanwhile."""
        if not self._closing.is_set():
            self._tasks.create_task(self._renew())

    async def _renew(self) -> None:
        for slot in range(self._found.workers):
            old = self._serving[slot]
            old.going.set()
            while self._serving[slot] is old and not self._closing.is_set():
                await _first(self._closing, old.ended)

    async def _begin(self, slot: int) -> Worker:
        begun = await worker.start(slot, self._arguments, self._doors[slot])
        self._all.add(begun)
        self._tasks.create_task(self._follow(begun))
        return begun

    async def _follow(self, one: Worker) -> None:
        await one.watch(self._hear)
        self._all.discard(one)
        if not self._closing.is_set() and one.status:
            log.error("a worker ended", extra={"worker": one.slot, "pid": one.pid, "status": one.status})

    async def _comes_to_serve(self, one: Worker) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                await _first(one.ready, one.ended, self._closing)
        return one.serving

    async def _keep(self, slot: int, one: Worker) -> None:
        """Sees to it that somebody serves at this place, until closing."""
        loop = asyncio.get_running_loop()
        pause = 0.0
        while True:
            began = loop.time()
            await _first(one.going, self._closing)
            if self._closing.is_set():
                break
            self._restarts += 1
            pause = 0.0 if loop.time() - began > STEADY_SECONDS or not one.ended.is_set() else pause
            successor: Worker | None = None
            while successor is None:
                if one.ended.is_set():
                    # Nobody takes who comes in here: the kernel is to send them to the others.
                    self._close(slot)
                    await self._pause(pause)
                    pause = min(LONGEST_PAUSE_SECONDS, max(FIRST_PAUSE_SECONDS, pause * 2))
                    self._open(slot)
                if self._closing.is_set():
                    break
                begun = await self._begin(slot)
                if await self._comes_to_serve(begun):
                    successor = begun
                else:
                    begun.kill()
                    await begun.ended.wait()
                    if not one.ended.is_set():
                        await self._pause(FIRST_PAUSE_SECONDS)
            if successor is None:
                break
            one.drain()
            one = self._serving[slot] = successor

    async def _look_after(self) -> None:
        """Has every worker say now and then that it is alive, and kills one that doesn't, until closing."""
        while not self._closing.is_set():
            for each in self._serving.values():
                if each.serving:
                    self._tasks.create_task(self._alive(each))
            await self._pause(LOOK_SECONDS)

    async def _alive(self, one: Worker) -> None:
        number = next(self._numbers)
        poll = self._polls[number] = Poll(1)
        one.line.say(Question(number, "alive"))
        with suppress(TimeoutError):
            async with asyncio.timeout(HUNG_SECONDS):
                await _first(poll.complete, one.going, self._closing)
        del self._polls[number]
        if not (poll.complete.is_set() or one.going.is_set() or self._closing.is_set()):
            log.error("a worker answers nothing", extra={"worker": one.slot, "pid": one.pid})
            one.kill()

    def _open(self, slot: int) -> None:
        self._doors[slot] = doors.of_a_worker(self._found.host, self._found.port)

    def _close(self, slot: int) -> None:
        for door in self._doors[slot]:
            door.close()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    async def _hear(self, one: Worker, message: Message) -> None:
        if isinstance(message, Question):
            self._tasks.create_task(self._pass_on(one, message))
        elif isinstance(message, Reply) and message.number in self._polls:
            self._polls[message.number].take(one.slot, message.body)

    async def _pass_on(self, asker: Worker, question: Question) -> None:
        """Asks the others, and tells the asker what they answer in time."""
        number = next(self._numbers)
        others = [each for each in self._serving.values() if each is not asker and each.serving]
        poll = self._polls[number] = Poll(len(others))
        for each in others:
            each.line.say(Question(number, question.what, question.body))
        with suppress(TimeoutError):
            async with asyncio.timeout(REPLY_SECONDS):
                await poll.complete.wait()
        del self._polls[number]
        asker.line.say(Replies(question.number, sorted(poll.answers.items()), self._restarts))


class Poll:
    """The answers to one question, by the numbers of the workers that gave them."""

    def __init__(self, asked: int) -> None:
        self.answers: dict[int, bytes] = {}
        self.complete = asyncio.Event()
        self._asked = asked
        if not asked:
            self.complete.set()

    def take(self, slot: int, body: bytes) -> None:
        self.answers[slot] = body
        if len(self.answers) >= self._asked:
            self.complete.set()


async def _first(*events: asyncio.Event) -> None:
    """Waits until one of the events is set."""
    if any(event.is_set() for event in events):
        return
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(event.wait()) for event in events]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
