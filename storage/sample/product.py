"""The shapes of the sample catalogue: a category, a product and its variants, as they would come from a merchant."""

from datetime import date

import msgspec

from shop.taxes import STANDARD


class SampleCategory(msgspec.Struct, frozen=True):
    """A part of the shop. `art` names the drawing that stands for it."""

    slug: str
    name: str
    line: str
    art: str


class SampleVariant(msgspec.Struct, frozen=True):
    """One thing that can be bought. `price` and `was` (an earlier, higher one) are euro cents; `units` lie on hand."""

    value: str
    sku: str
    art: str
    price: int
    units: int
    was: int | None = None


class SampleProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product's words and variants, each of which weighs `weight` grams.

    `popularity` runs from 0 to 100; `keywords` are other words people search by.
    """

    slug: str
    name: str
    line: str
    maker: str
    category: str
    heading: str
    text: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    weight: int
    option: str
    variants: tuple[SampleVariant, ...]
    keywords: tuple[str, ...]
    popularity: int
    added: date
    tax_class: str = STANDARD


def coloured(form: str, code: str, price: int, was: int | None = None, **units: int) -> tuple[SampleVariant, ...]:
    """Variants of one price (euro cents), a colour each, with units on hand: `coloured("mug", "HM", 2800, oat=24)`."""
    return tuple(
        SampleVariant(colour.capitalize(), f"{code}-{colour.upper()}", f"{form}-{colour}", price, on_hand, was)
        for colour, on_hand in units.items()
    )
