"""Imports: a few drafts at a time become products, in verbs so short that the shop sells meanwhile."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, json
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, func, insert, select, update

from shop.events import ProductChanged
from shop.ids import new_variant_id
from shop.imports import words
from shop.imports.draft import Draft, DraftVariant
from shop.imports.merging import Change, Correction, merge
from shop.pictures import PREFIX, exported, uploaded
from shop.stock import Entry
from storage import additions, backorders, catalogue, drafts, findable, galleries, outbox, pictures, stock
from storage.additions import Added, NewVariant
from storage.statements import many, rows
from storage.stock import Move
from storage.tables import Category, Product, Variant

ACTOR = "import"
UNSORTED = "Everything else"
"""The category of new products for which the file names none."""

_SPOKEN_FOR = frozenset(("new",))
"""Addresses under /c/ that are no category's."""

_CATEGORIES = select(Category.slug, Category.name)
_LAST_RANK = select(func.coalesce(func.max(Category.rank), -1))
_NEW_PRODUCT = insert(Product)
_WRITTEN = (
    "name",
    "folded",
    "line",
    "maker",
    "category",
    "heading",
    "text",
    "facts",
    "keywords",
    "option",
    "popularity",
    "visible",
    "tax_class",
)
"""The columns of a product that a draft writes (`_row`), beside its version."""
_CHANGED_PRODUCT = (
    update(Product)
    .where(Product.id == bindparam("product_id"))
    .values({name: bindparam(f"to_{name}") for name in (*_WRITTEN, "version")})
)
_CHANGED_VARIANT = (
    update(Variant)
    .where(Variant.id == bindparam("variant_id"))
    .values({name: bindparam(f"to_{name}") for name in ("value", "sku", "folded", "price", "was", "image", "weight")})
)


class Batch(Struct, frozen=True):
    """The command to take these drafts over. `take_stock`: also the quantities of variants that are in the books."""

    drafts: Sequence[Draft]
    take_stock: bool
    at: datetime


class Outcome(Struct):
    """What an import did, or would do: counts of products and variants."""

    added: int = 0
    changed: int = 0
    same: int = 0
    variants_added: int = 0
    corrected: int = 0
    held_back: int = 0
    pictures_added: int = 0

    def count(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self.added += change.standing is None
            self.changed += change.standing is not None and change.any
            self.same += not change.any
            self.variants_added += len(change.added)
            self.pictures_added += change.pictures_added
            self.corrected += len(change.corrections)
            self.held_back += change.held_back

    def add(self, other: "Outcome") -> None:
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def foresee(tx: Connection, batch: Batch) -> Outcome:
    """What `put` would do; only reads."""
    outcome = Outcome()
    outcome.count(_changes(tx, batch))
    return outcome


def put(tx: Connection, batch: Batch) -> Outcome:
    """Takes the drafts over and tells everybody; a draft that changes nothing writes nothing."""
    slugs = [draft.slug for draft in batch.drafts]
    moving = batch.take_stock or any("backorder" in draft.said for draft in batch.drafts)
    before = stock.locked(tx, drafts.variant_ids(tx, slugs)) if moving else {}
    catalogue.lock(tx, slugs)
    changes = _changes(tx, batch)
    told = [change for change in changes if change.told]
    if told:
        _tell(tx, told, batch.at)
    corrections = [correction for change in changes for correction in change.corrections]
    if corrections:
        stock.post(tx, before, [_move(correction) for correction in corrections], (), batch.at)
    told_of = {variant_id: variant.backorder for change in changes for variant_id, variant in change.changed}
    backorders.take(tx, {v: taken for v, taken in told_of.items() if v in before}, ACTOR, batch.at)
    outcome = Outcome()
    outcome.count(changes)
    return outcome


def _changes(tx: Connection, batch: Batch) -> list[Change]:
    standing = drafts.of(tx, [draft.slug for draft in batch.drafts])
    names = _Categories(tx)
    kept = _kept(tx, batch.drafts, [found.draft for found in standing.values()])
    return [
        merge(
            _renamed(replace(draft, category=names.as_known(draft.category)), kept),
            standing.get(draft.slug),
            take_stock=batch.take_stock,
            fetched=kept,
        )
        for draft in batch.drafts
    ]


def _kept(tx: Connection, found: Sequence[Draft], standing: Sequence[Draft]) -> dict[str, str]:
    """The images, by what the drafts call them, of pictures that are in the books: fetched before, or exported from here."""
    images = {image for draft in found for image in draft.images}
    here = {image for draft in standing for image in draft.images}
    kept = pictures.sources(tx, [image for image in images | here if image.startswith("https://")])
    digests = {image: digest for image in images if (digest := uploaded(image) or exported(image))}
    known = pictures.known_of(tx, set(digests.values()))
    for image, digest in digests.items():
        if digest in known:
            kept[image] = PREFIX + digest
        elif uploaded(image):  # an export from another shop, without its pictures
            kept[image] = ""
    return kept


def _renamed(draft: Draft, kept: Mapping[str, str]) -> Draft:
    """The draft with what the books have in place of addresses."""
    return replace(
        draft,
        variants=tuple(replace(v, image=kept.get(v.image, v.image)) for v in draft.variants),
        pictures=tuple(replace(p, image=kept.get(p.image, p.image)) for p in draft.pictures),
    )


def _tell(tx: Connection, changes: Sequence[Change], at: datetime) -> None:
    """Writes products and variants, and their events."""
    categories = _Categories(tx)
    categories.add_missing(change.draft for change in changes)
    first = outbox.reserve(tx, len(changes))
    slugs = [change.draft.slug for change in changes]
    told = list(enumerate(changes, first))
    # A statement for each table, however many the products are.
    written = [(c, _row(c.draft, categories.slug_of(c.draft.category)) | {"version": position}) for position, c in told]
    new = [row | {"slug": c.draft.slug, "added_at": at} for c, row in written if c.standing is None]
    many(tx, _NEW_PRODUCT, new)
    many(
        tx,
        _CHANGED_PRODUCT,
        [
            {"product_id": c.standing.id} | {f"to_{name}": value for name, value in row.items()}
            for c, row in written
            if c.standing is not None
        ],
    )
    many(tx, _CHANGED_VARIANT, [_changed(variant_id, variant) for c in changes for variant_id, variant in c.changed])
    ids = additions.row_numbers(tx, slugs)
    added = [
        Added(ids[c.draft.slug], rank, position, _new(variant))
        for position, c in told
        for rank, variant in enumerate(c.added, c.standing.next_rank if c.standing else 0)
    ]
    additions.add_variants(tx, added, ACTOR, at)
    galleries.put(tx, {ids[c.draft.slug]: c.draft.pictures for c in changes if c.pictures_changed})
    states = catalogue.states(tx, slugs)
    catalogue.touch(tx, {slug: (position, states.get(slug)) for position, slug in enumerate(slugs, first)})
    outbox.record(tx, first, [ProductChanged(slug, states.get(slug)) for slug in slugs], at)


class _Categories:
    """The shop's categories, found by their names whatever the case, or by what their names are in an address."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx
        self._names = {row.slug: row.name for row in rows(tx, _CATEGORIES)}
        self._slugs = {name.casefold(): slug for slug, name in self._names.items()}

    def slug_of(self, name: str) -> str:
        name = name or UNSORTED
        slug = words.slug(name) or "more"
        return self._slugs.get(name.casefold()) or (f"{slug}-shelf" if slug in _SPOKEN_FOR else slug)

    def as_known(self, name: str) -> str:
        """The name as the shop writes it."""
        return self._names.get(self.slug_of(name), name) if name else ""

    def add_missing(self, found: Iterable[Draft]) -> None:
        """Makes the categories that aren't there, each with the picture of its first product."""
        rank: int = self._tx.execute(_LAST_RANK).scalar_one()
        made = []
        for draft in found:
            name, slug = draft.category or UNSORTED, self.slug_of(draft.category)
            if slug not in self._names:
                rank += 1
                self._names[slug] = name
                image = next((v.image for v in draft.variants if v.image), "")
                made.append(
                    {"slug": slug, "name": name, "line": f"{draft.name} and more.", "image": image, "rank": rank}
                )
        many(self._tx, insert(Category), made)


def _row(draft: Draft, category: str) -> dict[str, object]:
    return {
        "name": draft.name,
        "folded": findable.product(draft.name, draft.slug),
        "line": draft.line,
        "maker": draft.maker,
        "category": category,
        "heading": draft.heading,
        "text": json.encode(draft.text),
        "facts": json.encode(draft.facts),
        "keywords": draft.keywords,
        "option": draft.option,
        "popularity": draft.popularity,
        "visible": draft.visible,
        "tax_class": draft.tax_class,
    }


def _changed(variant_id: str, variant: DraftVariant) -> dict[str, object]:
    return {
        "variant_id": variant_id,
        "to_value": variant.value,
        "to_sku": variant.sku,
        "to_folded": findable.variant(variant.value, variant.sku),
        "to_price": variant.price,
        "to_was": variant.was,
        "to_image": variant.image,
        "to_weight": variant.weight,
    }


def _new(variant: DraftVariant) -> NewVariant:
    v = variant
    return NewVariant(new_variant_id(), v.value, v.sku, v.price, v.was, v.image, v.units, v.weight, v.backorder)


def _move(correction: Correction) -> Move:
    kind = Entry.RECEIVED if correction.change > 0 else Entry.CORRECTED
    return Move(correction.variant, kind, correction.change, 0, actor=ACTOR, reason="counted in a merchant's file")
