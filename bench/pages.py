"""What a page costs: `python -m bench.pages [--products N]`, in ms of the server's CPU for each page, all threads of it.

The shop runs in a process of its own, logging as when it is served; a bare client asks over one kept connection. A page is
made anew (nothing is kept) or kept, for a guest without and with compression, and for a shopper with a cart. Each figure is
the median of the rounds. The parts are those of a page that is made anew and compressed; aiohttp is what a bare aiohttp
application spends on a body as long, in the same run; the rest is the edge, the session and the handler.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.asking import Asker
from server.commands.seed import make_up
from server.settings import Settings
from storage.database import opened
from storage.listing import Shelf, page
from storage.migrate import migrate

ROUNDS = 7
PER_ROUND = 50
GZIP = "Accept-Encoding: gzip\r\n"
PARTS = ("sql", "template", "packing")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=1_000, help="how many products to make up")
    products = parser.parse_args().products
    with tempfile.TemporaryDirectory() as folder:
        slug, variant = asyncio.run(_fill(Path(folder), products))
        served = [sys.executable, "-m", "bench.pages_served", folder]
        with subprocess.Popen(served, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as server:  # noqa: S603  this very program
            assert server.stdout is not None  # noqa: S101  asked for above
            ports = json.loads(server.stdout.readline())
            try:
                _compare(ports["shop"], ports["plain"], products, slug, variant)
            finally:
                server.terminate()


async def _fill(folder: Path, products: int) -> tuple[str, str]:
    settings = Settings(data=folder)
    await migrate(settings.where, settings.currency)
    async with opened(settings.where) as db:
        await make_up(db, products, 1)
        [card] = await db.read(page, Shelf(), 1)
    return card.slug, card.variant.id


def _compare(shop: int, plain: int, products: int, slug: str, variant: str) -> None:
    asker = Asker(shop, plain)
    cookie = asker.fill_cart(variant)
    print(f"{products:,} products; ms of the server's CPU a page, median of {ROUNDS} rounds of {PER_ROUND}")
    print(f"{'':18}{'made anew':^23} {'kept':^31}  {'made anew, gzip: its parts':^42}  {'':14}")
    print(
        f"{'page':18}{'plain':>7} {'gzip':>7} {'shopper':>7} {'plain':>7} {'gzip':>7} {'shopper':>7} {'304':>7}"
        f"  {'SQL':>7} {'template':>8} {'packing':>8} {'aiohttp':>8} {'rest':>7}  {'bytes':>7} {'gzip':>6}"
    )
    for name, path in {
        "/healthz": "/healthz",
        "home": "/",
        "category": "/c/table",
        "category, page 5": "/c/table?page=5&sort=price&stock=in",
        "product": f"/p/{slug}",
        "search": "/search?q=harbour",
    }.items():
        _measure(asker, name, path, cookie)
    bare = _median(asker, "/body?bytes=18", "", plain=True)["total"]
    print(f"{'plain aiohttp':18}{bare:7.2f}")


def _measure(asker: Asker, name: str, path: str, cookie: str) -> None:
    guest, packed, shopper = "Accept-Encoding: identity\r\n", GZIP, f"{GZIP}{cookie}"
    asker.keep(on=False)
    anew = [_median(asker, path, headers) for headers in (guest, packed, shopper)]
    asker.keep(on=True)
    kept = [_median(asker, path, headers) for headers in (guest, packed, shopper)]
    tag = asker.tag(path)
    if tag:
        kept.append(_median(asker, path, f"If-None-Match: {tag}\r\n"))
    _, parts, _ = anew
    aiohttp = _median(asker, f"/body?bytes={parts['bytes']:.0f}", "", plain=True)["total"]
    rest = parts["total"] - aiohttp - sum(parts[part] for part in PARTS)
    print(
        f"{name:18}"
        + " ".join(f"{column['total']:7.2f}" for column in (*anew, *kept))
        + " " * (0 if tag else 8)
        + f"  {parts['sql']:7.2f} {parts['template']:8.2f} {parts['packing']:8.2f} {aiohttp:8.2f} {rest:7.2f}"
        + f"  {anew[0]['bytes']:7,.0f} {parts['bytes']:6,.0f}"
    )


def _median(asker: Asker, path: str, headers: str, *, plain: bool = False) -> dict[str, float]:
    """ms for each part of one page, and the bytes of its body: the median of the rounds, after one that warms up."""
    rounds = [asker.round(path, headers, PER_ROUND, plain=plain) for _ in range(ROUNDS + 1)][1:]
    return {part: statistics.median(one[part] for one in rounds) for part in rounds[0]}


if __name__ == "__main__":
    main()
