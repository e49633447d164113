"""The words of a product as the index and the spelling have them: folded once, for both."""

from functools import lru_cache
from typing import NamedTuple

from shop import search
from storage.search.documents import Document, DocumentVariant

fold = lru_cache(16_384)(search.fold)
"""Folded before, most likely: makers, values of options and categories come again and again."""


class Words(NamedTuple):
    """A product's words, folded: of its name, its variants' values, their SKUs, and all the rest."""

    name: str
    choices: str
    codes: str
    rest: str
    variants: tuple[str, ...]
    """Value and SKU of each variant."""

    @property
    def all(self) -> str:
        return f"{self.name} {self.choices} {self.codes} {self.rest}"

    @property
    def spelt(self) -> str:
        """Those that somebody may spell wrong: all but the SKUs."""
        return f"{self.name} {self.choices} {self.rest}"


def words_of(document: Document, category: str) -> Words:
    """`category` is the name of the product's category."""
    choices = [fold(variant.value) for variant in document.variants]
    codes = [_codes(variant) for variant in document.variants]
    rest = search.fold(f"{document.keywords} {document.about}")
    return Words(
        search.fold(document.name),
        " ".join(choices),
        " ".join(codes),
        f"{fold(document.maker)} {fold(category)} {rest}",
        tuple([f"{choice} {code}" for choice, code in zip(choices, codes, strict=True)]),
    )


def _codes(variant: DocumentVariant) -> str:
    """The words of a SKU, and all of it as one word: HM-RAIN is found by "hm rain", "rain" and "hmrain"."""
    if not variant.sku:
        return ""
    folded = search.fold(variant.sku)
    together = folded.replace(" ", "")
    return folded if together == folded else f"{folded} {together}"
