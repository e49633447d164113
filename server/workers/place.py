"""A worker from inside: it serves at the sockets that it was given, and follows what the supervisor says.

It ends when told to, when it was asked to (TERM) and its successor serves, and when the supervisor is gone.
"""

import asyncio
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress

from aiohttp import web

from server import tasks
from server.logs import set_up
from server.serving import BACKLOG, Listening, serving
from server.settings import Settings, SettingsError
from server.workers import doors
from server.workers.colleagues import Colleagues
from server.workers.line import Drain, Leaving, Line, Question, Ready, Replies

SUCCESSION_SECONDS = 45.0
"""How long a worker that was asked to leave waits for a successor."""


async def serve(found: Settings, place: str) -> int:
    """Serves until it is time to go; `place` is what the supervisor wrote on the command line."""
    try:
        number, line_end, given = place.split(":")
        end = socket.socket(fileno=int(line_end))
        sockets = doors.inherited([int(each) for each in given.split(",")])
    except (ValueError, OSError) as fault:
        raise SettingsError("--as-worker is for the supervisor alone. Use --workers.") from fault
    leave, go = asyncio.Event(), asyncio.Event()
    line = await Line.over(end)
    colleagues = Colleagues(int(number), line)
    writer = set_up(found.log_level, found.log_format, worker=int(number))
    async with (
        tasks.running({"log": writer.run}),
        asyncio.TaskGroup() as own,
        serving(found, _at(sockets), colleagues),
    ):
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, leave.set)
        listening = own.create_task(_listen(line, colleagues, leave, go))
        line.say(Ready())
        await leave.wait()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(each)
        if not go.is_set():
            line.say(Leaving())
            with suppress(TimeoutError):
                async with asyncio.timeout(SUCCESSION_SECONDS):
                    await go.wait()
        listening.cancel()
    return 0


async def _listen(line: Line, colleagues: Colleagues, leave: asyncio.Event, go: asyncio.Event) -> None:
    async for message in line.messages():
        if isinstance(message, Drain):
            break
        if isinstance(message, Question | Replies):
            colleagues.hear(message)
    # Told to go, or left alone by a supervisor that died.
    go.set()
    leave.set()


def _at(sockets: Sequence[doors.Door]) -> Listening:
    async def listen(runner: web.AppRunner) -> None:
        for each in sockets:
            await web.SockSite(runner, each, backlog=BACKLOG).start()

    return listen
