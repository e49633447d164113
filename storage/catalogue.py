"""The catalogue: what pages and the API read of products, and how a change of them is told."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from msgspec import Struct, json
from sqlalchemy import Connection, Row, bindparam, func, select, update

from shop import facets
from shop.catalogue import Card, Category, Offer, Product, ProductState, Variant
from shop.errors import InvalidFields, NotFound
from shop.events import ProductChanged
from shop.facets import EVERYTHING, Chosen
from shop.ids import VariantId
from shop.money import MAX_AMOUNT
from shop.stock import Level
from storage import galleries, outbox, tables
from storage.statements import many, one, rows, run, scalar

_CATEGORIES = (
    select(tables.Category, func.count(tables.Product.id).label("products"))
    .outerjoin(tables.Product, (tables.Product.category == tables.Category.slug) & tables.Product.visible)
    .group_by(tables.Category.slug)
    .order_by(tables.Category.rank)
)
_SHELVES = (
    select(tables.Category)
    .where(select(1).where(tables.Product.category == tables.Category.slug, tables.Product.visible).exists())
    .order_by(tables.Category.rank)
)
_CATEGORY = select(tables.Category).where(tables.Category.slug == bindparam("slug"))
_VARIANT_COLUMNS = (
    tables.Variant.id,
    tables.Variant.value,
    tables.Variant.sku,
    tables.Variant.price,
    tables.Variant.was,
    tables.Variant.image,
    tables.Variant.weight,
    tables.Stock.on_hand,
    tables.Stock.held,
    tables.Stock.version.label("stock_version"),
    tables.Stock.backorder,
)
_VARIANTS = (
    select(*_VARIANT_COLUMNS)
    .join(tables.Stock, tables.Stock.variant_id == tables.Variant.id)
    .where(~tables.Variant.retired)
)
_PRODUCT = (
    select(tables.Product, tables.Category)
    .join(tables.Category, tables.Category.slug == tables.Product.category)
    .where(tables.Product.slug == bindparam("slug"), tables.Product.visible)
)
_VARIANTS_OF = (
    _VARIANTS.join(tables.Product, tables.Product.id == tables.Variant.product_id)
    .where(tables.Product.slug == bindparam("slug"))
    .order_by(tables.Variant.rank)
)
_CARDS = (
    _VARIANTS.join(tables.Product, tables.Product.id == tables.Variant.product_id)
    .add_columns(tables.Variant.product_id, tables.Product.slug, tables.Product.name, tables.Product.category)
    .add_columns(tables.Product.option)
    .where(tables.Variant.product_id.in_(bindparam("ids", expanding=True)), tables.Product.visible)
    .order_by(tables.Variant.product_id, tables.Variant.rank)
)
_IDS_OF = select(tables.Product.id).where(
    tables.Product.slug.in_(bindparam("slugs", expanding=True)), tables.Product.visible
)
_PRODUCTS = select(func.count()).select_from(tables.Product).where(tables.Product.visible)
_CHANGED = (
    select(tables.Product.slug, func.coalesce(tables.Outbox.at, tables.Product.added_at))
    .join(tables.Outbox, tables.Outbox.position == tables.Product.version, isouter=True)
    .where(tables.Product.visible)
    .order_by(tables.Product.id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_OFFERS = (
    select(tables.Product.slug, tables.Variant.id, tables.Variant.price, tables.Variant.was)
    .add_columns(((tables.Stock.on_hand > tables.Stock.held) | tables.Stock.backorder).label("available"))
    .join(tables.Product, tables.Product.id == tables.Variant.product_id)
    .join(tables.Stock, tables.Stock.variant_id == tables.Variant.id)
    .where(
        tables.Product.slug.in_(bindparam("products", expanding=True)), tables.Product.visible, ~tables.Variant.retired
    )
    .order_by(tables.Product.slug, tables.Variant.rank)
)
_LOCK = (
    select(tables.Product.id)
    .where(tables.Product.slug.in_(bindparam("products", expanding=True)))
    .order_by(tables.Product.slug)
    .with_for_update(key_share=True)
)
_TOUCH = update(tables.Product).where(tables.Product.slug == bindparam("product")).values(version=bindparam("to"))
_SHOW = (
    update(tables.Product)
    .where(tables.Product.slug == bindparam("product"))
    .values(price=bindparam("to_price"), available=bindparam("to_available"))
)
_REPRICE = update(tables.Variant).where(tables.Variant.id == bindparam("variant")).values(price=bindparam("to"))
_PRODUCT_OF = (
    select(tables.Product.slug)
    .join(tables.Variant, tables.Variant.product_id == tables.Product.id)
    .where(tables.Variant.id == bindparam("variant"), tables.Product.visible, ~tables.Variant.retired)
)
_VERSION = select(tables.Product.version).where(tables.Product.slug == bindparam("slug"), tables.Product.visible)
_CURRENCY = select(tables.Meta.value).where(tables.Meta.key == "currency")


class Reprice(Struct, frozen=True):
    """The command to change a price, in minor units."""

    variant: VariantId
    price: int
    at: datetime


def currency(tx: Connection) -> str:
    """The shop's currency, ISO 4217."""
    return str(scalar(tx, _CURRENCY))


def categories(tx: Connection) -> list[Category]:
    """All categories in their order, each with the count of its visible products."""
    return [_category(row, row.products) for row in tx.execute(_CATEGORIES).all()]


def shelves(tx: Connection) -> list[Category]:
    """The categories that have a visible product, in their order; the products aren't counted."""
    return [_category(row, 0) for row in rows(tx, _SHELVES)]


def category(tx: Connection, slug: str) -> Category:
    """A category, its products not counted; raises NotFound."""
    found = one(tx, _CATEGORY, slug=slug)
    if found is None:
        raise NotFound("We don't have this part of the shelf any more, or never had it.")
    return _category(found, 0)


def product(tx: Connection, slug: str) -> Product:
    """A visible product with its variants and their stock; raises NotFound."""
    found = one(tx, _PRODUCT, slug=slug)
    if found is None:
        raise NotFound("We don't have this any more, or never had it.")
    return Product(
        slug=found.slug,
        name=found.name,
        line=found.line,
        maker=found.maker,
        category=Category(found.slug_1, found.name_1, found.line_1, found.image),
        heading=found.heading,
        text=tuple(json.decode(found.text)),
        facts=tuple((label, value) for label, value in json.decode(found.facts)),
        option=found.option,
        variants=tuple(_variant(row) for row in rows(tx, _VARIANTS_OF, slug=slug)),
        version=found.version,
        pictures=galleries.of(tx, [found.id]).get(found.id, ()),
        per_customer=found.per_customer,
    )


def cards_of(tx: Connection, ids: Sequence[int], chosen: Chosen = EVERYTHING) -> list[Card]:
    """The cards of the products with these row numbers, in this order, as the variants that were chosen; those that can't
    be seen are left out."""
    found = rows(tx, _CARDS, ids=list(ids))
    made = {row: _card(list(group), chosen) for row, group in groupby(found, key=lambda row: row.product_id)}
    return [made[product_id] for product_id in ids if product_id in made]


def count_products(tx: Connection) -> int:
    """How many products can be seen."""
    return int(scalar(tx, _PRODUCTS))


def changed(tx: Connection, limit: int, offset: int) -> list[tuple[str, datetime]]:
    """The slugs of visible products, the first that were added first, each with when it last changed.

    A change that the outbox has forgotten by now counts as old as the product.
    """
    return [(slug, at) for slug, at in rows(tx, _CHANGED, limit=limit, offset=offset)]


def states(
    tx: Connection, products: Collection[str], available: Mapping[VariantId, bool] | None = None
) -> dict[str, ProductState]:
    """Price and availability of visible products; `available` overrides what the counters say, for a verb about to move them."""
    shop_currency = currency(tx)
    known = available or {}
    offers = rows(tx, _OFFERS, products=list(products))
    return {
        slug: ProductState(
            shop_currency,
            tuple(Offer(row.id, row.price, row.was, known.get(row.id, bool(row.available))) for row in group),
        )
        for slug, group in groupby(offers, key=lambda row: row.slug)
    }


def state(tx: Connection, slug: str) -> tuple[int, ProductState] | None:
    """The version and value of the topic product/{slug}, or None when it can't be seen."""
    version = scalar(tx, _VERSION, slug=slug)
    return None if version is None else (version, states(tx, [slug])[slug])


def lock(tx: Connection, products: Collection[str]) -> None:
    """Locks products whose state is about to be told, so that no two verbs tell it without knowing of each other."""
    rows(tx, _LOCK, products=list(products))


def touch(tx: Connection, changed: Mapping[str, tuple[int, ProductState | None]]) -> None:
    """Gives products, by slug, the versions of the events that changed them, and what listings sort and filter by.

    One that can't be seen has no state; whoever shows it again must say its price.
    """
    many(tx, _TOUCH, [{"product": slug, "to": version} for slug, (version, _) in changed.items()])
    shown = [(slug, state.shown()) for slug, (_, state) in changed.items() if state is not None]
    many(tx, _SHOW, [{"product": s, "to_price": offer.price, "to_available": offer.available} for s, offer in shown])


def reprice(tx: Connection, command: Reprice) -> ProductState:
    """Changes a variant's price and tells everybody; raises InvalidFields or NotFound."""
    if not 0 <= command.price <= MAX_AMOUNT:
        raise InvalidFields(fields={"price": f"From 0 to {MAX_AMOUNT}, in minor units."})
    slug = tx.execute(_PRODUCT_OF, {"variant": command.variant}).scalar_one_or_none()
    if slug is None:
        raise NotFound("There is no such variant.")
    lock(tx, [slug])
    run(tx, _REPRICE, variant=command.variant, to=command.price)
    changed = states(tx, [slug])[slug]
    position = outbox.reserve(tx, 1)
    touch(tx, {slug: (position, changed)})
    outbox.record(tx, position, [ProductChanged(slug, changed, offers_only=True)], command.at)
    return changed


def _card(group: Sequence[Row[Any]], chosen: Chosen) -> Card:
    first = group[0]
    place = facets.shown(
        chosen, first.option, [(row.value, row.price, row.on_hand > row.held or bool(row.backorder)) for row in group]
    )
    return Card(first.slug, first.name, first.category, _variant(group[place]), len(group))


def _variant(row: Row[Any]) -> Variant:
    level = Level(row.on_hand, row.held, row.stock_version, bool(row.backorder))
    return Variant(row.id, row.value, row.sku, row.price, row.was, row.image, level, row.weight)


def _category(row: Any, count: int) -> Category:
    return Category(row.slug, row.name, row.line, row.image, count)
