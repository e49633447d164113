"""Products as the rows of a Shopify file of the current columns, which `shopify.read` turns into the same drafts again."""

from collections.abc import Sequence

from msgspec import json

from shop import options
from shop.imports import words
from shop.imports.columns import CURRENT, DRAWING, FACTS, HEADING, LINE, OWN, POPULARITY
from shop.imports.draft import Draft, DraftVariant
from shop.money import decimal_text

HEADER = (*CURRENT, *OWN)


def rows(draft: Draft, currency: str) -> list[list[str]]:
    """The product's rows, one a variant, in the order of HEADER; no cell is a formula to a spreadsheet."""
    found = []
    whole = all(variant.image for variant in draft.variants)
    for number, (variant, chosen) in enumerate(zip(draft.variants, _options(draft), strict=True)):
        cells = {"URL handle": draft.slug} | _variant(variant, chosen, currency)
        if number == 0:
            cells |= _product(draft)
            if whole and _photograph(variant):
                cells |= {"Product image URL": variant.image, "Image position": "1", "Image alt text": draft.name}
        found.append([words.guarded(cells.get(name, "")) for name in HEADER])
    return found


def _product(draft: Draft) -> dict[str, str]:
    return {
        "Title": draft.name,
        "Description": words.markup(draft.text),
        "Vendor": draft.maker,
        "Type": draft.category,
        "Tags": ", ".join(draft.keywords.split()),
        "Published on online store": "TRUE" if draft.visible else "FALSE",
        "Status": "Active" if draft.visible else "Draft",
        "Gift card": "FALSE",
        "SEO description": draft.line,
        LINE: draft.line,
        HEADING: draft.heading,
        FACTS: json.encode(draft.facts).decode(),
        POPULARITY: str(draft.popularity),
    }


def _variant(variant: DraftVariant, chosen: Sequence[tuple[str, str]], currency: str) -> dict[str, str]:
    cells = {
        "SKU": variant.sku or "",
        "Price": decimal_text(variant.price, currency),
        "Compare-at price": decimal_text(variant.was, currency) if variant.was else "",
        "Charge tax": "TRUE",
        "Inventory tracker": "shopify",
        "Inventory quantity": str(variant.units),
        "Continue selling when out of stock": "DENY",
        "Requires shipping": "TRUE",
        "Fulfillment service": "manual",
        "Variant image URL" if _photograph(variant) else DRAWING: variant.image,
    }
    for number, (name, value) in enumerate(chosen, start=1):
        cells |= {f"Option{number} name": name, f"Option{number} value": value}
    return cells


def _options(draft: Draft) -> list[list[tuple[str, str]]]:
    """The options of each variant with their values, apart again."""
    names, parts = options.apart(draft.option, [variant.value for variant in draft.variants])
    if names == ("",) and not any(value for [value] in parts):
        return [[("Title", "Default Title")] for _ in parts]
    return [list(zip(names, some, strict=True)) for some in parts]


def _photograph(variant: DraftVariant) -> bool:
    return variant.image.startswith("https://")
