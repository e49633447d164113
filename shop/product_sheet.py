"""A product's sheet: all that staff can change of it, as one value, so that two sheets can be laid beside each other.

Who edits says what they saw and what they want. Where somebody else changed the product meanwhile, `differences` says what,
and `merged` keeps everything that only one of them touched.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct, json
from msgspec.structs import replace

from shop.ids import VariantId
from shop.money import decimal_text
from shop.taxes import STANDARD

SEPARATOR = " / "
"""Between the names of several options, and between a variant's values of them."""

_LABELS = {
    "name": "Name",
    "line": "Line",
    "maker": "Maker",
    "category": "Category",
    "heading": "Heading",
    "text": "Text",
    "facts": "Facts",
    "keywords": "Keywords",
    "visible": "Shown in the shop",
    "option": "Options",
    "tax_class": "Taxed as",
    "pictures": "Pictures",
    "per_customer": "Most a customer can buy",
}
_VARIANT_LABELS = {
    "value": "value",
    "sku": "SKU",
    "price": "price",
    "was": "earlier price",
    "weight": "weight in grams",
    "image": "picture",
    "retired": "taken away",
    "backorder": "backorders",
}


class SheetPicture(Struct, frozen=True):
    """A picture on the product's page. `alt` says in words what it shows; empty means the product's name."""

    image: str
    alt: str = ""


class SheetVariant(Struct, frozen=True):
    """A variant; `price` and `was` in minor units, `weight` in grams.

    A retired one is not for sale and keeps its place in the books.
    """

    id: VariantId
    value: str
    sku: str
    price: int
    was: int | None = None
    image: str = ""
    retired: bool = False
    weight: int = 0
    backorder: bool = False
    """Whether more can be ordered than is there."""


class Sheet(Struct, frozen=True):
    """A product as its editor sees it. Variants stand in their order, the retired ones last."""

    name: str
    category: str
    variants: tuple[SheetVariant, ...]
    line: str = ""
    maker: str = ""
    heading: str = ""
    text: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    keywords: str = ""
    visible: bool = True
    option: str = ""
    pictures: tuple[SheetPicture, ...] = ()
    tax_class: str = STANDARD
    per_customer: int | None = None
    """How many units, of all variants together, one customer can buy."""

    @property
    def for_sale(self) -> tuple[SheetVariant, ...]:
        return tuple(variant for variant in self.variants if not variant.retired)


class Difference(Struct, frozen=True):
    """What somebody changed: where, and how it reads before and after ("" for nothing)."""

    where: str
    before: str
    after: str


def edition(sheet: Sheet) -> str:
    """A short digest of all that the sheet says: another sheet has another one."""
    return hashlib.sha256(json.encode(sheet)).hexdigest()[:16]


def differences(before: Sheet, after: Sheet, currency: str) -> list[Difference]:
    """What has changed from one sheet to the other, in words for people."""
    found = [
        Difference(label, _words(getattr(before, name)), _words(getattr(after, name)))
        for name, label in _LABELS.items()
        if getattr(before, name) != getattr(after, name)
    ]
    old = {variant.id: variant for variant in before.variants}
    new = {variant.id: variant for variant in after.variants}
    for variant in after.variants:
        if variant.id not in old:
            found.append(Difference(_called(variant), "", "added"))
        else:
            found += _variant_differences(old[variant.id], variant, currency)
    if [v.id for v in before.for_sale if v.id in new] != [v.id for v in after.for_sale if v.id in old]:
        found.append(Difference("Order of the variants", "", "changed"))
    return found


def merged(base: Sheet, mine: Sheet, now: Sheet) -> Sheet:
    """Mine, with what somebody else changed since `base` where I changed nothing."""
    changed: dict[str, Any] = {
        name: getattr(now, name) for name in _LABELS if getattr(mine, name) == getattr(base, name)
    }
    old, theirs = ({variant.id: variant for variant in sheet.variants} for sheet in (base, now))
    variants = [_merged_variant(old.get(v.id), v, theirs.get(v.id)) for v in mine.variants]
    known = {variant.id for variant in variants}
    variants += [variant for variant in now.variants if variant.id not in known]
    return replace(mine, **changed, variants=tuple(variants))


def in_order(variants: Iterable[SheetVariant]) -> tuple[SheetVariant, ...]:
    """The variants with the retired ones last."""
    return tuple(sorted(variants, key=lambda variant: variant.retired))


def _merged_variant(base: SheetVariant | None, mine: SheetVariant, now: SheetVariant | None) -> SheetVariant:
    if base is None or now is None:
        return mine
    return replace(
        mine, **{name: getattr(now, name) for name in _VARIANT_LABELS if getattr(mine, name) == getattr(base, name)}
    )


def _variant_differences(before: SheetVariant, after: SheetVariant, currency: str) -> list[Difference]:
    def shown(name: str, value: Any) -> str:
        return decimal_text(value, currency) if name in ("price", "was") and value is not None else _words(value)

    return [
        Difference(f"{_called(after)}, {label}", shown(name, getattr(before, name)), shown(name, getattr(after, name)))
        for name, label in _VARIANT_LABELS.items()
        if getattr(before, name) != getattr(after, name)
    ]


def _called(variant: SheetVariant) -> str:
    return variant.value or "The only variant"


def _words(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int):
        return str(value)
    assert isinstance(value, Sequence)  # noqa: S101  the sheet's other fields are tuples
    if value and isinstance(value[0], SheetPicture):
        return f"{len(value)} picture{'s' if len(value) > 1 else ''}"
    return "; ".join(": ".join(part) if isinstance(part, tuple) else str(part) for part in value)
