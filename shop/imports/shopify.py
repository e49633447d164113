"""Shopify's product files, of the current template and of the generation before it, as drafts.

Rows with one handle are one product; later rows carry a further variant, a further image, or both.
"""

from collections.abc import Sequence

import msgspec

from shop.catalogue import PagePicture
from shop.imports import cells, columns, table, words
from shop.imports.draft import TAXED, Draft, DraftVariant, Fault, Reading
from shop.imports.table import Line
from shop.options import SEPARATOR
from shop.taxes import ZERO

DEFAULT_NAME = "title"
DEFAULT_VALUE = "default title"
MAX_POPULARITY = 100

_OPTIONS = (1, 2, 3)
_VALUES = tuple(f"option{n} value" for n in _OPTIONS)
_OF_A_VARIANT = (*_VALUES, "sku", "price")
_SAID_BY = {
    "description": "text",
    "vendor": "maker",
    "type": "category",
    "product category": "category",
    "tags": "keywords",
    "published on online store": "visible",
    "status": "visible",
    "sku": "sku",
    "option1 value": "option",
    "compare-at price": "was",
    "inventory quantity": "units",
    "continue selling when out of stock": "backorder",
    "product image url": "image",
    "variant image url": "image",
    "seo description": "line",
    columns.LINE.lower(): "line",
    columns.HEADING.lower(): "heading",
    columns.FACTS.lower(): "facts",
    columns.POPULARITY.lower(): "popularity",
    columns.DRAWING.lower(): "image",
    columns.PICTURE.lower(): "image",
    columns.TAX_CLASS.lower(): "tax_class",
    "charge tax": "tax_class",
    "weight value (grams)": "weight",
}


def recognises(names: Sequence[str]) -> bool:
    return "title" in names and bool({"url handle", "handle", "price", "variant price"} & set(names))


def read(text: str, names: list[str], delimiter: str, currency: str) -> Reading:
    """The products of the file; raises Unreadable."""
    earlier = "handle" in names
    current = [columns.EARLIER.get(name, name) for name in names] if earlier else names
    reading = Reading("Shopify, earlier columns" if earlier else "Shopify")
    table.require(names, ("title", "variant price" if earlier else "price"))
    reading.faults += table.check_columns(current, columns.KNOWN, columns.in_a_family)
    lines, ragged = table.lines(text, current, delimiter)
    reading.faults += ragged
    said = frozenset(_SAID_BY[name] for name in current if name in _SAID_BY)
    broken = {fault.row for fault in ragged}
    for slug, group in _products(lines, reading).items():
        faults: list[Fault] = []
        draft = _Product(slug, group, currency, said, faults).draft()
        reading.faults += faults
        if faults or any(line.row in broken for line in group):
            reading.left_out.append(slug)
        else:
            reading.drafts.append(draft)
    _name_as_written(reading, dict(zip(current, names, strict=True)))
    return reading


def _products(lines: Sequence[Line], reading: Reading) -> dict[str, list[Line]]:
    """The rows of each product by its slug, in the order of the file."""
    found: dict[str, list[Line]] = {}
    handles: dict[str, str] = {}
    for line in lines:
        handle = line["url handle"] or line["title"]
        slug = words.slug(handle)
        if not slug:
            reason = "there is none" if not handle else f"{handle!r} has no letter or digit that an address could have"
            reading.faults.append(Fault(line.row, "url handle", reason))
        elif handles.setdefault(slug, handle) != handle:
            reason = f"{handle!r} and {handles[slug]!r} would have one address"
            reading.faults.append(Fault(line.row, "url handle", reason))
        else:
            found.setdefault(slug, []).append(line)
    return found


class _Product:
    """The rows of one product, read into a draft; what is wrong goes to `faults`."""

    def __init__(self, slug: str, group: list[Line], currency: str, said: frozenset[str], faults: list[Fault]) -> None:
        self.slug = slug
        self.group = group
        self.first = group[0]
        self.currency = currency
        self.said = said
        self.faults = faults

    def draft(self) -> Draft:
        name = next((words.plain(line["title"]) for line in self.group if line["title"]), "")
        if not name:
            self.faults.append(Fault(self.first.row, "title", "the product has none"))
        self.first.take("title", cells.name, "", self.faults)
        first, faults = self.first, self.faults
        text = words.paragraphs(first["description"])
        pictures = self._pictures()
        option, variants = self._variants(pictures[0].image if pictures else "")
        return Draft(
            slug=self.slug,
            name=name,
            option=option,
            variants=variants,
            category=words.plain(first["type"] or first["product category"].rpartition(">")[2]),
            line=self._line(text),
            maker=words.plain(first.take("vendor", cells.name, "", faults)),
            heading=words.plain(first[columns.HEADING.lower()]),
            text=text,
            facts=first.take(columns.FACTS.lower(), _facts, (), faults),
            keywords=" ".join(words.plain(tag) for tag in first["tags"].split(",")).strip(),
            popularity=min(MAX_POPULARITY, first.take(columns.POPULARITY.lower(), cells.units, 0, faults)),
            visible=first.take("published on online store", cells.flag, True, faults)
            and first.take("status", _status, True, faults),
            tax_class=self._tax_class(),
            pictures=pictures,
            said=self.said,
            row=first.row,
        )

    def _line(self, text: tuple[str, ...]) -> str:
        own = columns.LINE.lower()
        if own in self.first.cells:
            return words.plain(self.first[own])
        written = words.plain(self.first["seo description"])
        return written if written and len(written) <= cells.MAX_NAME else words.first_sentence(text)

    def _tax_class(self) -> str:
        """Our own column says it whole; Shopify's only whether there is tax on it, which any of the variants may say."""
        own = self.first.take(columns.TAX_CLASS.lower(), cells.tax_class, "", self.faults)
        taxed = [line.take("charge tax", cells.flag, True, self.faults) for line in self.group if line["charge tax"]]
        return own or (ZERO if taxed and not any(taxed) else TAXED)

    def _variants(self, photograph: str) -> tuple[str, tuple[DraftVariant, ...]]:
        names = [self._option_name(n) for n in _OPTIONS]
        sold = [line for line in self.group if line is self.first or line.any_of(_OF_A_VARIANT)]
        found: dict[str, DraftVariant] = {}
        for line in sold:
            value = SEPARATOR.join(words.plain(line[column]) for column in _VALUES if line[column])
            if value.lower() == DEFAULT_VALUE and names[0].lower() in (DEFAULT_NAME, ""):
                value, names = "", ["", "", ""]
            if len(value) > cells.MAX_NAME:
                self.faults.append(Fault(line.row, "option1 value", f"has more than {cells.MAX_NAME} characters"))
            variant = self._variant(line, value, photograph)
            if value in found:
                named = (
                    f"{value!r} is there twice"
                    if value
                    else "the product has several variants, and this one has no value"
                )
                self.faults.append(Fault(line.row, "option1 value", named))
            found[value] = variant
        used = [name for name, column in zip(names, _VALUES, strict=True) if any(line[column] for line in sold)]
        return SEPARATOR.join(name for name in used if name), tuple(found.values())

    def _option_name(self, number: int) -> str:
        column = f"option{number} name"
        return next((words.plain(line[column]) for line in self.group if line[column]), "")

    def _variant(self, line: Line, value: str, photograph: str) -> DraftVariant:
        faults = self.faults
        if not line["price"]:
            faults.append(Fault(line.row, "price", "there is none"))
        price = line.take("price", lambda text: cells.price(text, self.currency), 0, faults)
        was = line.take("compare-at price", lambda text: _compared(text, self.currency), None, faults)
        return DraftVariant(
            value=value,
            price=price,
            sku=words.plain(line["sku"]) or None,
            was=was if was and was > price else None,
            image=line.take("variant image url", cells.image, "", faults)
            or line[columns.DRAWING.lower()]
            or photograph,
            units=line.take("inventory quantity", cells.units, 0, faults),
            weight=line.take("weight value (grams)", cells.weight, 0, faults),
            backorder=line.take("continue selling when out of stock", _continues, False, faults),
        )

    def _pictures(self) -> tuple[PagePicture, ...]:
        """The product's pictures in their order."""
        found = []
        for place, line in enumerate(self.group):
            image = line.take("product image url", cells.image, "", self.faults) or line.take(
                columns.PICTURE.lower(), cells.own_image, "", self.faults
            )
            if image:
                position = line.take("image position", cells.units, place + 1, self.faults)
                found.append((position, place, PagePicture(image, words.plain(line["image alt text"]))))
        return tuple(picture for _, _, picture in sorted(found, key=lambda each: each[:2]))


def _compared(text: str, currency: str) -> int | None:
    """The earlier price; Shopify writes zero for none."""
    return None if text.strip("0.") == "" else cells.price(text, currency)


def _status(text: str) -> bool:
    if text.lower() in ("active", "draft", "archived", "unlisted"):
        return text.lower() == "active"
    raise cells.BadCell(f"{text!r} is none of active, draft, archived")


def _continues(text: str) -> bool:
    if text.lower() in ("continue", "deny"):
        return text.lower() == "continue"
    raise cells.BadCell(f"{text!r} is neither continue nor deny")


def _facts(text: str) -> tuple[tuple[str, str], ...]:
    try:
        return msgspec.json.decode(text, type=tuple[tuple[str, str], ...])
    except msgspec.DecodeError:
        raise cells.BadCell('not a list of pairs such as [["Height", "9 cm"]]') from None


def _name_as_written(reading: Reading, written: dict[str, str]) -> None:
    """Faults name the columns as this file does."""
    reading.faults = [Fault(f.row, written.get(f.column, f.column), f.reason) for f in reading.faults]
