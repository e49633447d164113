"""strace on a shop: kills it (-9) at its n-th write, or lets the disk fail, without a word of it in the shop's own code.

Writes are counted for each thread, and the books have one that writes. The write that kills does not happen.
"""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

ATTACH_SECONDS = 20.0
INSTALL = "strace is not installed. On Debian: apt-get install strace"
WRITE = "pwrite64"


def found() -> str:
    """The path of strace; raises FileNotFoundError."""
    path = shutil.which("strace")
    if path is None:
        raise FileNotFoundError(INSTALL)
    return path


def needed() -> None:
    """Skips a test where strace is missing; in CI that fails the run."""
    if shutil.which("strace") is None:
        pytest.skip(INSTALL)


def kills_at(write: int) -> list[str]:
    """The arguments that kill at this write of a thread, counted from 1."""
    return ["-o", "/dev/null", "-e", f"trace={WRITE}", "-e", f"inject={WRITE}:signal=KILL:when={write}"]


def counts(log: Path) -> list[str]:
    """The arguments that only note the writes, for `counted`."""
    return ["-o", str(log), "-e", f"trace={WRITE}"]


def counted(log: Path) -> int:
    """The writes of the thread that wrote most."""
    threads = Counter(line.split()[0] for line in log.read_text().splitlines() if f" {WRITE}(" in line)
    return max(threads.values(), default=0)


def fails_with(error: str, calls: str = WRITE) -> list[str]:
    """The arguments that make these system calls (a list with commas) fail with an error such as ENOSPC."""
    return ["-o", "/dev/null", "-e", f"trace={calls}", "-e", f"inject={calls}:error={error}"]


def under(arguments: Sequence[str]) -> list[str]:
    """What a command is started with, to be traced from its beginning.

    Without --seccomp-bpf, which would be faster: signals are not delivered where it stops a call.
    """
    return [found(), "-f", "-qq", *arguments]


@asynccontextmanager
async def attached(pid: int, arguments: Sequence[str]) -> AsyncIterator[None]:
    """Holds a running process and all its threads in these arguments' grip while the block runs."""
    strace = await asyncio.create_subprocess_exec(
        found(), "-f", *arguments, "-p", str(pid), stderr=asyncio.subprocess.PIPE
    )
    assert strace.stderr is not None
    try:
        async with asyncio.timeout(ATTACH_SECONDS):
            said = await strace.stderr.readline()
        assert b"attached" in said, said
        yield
    finally:
        with suppress(ProcessLookupError):
            strace.terminate()
        await strace.communicate()
