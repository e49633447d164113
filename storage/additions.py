"""Additions to the catalogue: new categories, products and variants with their first stock, told to everybody."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, json
from sqlalchemy import Connection, bindparam, insert, select

from shop.catalogue import Category, Offer, ProductState
from shop.events import ProductChanged
from shop.ids import VariantId
from shop.stock import MAX_ON_HAND, Entry
from shop.taxes import STANDARD
from storage import backorders, findable, outbox, tables
from storage.catalogue import currency
from storage.statements import many, rows

_ADD_PRODUCT = insert(tables.Product)
_ADD_VARIANT = insert(tables.Variant)
_ADD_STOCK = insert(tables.Stock)
_ADD_ENTRY = insert(tables.LedgerEntry)
_ROW_NUMBERS = select(tables.Product.slug, tables.Product.id).where(
    tables.Product.slug.in_(bindparam("slugs", expanding=True))
)


class NewVariant(Struct, frozen=True):
    """A variant to be added; `price` in minor units, `units` on hand, `weight` in grams."""

    id: VariantId
    value: str
    sku: str | None
    price: int
    was: int | None
    image: str
    units: int
    weight: int = 0
    backorder: bool = False


class NewProduct(Struct, frozen=True):
    slug: str
    name: str
    line: str
    maker: str
    category: str
    heading: str
    text: Sequence[str]
    facts: Sequence[tuple[str, str]]
    keywords: Sequence[str]
    option: str
    popularity: int
    added_at: datetime
    variants: Sequence[NewVariant]
    visible: bool = True
    tax_class: str = STANDARD
    per_customer: int | None = None


class Added(Struct, frozen=True):
    """A variant on its way into the books: of which product (its row's number), in which place, at which version."""

    product: int
    rank: int
    version: int
    variant: NewVariant


def add_categories(tx: Connection, found: Sequence[Category], first_rank: int = 0) -> None:
    many(
        tx,
        insert(tables.Category),
        [
            {"slug": c.slug, "name": c.name, "line": c.line, "image": c.image, "rank": rank}
            for rank, c in enumerate(found, first_rank)
        ],
    )


def add_missing(tx: Connection, products: Sequence[NewProduct], actor: str, at: datetime) -> int:
    """Adds those of the products whose slugs aren't taken; answers how many."""
    taken = row_numbers(tx, [new.slug for new in products])
    missing = [new for new in products if new.slug not in taken]
    if missing:
        add_products(tx, missing, actor, at)
    return len(missing)


def add_products(tx: Connection, products: Sequence[NewProduct], actor: str, at: datetime) -> None:
    """Adds products with their variants and first stock, and tells everybody: a statement for each table."""
    shop_currency = currency(tx)
    first = outbox.reserve(tx, len(products))
    states = [_first_state(new, shop_currency) for new in products]
    told = list(zip(range(first, first + len(products)), products, states, strict=True))
    many(tx, _ADD_PRODUCT, [_product_columns(new, state, position) for position, new, state in told])
    ids = row_numbers(tx, [new.slug for new in products])
    added = [
        Added(ids[new.slug], rank, position, variant)
        for position, new, _ in told
        for rank, variant in enumerate(new.variants)
    ]
    add_variants(tx, added, actor, at)
    outbox.record(tx, first, [ProductChanged(new.slug, state if new.visible else None) for _, new, state in told], at)


def row_numbers(tx: Connection, slugs: Sequence[str]) -> dict[str, int]:
    """The row numbers of those of these products that there are, seen or not."""
    return {row.slug: row.id for row in rows(tx, _ROW_NUMBERS, slugs=slugs)}


def add_variants(tx: Connection, added: Sequence[Added], actor: str, at: datetime) -> None:
    """Adds variants and their first stock; for a verb that tells of them at the positions that are their versions."""
    many(tx, _ADD_VARIANT, [_variant_columns(a.product, a.rank, a.variant) for a in added])
    many(
        tx,
        _ADD_STOCK,
        [
            {"variant_id": a.variant.id, "on_hand": a.variant.units, "held": 0, "version": a.version}
            | {"backorder": a.variant.backorder, "owing": MAX_ON_HAND if a.variant.backorder else 0}
            for a in added
        ],
    )
    many(
        tx,
        _ADD_ENTRY,
        [
            {"variant_id": a.variant.id, "kind": Entry.RECEIVED.value, "on_hand": a.variant.units, "held": 0}
            | {"order_number": None, "actor": actor, "reason": "first stock", "at": at}
            for a in added
            if a.variant.units
        ],
    )
    many(tx, _ADD_ENTRY, [backorders.entry(a.variant.id, True, actor, at) for a in added if a.variant.backorder])


def _first_state(new: NewProduct, shop_currency: str) -> ProductState:
    return ProductState(
        shop_currency, tuple(Offer(v.id, v.price, v.was, v.units > 0 or v.backorder) for v in new.variants)
    )


def _product_columns(new: NewProduct, state: ProductState, version: int) -> dict[str, object]:
    shown = state.shown()
    return {
        "slug": new.slug,
        "name": new.name,
        "folded": findable.product(new.name, new.slug),
        "line": new.line,
        "maker": new.maker,
        "category": new.category,
        "heading": new.heading,
        "text": json.encode(new.text),
        "facts": json.encode(new.facts),
        "keywords": " ".join(new.keywords),
        "option": new.option,
        "popularity": new.popularity,
        "visible": new.visible,
        "added_at": new.added_at,
        "version": version,
        "tax_class": new.tax_class,
        "price": shown.price,
        "available": shown.available,
        "per_customer": new.per_customer,
    }


def _variant_columns(product_id: int, rank: int, new: NewVariant) -> dict[str, object]:
    return {
        "id": new.id,
        "product_id": product_id,
        "rank": rank,
        "value": new.value,
        "sku": new.sku,
        "folded": findable.variant(new.value, new.sku),
        "price": new.price,
        "was": new.was,
        "image": new.image,
        "weight": new.weight,
    }
