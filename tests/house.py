"""The whole house for a test: the real shop and the real bank, each on a port of its own, on a database of the test's own."""

import asyncio
import atexit
import contextlib
import dataclasses
import shutil
import socket
import sys
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from handlers.live import HUB
from server import audit, people
from server.app import ENGINE, Engine, build, utc_now
from server.bank.app import build as build_bank
from server.commands.bank import bank_settings
from server.commands.seed import sample
from server.settings import Settings
from shop.customers import Role
from shop.judge import Finding
from storage.database import Database, opened
from storage.migrate import migrate

_TEMPLATE: list[tuple[Path, str]] = []
"""The books, and the clerk's password in them, that houses of this process start from; removed when it ends."""

_DRAWN: deque[socket.socket] = deque()
"""The sockets that keep drawn ports, the oldest first."""

DRAWN_PORTS = 64
"""How many stay drawn: more than a test needs, and few enough open files for any machine."""

STAFF_EMAIL = "clerk@shop.example"
WAIT_SECONDS = 10.0
STEP_SECONDS = 0.01

DETAILS = {
    "email": "noor@example.com",
    "name": "Noor Adler",
    "street": "Oudburg 14",
    "postcode": "9000",
    "town": "Ghent",
    "country": "BE",
    "shipping": "door",
}


class Clock:
    """The time, as far ahead of the real one as a test wants."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    def advance(self, **by: float) -> None:
        self.ahead += timedelta(**by)


@dataclass
class House:
    """A running shop and bank. `url` is on localhost and `bank_url` on 127.0.0.1, so to a browser they are two sites."""

    data: Path
    where: Path | str
    settings: Settings
    clock: Clock
    staff_password: str = ""
    background: bool = True
    """Whether sweeper and reconciler run by themselves; else a test steps `engine` by hand."""
    bank_changes: dict[str, Any] = field(default_factory=dict)
    """Settings of the bank that differ from the usual ones, such as webhook_twice; see BankSettings."""
    app: web.Application = field(default_factory=web.Application)
    _stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    _bank_stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.settings.port}"

    @property
    def bank_url(self) -> str:
        return self.settings.sandbox_url

    @property
    def db(self) -> Database:
        return self.engine.db

    @property
    def engine(self) -> Engine:
        return self.app[ENGINE]

    async def open_shop(self) -> None:
        self.app = build(self.settings, clock=self.clock, background=self.background)
        await _serve(self._stack, self.app, "127.0.0.1", self.settings.port)

    async def close_shop(self) -> None:
        await self._stack.aclose()

    async def restart(self) -> None:
        """Closes the shop and opens it again on the same books and port."""
        await self.close_shop()
        await self.open_shop()

    async def open_bank(self) -> None:
        bank = build_bank(dataclasses.replace(bank_settings(self.settings), **self.bank_changes))
        await _serve(self._bank_stack, bank, self.settings.bank_host, self.settings.bank_port)

    async def close_bank(self) -> None:
        await self._bank_stack.aclose()

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncIterator[aiohttp.ClientSession]:
        """A client with a cookie jar of its own: another shopper."""
        jar = aiohttp.CookieJar(unsafe=True)
        timeout = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(self.url, cookie_jar=jar, timeout=timeout) as session:
            yield session

    @contextlib.asynccontextmanager
    async def staff(self) -> AsyncIterator[aiohttp.ClientSession]:
        """A client that is logged in as staff."""
        async with self.client() as session:
            body = {"email": STAFF_EMAIL, "password": self.staff_password}
            async with session.post("/api/v1/session", json=body) as response:
                assert response.status == 201, await response.text()
            yield session

    async def judge(self, acknowledged: Sequence[str] = ()) -> list[Finding]:
        """What the judge finds in the shop's and the bank's books, after both have heard everything."""
        return await audit.findings(self.db, await audit.bank_books(self.settings), acknowledged)

    async def sockets(self, count: int) -> None:
        """Waits until this many live connections are open."""
        await until(lambda: len(self.app[HUB].connections()) == count)


async def until(holds: Any, seconds: float = WAIT_SECONDS) -> Any:
    """Waits until `holds()` (awaited if need be) is true, and answers it; fails after `seconds`."""
    async with asyncio.timeout(seconds):
        while True:
            found = holds()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(STEP_SECONDS)


@contextlib.asynccontextmanager
async def open_house(
    data: Path,
    where: Path | str | None = None,
    *,
    background: bool = True,
    bank_changes: dict[str, Any] | None = None,
    password: str = "",
    **changes: Any,
) -> AsyncIterator[House]:
    """A house with the sample catalogue, open while the block runs. `changes` are settings of the shop.

    `password`: the clerk's, of books that are in place already.
    """
    port, bank_port = free_port(), free_port()
    usual: dict[str, Any] = {
        "data": data,
        "database": where if isinstance(where, str) else "",
        "port": port,
        "bank_port": bank_port,
        "bank_speed": 0.01,
        "limits_factor": 1000.0,
        "drain_seconds": 0.1,
        "max_sockets_per_address": 1000,
    }
    settings = Settings(**(usual | changes))
    password = password or await _furnish(settings)
    house = House(data, settings.where, settings, Clock(), password, background, bank_changes or {})
    try:
        await house.open_bank()
        await house.open_shop()
        yield house
    finally:
        await house.close_shop()
        await house.close_bank()


async def _furnish(settings: Settings) -> str:
    """Puts the books in place, with the sample catalogue and a clerk, whose password is answered.

    On SQLite they are made once a process and copied, since making them takes longer than most tests.
    """
    if not isinstance(settings.where, Path) or settings.currency != Settings().currency:
        return await new_books(settings)
    if not _TEMPLATE:
        folder = Path(tempfile.mkdtemp(prefix="shopwire-house-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _TEMPLATE.append((folder / "shop.db", await new_books(Settings(data=folder))))
    books, password = _TEMPLATE[0]
    settings.data.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(books, settings.where)
    return password


async def new_books(settings: Settings) -> str:
    """Makes books with the sample catalogue and a clerk, whose password is answered."""
    await migrate(settings.where, settings.currency)
    async with opened(settings.where) as db:
        await sample(db)
        return await people.add(db, STAFF_EMAIL, "Clerk", Role.STAFF, datetime.now(UTC))


async def _serve(stack: contextlib.AsyncExitStack, app: web.Application, host: str, port: int) -> None:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, host, port, reuse_address=True).start()


def free_port() -> int:
    """A port of loopback that nobody else draws, before its server listens, after, and while it is closed for a restart.

    On Linux a bound socket that doesn't listen keeps it. Who calls is refused; a server that reuses addresses, as asyncio's
    do, binds beside it, which other systems don't allow.
    """
    drawn = socket.socket()
    drawn.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    drawn.bind(("127.0.0.1", 0))
    _DRAWN.append(drawn)
    port = int(drawn.getsockname()[1])
    _let_go(DRAWN_PORTS if sys.platform == "linux" else 0)
    return port


def _let_go(keep: int = 0) -> None:
    while len(_DRAWN) > keep:
        _DRAWN.popleft().close()


atexit.register(_let_go)
