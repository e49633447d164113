"""Fill an empty shop with the sample catalogue."""

import argparse
import asyncio
from datetime import UTC, datetime, time

from server import settings
from shop.catalogue import Category
from shop.ids import new_variant_id
from storage import catalogue
from storage.catalogue import NewProduct, NewVariant
from storage.database import Database, opened
from storage.migrate import migrate
from storage.sample.catalogue import CATEGORIES, PRODUCTS, SampleProduct

ACTOR = "seed"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Nothing beyond what every command takes."""


def run(options: argparse.Namespace) -> int:
    found = settings.read({"data": options.data, "database": options.database})
    return asyncio.run(_seed(found))


async def _seed(found: settings.Settings) -> int:
    await migrate(found.where, found.currency)
    async with opened(found.where) as db:
        if not await sample(db):
            print("The shop has a catalogue already; nothing was added.")
            return 1
    print(f"{len(PRODUCTS)} products in {len(CATEGORIES)} categories are in the shop.")
    return 0


async def sample(db: Database) -> bool:
    """Adds the sample catalogue to a shop that has no categories yet; answers whether it did."""
    if await db.read(catalogue.categories):
        return False
    now = datetime.now(UTC)
    await db.write(catalogue.add_categories, [Category(c.slug, c.name, c.line, c.art) for c in CATEGORIES])
    await db.write(catalogue.add_products, [_new(product) for product in PRODUCTS], ACTOR, now)
    return True


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
            NewVariant(new_variant_id(), v.value, v.sku, v.price, v.was, v.art, v.units) for v in product.variants
        ],
    )
