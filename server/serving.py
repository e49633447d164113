"""The shop's doors: open at their sockets while a block runs, and closed with a farewell that loses nothing."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from handlers.live import HUB
from server.app import ENGINE, build
from server.settings import Settings
from server.workers.colleagues import Colleagues

SHUTDOWN_SECONDS = 5.0
KEEPALIVE_SECONDS = 30.0
BACKLOG = 1024
SECONDS_PER_SOCKET = 0.01

Listening = Callable[[web.AppRunner], Awaitable[None]]


@asynccontextmanager
async def serving(found: Settings, listen: Listening, colleagues: Colleagues | None = None) -> AsyncIterator[None]:
    """The shop, served where `listen` says. At the end it drains: everything under way is finished."""
    app = build(found, colleagues=colleagues)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS, keepalive_timeout=KEEPALIVE_SECONDS)
    await runner.setup()
    try:
        await listen(runner)
        yield
        app[ENGINE].ready = False
        await app[HUB].drain(_drain_seconds(found, len(app[HUB].connections())))
    finally:
        await runner.cleanup()


def listening(found: Settings) -> Listening:
    """Listens at the address of the settings, alone."""

    async def listen(runner: web.AppRunner) -> None:
        await web.TCPSite(runner, found.host, found.port, backlog=BACKLOG).start()

    return listen


def _drain_seconds(found: Settings, sockets: int) -> float:
    """How long the farewell takes: only many sockets need spreading, so that they don't all come back at once."""
    return min(found.drain_seconds, SECONDS_PER_SOCKET * sockets)


class Signals:
    """TERM and Ctrl-C: the first one asks to close; a second one of the same kind ends at once."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._numbers = (signal.SIGINT, signal.SIGTERM)
        self._at_second: Callable[[], None] | None = None
        for number in self._numbers:
            self._loop.add_signal_handler(number, self._ask, number)

    def second(self, act: Callable[[], None]) -> None:
        """A second one calls this, instead of ending the process where it stands."""
        self._at_second = act

    async def wait(self) -> None:
        """Waits for the first."""
        await self._asked.wait()

    def _ask(self, number: signal.Signals) -> None:
        if self._at_second is None:
            self._loop.remove_signal_handler(number)
        elif self._asked.is_set():
            self._at_second()
        self._asked.set()
