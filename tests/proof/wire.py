"""The line between the shop and its bank, which a test may cut, hold or garble, and mend again, in the middle of anything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto

from tests.house import free_port

CHUNK_BYTES = 65_536
HOST = "127.0.0.1"


class Line(Enum):
    """How the line is."""

    GOOD = auto()
    DEAD = auto()
    """Nobody takes the call."""
    SILENT = auto()
    """The call is taken, and never answered."""
    CUT = auto()
    """The bank does what it is asked, and half of its answer arrives."""


class Wire:
    """Passes everything on from its own port to the bank's while the line is good; `spoilt` counts the calls that failed."""

    def __init__(self, to_port: int) -> None:
        self.port = free_port()
        self.spoilt = 0
        self._to_port = to_port
        self._line = Line.GOOD
        self._server: asyncio.Server | None = None
        self._calls: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def become(self, line: Line) -> None:
        """From now on the line is like this for new calls; calls under way and kept connections end, but for a silent line's."""
        was, self._line = self._line, line
        if was is Line.GOOD:
            await self._hang_up()
        if line is Line.DEAD:
            await self._close()
        elif self._server is None:
            self._server = await asyncio.start_server(self._taken, HOST, self.port)

    async def stop(self) -> None:
        """Ends all calls."""
        await self._close()
        await self._hang_up()

    async def _close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()

    async def _hang_up(self) -> None:
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def _taken(self, caller: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        call = asyncio.current_task()
        assert call is not None
        self._calls.add(call)
        try:
            with suppress(OSError, asyncio.CancelledError):
                await self._call(caller, answer, self._line)
        finally:
            self._calls.discard(call)
            answer.close()

    async def _call(self, caller: asyncio.StreamReader, answer: asyncio.StreamWriter, line: Line) -> None:
        if line is Line.SILENT:
            await caller.read(CHUNK_BYTES)
            self.spoilt += 1
            while await caller.read(CHUNK_BYTES):
                pass
            return
        bank, request = await asyncio.open_connection(HOST, self._to_port)
        try:
            if line is Line.CUT:
                request.write(await caller.read(CHUNK_BYTES))
                head, end, body = (await bank.read(CHUNK_BYTES)).partition(b"\r\n\r\n")
                answer.write(head + end + body[: len(body) // 2])
                await answer.drain()
                self.spoilt += 1
                return
            async with asyncio.TaskGroup() as both:
                both.create_task(_pass_on(caller, request))
                both.create_task(_pass_on(bank, answer))
        finally:
            request.close()


async def _pass_on(from_one: asyncio.StreamReader, to_other: asyncio.StreamWriter) -> None:
    while heard := await from_one.read(CHUNK_BYTES):
        to_other.write(heard)
        await to_other.drain()
    to_other.close()


@asynccontextmanager
async def laid(to_port: int) -> AsyncIterator[Wire]:
    """A good line to this port, until the block ends."""
    wire = Wire(to_port)
    await wire.become(Line.GOOD)
    try:
        yield wire
    finally:
        await wire.stop()
