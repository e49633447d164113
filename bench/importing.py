"""What an import costs the open shop: `python -m bench.importing [--rows N]`: its seconds, and the wait for a page meanwhile.

A shop of 1,000 products is served by `run.py serve`, a Shopify file of N rows (four variants a product) taken in by `run.py
import`, each a process of its own, while this one asks for a page every 20 ms: home, category, product and search in turn. The
wait counts from when the page was due, so a slow one makes the next wait longer. The control is the same without the import.
"""

import argparse
import asyncio
import csv
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from server.commands.seed import make_up, sample
from server.settings import Settings
from storage.database import opened
from storage.migrate import migrate

ROOT = Path(__file__).resolve().parent.parent
PRODUCTS = 1_000
VARIANTS = 4
EVERY_SECONDS = 0.02
WARM_UP_SECONDS = 1.0
CONTROL_SECONDS = 10.0
START_SECONDS = 30.0
PATHS = ("/", "/c/table", "/p/harbour-mug", "/search?q=harbour")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000, help="rows of the file")
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "products.csv"
        _write(file, rows // VARIANTS)
        asyncio.run(_fill(Path(folder)))
        ports = _free_port(), _free_port()
        with _run("serve", folder, "--port", str(ports[0]), "--bank-port", str(ports[1])) as server:
            try:
                _open(ports[0])
                _asking(ports[0], server.pid, lambda: time.sleep(WARM_UP_SECONDS))
                control = _asking(ports[0], server.pid, lambda: time.sleep(CONTROL_SECONDS))
                during = _asking(ports[0], server.pid, lambda: _import(folder, file))
                again = _asking(ports[0], server.pid, lambda: _import(folder, file))
            finally:
                server.terminate()
    print(
        f"{'':26}{'seconds':>8} {'pages':>6} {'p50 ms':>7} {'p95 ms':>7} {'p99 ms':>7} {'longest':>8} {'shop CPU':>9}"
    )
    print(_line("no import (control)", *control))
    print(_line(f"import of {rows:,} rows", *during))
    print(_line("the same again", *again))


def _line(name: str, seconds: float, waits: list[float], cpu: float) -> str:
    cuts = statistics.quantiles(waits, n=100, method="inclusive")
    shown = " ".join(f"{value * 1000:7.1f}" for value in (cuts[49], cuts[94], cuts[98], max(waits)))
    return f"{name:26}{seconds:8.1f} {len(waits):6} {shown}  {cpu / seconds:8.0%}"


def _write(file: Path, products: int) -> None:
    """A file as Shopify exports it."""
    names = ["Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Option1 Name", "Option1 Value"]
    names += ["Variant SKU", "Variant Inventory Qty", "Variant Price", "Image Src"]
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(names)
        for number in range(products):
            text = f"<p>Number {number} of a plain thing for every day, glazed by hand and fired twice.</p>"
            words = [
                f"Plain thing {number}",
                text,
                f"Workshop {number % 40}",
                f"Kind {number % 12}",
                "plain, made",
                "TRUE",
            ]
            for n in range(VARIANTS):
                value, sku, price = ("Rain", "Rust", "Oat", "Ink")[n], f"PT-{number}-{n}", f"{10 + number % 90}.50"
                first = words if n == 0 else [""] * len(words)
                image = f"https://pictures.example/{number}.jpg" if n == 0 else ""
                writer.writerow([f"plain-thing-{number}", *first, "Glaze", value, sku, 3 + number % 9, price, image])


async def _fill(folder: Path) -> None:
    settings = Settings(data=folder)
    await migrate(settings.where, settings.currency)
    async with opened(settings.where) as db:
        await sample(db)
        await make_up(db, PRODUCTS, 1)


def _run(verb: str, folder: str, *more: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "run.py", verb, "--data", folder, *more]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603


def _import(folder: str, file: Path) -> None:
    with _run("import", folder, str(file)) as importing:
        if importing.wait() != 0:
            raise RuntimeError("The import was refused.")


def _asking(port: int, pid: int, meanwhile: Callable[[], None]) -> tuple[float, list[float], float]:
    """Seconds that `meanwhile` took, how long each page was waited for, and the CPU seconds of the shop."""
    shop, done, waits = psutil.Process(pid), threading.Event(), []
    before, started = sum(shop.cpu_times()[:2]), time.monotonic()

    def ask() -> None:
        connection = socket.create_connection(("127.0.0.1", port), START_SECONDS)
        turn = 0
        while not done.is_set():
            due = started + turn * EVERY_SECONDS
            time.sleep(max(0.0, due - time.monotonic()))
            _get(connection, PATHS[turn % len(PATHS)])
            waits.append(time.monotonic() - due)
            turn += 1
        connection.close()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        meanwhile()
    finally:
        seconds = time.monotonic() - started
        done.set()
        asking.join()
    return seconds, waits, sum(shop.cpu_times()[:2]) - before


def _get(connection: socket.socket, path: str) -> None:
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode())
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65_536)
    head, _, body = received.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode())
    size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < size:
        body += connection.recv(65_536)


def _open(port: int) -> None:
    patience = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionError:
            if time.monotonic() > patience:
                raise
            time.sleep(EVERY_SECONDS)
        else:
            return


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


if __name__ == "__main__":
    main()
