"""A PostgreSQL server of a test's own, which it may stop and start again, unlike the one that all tests of a run share."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

STOP_SECONDS = 20
USER = "pgserver"
"""Who runs it where the tests run as root, which PostgreSQL refuses; the wheel makes this user."""


class Server:
    """One server, reached through a socket in its folder; `fsync` is on, so what it lost by a crash would be our fault."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder = folder
        self._programs = programs

    @property
    def url(self) -> str:
        return f"postgresql://postgres:@/postgres?host={self._folder}"

    def make(self) -> None:
        self._run("initdb", "--auth=trust", "--encoding=utf8", "-U", "postgres", "-D", str(self._folder / "data"))

    def start(self) -> None:
        options = f'-h "" -k {self._folder}'
        self._run(
            "pg_ctl", "-w", "-D", str(self._folder / "data"), "-l", str(self._folder / "log"), "-o", options, "start"
        )

    def stop(self, how: str = "fast") -> None:
        """`fast` ends every connection and closes cleanly; `immediate` is a crash, after which it recovers."""
        self._run("pg_ctl", "-w", "-D", str(self._folder / "data"), "-m", how, "stop")

    def hang(self) -> None:
        """Stops every process of it where it is: connections stay open, new ones are taken by the kernel, nothing is answered."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        server = psutil.Process(int((self._folder / "data" / "postmaster.pid").read_text().splitlines()[0]))
        # The first one first: it would start others.
        for process in (server, *server.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._programs / program), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=STOP_SECONDS,
            user=USER if os.geteuid() == 0 else None,
            cwd=self._folder,
        )


@contextmanager
def running(programs: Path) -> Iterator[Server]:
    """A new server, empty, until the block ends. Its folder has a short path, since that of a socket is limited."""
    folder = Path(tempfile.mkdtemp(prefix="shopwire-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, USER)
        server = Server(folder, programs)
        server.make()
        server.start()
        yield server
        if (folder / "data" / "postmaster.pid").exists():
            server.go_on()
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_postgresql(postgresql_server: object) -> Iterator[Server]:
    """A server of the test's own; the shared one must be there, since the wheel then has made the user."""
    programs: Path | None = getattr(postgresql_server, "bin_path", None)
    if programs is None:
        pytest.skip("a server that is named is not ours to stop: run without SHOPWIRE_TEST_POSTGRESQL")
    with running(programs) as server:
        yield server
