"""Write all products as a Shopify CSV."""

import argparse
import asyncio
import csv
import sys
from pathlib import Path
from typing import TextIO

from msgspec.structs import replace

from server import settings
from shop.imports import writing
from shop.imports.draft import Draft
from shop.pictures import SHARE, path, uploaded
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
            await _write(db, sys.stdout, found.shop_url)
            return 0
        # A file that is half written never stands under the name that was asked for.
        unfinished = file.with_name(f"{file.name}.part")
        try:
            with unfinished.open("w", encoding="utf-8", newline="") as out:
                count = await _write(db, out, found.shop_url)
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)
    print(f"{count} products are in {file}.")
    return 0


async def _write(db: Database, out: TextIO, public_url: str) -> int:
    """Writes the header and every product, hidden ones too; answers how many products."""
    writer = csv.writer(out)
    writer.writerow(writing.HEADER)
    currency = await db.read(catalogue.currency)
    after = count = 0
    while found := await db.read(drafts.page, after, READ_PRODUCTS):
        for standing in found:
            writer.writerows(writing.rows(_addressed(standing.draft, public_url), currency))
        after = found[-1].id
        count += len(found)
    return count


def _addressed(draft: Draft, public_url: str) -> Draft:
    """The draft with pictures of this shop by their addresses, if they can be reached from elsewhere."""
    if not public_url.startswith("https://"):
        return draft
    return replace(
        draft,
        variants=tuple(replace(v, image=_address(v.image, public_url)) for v in draft.variants),
        pictures=tuple(replace(p, image=_address(p.image, public_url)) for p in draft.pictures),
    )


def _address(image: str, public_url: str) -> str:
    digest = uploaded(image)
    return image if digest is None else f"{public_url}{path(digest, SHARE)}"
