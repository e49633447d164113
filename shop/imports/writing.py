"""Products as the rows of a Shopify file of the current columns, which `shopify.read` turns into the same drafts again."""

from msgspec import json

from shop.imports import words
from shop.imports.columns import CURRENT, DRAWING, FACTS, HEADING, LINE, OWN, POPULARITY
from shop.imports.draft import Draft, DraftVariant
from shop.imports.shopify import SEPARATOR
from shop.money import decimal_text

HEADER = (*CURRENT, *OWN)
MAX_OPTIONS = 3


def rows(draft: Draft, currency: str) -> list[list[str]]:
    """The product's rows, one a variant, in the order of HEADER; no cell is a formula to a spreadsheet."""
    found = []
    whole = all(variant.image for variant in draft.variants)
    for number, variant in enumerate(draft.variants):
        cells = {"URL handle": draft.slug} | _variant(draft, variant, currency)
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


def _variant(draft: Draft, variant: DraftVariant, currency: str) -> dict[str, str]:
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
    for number, (name, value) in enumerate(_options(draft, variant), start=1):
        cells |= {f"Option{number} name": name, f"Option{number} value": value}
    return cells


def _options(draft: Draft, variant: DraftVariant) -> list[tuple[str, str]]:
    """The options apart again, where every variant has a value for each of them; else as one."""
    if not draft.option and not variant.value:
        return [("Title", "Default Title")]
    names = draft.option.split(SEPARATOR)
    fits = len(names) <= MAX_OPTIONS and all(_parts(v, len(names)) for v in draft.variants)
    if len(names) > 1 and all(names) and fits:
        return list(zip(names, variant.value.split(SEPARATOR), strict=True))
    return [(draft.option, variant.value)]


def _parts(variant: DraftVariant, count: int) -> bool:
    parts = variant.value.split(SEPARATOR)
    return len(parts) == count and all(parts)


def _photograph(variant: DraftVariant) -> bool:
    return variant.image.startswith("https://")
