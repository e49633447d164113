"""What a start costs: `python -m bench.starting [--products N]`: seconds to the first page, and the memory then.

`run.py serve` is started on a database that is there already, and asked for `/` until it answers 200; the clock runs from the
start of the process. Memory is the resident set (RSS) half a second after the shop says that it is ready. Beside it: what
a Python that does nothing costs here, and what importing the shop costs, the dearest packages first.
"""

import argparse
import asyncio
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from server.commands.seed import make_up, sample
from server.settings import Settings
from storage.database import opened
from storage.migrate import migrate

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 5
WAIT_SECONDS = 30.0
PAUSE_SECONDS = 0.005
SETTLE_SECONDS = 0.5
DEAREST = 14


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=1_000, help="how many products to make up")
    products = parser.parse_args().products
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_fill(Path(folder), products))
        rounds = [_start(folder) for _ in range(ROUNDS + 1)][1:]
    first, ready, cpu, memory = (statistics.median(column) for column in zip(*rounds, strict=True))
    bare = statistics.median(_bare() for _ in range(ROUNDS))
    print(f"{products:,} products; medians of {ROUNDS} starts")
    print(f"first answer to /      {first:6.2f} s")
    print(f"ready (/readyz)        {ready:6.2f} s")
    print(f"CPU until then         {cpu:6.2f} s")
    print(f"python -c pass         {bare:6.2f} s")
    print(f"memory (RSS)           {memory:6.1f} MiB")
    print("imports, ms of each package's own modules:")
    for package, spent in _imports()[:DEAREST]:
        print(f"  {package:20} {spent / 1000:7.1f}")


async def _fill(folder: Path, products: int) -> None:
    settings = Settings(data=folder)
    await migrate(settings.where, settings.currency)
    async with opened(settings.where) as db:
        await sample(db)
        await make_up(db, products, 1)


def _start(folder: str) -> tuple[float, float, float, float]:
    """Seconds to the first page and to readiness, CPU seconds until then, and MiB a little later."""
    ports = [_free_port(), _free_port()]
    ask = [sys.executable, "run.py", "serve", "--data", folder, "--port", str(ports[0]), "--bank-port", str(ports[1])]
    started = time.monotonic()
    with subprocess.Popen(ask, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:  # noqa: S603
        try:
            _answers(ports[0], "/")
            first = time.monotonic() - started
            _answers(ports[0], "/readyz")
            ready = time.monotonic() - started
            process = psutil.Process(server.pid)
            spent = sum(process.cpu_times()[:2])
            time.sleep(SETTLE_SECONDS)
            return first, ready, spent, process.memory_info().rss / 2**20
        finally:
            server.terminate()


def _answers(port: int, path: str) -> None:
    """Returns as soon as the shop answers 200; raises TimeoutError."""
    patience = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < patience:
        try:
            with socket.create_connection(("127.0.0.1", port), WAIT_SECONDS) as connection:
                connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                if connection.recv(64).startswith(b"HTTP/1.1 200"):
                    return
        except ConnectionError:
            pass
        time.sleep(PAUSE_SECONDS)
    raise TimeoutError(f"The shop did not answer {path} in {WAIT_SECONDS:.0f} s.")


def _bare() -> float:
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.monotonic() - started


def _imports() -> list[tuple[str, int]]:
    """Microseconds that the modules of each package took by themselves (`python -X importtime`), the dearest first."""
    command = [sys.executable, "-X", "importtime", "-c", "import server.commands.serve"]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stderr  # noqa: S603
    spent: dict[str, int] = {}
    for own, module in re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", told):
        package = module.partition(".")[0]
        spent[package] = spent.get(package, 0) + int(own)
    return sorted(spent.items(), key=lambda pair: -pair[1])


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


if __name__ == "__main__":
    main()
