"""Take the books of a shop on SQLite into a new PostgreSQL database, with the shop closed."""

import argparse
import asyncio
import sys
from pathlib import Path

from server import audit, settings
from server.exclusive import only_server
from server.settings import Settings, SettingsError
from storage import copies, moving
from storage.database import opened
from storage.migrate import migrate
from storage.moving import Moved, Unlike
from storage.peers import is_new


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Nothing beyond what every command takes: --data has the old books, --database names the new ones."""


def run(options: argparse.Namespace) -> int:
    found = settings.read({"data": options.data, "database": options.database})
    books = found.data / "shop.db"
    if not found.database:
        raise SettingsError("Name the new PostgreSQL database by --database.")
    if not books.exists():
        raise SettingsError(f"There are no books at {books}.")
    with only_server(books):
        return asyncio.run(_move(found, books))


async def _move(found: Settings, books: Path) -> int:
    async with opened(found.database) as db:
        if not await db.read(is_new):
            raise SettingsError("That database has tables already. Give a new, empty one.")
    await migrate(books, found.currency)
    await migrate(found.database, found.currency)
    rows = 0

    def told(moved: Moved) -> None:
        nonlocal rows
        rows += moved.rows
        if moved.rows:
            print(f"{moved.table}: {moved.rows:,}", flush=True)

    try:
        await moving.move(books, found.database, told)
    except Unlike as fault:
        raise SettingsError(f"{fault} Nothing was moved; the new database can be dropped.") from fault
    async with opened(found.database) as db:
        await db.write(copies.renew_epoch)
        findings = await audit.findings(db, None)
    for finding in findings:
        print(f"{finding.rule}  {finding.subject}: {finding.text}", file=sys.stderr)
    print(f"{rows:,} rows were moved, and each was read again and compared. The old books are left as they are.")
    print("Start the shop with the same --database from now on. The sandbox bank's books stay in the data folder.")
    return 1 if findings else 0
