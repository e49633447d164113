"""The shop that a load test visits: one of its own, in a process and on a database of its own, or one that runs already."""

import asyncio
import secrets
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from server import people
from server.commands.seed import CHUNK_PRODUCTS, sample
from server.load_process import Watched, started
from server.settings import PREFIX, Settings, SettingsError
from shop.customers import Role
from shop.ids import VariantId
from storage import additions, stock, topics
from storage.database import Database, opened
from storage.migrate import migrate
from storage.sample import generated
from storage.sample.catalogue import PRODUCTS
from storage.topics import StockRow

CLERK = "load-clerk@shop.example"
PLENTY_UNITS = 100_000
SCARCE_UNITS = 5
SCARCE_EACH = 3
"""Of each so many products, the first has a scarce variant."""
EDITS_AT_ONCE = 200
MAX_VARIANTS = 1_000_000


class Prepared(Struct, frozen=True):
    """What a shop of our own was given: a clerk's password, scarce variants, and a variant and its product for a sale."""

    password: str
    scarce: tuple[str, ...]
    sale: tuple[str, str] | None


class Shop:
    """A shop under load. Of one that somebody else runs nothing is known of its CPU and memory: `watched` is empty."""

    def __init__(
        self,
        settings: Settings,
        url: str,
        prepared: Prepared | None = None,
        watched: Mapping[str, Watched] | None = None,
    ) -> None:
        self.settings = settings
        self.url = url
        self.prepared = prepared
        self.watched = dict(watched or {})


@asynccontextmanager
async def running(found: Settings, data: Path | None, sale_units: int | None, products: int) -> AsyncIterator[Shop]:
    """A shop of our own with its bank, on free ports, for as long as the block runs.

    Its data lie in `data` or in a temporary folder; it has the sample catalogue, filled up to so many `products` with
    made-up ones. Raises SettingsError for a database that has a catalogue already: orders would mix with those of people.
    """
    with tempfile.TemporaryDirectory(prefix="shopwire-load-", ignore_cleanup_errors=True) as folder:
        port, bank_port = _free_ports()
        mine = replace(
            found,
            host="127.0.0.1",
            port=port,
            public_url="",
            data=data or Path(folder),
            bank_port=bank_port,
            bank_host="127.0.0.1",
            bank_url="",
            load_token=secrets.token_urlsafe(16),
            production=False,
        )
        mine.data.mkdir(parents=True, exist_ok=True)
        prepared = await _prepare(mine, sale_units, products)
        async with (
            started(*_bank(mine)) as bank,
            started(*_shop(mine)) as shop,
        ):
            yield Shop(mine, mine.shop_url, prepared, {"shop": shop, "bank": bank})


async def _prepare(settings: Settings, sale_units: int | None, wanted_products: int) -> Prepared:
    await migrate(settings.where, settings.currency)
    async with opened(settings.where) as db:
        if not await sample(db):
            raise SettingsError("load: that database has a catalogue already. Leave it out, or give an empty one.")
        await _make_up(db, wanted_products - len(PRODUCTS))
        password = await people.add(db, CLERK, "Clerk", Role.STAFF, datetime.now(UTC))
        _, rows = await db.read(topics.stock_snapshot, MAX_VARIANTS)
        products: dict[str, list[StockRow]] = {}
        for row in sorted(rows, key=lambda row: (row.product, row.variant)):
            products.setdefault(row.product, []).append(row)
        scarce = [variants[0] for place, variants in enumerate(products.values()) if place % SCARCE_EACH == 0]
        wanted = scarce[0] if sale_units is not None else None
        few = {row.variant: SCARCE_UNITS for row in scarce}
        if wanted is not None and sale_units is not None:
            few[wanted.variant] = sale_units
        for first in range(0, len(rows), EDITS_AT_ONCE):
            some = rows[first : first + EDITS_AT_ONCE]
            await asyncio.gather(*(_set(db, row, few.get(row.variant, PLENTY_UNITS)) for row in some))
    sale = None if wanted is None else (wanted.variant, wanted.product)
    return Prepared(password, tuple(row.variant for row in scarce), sale)


async def _make_up(db: Database, count: int) -> None:
    """Adds `count` made-up products: always the same ones, so that two runs have the same shop."""
    for first in range(0, count, CHUNK_PRODUCTS):
        new = list(generated.products(1, first, min(CHUNK_PRODUCTS, count - first)))
        await db.write(additions.add_missing, new, "load", datetime.now(UTC))


async def _set(db: Database, row: StockRow, units: int) -> None:
    edit = stock.Edit(VariantId(row.variant), units, row.on_hand, "load", "load test", datetime.now(UTC))
    await db.write(stock.set_on_hand, edit)


Start = tuple[Sequence[str], Mapping[str, str], Path, str]


def _shop(settings: Settings) -> Start:
    where = ("--database", settings.database) if settings.database else ()
    command = ("serve", "--no-bank", *_places(settings), *where)
    return command, _environment(settings), settings.data / "serve.log", f"{settings.shop_url}/readyz"


def _bank(settings: Settings) -> Start:
    """A process of its own, as a bank is: what it takes is none of the shop's."""
    command = ("bank", *_places(settings))
    return command, _environment(settings), settings.data / "bank.log", f"{settings.sandbox_url}/healthz"


def _places(settings: Settings) -> Sequence[str]:
    ports = ("--port", str(settings.port), "--bank-port", str(settings.bank_port))
    return ("--data", str(settings.data.resolve()), *ports)


def _environment(settings: Settings) -> dict[str, str]:
    """The settings that make this shop one of our own; all others are those that we were started with."""
    own = {
        "HOST": settings.host,
        "PUBLIC_URL": "",
        "PRODUCTION": "false",
        "BANK_HOST": settings.bank_host,
        "BANK_URL": "",
        "LOAD_TOKEN": settings.load_token,
        "LOG_LEVEL": "warning",
        "DRAIN_SECONDS": "0.5",
    }
    return {PREFIX + name: value for name, value in own.items()}


def _free_ports() -> tuple[int, int]:
    """Both are drawn before either is let go: else they are the same one time in some ten thousand."""
    with socket.socket() as first, socket.socket() as second:
        for each in (first, second):
            each.bind(("127.0.0.1", 0))
        return int(first.getsockname()[1]), int(second.getsockname()[1])
