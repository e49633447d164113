"""Fill an empty shop with the sample catalogue, or any shop with a large made-up one."""

import argparse
import asyncio
import time as clock
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from server import settings
from server.exclusive import only_server
from shop.catalogue import Category
from shop.errors import Unavailable
from shop.ids import new_variant_id
from storage import additions, catalogue
from storage.additions import NewProduct, NewVariant
from storage.database import Database, opened
from storage.migrate import migrate
from storage.sample import generated
from storage.sample.catalogue import CATEGORIES, PRODUCTS, SampleProduct

ACTOR = "seed"

CHUNK_PRODUCTS = 150
"""Products added by one verb: what takes a few hundredths of a second."""

CHUNK_PRODUCTS_ALONE = 20_000
"""Products added by one verb while no shop is open: commits are few, and so is what an index writes twice."""

PROGRESS_SECONDS = 1.0
TRIES = 20
"""How often a chunk is offered to books that are busy elsewhere."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--products",
        type=int,
        default=0,
        metavar="N",
        help=f"make up N products as well, up to {generated.MAX_PRODUCTS:,}; the shop may be open meanwhile",
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="which made-up catalogue: the same number, the same products"
    )


def run(options: argparse.Namespace) -> int:
    found = settings.read({"data": options.data, "database": options.database})
    if not 0 <= options.products <= generated.MAX_PRODUCTS:
        raise settings.SettingsError(f"--products takes from 0 to {generated.MAX_PRODUCTS:,}.")
    if not 0 <= options.seed < generated.SEEDS:
        raise settings.SettingsError(f"--seed takes from 0 to {generated.SEEDS - 1:,}.")
    return asyncio.run(_seed(found, options.products, options.seed))


async def _seed(found: settings.Settings, products: int, seed: int) -> int:
    await migrate(found.where, found.currency)
    async with opened(found.where) as db:
        if await sample(db):
            print(f"{len(PRODUCTS)} products in {len(CATEGORIES)} categories are in the shop.")
        elif not products:
            print("The shop has a catalogue already; nothing was added.")
            return 1
        if products:
            with _nobody_else(found.where) as alone:
                added, seconds = await make_up(db, products, seed, alone=alone)
            print(f"{added:,} products added in {seconds:.1f} seconds: {added / seconds:,.0f} a second.")
    return 0


@contextmanager
def _nobody_else(where: Path | str) -> Iterator[bool]:
    """Whether no shop is open on these books. If so, none opens until the block ends."""
    with ExitStack() as stack:
        alone = isinstance(where, Path)
        if isinstance(where, Path):
            try:
                stack.enter_context(only_server(where))
            except settings.SettingsError:
                alone = False
        yield alone


async def sample(db: Database) -> bool:
    """Adds the sample catalogue to a shop that has no categories yet; answers whether it did."""
    if await db.read(catalogue.categories):
        return False
    now = datetime.now(UTC)
    await db.write(additions.add_categories, [Category(c.slug, c.name, c.line, c.art) for c in CATEGORIES])
    await db.write(additions.add_products, [_new(product) for product in PRODUCTS], ACTOR, now)
    return True


async def make_up(db: Database, count: int, seed: int, *, alone: bool = False) -> tuple[int, float]:
    """Adds the first `count` products of this seed that aren't there yet; answers how many, and the seconds it took.

    Each chunk is a short verb, followed by a pause as long, so that a running shop gets its turn on the same books. With
    nobody else on them (`alone`) chunks are long and there is no pause.
    """
    there = {category.slug for category in await db.read(catalogue.categories)}
    missing = [c for c in CATEGORIES if c.slug not in there]
    await db.write(additions.add_categories, [Category(c.slug, c.name, c.line, c.art) for c in missing], len(there))
    started = told = clock.monotonic()
    added, chunk = 0, CHUNK_PRODUCTS_ALONE if alone else CHUNK_PRODUCTS
    for first in range(0, count, chunk):
        new = list(generated.products(seed, first, min(chunk, count - first)))
        offered = clock.monotonic()
        added += await _add(db, new)
        now = clock.monotonic()
        if now - told >= PROGRESS_SECONDS:
            told = now
            done = first + len(new)
            rate = done / (now - started)
            left = timedelta(seconds=round((count - done) / rate))
            print(f"{done:,} of {count:,} products, {rate:,.0f} a second, {left} to go", flush=True)
        if not alone:
            await asyncio.sleep(now - offered)
    return added, clock.monotonic() - started


async def _add(db: Database, new: Sequence[NewProduct]) -> int:
    for _ in range(TRIES):
        try:
            return await db.write(additions.add_missing, new, ACTOR, datetime.now(UTC))
        except Unavailable as busy:
            await asyncio.sleep(busy.retry_seconds or 1)
    raise Unavailable("The shop's books stayed busy. What was added is there; run it again for the rest.")


def _new(product: SampleProduct) -> NewProduct:
    return NewProduct(
        slug=product.slug,
        name=product.name,
        line=product.line,
        maker=product.maker,
        category=product.category,
        heading=product.heading,
        text=product.text,
        facts=product.facts,
        keywords=product.keywords,
        option=product.option,
        popularity=product.popularity,
        added_at=datetime.combine(product.added, time(), UTC),
        variants=[
            NewVariant(new_variant_id(), v.value, v.sku, v.price, v.was, v.art, v.units, product.weight)
            for v in product.variants
        ],
        tax_class=product.tax_class,
    )
