"""Write all products as a Shopify CSV."""

import argparse
import asyncio
import csv
import sys
from pathlib import Path
from typing import TextIO

from server import settings
from shop.imports import writing
from storage import catalogue, drafts
from storage.database import Database, opened
from storage.migrate import migrate

READ_PRODUCTS = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="?", help="the file to write (default: standard output)")


def run(options: argparse.Namespace) -> int:
    found = settings.read({"data": options.data, "database": options.database})
    return asyncio.run(_export(found, options.file))


async def _export(found: settings.Settings, file: Path | None) -> int:
    await migrate(found.where, found.currency)
    async with opened(found.where) as db:
        if file is None:
            await _write(db, sys.stdout)
            return 0
        # A file that is half written never stands under the name that was asked for.
        unfinished = file.with_name(f"{file.name}.part")
        try:
            with unfinished.open("w", encoding="utf-8", newline="") as out:
                count = await _write(db, out)
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)
    print(f"{count} products are in {file}.")
    return 0


async def _write(db: Database, out: TextIO) -> int:
    """Writes the header and every product, hidden ones too; answers how many products."""
    writer = csv.writer(out)
    writer.writerow(writing.HEADER)
    currency = await db.read(catalogue.currency)
    after = count = 0
    while found := await db.read(drafts.page, after, READ_PRODUCTS):
        for standing in found:
            writer.writerows(writing.rows(standing.draft, currency))
        after = found[-1].id
        count += len(found)
    return count
