"""A process of a load test: one of our own commands, started for the run, watched while it lasts, and ended with it."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import psutil

from server.settings import SettingsError

ROOT = Path(__file__).parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 20.0
LOOK_AGAIN_SECONDS = 0.1
ANSWER_SECONDS = 5.0
TOLD_CHARACTERS = 2000
MEBIBYTE = 1 << 20


Taken = tuple[float, float]
"""CPU in seconds, and resident memory in MiB."""


class Watched:
    """What a process takes of the machine, from now on."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._most_bytes = self._bytes = 0
        self._seconds = self._before = 0.0
        self.begin()

    def begin(self) -> None:
        """Counts from here: what was taken before belongs to the start."""
        self._before = self._look()
        self._most_bytes = self._bytes

    def now(self) -> Taken:
        """CPU since `begin`, memory now. Of a process that has gone, what was seen last."""
        return round(self._look() - self._before, 2), round(self._bytes / MEBIBYTE, 1)

    def whole(self) -> Taken:
        """CPU since `begin`, and the most memory that was seen."""
        return self.now()[0], round(self._most_bytes / MEBIBYTE, 1)

    def _look(self) -> float:
        with contextlib.suppress(psutil.Error):
            times = self._process.cpu_times()
            self._seconds = float(times.user + times.system)
            self._bytes = self._process.memory_info().rss
            self._most_bytes = max(self._most_bytes, self._bytes)
        return self._seconds


@asynccontextmanager
async def started(
    command: Sequence[str], environment: Mapping[str, str], log: Path, url: str
) -> AsyncIterator[Watched]:
    """Runs `run.py` with this command until the block ends; goes on once `url` answers. What it says is in `log`.

    Raises SettingsError, with its last words, when it does not open.
    """
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(ROOT / "run.py"), *command),
            cwd=ROOT,
            env=dict(os.environ) | dict(environment),
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        await _ready(process, log, url)
        yield Watched(process.pid)
    finally:
        await _stop(process)


async def _ready(process: asyncio.subprocess.Process, log: Path, url: str) -> None:
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    try:
        async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession(timeout=timeout) as session:
            while process.returncode is None:
                with contextlib.suppress(aiohttp.ClientError, OSError):
                    async with session.get(url) as response:
                        if response.ok:
                            return
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
    except TimeoutError:
        pass
    said = log.read_text(errors="replace")[-TOLD_CHARACTERS:].strip()  # noqa: ASYNC240  a small file, and the end of it all
    raise SettingsError(f"load: {url} did not open. It said: {said}")


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Asks it to end, and ends it when it does not."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
