"""A draft beside what the books have of the product: what would change, and nothing else.

Products are matched by their slug; variants by SKU where both sides have it once, else by their value. What a file doesn't
mention stays; nothing is ever removed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from shop import gallery
from shop.catalogue import PagePicture
from shop.ids import VariantId
from shop.imports.draft import TAXED, Draft, DraftVariant, illustrated
from shop.taxes import STANDARD, ZERO

OPTION = "option"
"""Said by a file that has a column for values of options; without one it can't bring further variants."""

_OF_PRODUCT = ("line", "maker", "heading", "text", "facts", "keywords", "popularity", "visible", "tax_class")


class Standing(Struct, frozen=True):
    """A product in the books, as a draft, with its row number and what its variants have beyond one."""

    id: int
    draft: Draft
    variants: tuple[VariantId, ...]
    """The public ids of `draft.variants`, in their order."""
    held: tuple[int, ...]
    """How many units of each are held for somebody who pays."""
    next_rank: int
    retired: int = 0
    """How many of `variants` are not for sale any more; they stand first."""


class Correction(Struct, frozen=True):
    """What is on hand of a variant is `units` and not what the books say; `asked` when so many can't be taken away."""

    variant: VariantId
    change: int
    asked: int


class Change(Struct, frozen=True):
    """What a draft changes. `standing` is None for a new product; then all of it is new."""

    draft: Draft
    standing: Standing | None
    words_changed: bool
    changed: tuple[tuple[VariantId, DraftVariant], ...]
    added: tuple[DraftVariant, ...]
    corrections: tuple[Correction, ...]
    held_back: int
    """Variants of which more is held than the file says there are: those are corrected to what is held."""

    @property
    def told(self) -> bool:
        """Whether the product itself changes, beyond counters."""
        return self.words_changed or bool(self.changed) or bool(self.added)

    @property
    def pictures_changed(self) -> bool:
        """Whether the product has another gallery afterwards."""
        return self.draft.pictures != (() if self.standing is None else self.standing.draft.pictures)

    @property
    def pictures_added(self) -> int:
        """By how many the pictures become more that no variant shows."""
        shown = {v.image for v in (*self.draft.variants, *(v for _, v in self.changed), *self.added)}
        here = () if self.standing is None else self.standing.draft.pictures
        before, after = (sum(p.image not in shown for p in pictures) for pictures in (here, self.draft.pictures))
        return max(0, after - before)

    @property
    def any(self) -> bool:
        return self.told or bool(self.corrections)


def merge(
    draft: Draft, standing: Standing | None, *, take_stock: bool, fetched: Mapping[str, str] | None = None
) -> Change:
    """What the draft changes in the books. `draft` of the answer is the product as it would stand.

    `fetched` has the images of addresses whose pictures came into the books since the product was changed last.
    """
    pictures, draft = draft.pictures, illustrated(draft)
    draft = replace(draft, tax_class=_tax_class(draft, standing))
    if standing is None:
        return Change(draft, None, True, (), draft.variants, (), 0)
    before = standing.draft
    taken = {name: getattr(draft, name) for name in _OF_PRODUCT if name in draft.said}
    after = replace(
        before,
        name=draft.name,
        option=draft.option if OPTION in draft.said else before.option,
        category=draft.category or before.category,
        **taken,
    )
    places = _places(draft.variants, before.variants)
    first = next((picture.image for picture in (*pictures, *before.pictures)), "")
    pairs = [
        (place, _merged(given, before.variants[place], draft.said, first))
        for given, place in places
        if place is not None
    ]
    added = [given for given, place in places if place is None] if OPTION in draft.said else []
    added = [replace(given, image=given.image or first) for given in added]
    after = replace(after, pictures=_gallery(pictures, standing, pairs, added, fetched or {}))
    corrections, held_back = _corrections(pairs, standing) if take_stock and "units" in draft.said else ((), 0)
    return Change(
        draft=after,
        standing=standing,
        words_changed=after != before,
        changed=tuple((standing.variants[p], v) for p, v in pairs if not _same(v, before.variants[p])),
        added=tuple(added),
        corrections=corrections,
        held_back=held_back,
    )


def _tax_class(draft: Draft, standing: Standing | None) -> str:
    """What it is taxed as; a file that only says that it is leaves the shop its own word, unless that was "not at all"."""
    if draft.tax_class != TAXED:
        return draft.tax_class
    known = standing.draft.tax_class if standing else STANDARD
    return STANDARD if known == ZERO else known


def _gallery(
    given: Iterable[PagePicture],
    standing: Standing,
    pairs: Iterable[tuple[int, DraftVariant]],
    added: Sequence[DraftVariant],
    fetched: Mapping[str, str],
) -> tuple[PagePicture, ...]:
    """The pictures of the file in their order, then those that the product has beside: none is taken off.

    Only where a variant shows another picture than before does that one stand in the former one's place.
    """
    before = standing.draft
    variants = list(before.variants)
    replaced: dict[str, str] = {}
    for place, variant in pairs:
        old = fetched.get(variants[place].image, variants[place].image)
        if old != variant.image:
            replaced[old] = variant.image
        variants[place] = variant
    images = [variant.image for variant in (*variants[standing.retired :], *added)]
    here = []
    for picture in before.pictures:
        image = picture.image if picture.image in images else fetched.get(picture.image, picture.image)
        if image in replaced and image not in images:
            here.append(PagePicture(replaced[image], ""))
        else:
            here.append(PagePicture(image, picture.alt))
    found = gallery.limited([*given, *here], images, [picture.image for picture in here])
    if gallery.whole(found, images) == gallery.whole(before.pictures, images):
        return before.pictures
    return gallery.kept(found, images)


def _merged(given: DraftVariant, before: DraftVariant, said: frozenset[str], first: str) -> DraftVariant:
    was = given.was if "was" in said else before.was
    return DraftVariant(
        value=given.value if OPTION in said else before.value,
        price=given.price,
        sku=given.sku if "sku" in said else before.sku,
        was=was if was and was > given.price else None,
        image=(given.image if "image" in said else "") or before.image or first,
        units=given.units if "units" in said else before.units,
        weight=given.weight if "weight" in said else before.weight,
        backorder=given.backorder if "backorder" in said else before.backorder,
    )


def _same(one: DraftVariant, other: DraftVariant) -> bool:
    return replace(one, units=0) == replace(other, units=0)


def _corrections(pairs: Iterable[tuple[int, DraftVariant]], standing: Standing) -> tuple[tuple[Correction, ...], int]:
    found: list[Correction] = []
    held_back = 0
    for place, variant in pairs:
        there = standing.draft.variants[place].units
        if there < 0 and variant.units == 0:
            continue  # a file can't say how many are owed, so its nothing is no news
        units = max(variant.units, min(standing.held[place], there))
        held_back += units > variant.units
        if units != there:
            change = units - there
            found.append(Correction(standing.variants[place], change, variant.units))
    return tuple(found), held_back


def _places(
    given: tuple[DraftVariant, ...], standing: tuple[DraftVariant, ...]
) -> list[tuple[DraftVariant, int | None]]:
    """Each variant of the file with the place of the one in the books that it is, or None; no place twice."""
    here, there = _once(given), _once(standing)
    by_sku = {v.sku: place for place, v in enumerate(standing) if v.sku in there}
    by_value = {v.value: place for place, v in enumerate(standing)}
    found = {number: by_sku[v.sku] for number, v in enumerate(given) if v.sku in here and v.sku in by_sku}
    if not found and len(given) == len(standing) == 1 and not given[0].value:
        return [(given[0], 0)]
    for number, variant in enumerate(given):
        place = by_value.get(variant.value)
        if number not in found and place is not None and place not in found.values():
            found[number] = place
    return [(variant, found.get(number)) for number, variant in enumerate(given)]


def _once(variants: Iterable[DraftVariant]) -> set[str]:
    """The SKUs that exactly one of them has."""
    return {sku for sku, count in Counter(v.sku for v in variants if v.sku).items() if count == 1}
