"""All products as staff look through them: the newest first, hidden ones too, a page at a time however many there are."""

from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, bindparam, or_, select

from storage import findable
from storage.statements import Rows, rows
from storage.tables import Category, Product, Stock, Variant

_COLUMNS = (
    Product.id,
    Product.slug,
    Product.name,
    Product.visible,
    Product.price,
    Category.name.label("category"),
)
_VARIANTS = (
    select(Variant.product_id, Variant.image, Stock.on_hand, Stock.held)
    .join(Stock, Stock.variant_id == Variant.id)
    .where(Variant.product_id.in_(bindparam("products", expanding=True)), ~Variant.retired)
    .order_by(Variant.product_id, Variant.rank)
)
_OF_SKU = select(Variant.product_id).where(Variant.sku.in_(bindparam("skus", expanding=True))).limit(100)


class Wish(Struct, frozen=True):
    """What is looked for: words of a name or an address, or a whole SKU; a category; only what is hidden.

    `before` and `after` are row numbers: the page of products older, or newer, than that one.
    """

    words: str = ""
    category: str = ""
    hidden: bool = False
    before: int | None = None
    after: int | None = None


class Found(Struct, frozen=True):
    """A product in the list; `price` in minor units is what its card shows, `image` is the first variant's."""

    id: int
    slug: str
    name: str
    category: str
    visible: bool
    price: int
    image: str
    variants: int
    on_hand: int
    held: int


class ProductPage(Struct, frozen=True):
    """A page; `newer` and `older` are the row numbers that the neighbouring pages begin after, where there are any."""

    found: list[Found]
    newer: int | None
    older: int | None


def page(tx: Connection, wish: Wish, limit: int) -> ProductPage:
    """A page of what is looked for, the newest first."""
    backwards = wish.after is not None
    asked = _limited(_matching(tx, wish), wish, limit + 1)
    found = list(tx.execute(asked).all())
    more = len(found) > limit
    found = found[:limit]
    if backwards:
        found.reverse()
    if not found:
        return ProductPage([], None, None)
    newer = (more if backwards else wish.before is not None) or None
    older = (True if backwards else more) or None
    return ProductPage(_rows(tx, found), newer and found[0].id, older and found[-1].id)


def _matching(tx: Connection, wish: Wish) -> Any:
    asked: Any = select(*_COLUMNS).join(Category, Category.slug == Product.category)
    if wish.category:
        asked = asked.where(Product.category == wish.category)
    if wish.hidden:
        asked = asked.where(~Product.visible)
    for word in wish.words.split():
        # Found by their index first: asked of each product it would take ten times as long.
        of_sku = [row.product_id for row in rows(tx, _OF_SKU, skus=[word, word.upper(), word.lower()])]
        words = findable.holding(Product.folded, word)
        asked = asked.where(or_(words, Product.id.in_(of_sku)) if of_sku else words)
    return asked


def _limited(asked: Any, wish: Wish, limit: int) -> Any:
    if wish.after is not None:
        return asked.where(Product.id > wish.after).order_by(Product.id).limit(limit)
    if wish.before is not None:
        asked = asked.where(Product.id < wish.before)
    return asked.order_by(Product.id.desc()).limit(limit)


def _rows(tx: Connection, found: Rows) -> list[Found]:
    variants: dict[int, list[Any]] = {}
    for row in rows(tx, _VARIANTS, products=[row.id for row in found]):
        variants.setdefault(row.product_id, []).append(row)
    return [
        Found(
            id=row.id,
            slug=row.slug,
            name=row.name,
            category=row.category,
            visible=bool(row.visible),
            price=row.price,
            image=next((v.image for v in variants.get(row.id, ()) if v.image), ""),
            variants=len(variants.get(row.id, ())),
            on_hand=sum(v.on_hand for v in variants.get(row.id, ())),
            held=sum(v.held for v in variants.get(row.id, ())),
        )
        for row in found
    ]
