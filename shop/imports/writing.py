"""Products as the rows of a Shopify file of the current columns, which `shopify.read` turns into the same drafts again."""

from collections.abc import Sequence

from msgspec import json

from shop import gallery, options
from shop.catalogue import PagePicture
from shop.imports import words
from shop.imports.columns import CURRENT, DRAWING, FACTS, HEADING, LINE, OWN, PICTURE, POPULARITY, TAX_CLASS
from shop.imports.draft import Draft, DraftVariant, illustrated
from shop.money import decimal_text
from shop.taxes import ZERO

HEADER = (*CURRENT, *OWN)


def rows(draft: Draft, currency: str) -> list[list[str]]:
    """The product's rows in the order of HEADER, one a variant and one a picture; no cell is a formula to a spreadsheet."""
    draft = illustrated(draft)
    pictures = _pictures(draft)
    pairs = zip(draft.variants, _options(draft), strict=True)
    found = [_variant(variant, chosen, currency, draft.tax_class) for variant, chosen in pairs]
    found += [{} for _ in range(len(pictures) - len(found))]
    if found:
        found[0] |= _product(draft)
    for position, (cells, picture) in enumerate(zip(found, pictures, strict=False), start=1):
        cells["Product image URL" if _photograph(picture.image) else PICTURE] = picture.image
        cells |= {"Image position": str(position), "Image alt text": picture.alt or draft.name}
    for cells in found:
        cells["URL handle"] = draft.slug
    return [[words.guarded(cells.get(name, "")) for name in HEADER] for cells in found]


def _pictures(draft: Draft) -> tuple[PagePicture, ...]:
    """The product's gallery. Where its variants' images are all that there is, it is written if every shop can show it."""
    images = [variant.image for variant in draft.variants]
    if draft.pictures or all(map(_photograph, images)):
        return gallery.whole(draft.pictures, images)
    return ()


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
        TAX_CLASS: draft.tax_class,
    }


def _variant(variant: DraftVariant, chosen: Sequence[tuple[str, str]], currency: str, tax_class: str) -> dict[str, str]:
    cells = {
        "SKU": variant.sku or "",
        "Price": decimal_text(variant.price, currency),
        "Compare-at price": decimal_text(variant.was, currency) if variant.was else "",
        "Charge tax": "FALSE" if tax_class == ZERO else "TRUE",
        "Inventory tracker": "shopify",
        "Inventory quantity": str(variant.units),
        "Continue selling when out of stock": "CONTINUE" if variant.backorder else "DENY",
        "Weight value (grams)": str(variant.weight),
        "Weight unit for display": "g",
        "Requires shipping": "TRUE",
        "Fulfillment service": "manual",
        "Variant image URL" if _photograph(variant.image) else DRAWING: variant.image,
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


def _photograph(image: str) -> bool:
    return image.startswith("https://")
