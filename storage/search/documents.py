"""What search knows of a product, read from the books."""

from collections.abc import Collection
from itertools import groupby

from msgspec import Struct, json
from sqlalchemy import Connection, Executable, bindparam, select

from shop.ids import VariantId
from shop.stock import Level
from storage.column_types import to_millis
from storage.statements import Rows, rows
from storage.tables import Category, Product, Stock, Variant

_CATEGORIES = select(Category.slug, Category.name).order_by(Category.rank)
_COLUMNS = (
    Product.id,
    Product.slug,
    Product.name,
    Product.maker,
    Product.category,
    Product.keywords,
    Product.facts,
    Product.line,
    Product.heading,
    Product.option,
    Product.popularity,
    Product.added_at,
)
_IN_ORDER = (
    select(*_COLUMNS)
    .where(Product.visible, Product.id > bindparam("after"))
    .order_by(Product.id)
    .limit(bindparam("limit"))
)
_BY_SLUG = select(*_COLUMNS).where(Product.visible, Product.slug.in_(bindparam("slugs", expanding=True)))
_VARIANTS = (
    select(
        Variant.product_id,
        Variant.id,
        Variant.value,
        Variant.sku,
        Variant.price,
        Variant.image,
        Stock.on_hand,
        Stock.held,
        Stock.version,
        Stock.backorder,
    )
    .join(Stock, Stock.variant_id == Variant.id)
    .where(Variant.product_id.in_(bindparam("products", expanding=True)), ~Variant.retired)
    .order_by(Variant.product_id, Variant.rank)
)


class DocumentVariant(Struct, frozen=True, gc=False):
    """A variant with its price in minor units, its counters in units and the version of their last change."""

    id: VariantId
    value: str
    sku: str | None
    price: int
    image: str
    on_hand: int
    held: int
    version: int
    backorder: bool = False

    @property
    def level(self) -> Level:
        return Level(self.on_hand, self.held, self.version, self.backorder)


class Document(Struct, frozen=True, gc=False):
    """A visible product as search has it; `added` in milliseconds since 1970."""

    id: int
    slug: str
    name: str
    maker: str
    category: str
    keywords: str
    about: str
    option: str
    popularity: int
    added: int
    variants: tuple[DocumentVariant, ...]


def categories(tx: Connection) -> list[tuple[str, str]]:
    """Slug and name of every category, in the shop's order."""
    return [(row.slug, row.name) for row in rows(tx, _CATEGORIES)]


def documents(tx: Connection, after: int, limit: int) -> list[Document]:
    """Up to `limit` visible products whose row number is above `after`, in its order."""
    return _documents(tx, _IN_ORDER, after=after, limit=limit)


def documents_of(tx: Connection, slugs: Collection[str]) -> list[Document]:
    """Those of these products that can be seen."""
    return _documents(tx, _BY_SLUG, slugs=list(slugs))


def _documents(tx: Connection, statement: Executable, **values: object) -> list[Document]:
    found = rows(tx, statement, **values)
    choices = rows(tx, _VARIANTS, products=[row.id for row in found])
    variants = {product: _variants(list(group)) for product, group in groupby(choices, key=lambda row: row.product_id)}
    return [
        Document(
            id=row.id,
            slug=row.slug,
            name=row.name,
            maker=row.maker,
            category=row.category,
            keywords=row.keywords,
            about=" ".join([row.line, row.heading, *(value for _, value in json.decode(row.facts))]),
            option=row.option,
            popularity=row.popularity,
            added=to_millis(row.added_at),
            variants=variants.get(row.id, ()),
        )
        for row in found
    ]


def _variants(group: Rows) -> tuple[DocumentVariant, ...]:
    return tuple(
        DocumentVariant(
            row.id,
            row.value,
            row.sku,
            row.price,
            row.image,
            row.on_hand,
            row.held,
            row.version,
            bool(row.backorder),
        )
        for row in group
    )
