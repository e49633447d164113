"""The catalogue: what pages and the API read of products, and the verbs that add and reprice them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from msgspec import Struct, json
from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select, update

from shop.catalogue import Card, Category, Offer, Product, ProductState, Variant
from shop.errors import InvalidFields, NotFound
from shop.events import ProductChanged
from shop.ids import VariantId
from shop.money import MAX_AMOUNT
from shop.stock import Entry, Level
from storage import outbox, tables
from storage.statements import many, one, rows, run

_CATEGORIES = (
    select(tables.Category, func.count(tables.Product.id).label("products"))
    .outerjoin(tables.Product, (tables.Product.category == tables.Category.slug) & tables.Product.visible)
    .group_by(tables.Category.slug)
    .order_by(tables.Category.rank)
)
_VARIANT_COLUMNS = (
    tables.Variant.id,
    tables.Variant.value,
    tables.Variant.sku,
    tables.Variant.price,
    tables.Variant.was,
    tables.Variant.image,
    tables.Stock.on_hand,
    tables.Stock.held,
    tables.Stock.version.label("stock_version"),
)
_VARIANTS = select(*_VARIANT_COLUMNS).join(tables.Stock, tables.Stock.variant_id == tables.Variant.id)
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
    .add_columns(tables.Product.slug, tables.Product.name, tables.Product.category)
    .where(tables.Product.visible)
)
_PRODUCT_IDS = select(tables.Product.id).where(tables.Product.visible)
_SLUGS = select(tables.Product.slug).where(tables.Product.visible).order_by(tables.Product.id).limit(bindparam("limit"))
_OFFERS = (
    select(tables.Product.slug, tables.Variant.id, tables.Variant.price, tables.Variant.was)
    .add_columns((tables.Stock.on_hand > tables.Stock.held).label("available"))
    .join(tables.Product, tables.Product.id == tables.Variant.product_id)
    .join(tables.Stock, tables.Stock.variant_id == tables.Variant.id)
    .where(tables.Product.slug.in_(bindparam("products", expanding=True)), tables.Product.visible)
    .order_by(tables.Product.slug, tables.Variant.rank)
)
_LOCK = (
    select(tables.Product.id)
    .where(tables.Product.slug.in_(bindparam("products", expanding=True)))
    .order_by(tables.Product.slug)
    .with_for_update(key_share=True)
)
_TOUCH = update(tables.Product).where(tables.Product.slug == bindparam("product")).values(version=bindparam("to"))
_REPRICE = update(tables.Variant).where(tables.Variant.id == bindparam("variant")).values(price=bindparam("to"))
_PRODUCT_OF = (
    select(tables.Product.slug)
    .join(tables.Variant, tables.Variant.product_id == tables.Product.id)
    .where(tables.Variant.id == bindparam("variant"))
)
_VERSION = select(tables.Product.version).where(tables.Product.slug == bindparam("slug"), tables.Product.visible)
_CURRENCY = select(tables.Meta.value).where(tables.Meta.key == "currency")


class NewVariant(Struct, frozen=True):
    """A variant to be added; `price` in minor units, `units` on hand."""

    id: VariantId
    value: str
    sku: str | None
    price: int
    was: int | None
    image: str
    units: int


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


class Reprice(Struct, frozen=True):
    """The command to change a price, in minor units."""

    variant: VariantId
    price: int
    at: datetime


def currency(tx: Connection) -> str:
    """The shop's currency, ISO 4217."""
    return str(tx.execute(_CURRENCY).scalar_one())


def categories(tx: Connection) -> list[Category]:
    """All categories in their order, each with the count of its visible products."""
    return [_category(row, row.products) for row in tx.execute(_CATEGORIES).all()]


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
    )


def newest(tx: Connection, limit: int) -> list[Card]:
    return _cards(tx, _PRODUCT_IDS.order_by(tables.Product.added_at.desc(), tables.Product.id).limit(limit))


def in_category(tx: Connection, category: str) -> list[Card]:
    """The category's cards, the most popular first."""
    return _cards(
        tx,
        _PRODUCT_IDS.where(tables.Product.category == category).order_by(
            tables.Product.popularity.desc(), tables.Product.id
        ),
    )


def beside(tx: Connection, slug: str, limit: int) -> list[Card]:
    """Popular products that are not this one, for its page."""
    return _cards(
        tx,
        _PRODUCT_IDS.where(tables.Product.slug != slug)
        .order_by(tables.Product.popularity.desc(), tables.Product.id)
        .limit(limit),
    )


def cards(tx: Connection, slugs: Sequence[str]) -> list[Card]:
    """The cards of these products, in this order; those that can't be seen are left out."""
    found = {card.slug: card for card in _cards(tx, _PRODUCT_IDS.where(tables.Product.slug.in_(slugs)))}
    return [found[slug] for slug in slugs if slug in found]


def slugs(tx: Connection, limit: int = 50_000) -> list[str]:
    """The slugs of visible products, for the sitemap (its protocol takes 50,000 addresses a file)."""
    return list(tx.execute(_SLUGS, {"limit": limit}).scalars())


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
    version = tx.execute(_VERSION, {"slug": slug}).scalar_one_or_none()
    return None if version is None else (version, states(tx, [slug])[slug])


def lock(tx: Connection, products: Collection[str]) -> None:
    """Locks products whose state is about to be told, so that no two verbs tell it without knowing of each other."""
    rows(tx, _LOCK, products=list(products))


def touch(tx: Connection, versions: Mapping[str, int]) -> None:
    """Gives products the versions of the events that changed them, by slug."""
    many(tx, _TOUCH, [{"product": product, "to": version} for product, version in versions.items()])


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
    touch(tx, {slug: position})
    outbox.record(tx, position, [ProductChanged(slug, changed)], command.at)
    return changed


def add_categories(tx: Connection, found: Sequence[Category]) -> None:
    many(
        tx,
        insert(tables.Category),
        [
            {"slug": c.slug, "name": c.name, "line": c.line, "image": c.image, "rank": rank}
            for rank, c in enumerate(found)
        ],
    )


def add_products(tx: Connection, products: Sequence[NewProduct], actor: str, at: datetime) -> None:
    """Adds products with their variants and first stock, and tells everybody."""
    first = outbox.reserve(tx, len(products))
    for position, new in enumerate(products, first):
        values = {
            "slug": new.slug,
            "name": new.name,
            "line": new.line,
            "maker": new.maker,
            "category": new.category,
            "heading": new.heading,
            "text": json.encode(new.text),
            "facts": json.encode(new.facts),
            "keywords": " ".join(new.keywords),
            "option": new.option,
            "popularity": new.popularity,
            "visible": True,
            "added_at": new.added_at,
            "version": position,
        }
        [product_id] = tx.execute(insert(tables.Product).values(values).returning(tables.Product.id)).one()
        add_variants(tx, product_id, new.variants, position, actor, at)
    found = states(tx, [new.slug for new in products])
    outbox.record(tx, first, [ProductChanged(new.slug, found[new.slug]) for new in products], at)


def add_variants(
    tx: Connection,
    product_id: int,
    variants: Sequence[NewVariant],
    version: int,
    actor: str,
    at: datetime,
    first_rank: int = 0,
) -> None:
    """Adds variants and their first stock to a product; for a verb that tells of them with `version`."""
    many(
        tx,
        insert(tables.Variant),
        [
            {"id": v.id, "product_id": product_id, "rank": rank, "value": v.value, "sku": v.sku}
            | {"price": v.price, "was": v.was, "image": v.image}
            for rank, v in enumerate(variants, first_rank)
        ],
    )
    many(
        tx,
        insert(tables.Stock),
        [{"variant_id": v.id, "on_hand": v.units, "held": 0, "version": version} for v in variants],
    )
    many(
        tx,
        insert(tables.LedgerEntry),
        [
            {"variant_id": v.id, "kind": Entry.RECEIVED.value, "on_hand": v.units, "held": 0}
            | {"order_number": None, "actor": actor, "reason": "first stock", "at": at}
            for v in variants
            if v.units
        ],
    )


def _cards(tx: Connection, ids: Select[int]) -> list[Card]:
    order = {product_id: place for place, product_id in enumerate(tx.execute(ids).scalars())}
    statement = _CARDS.add_columns(tables.Product.id.label("product_id")).where(tables.Product.id.in_(list(order)))
    found = tx.execute(statement.order_by(tables.Variant.product_id, tables.Variant.rank)).all()
    made = [(group_id, _card(list(group))) for group_id, group in groupby(found, key=lambda row: row.product_id)]
    return [card for _, card in sorted(made, key=lambda pair: order[pair[0]])]


def _card(group: Sequence[Row[Any]]) -> Card:
    variants: Iterable[Variant] = [_variant(row) for row in group]
    shown = next((v for v in variants if v.level.available > 0), None) or _variant(group[0])
    return Card(group[0].slug, group[0].name, group[0].category, shown, len(group))


def _variant(row: Row[Any]) -> Variant:
    level = Level(row.on_hand, row.held, row.stock_version)
    return Variant(row.id, row.value, row.sku, row.price, row.was, row.image, level)


def _category(row: Any, count: int) -> Category:
    return Category(row.slug, row.name, row.line, row.image, count)
