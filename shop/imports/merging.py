"""A draft beside what the books have of the product: what would change, and nothing else.

Products are matched by their slug; variants by SKU where both sides have it once, else by their value. What a file doesn't
mention stays; nothing is ever removed.
"""

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from shop.ids import VariantId
from shop.imports.draft import Draft, DraftVariant

OPTION = "option"
"""Said by a file that has a column for values of options; without one it can't bring further variants."""

_OF_PRODUCT = ("line", "maker", "heading", "text", "facts", "keywords", "popularity", "visible")


class Standing(Struct, frozen=True):
    """A product in the books, as a draft, with its row number and what its variants have beyond one."""

    id: int
    draft: Draft
    variants: tuple[VariantId, ...]
    """The public ids of `draft.variants`, in their order."""
    held: tuple[int, ...]
    """How many units of each are held for somebody who pays."""
    next_rank: int


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
    def any(self) -> bool:
        return self.told or bool(self.corrections)


def merge(draft: Draft, standing: Standing | None, *, take_stock: bool) -> Change:
    """What the draft changes in the books. `draft` of the answer is the product as it would stand."""
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
    pairs = [
        (place, _merged(given, before.variants[place], draft.said)) for given, place in places if place is not None
    ]
    corrections, held_back = _corrections(pairs, standing) if take_stock and "units" in draft.said else ((), 0)
    return Change(
        draft=after,
        standing=standing,
        words_changed=after != before,
        changed=tuple((standing.variants[p], v) for p, v in pairs if not _same(v, before.variants[p])),
        added=tuple(given for given, place in places if place is None) if OPTION in draft.said else (),
        corrections=corrections,
        held_back=held_back,
    )


def _merged(given: DraftVariant, before: DraftVariant, said: frozenset[str]) -> DraftVariant:
    was = given.was if "was" in said else before.was
    return DraftVariant(
        value=given.value if OPTION in said else before.value,
        price=given.price,
        sku=given.sku if "sku" in said else before.sku,
        was=was if was and was > given.price else None,
        image=given.image if "image" in said else before.image,
        units=given.units if "units" in said else before.units,
    )


def _same(one: DraftVariant, other: DraftVariant) -> bool:
    return replace(one, units=0) == replace(other, units=0)


def _corrections(pairs: Iterable[tuple[int, DraftVariant]], standing: Standing) -> tuple[tuple[Correction, ...], int]:
    found: list[Correction] = []
    held_back = 0
    for place, variant in pairs:
        units = max(variant.units, standing.held[place])
        held_back += units > variant.units
        if units != standing.draft.variants[place].units:
            change = units - standing.draft.variants[place].units
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
