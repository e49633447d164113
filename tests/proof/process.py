"""The shop and the bank as processes of their own, which a test may kill at any moment and start again."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from server.settings import Settings
from tests.house import free_port, until

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90.0
STOP_SECONDS = 20.0
CALL_SECONDS = 10.0

_UNHURRIED = {
    "SHOPWIRE_LIMITS_FACTOR": "1000",
    "SHOPWIRE_MAX_SOCKETS_PER_ADDRESS": "1000",
    "SHOPWIRE_BANK_SPEED": "0.01",
    "SHOPWIRE_DRAIN_SECONDS": "0.1",
}


class Process:
    """One of our programs. What it says, on both of its streams, goes to the end of `log`; `up` is set while it answers."""

    def __init__(self, command: Sequence[str], ready_at: str, log: Path) -> None:
        self._command = command
        self._ready_at = ready_at
        self.log = log
        self.up = asyncio.Event()
        self._running: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Starts it, and waits until it answers."""
        # Compiled once for all starts, wherever the tests are told to leave no bytecode.
        bytecode = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(self.log.parent.parent / "bytecode")}
        env = os.environ | _UNHURRIED | bytecode
        with self.log.open("ab") as out:
            self._running = await asyncio.create_subprocess_exec(
                sys.executable, *self._command, cwd=ROOT, stdout=out, stderr=out, env=env
            )
        await until(self._ready, START_SECONDS)
        self.up.set()

    @property
    def pid(self) -> int:
        assert self._running is not None
        return self._running.pid

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
        self._running.kill()
        await self.ended()

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
        assert self._running is not None
        assert self._running.returncode is None, self.log.read_text()
        timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(self._ready_at) as response:
                return response.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False


class Town:
    """A shop and a bank on one data folder, as two processes. `program` is what runs the shop: run.py, or a test's own."""

    def __init__(self, data: Path, program: Sequence[str] = ("run.py", "serve")) -> None:
        self.settings = Settings(data=data, port=free_port(), bank_port=free_port(), bank_speed=0.01)
        ports = ["--port", str(self.settings.port), "--bank-port", str(self.settings.bank_port)]
        self.arguments = ["--data", str(data), *ports, "--no-bank"]
        bank = ["run.py", "bank", "--data", str(data), *ports]
        self.shop = self.shop_run_by(program)
        self.bank = Process(bank, f"{self.settings.sandbox_url}/healthz", data / "bank.log")

    @property
    def url(self) -> str:
        return self.settings.shop_url

    def shop_run_by(self, program: Sequence[str]) -> Process:
        return Process([*program, *self.arguments], f"{self.url}/readyz", self.settings.data / "shop.log")

    def session(self) -> aiohttp.ClientSession:
        """A client with a cookie jar of its own."""
        jar = aiohttp.CookieJar(unsafe=True)
        return aiohttp.ClientSession(self.url, cookie_jar=jar, timeout=aiohttp.ClientTimeout(total=CALL_SECONDS))

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
