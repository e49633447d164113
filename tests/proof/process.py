"""The shop and the bank as processes of their own, which a test may kill at any moment and start again."""

import asyncio
import atexit
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import aiohttp
import psutil

from server.settings import Settings
from tests.house import free_port, until

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90.0
STOP_SECONDS = 20.0
CALL_SECONDS = 10.0
TRACEABLE = (sys.executable, "-IS", str(Path(__file__).with_name("traceable.py")))

_UNHURRIED = {
    "SHOPWIRE_LIMITS_FACTOR": "1000",
    "SHOPWIRE_MAX_SOCKETS_PER_ADDRESS": "1000",
    "SHOPWIRE_BANK_SPEED": "0.01",
    "SHOPWIRE_DRAIN_SECONDS": "0.1",
}


@cache
def _bytecode() -> str:
    """A folder for this process's programs to share; removed when it ends."""
    folder = tempfile.mkdtemp(prefix="shopwire-bytecode-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class Process:
    """One of our programs. What it says, on both of its streams, goes to the end of `log`; `up` is set while it answers."""

    def __init__(self, command: Sequence[str], ready_at: str, log: Path, **settings: str) -> None:
        self._command = command
        self._settings = settings
        self._ready_at = ready_at
        self.log = log
        self.up = asyncio.Event()
        self._running: asyncio.subprocess.Process | None = None
        self._under: Sequence[str] = ()

    @property
    def pid(self) -> int:
        assert self._running is not None
        return self._running.pid

    async def start(self) -> None:
        """Starts it, and waits until it answers."""
        await self.launch()
        assert await self.opens(), self.log.read_text()

    async def launch(self, under: Sequence[str] = ()) -> None:
        """Starts it without waiting; `under` is a command that starts it in turn, such as strace."""
        self._under = under
        # Compiled once for all starts, wherever the tests are told to leave no bytecode.
        bytecode = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": _bytecode()}
        env = os.environ | _UNHURRIED | bytecode | self._settings
        with self.log.open("ab") as out:
            self._running = await asyncio.create_subprocess_exec(
                *(under or TRACEABLE), sys.executable, *self._command, cwd=ROOT, stdout=out, stderr=out, env=env
            )

    async def opens(self) -> bool:
        """Waits until it answers; False when it ended before it did."""
        assert self._running is not None
        ending = asyncio.ensure_future(self._running.wait())
        await until(lambda: ending.done() or self._ready(), START_SECONDS)
        if ending.done():
            return False
        ending.cancel()
        self.up.set()
        return True

    @property
    def alive(self) -> bool:
        return self._running is not None and self._running.returncode is None

    def signal(self, number: int) -> None:
        assert self._running is not None
        self._running.send_signal(number)

    async def kill(self) -> None:
        """Ends it as a power cut would: SIGKILL, which no program can hear."""
        assert self._running is not None
        self.up.clear()
        if self._under:
            for behind in psutil.Process(self._running.pid).children():
                behind.kill()
        with suppress(ProcessLookupError):
            self._running.kill()
        await self.ended()

    async def killed(self) -> None:
        """Waits until somebody has killed it, however long that takes."""
        assert self._running is not None
        status = await self._running.wait()
        self.up.clear()
        assert status == -signal.SIGKILL, self.log.read_text()

    async def stop(self) -> int:
        """Asks it to end; answers its exit status."""
        assert self._running is not None
        if self._running.returncode is None:
            self._running.terminate()
        return await self.ended()

    async def ended(self) -> int:
        """Waits until it has ended by itself; answers its exit status, negative for a signal."""
        assert self._running is not None
        async with asyncio.timeout(STOP_SECONDS):
            return await self._running.wait()

    async def clean_up(self) -> None:
        """Makes sure that nothing of it is left."""
        if self._running is not None and self._running.returncode is None:
            await self.kill()

    async def _ready(self) -> bool:
        timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(self._ready_at) as response:
                return response.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False


class Town:
    """A shop and a bank on one data folder, as two processes. `program` is what runs the shop: run.py, or a test's own.

    `bank_url` is where shop and browsers reach the bank, when that is not its own port but a Wire's.
    """

    def __init__(
        self,
        data: Path,
        program: Sequence[str] = ("run.py", "serve"),
        *,
        database: str = "",
        bank_port: int | None = None,
        bank_url: str = "",
    ) -> None:
        data.mkdir(parents=True, exist_ok=True)
        bank_port = bank_port or free_port()
        self.settings = Settings(
            data=data, database=database, port=free_port(), bank_port=bank_port, bank_url=bank_url, bank_speed=0.01
        )
        ports = ["--port", str(self.settings.port), "--bank-port", str(self.settings.bank_port)]
        self.arguments = ["--data", str(data), *ports, "--no-bank", *(["--database", database] if database else [])]
        bank = ["run.py", "bank", "--data", str(data), *ports]
        self.shop = self.shop_run_by(program)
        ready_at = f"http://{self.settings.bank_host}:{self.settings.bank_port}/healthz"
        self.bank = Process(bank, ready_at, data / "bank.log", **self._lines())

    @property
    def url(self) -> str:
        return self.settings.shop_url

    def shop_run_by(self, program: Sequence[str]) -> Process:
        log = self.settings.data / "shop.log"
        return Process([*program, *self.arguments], f"{self.url}/readyz", log, **self._lines())

    def _lines(self) -> dict[str, str]:
        return {"SHOPWIRE_BANK_URL": self.settings.bank_url} if self.settings.bank_url else {}

    def session(self, call_seconds: float = CALL_SECONDS) -> aiohttp.ClientSession:
        """A client with a cookie jar of its own."""
        jar = aiohttp.CookieJar(unsafe=True)
        return aiohttp.ClientSession(self.url, cookie_jar=jar, timeout=aiohttp.ClientTimeout(total=call_seconds))

    async def __aenter__(self) -> "Town":
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self.shop.start())
                both.create_task(self.bank.start())
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_why: object) -> None:
        await self.shop.clean_up()
        await self.bank.clean_up()
