"""Take a merchant's products over: Shopify's CSV, WooCommerce's CSV, or JSON."""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from server import settings
from server.commands import import_pictures
from server.commands.progress import progress
from server.fetching import Fetcher
from shop.errors import Busy, ShopError
from shop.imports.decoding import check_size
from shop.imports.draft import Draft, Reading, Unreadable, listed
from shop.imports.read import read
from storage import catalogue, imports
from storage.database import Database, opened
from storage.imports import Batch, Outcome
from storage.migrate import migrate

BATCH_PRODUCTS = 10
BATCH_VARIANTS = 40
"""A verb takes no more products and no more variants at once, so it holds the writer for some 15 ms. A product stays whole."""

TRIES = 5


class WrongCurrency(ShopError):
    status = 422
    code = "wrong_currency"
    title = "The prices are in another currency than the shop's"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="the file; whose it is shows in its header")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    parser.add_argument("--currency", help="the currency of the file's prices; refused when it isn't the shop's")
    parser.add_argument("--stock", action="store_true", help="take quantities for variants that are in the shop, too")
    parser.add_argument(
        "--fetch-images", action="store_true", help="fetch the file's pictures and keep them in the shop"
    )
    parser.add_argument("--strict", action="store_true", help="with --fetch-images: one that fails stops the file")
    parser.add_argument("--skip-bad", action="store_true", help="leave bad products out and take the rest")


def run(options: argparse.Namespace) -> int:
    found = settings.read({"data": options.data, "database": options.database})
    return asyncio.run(_import(found, options))


async def _import(found: settings.Settings, options: argparse.Namespace) -> int:
    data = _bytes(options.file)
    await migrate(found.where, found.currency)
    async with opened(found.where) as db:
        reading = _reading(data, await db.read(catalogue.currency), options.currency)
        if reading.faults and not _may_go_on(reading, skip_bad=options.skip_bad):
            return 1
        if options.fetch_images and not await _fetch(db, reading, strict=options.strict, dry_run=options.dry_run):
            return 1
        outcome = await _take(db, reading.drafts, take_stock=options.stock, dry_run=options.dry_run)
    _report(reading, outcome, dry_run=options.dry_run)
    return 0


def _bytes(file: Path) -> bytes:
    check_size(file.stat().st_size)
    return file.read_bytes()


def _reading(data: bytes, currency: str, asked: str | None) -> Reading:
    """The file, if its prices are in the shop's currency; raises WrongCurrency and Unreadable."""
    if asked is not None and asked.upper() != currency:
        raise WrongCurrency(f"The shop's currency is {currency}, so prices in {asked.upper()} can't be taken.")
    reading = read(data, currency)
    if reading.currency not in (None, currency):
        raise WrongCurrency(f"The file's prices are in {reading.currency}, and the shop's currency is {currency}.")
    return reading


def _may_go_on(reading: Reading, *, skip_bad: bool) -> bool:
    """Lists what is wrong; answers whether the rest is taken."""
    for line in listed(reading.faults):
        print(line, file=sys.stderr)
    if not skip_bad:
        count = len(reading.faults)
        said = "1 fault" if count == 1 else f"{count} faults"
        reason = f"{said}, so nothing was changed. Mend what is wrong, or leave the bad ones out with --skip-bad."
        print(reason, file=sys.stderr)
        return False
    if not reading.drafts:
        raise Unreadable("Nothing is left when the bad ones are left out.")
    if reading.left_out:
        print(f"Left out: {', '.join(reading.left_out)}", file=sys.stderr)
    return True


async def _fetch(db: Database, reading: Reading, *, strict: bool, dry_run: bool) -> bool:
    """Fetches the file's pictures and lists those that failed; answers whether the file is taken."""
    if dry_run:
        print(f"Pictures at {len(import_pictures.addresses(reading.drafts))} addresses; a dry run fetches none.")
        return True
    done = await import_pictures.fetch(db, reading.drafts, Fetcher())
    for line in listed(done.faults):
        print(line, file=sys.stderr)
    print(f"Pictures: {done.fetched} fetched, {done.known} here already, {len(done.faults)} failed.")
    if done.faults and strict:
        print("Not all pictures came, so no product was changed. Those that came are kept.", file=sys.stderr)
        return False
    return True


async def _take(db: Database, drafts: Sequence[Draft], *, take_stock: bool, dry_run: bool) -> Outcome:
    """Puts the drafts in the books, batch by batch; a shop in another process gets as much time to write as we take."""
    outcome = Outcome()
    with progress("Comparing" if dry_run else "Importing", len(drafts)) as advance:
        for some in batches(drafts):
            batch = Batch(some, take_stock, datetime.now(UTC))
            began = monotonic()
            outcome.add(await db.read(imports.foresee, batch) if dry_run else await _put(db, batch))
            if not dry_run:
                await asyncio.sleep(monotonic() - began)
            advance(len(some))
    return outcome


async def _put(db: Database, batch: Batch) -> Outcome:
    for _ in range(TRIES - 1):
        try:
            return await db.write(imports.put, batch)
        except Busy as busy:
            await asyncio.sleep(busy.retry_seconds or 1)
    return await db.write(imports.put, batch)


def batches(drafts: Sequence[Draft]) -> Iterator[list[Draft]]:
    """The drafts in their order, in parts that one short verb takes."""
    some: list[Draft] = []
    variants = 0
    for draft in drafts:
        if some and (len(some) == BATCH_PRODUCTS or variants + len(draft.variants) > BATCH_VARIANTS):
            yield some
            some, variants = [], 0
        some.append(draft)
        variants += len(draft.variants)
    if some:
        yield some


def _report(reading: Reading, outcome: Outcome, *, dry_run: bool) -> None:
    print(f"{reading.kind}: {len(reading.drafts)} products.")
    for note in reading.notes:
        print(note)
    if outcome.held_back:
        print(f"Kept at what is held for people who are paying, which is more than the file says: {outcome.held_back}.")
    if not (outcome.added or outcome.changed):
        print("Nothing would change." if dry_run else "Nothing changed.")
        return
    print(_counts(outcome, dry_run=dry_run))


def _counts(outcome: Outcome, *, dry_run: bool) -> str:
    would = "This would be " if dry_run else ""
    return (
        f"{would}{outcome.added} added, {outcome.changed} changed, {outcome.same} as before; "
        f"{outcome.variants_added} new variants, {outcome.pictures_added} further pictures, "
        f"{outcome.corrected} counts corrected."
    )
