"""Our own JSON, as docs/import.md defines it, as drafts; rows are the numbers of products in the list, from 1."""

from typing import Any

import msgspec
from msgspec import Struct

from shop.catalogue import PagePicture
from shop.imports import cells, words
from shop.imports.draft import Draft, DraftVariant, Fault, Reading, Unreadable
from shop.imports.shopify import MAX_POPULARITY
from shop.taxes import STANDARD

_MEMBERS = {"currency", "products"}


class _Image(Struct, forbid_unknown_fields=True):
    url: str
    alt: str = ""


class _Variant(Struct, forbid_unknown_fields=True):
    price: str
    value: str = ""
    sku: str = ""
    was: str = ""
    image: str = ""
    units: str = ""
    weight: str = ""
    backorder: bool = False


class _Product(Struct, forbid_unknown_fields=True):
    name: str
    variants: list[_Variant]
    slug: str = ""
    line: str = ""
    maker: str = ""
    category: str = ""
    heading: str = ""
    html: str = ""
    text: list[str] = []
    facts: list[tuple[str, str]] = []
    keywords: list[str] = []
    option: str = ""
    popularity: int = 0
    visible: bool = True
    images: list[_Image] = []
    tax_class: str = ""


_OF_PRODUCT = ("line", "maker", "category", "heading", "facts", "keywords", "popularity", "visible", "tax_class")
_OF_VARIANT = ("sku", "was", "image", "units", "weight", "backorder")


def read(body: Any, currency: str) -> Reading:
    """The products of the decoded file, whose numbers are still text; raises Unreadable."""
    if not isinstance(body, dict) or not isinstance(body.get("products"), list):
        raise Unreadable('The JSON has no list called "products"; docs/import.md shows how it looks.')
    reading = Reading("JSON")
    reading.faults += [Fault(0, name, "the member is not known") for name in sorted(set(body) - _MEMBERS)]
    named = body.get("currency")
    if named is not None and not isinstance(named, str):
        raise Unreadable('"currency" is an ISO 4217 code such as "EUR".')
    reading.currency = named
    slugs: set[str] = set()
    for row, given in enumerate(body["products"], start=1):
        faults: list[Fault] = []
        draft = _draft(row, given, currency, faults)
        if draft is not None and draft.slug in slugs:
            faults.append(Fault(row, "slug", f"{draft.slug!r} is there twice"))
        if draft is None or faults:
            reading.left_out.append(draft.slug if draft else f"product {row}")
        else:
            slugs.add(draft.slug)
            reading.drafts.append(draft)
        reading.faults += faults
    return reading


def _draft(row: int, given: Any, currency: str, faults: list[Fault]) -> Draft | None:
    try:
        product = msgspec.convert(given, _Product, strict=False)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$.")
        faults.append(Fault(row, place.rstrip("`"), reason))
        return None
    slug = words.slug(product.slug or product.name)
    if not slug:
        faults.append(Fault(row, "slug", "there is none that an address could have"))
    if not product.variants:
        faults.append(Fault(row, "variants", "a product needs one at least"))
    text = words.paragraphs(product.html) if product.html else tuple(filter(None, map(words.plain, product.text)))
    said = {name for name in _OF_PRODUCT if name in given}
    said |= {name for name in _OF_VARIANT if any(name in variant for variant in given["variants"])}
    said |= {"option"} if "option" in given or any("value" in variant for variant in given["variants"]) else set()
    said |= {"image"} if "images" in given else set()
    pictures = _pictures(row, product, faults)
    return Draft(
        slug=slug,
        name=words.plain(product.name),
        option=words.plain(product.option),
        variants=_variants(row, product, currency, pictures[0].image if pictures else "", faults),
        category=words.plain(product.category),
        line=words.plain(product.line) or words.first_sentence(text),
        maker=words.plain(product.maker),
        heading=words.plain(product.heading),
        text=text,
        facts=tuple((words.plain(label), words.plain(value)) for label, value in product.facts),
        keywords=words.plain(" ".join(product.keywords).replace(",", " ")),
        popularity=min(MAX_POPULARITY, max(0, product.popularity)),
        visible=product.visible,
        tax_class=_tax_class(row, product, faults),
        pictures=pictures,
        said=frozenset(said | ({"text"} if "text" in given or "html" in given else set())),
        row=row,
    )


def _tax_class(row: int, product: _Product, faults: list[Fault]) -> str:
    try:
        return cells.tax_class(product.tax_class) if product.tax_class else STANDARD
    except cells.BadCell as bad:
        faults.append(Fault(row, "tax_class", str(bad)))
        return STANDARD


def _pictures(row: int, product: _Product, faults: list[Fault]) -> tuple[PagePicture, ...]:
    found = []
    for place, given in enumerate(product.images):
        try:
            found.append(PagePicture(cells.image(given.url), words.plain(given.alt)))
        except cells.BadCell as bad:
            faults.append(Fault(row, f"images[{place}]", str(bad)))
    return tuple(found)


def _variants(row: int, product: _Product, currency: str, first: str, faults: list[Fault]) -> tuple[DraftVariant, ...]:
    found: dict[str, DraftVariant] = {}
    for place, given in enumerate(product.variants):
        value = words.plain(given.value)
        if value in found:
            faults.append(Fault(row, f"variants[{place}].value", f"{value!r} is there twice"))
        try:
            price = cells.price(given.price, currency)
            was = cells.price(given.was, currency) if given.was else None
            found[value] = DraftVariant(
                value=cells.name(value),
                price=price,
                sku=words.plain(given.sku) or None,
                was=was if was and was > price else None,
                image=cells.image(given.image) if given.image else first,
                units=cells.units(given.units) if given.units else 0,
                weight=cells.weight(given.weight) if given.weight else 0,
                backorder=given.backorder,
            )
        except cells.BadCell as bad:
            faults.append(Fault(row, f"variants[{place}]", str(bad)))
    return tuple(found.values())
