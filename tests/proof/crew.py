"""A shop of several workers on PostgreSQL, as real processes at one address."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import psutil

from server import audit
from shop.judge import Finding
from storage.database import opened
from tests.house import STAFF_EMAIL, until
from tests.proof.process import Town

_SAMPLE = re.compile(r"^(\w+)\{([^}]*)\} ([\d.e+]+)$", re.MULTILINE)


class Crew(Town):
    """The supervisor is `shop`; the bank is a process of its own."""

    def __init__(self, data: Path, database: str, password: str, workers: int) -> None:
        super().__init__(data)
        self.database = database
        self.workers = workers
        self.password = password
        self.arguments += ["--database", database, "--workers", str(workers)]
        self.shop = self.shop_run_by(("run.py", "serve"))

    async def __aenter__(self) -> "Crew":
        await super().__aenter__()
        await until(self.all_serve, 60)
        return self

    def stranger(self) -> aiohttp.ClientSession:
        """A client that comes in by a new connection each time, and so to whichever worker."""
        connector = aiohttp.TCPConnector(force_close=True)
        jar = aiohttp.CookieJar(unsafe=True)
        timeout = aiohttp.ClientTimeout(total=10)
        return aiohttp.ClientSession(self.url, connector=connector, cookie_jar=jar, timeout=timeout)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[aiohttp.ClientSession]:
        """Another shopper, at whichever worker."""
        async with self.session() as session:
            yield session

    async def judge(self, acknowledged: Sequence[str] = ()) -> list[Finding]:
        """What the judge finds in the books of both."""
        return await self.findings(list(acknowledged))

    @asynccontextmanager
    async def staff(self) -> AsyncIterator[aiohttp.ClientSession]:
        async with self.stranger() as session:
            body = {"email": STAFF_EMAIL, "password": self.password}
            async with session.post("/api/v1/session", json=body) as response:
                assert response.status == 201, await response.text()
            yield session

    async def counts(self, name: str) -> dict[str, float]:
        """A metric of each worker, by its number."""
        async with self.stranger() as session, session.get("/metrics") as response:
            found = _SAMPLE.findall(await response.text())
        return {labels.split('"')[1]: float(value) for sample, labels, value in found if sample == name}

    async def all_serve(self) -> bool:
        return len(await self.counts("shopwire_sockets")) == self.workers

    def pids(self) -> list[int]:
        """The workers' process ids."""
        return [child.pid for child in psutil.Process(self.shop.pid).children()]

    async def are_others(self, before: set[int]) -> bool:
        """Whether all workers are others than these, and serve."""
        return before.isdisjoint(self.pids()) and await self.all_serve()

    def leader(self) -> str:
        """The number of the worker that said last that it leads."""
        said: list[str] = re.findall(r"this process leads worker=(\d)", self.shop.log.read_text())
        return said[-1]

    def pid_of(self, number: str) -> int:
        """The process of the worker with this number."""
        for child in psutil.Process(self.shop.pid).children():
            line = child.cmdline()
            if line[line.index("--as-worker") + 1].split(":")[0] == number:
                return int(child.pid)
        raise LookupError(number)

    async def renewed(self, pid: int, how: signal.Signals) -> None:
        """Ends a worker, and waits until another has taken its place."""
        psutil.Process(pid).send_signal(how)

        async def done() -> bool:
            return pid not in self.pids() and await self.all_serve()

        await until(done, 60)

    async def findings(self, acknowledged: list[str]) -> list[Finding]:
        async with opened(self.database) as db:
            return await audit.findings(db, await audit.bank_books(self.settings), acknowledged)


@asynccontextmanager
async def crew(data: Path, furnished: tuple[str, str], workers: int) -> AsyncIterator[Crew]:
    """A shop of so many workers on books that are in place, with the clerk's password."""
    found = Crew(data, *furnished, workers)
    async with found:
        try:
            yield found
        finally:
            alive = found.shop.alive
            left = found.pids() if alive else []
            assert await found.shop.stop() == 0 or not alive
            for pid in left:
                async with asyncio.timeout(20):
                    await until(lambda process=pid: not psutil.pid_exists(process), 20)
