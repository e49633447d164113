"""A worker as the supervisor sees it: a process of its own, the line to it, and what it said."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

from server.workers.line import Drain, Leaving, Line, Message, Ready

RUN = Path(__file__).parents[2] / "run.py"
PLACE_FLAG = "--as-worker"


class Worker:
    """One process. `going` is set once it has ended or wants to; `ended` when it has."""

    def __init__(self, slot: int, process: asyncio.subprocess.Process, line: Line) -> None:
        self.slot = slot
        self.line = line
        self.ready = asyncio.Event()
        self.going = asyncio.Event()
        self.ended = asyncio.Event()
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def serving(self) -> bool:
        return self.ready.is_set() and not self.ended.is_set()

    @property
    def status(self) -> int | None:
        """Its exit status; negative for a signal."""
        return self._process.returncode

    def drain(self) -> None:
        """Has it say goodbye and end. One that does not serve yet has nobody to say it to."""
        self.line.say(Drain())
        if not self.ready.is_set():
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()

    async def watch(self, heard: Callable[["Worker", Message], Awaitable[None]]) -> None:
        """Follows it to its end; what else it says goes to `heard`."""
        async for message in self.line.messages():
            if isinstance(message, Ready):
                self.ready.set()
            elif isinstance(message, Leaving):
                self.going.set()
            else:
                await heard(self, message)
        await self._process.wait()
        self.line.close()
        self.ended.set()
        self.going.set()


async def start(slot: int, arguments: Sequence[str], doors: Sequence[socket.socket]) -> Worker:
    """Starts a worker that serves at these sockets; `arguments` are those of the command line.

    It gets a session of its own: Ctrl-C in the terminal reaches the supervisor alone, which passes it on in its way.
    """
    ours, theirs = socket.socketpair()
    descriptors = [door.fileno() for door in doors]
    place = f"{slot}:{theirs.fileno()}:{','.join(map(str, descriptors))}"
    with theirs:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(RUN), *arguments, PLACE_FLAG, place),
            stdin=asyncio.subprocess.DEVNULL,
            pass_fds=(theirs.fileno(), *descriptors),
            start_new_session=True,
            env=dict(os.environ),
        )
    return Worker(slot, process, await Line.over(ours))
