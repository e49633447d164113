"""Editing products: a sheet is taken over whole, if the product still is what its editor saw. Nothing is ever deleted.

A variant that is taken away is retired: orders, ledger and carts go on knowing it, and it can be brought back.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, json
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, select, update

from shop.catalogue import PagePicture
from shop.errors import InvalidFields, NotFound, StaleEdit
from shop.events import ProductChanged
from shop.ids import VariantId
from shop.pictures import uploaded
from shop.product_sheet import Sheet, SheetPicture, SheetVariant, in_order
from shop.stock import Level
from storage import additions, backorders, catalogue, findable, galleries, outbox, pictures, stock, turns
from storage.additions import Added, NewProduct, NewVariant
from storage.statements import many, one, rows, run, scalar
from storage.tables import Category, Product, Stock, Variant

STALE = "Somebody else changed this product while you had it open. Look at what they did, then save again."
TAKEN = "There is a product at this address already."

_PRODUCT = select(Product).where(Product.slug == bindparam("slug"))
_VERSION = select(Product.version).where(Product.slug == bindparam("slug"))
_LEVELS = select(Stock.variant_id, Stock.on_hand, Stock.held, Stock.backorder).where(
    Stock.variant_id.in_(bindparam("variants", expanding=True))
)
_ID = select(Product.id).where(Product.slug == bindparam("slug"))
_VARIANTS = (
    select(Variant, Stock.backorder).join(Stock, Stock.variant_id == Variant.id)
    .where(Variant.product_id == bindparam("product")).order_by(Variant.retired, Variant.rank)
)  # fmt: skip
_OWNERS = (
    select(Product.slug).distinct().join(Variant, Variant.product_id == Product.id)
    .where(Variant.id.in_(bindparam("variants", expanding=True)))
)  # fmt: skip
_CATEGORY = select(Category.slug).where(Category.slug == bindparam("slug"))
_OF_PRODUCT = (
    "name",
    "line",
    "maker",
    "category",
    "heading",
    "text",
    "facts",
    "keywords",
    "visible",
    "option",
    "per_customer",
    "tax_class",
)
_OF_VARIANT = ("rank", "value", "sku", "price", "was", "image", "retired", "weight")
_SET_PRODUCT = (
    update(Product).where(Product.id == bindparam("product"))
    .values({name: bindparam(f"to_{name}") for name in (*_OF_PRODUCT, "folded")})
)  # fmt: skip
_SET_VARIANT = (
    update(Variant).where(Variant.id == bindparam("variant"))
    .values({name: bindparam(f"to_{name}") for name in (*_OF_VARIANT, "folded")})
)  # fmt: skip


class Opened(Struct, frozen=True):
    """A product opened for editing: its sheet, its topic's version, and the stock of its variants."""

    sheet: Sheet
    version: int
    levels: Mapping[VariantId, Level]


class NewSheet(Struct, frozen=True):
    """The command to add a product at an address. `units`: on hand of its variants, by id; they become ledger rows."""

    slug: str
    sheet: Sheet
    units: Mapping[VariantId, int]
    actor: str
    at: datetime


class SheetEdit(Struct, frozen=True):
    """The command to change a product. `base` is the sheet as its editor saw it, `units` what is on hand of new variants."""

    slug: str
    base: Sheet
    sheet: Sheet
    units: Mapping[VariantId, int]
    actor: str
    at: datetime


def opened(tx: Connection, slug: str) -> Opened:
    """The product, hidden or not, for its editor; raises NotFound."""
    found = sheet(tx, slug)
    levels = {
        row.variant_id: Level(row.on_hand, row.held, backorder=bool(row.backorder))
        for row in rows(tx, _LEVELS, variants=[variant.id for variant in found.variants])
    }
    return Opened(found, int(scalar(tx, _VERSION, slug=slug)), levels)


def sheet(tx: Connection, slug: str) -> Sheet:
    """The product's sheet, hidden or not; raises NotFound."""
    found = one(tx, _PRODUCT, slug=slug)
    if found is None:
        raise NotFound("There is no such product.")
    variants = tuple(
        SheetVariant(
            row.id,
            row.value,
            row.sku or "",
            row.price,
            row.was,
            row.image,
            bool(row.retired),
            row.weight,
            bool(row.backorder),
        )
        for row in rows(tx, _VARIANTS, product=found.id)
    )
    return Sheet(
        name=found.name,
        category=found.category,
        variants=variants,
        line=found.line,
        maker=found.maker,
        heading=found.heading,
        text=tuple(json.decode(found.text)),
        facts=tuple((label, value) for label, value in json.decode(found.facts)),
        keywords=found.keywords,
        visible=bool(found.visible),
        option=found.option,
        pictures=_shown(galleries.of(tx, [found.id]).get(found.id, ()), variants),
        per_customer=found.per_customer,
        tax_class=found.tax_class,
    )


def create(tx: Connection, command: NewSheet) -> str:
    """A verb: adds a product and answers its slug. The same command again, known by its variants' ids, adds nothing.

    Raises InvalidFields: the address is taken, or a category or a picture isn't there.
    """
    turns.take(tx)
    new = command.sheet
    owners = [row.slug for row in rows(tx, _OWNERS, variants=[variant.id for variant in new.variants])]
    if owners == [command.slug] and sheet(tx, command.slug) == new:
        return command.slug
    if owners or scalar(tx, _ID, slug=command.slug) is not None:
        raise InvalidFields(fields={"slug": TAKEN})
    _check(tx, new, ())
    variants = [_new(v, command.units) for v in new.variants]
    product = NewProduct(
        slug=command.slug,
        name=new.name,
        line=new.line,
        maker=new.maker,
        category=new.category,
        heading=new.heading,
        text=new.text,
        facts=new.facts,
        keywords=new.keywords.split(),
        option=new.option,
        popularity=0,
        added_at=command.at,
        variants=variants,
        visible=new.visible,
        per_customer=new.per_customer,
        tax_class=new.tax_class,
    )
    additions.add_products(tx, [product], command.actor, command.at)
    galleries.put(tx, {int(scalar(tx, _ID, slug=command.slug)): _page_pictures(new)})
    return command.slug


def save(tx: Connection, edit: SheetEdit) -> Sheet:
    """A verb: makes the product what the sheet says, tells everybody, and answers how it stands now.

    What stands there already changes nothing, so the same edit may come twice. Raises NotFound, StaleEdit (somebody else
    changed it: nothing is done) or InvalidFields (a category or picture isn't there).
    """
    turns.take(tx)
    taken = _backorders(edit)
    stock.locked(tx, taken)  # before the product, as everybody locks them
    catalogue.lock(tx, [edit.slug])
    now = sheet(tx, edit.slug)
    if now == edit.sheet:
        return now
    if now != edit.base:
        raise StaleEdit(STALE)
    _check(tx, edit.sheet, [*(picture.image for picture in now.pictures), *(v.image for v in now.variants)])
    product = int(scalar(tx, _ID, slug=edit.slug))
    known = {variant.id for variant in now.variants}
    wanted = in_order([*edit.sheet.variants, *_left_out(now.variants, edit.sheet.variants)])
    backorders.take(tx, {v: wish for v, wish in taken.items() if v in known}, edit.actor, edit.at)
    position = outbox.reserve(tx, 1)
    run(tx, _SET_PRODUCT, product=product, **_product_values(edit.slug, edit.sheet))
    many(tx, _SET_VARIANT, [_variant_values(v, rank) for rank, v in enumerate(wanted) if v.id in known])
    added = [Added(product, rank, position, _new(v, edit.units)) for rank, v in enumerate(wanted) if v.id not in known]
    if rows(tx, _OWNERS, variants=[a.variant.id for a in added]):
        raise InvalidFields(fields={"variants": "The rows of variants are mixed up. Open the page again."})
    additions.add_variants(tx, added, edit.actor, edit.at)
    galleries.put(tx, {product: _page_pictures(edit.sheet)})
    state = catalogue.states(tx, [edit.slug]).get(edit.slug)
    catalogue.touch(tx, {edit.slug: (position, state)})
    outbox.record(tx, position, [ProductChanged(edit.slug, state)], edit.at)
    return sheet(tx, edit.slug)


def _shown(chosen: Sequence[PagePicture], variants: Iterable[SheetVariant]) -> tuple[SheetPicture, ...]:
    """The pictures of the page, and after them what variants show beside."""
    found = {row.image: SheetPicture(row.image, row.alt) for row in chosen}
    for variant in variants:
        if variant.image and not variant.retired:
            found.setdefault(variant.image, SheetPicture(variant.image))
    return tuple(found.values())


def _check(tx: Connection, wanted: Sheet, here: Iterable[str]) -> None:
    """Refuses a category or a picture that isn't there; `here` are the images that the product has already."""
    faults = {}
    if scalar(tx, _CATEGORY, slug=wanted.category) is None:
        faults["category"] = "This category is gone. Choose another."
    known = set(here)
    asked = {picture.image for picture in wanted.pictures} | {variant.image for variant in wanted.variants}
    for image in asked - known - {""}:
        digest = uploaded(image)
        if digest is None or not pictures.known(tx, digest):
            faults["pictures"] = "One of the pictures isn't there. Choose it again."
    if faults:
        raise InvalidFields(fields=faults)


def _left_out(standing: Iterable[SheetVariant], wanted: Iterable[SheetVariant]) -> list[SheetVariant]:
    """Variants that the sheet doesn't mention: they are taken away, and stay in the books."""
    mentioned = {variant.id for variant in wanted}
    return [replace(v, retired=True) for v in standing if v.id not in mentioned]


def _backorders(edit: SheetEdit) -> dict[VariantId, bool]:
    """Of which variants the edit changes whether backorders are taken, and to what."""
    before = {variant.id: variant.backorder for variant in edit.base.variants}
    return {v.id: v.backorder for v in edit.sheet.variants if before.get(v.id, v.backorder) is not v.backorder}


def _page_pictures(wanted: Sheet) -> list[PagePicture]:
    return [PagePicture(picture.image, picture.alt) for picture in wanted.pictures]


def _product_values(slug: str, wanted: Sheet) -> dict[str, object]:
    values: dict[str, object] = {f"to_{name}": getattr(wanted, name) for name in _OF_PRODUCT}
    return values | {
        "to_text": json.encode(wanted.text),
        "to_facts": json.encode(wanted.facts),
        "to_folded": findable.product(wanted.name, slug),
    }


def _variant_values(variant: SheetVariant, rank: int) -> dict[str, object]:
    return {
        "variant": variant.id,
        "to_rank": rank,
        "to_value": variant.value,
        "to_sku": variant.sku or None,
        "to_folded": findable.variant(variant.value, variant.sku),
        "to_price": variant.price,
        "to_was": variant.was,
        "to_image": variant.image,
        "to_retired": variant.retired,
        "to_weight": variant.weight,
    }


def _new(v: SheetVariant, units: Mapping[VariantId, int]) -> NewVariant:
    return NewVariant(v.id, v.value, v.sku or None, v.price, v.was, v.image, units.get(v.id, 0), v.weight, v.backorder)
