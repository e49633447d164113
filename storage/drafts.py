"""Products of the books as drafts: for an export, and for an import to lay a file's drafts beside. Hidden ones too."""

from collections.abc import Collection
from itertools import groupby
from typing import Any

from msgspec import json
from sqlalchemy import Connection, Executable, Row, bindparam, select

from shop.catalogue import PagePicture
from shop.ids import VariantId
from shop.imports.draft import Draft, DraftVariant
from shop.imports.merging import Standing
from storage import galleries
from storage.statements import Rows, rows
from storage.tables import Category, Product, Stock, Variant

_PRODUCTS = select(Product, Category.name.label("category_name")).join(Category, Category.slug == Product.category)
_BY_SLUG = _PRODUCTS.where(Product.slug.in_(bindparam("slugs", expanding=True)))
_IN_ORDER = _PRODUCTS.where(Product.id > bindparam("after")).order_by(Product.id).limit(bindparam("limit"))
_VARIANTS = (
    select(Variant, Stock.on_hand, Stock.held, Stock.backorder)
    .join(Stock, Stock.variant_id == Variant.id)
    .where(Variant.product_id.in_(bindparam("products", expanding=True)))
    # Where two have a value in common, the one that is for sale comes last and is the one that a file means.
    .order_by(Variant.product_id, Variant.retired.desc(), Variant.rank)
)
_FOR_SALE = _VARIANTS.where(~Variant.retired)
_IDS = (
    select(Variant.id)
    .join(Product, Product.id == Variant.product_id)
    .where(Product.slug.in_(bindparam("slugs", expanding=True)))
)


def page(tx: Connection, after: int, limit: int) -> list[Standing]:
    """Up to `limit` products whose row number is above `after`, in its order, with the variants that are for sale."""
    return _standing(tx, _IN_ORDER, _FOR_SALE, after=after, limit=limit)


def of(tx: Connection, slugs: Collection[str]) -> dict[str, Standing]:
    """Those of these products that are in the books, by slug, with the variants that are not for sale any more."""
    return {found.draft.slug: found for found in _standing(tx, _BY_SLUG, _VARIANTS, slugs=list(slugs))}


def variant_ids(tx: Connection, slugs: Collection[str]) -> list[VariantId]:
    return [row.id for row in rows(tx, _IDS, slugs=list(slugs))]


def _standing(tx: Connection, statement: Executable, of_them: Executable, **values: object) -> list[Standing]:
    found = rows(tx, statement, **values)
    variants = rows(tx, of_them, products=[row.id for row in found])
    by_product = {product: list(group) for product, group in groupby(variants, key=lambda row: row.product_id)}
    pictures = galleries.of(tx, [row.id for row in found])
    return [_one(row, by_product.get(row.id, []), pictures.get(row.id, ())) for row in found]


def _one(row: Row[Any], group: Rows, pictures: tuple[PagePicture, ...]) -> Standing:
    draft = Draft(
        slug=row.slug,
        name=row.name,
        option=row.option,
        variants=tuple(
            DraftVariant(v.value, v.price, v.sku, v.was, v.image, v.on_hand, v.weight, bool(v.backorder)) for v in group
        ),
        category=row.category_name,
        line=row.line,
        maker=row.maker,
        heading=row.heading,
        text=tuple(json.decode(row.text)),
        facts=tuple((label, value) for label, value in json.decode(row.facts)),
        keywords=row.keywords,
        popularity=row.popularity,
        visible=row.visible,
        tax_class=row.tax_class,
        pictures=pictures,
    )
    next_rank = max((v.rank for v in group), default=-1) + 1
    retired = sum(bool(v.retired) for v in group)
    return Standing(row.id, draft, tuple(v.id for v in group), tuple(v.held for v in group), next_rank, retired)
