"""WooCommerce's core export as drafts: a product a row, and its variations in rows of their own that name their parent."""

import re
from collections.abc import Sequence

from shop.catalogue import PagePicture
from shop.imports import cells, table, words
from shop.imports.draft import TAXED, Draft, DraftVariant, Fault, Reading
from shop.imports.table import Line
from shop.options import SEPARATOR
from shop.taxes import REDUCED, STANDARD, ZERO

_KNOWN = frozenset(
    "id,type,sku,gtin, upc, ean, or isbn,name,published,is featured?,visibility in catalog,short description,description,"
    "date sale price starts,date sale price ends,tax status,tax class,in stock?,stock,low stock amount,backorders allowed?,"
    "sold individually?,allow customer reviews?,purchase note,sale price,regular price,categories,tags,shipping class,images,"
    "download limit,download expiry days,parent,grouped products,upsells,cross-sells,external url,button text,position,"
    "brands".split(",")
) | {"gtin, upc, ean, or isbn"}
_FAMILIES = re.compile(r"(?:attribute \d+ |download \d+ |meta: |(?:weight|length|width|height) \()")
_ATTRIBUTE = re.compile(r"attribute (\d+) name")
_COMMA = re.compile(r"(?<!\\),")
_SAID_BY = {
    "description": "text",
    "short description": "line",
    "brands": "maker",
    "categories": "category",
    "tags": "keywords",
    "published": "visible",
    "sku": "sku",
    "attribute 1 value(s)": "option",
    "sale price": "was",
    "stock": "units",
    "backorders allowed?": "backorder",
    "images": "image",
    "tax status": "tax_class",
    "tax class": "tax_class",
    "weight (kg)": "weight",
    "weight (g)": "weight",
    "weight (lbs)": "weight",
    "weight (oz)": "weight",
}
_GRAMS = {"weight (kg)": 1000.0, "weight (g)": 1.0, "weight (lbs)": 453.59237, "weight (oz)": 28.349523125}
"""The column of weights is named by the unit that the other shop weighs in."""
_CLASSES = {"reduced-rate": REDUCED, "zero-rate": ZERO, "": STANDARD}


def recognises(names: Sequence[str]) -> bool:
    return {"name", "regular price"} <= set(names)


def read(text: str, names: list[str], delimiter: str, currency: str) -> Reading:
    """The products of the file; raises Unreadable."""
    reading = Reading("WooCommerce")
    table.require(names, ("type", "name", "regular price"))
    reading.faults += table.check_columns(names, _KNOWN, lambda name: bool(_FAMILIES.match(name)))
    lines, ragged = table.lines(text, names, delimiter)
    reading.faults += ragged
    return _File(reading, lines, {fault.row for fault in ragged}, frozenset(names), currency).read()


class _File:
    """The rows of one file, on their way into its reading."""

    def __init__(
        self, reading: Reading, lines: list[Line], broken: set[int], names: frozenset[str], currency: str
    ) -> None:
        self.reading = reading
        self.lines = lines
        self.broken = broken
        self.currency = currency
        self.said = frozenset(_SAID_BY[name] for name in names if name in _SAID_BY)
        self.attributes = sorted(int(found[1]) for name in names if (found := _ATTRIBUTE.fullmatch(name)))
        self.uncounted = 0
        self.dated = 0
        self.other_kinds = 0

    def read(self) -> Reading:
        parents = [line for line in self.lines if "variation" not in _types(line)]
        children = self._children(parents)
        slugs: set[str] = set()
        for line in parents:
            if _types(line) & {"grouped", "external"}:
                self.other_kinds += 1
                continue
            faults: list[Fault] = []
            slug = _slug(line, slugs)
            slugs.add(slug)
            draft = self._draft(line, slug, children.get(line.row, []), faults)
            self.reading.faults += faults
            if faults or {line.row, *(child.row for child in children.get(line.row, []))} & self.broken:
                self.reading.left_out.append(slug or f"row {line.row}")
            else:
                self.reading.drafts.append(draft)
        self._note()
        return self.reading

    def _children(self, parents: Sequence[Line]) -> dict[int, list[Line]]:
        """The variations of each product, by its row, in the order of the file."""
        by_name = {f"id:{line['id']}": line.row for line in parents if line["id"]}
        by_name |= {line["sku"]: line.row for line in parents if line["sku"]}
        found: dict[int, list[Line]] = {}
        for line in self.lines:
            if "variation" in _types(line):
                parent = by_name.get(line["parent"])
                if parent is None:
                    self.reading.faults.append(Fault(line.row, "parent", f"there is no product {line['parent']!r}"))
                else:
                    found.setdefault(parent, []).append(line)
        return found

    def _draft(self, line: Line, slug: str, children: list[Line], faults: list[Fault]) -> Draft:
        name = words.plain(line.take("name", cells.name, "", faults))
        if not slug:
            faults.append(Fault(line.row, "name", "there is none that an address could be made of"))
        text = words.paragraphs(line["description"])
        short = " ".join(words.paragraphs(line["short description"]))
        option, variants = self._variants(line, children, faults)
        images = [image for row in (line, *children) for image in self._images(row, [])]
        return Draft(
            slug=slug,
            name=name,
            option=option,
            variants=variants,
            category=_first_category(line["categories"]),
            line=short if short and len(short) <= cells.MAX_NAME else words.first_sentence((short,) if short else text),
            maker=_split(line["brands"])[0],
            text=text,
            keywords=" ".join(_split(line["tags"])),
            visible=line.take("published", cells.flag, True, faults) and line["visibility in catalog"] != "hidden",
            tax_class=self._tax_class(line, faults),
            pictures=tuple(PagePicture(image, "") for image in images),
            said=self.said,
            row=line.row,
        )

    def _variants(self, line: Line, children: list[Line], faults: list[Fault]) -> tuple[str, tuple[DraftVariant, ...]]:
        main = next(iter(self._images(line, faults)), "")
        if not children:
            if "variable" in _types(line):
                faults.append(Fault(line.row, "type", "a variable product without a variation"))
                return "", ()
            return "", (self._variant(line, "", main, faults),)
        names = {n: words.plain(line[f"attribute {n} name"]) for n in self.attributes}
        weight = self._weight(line, faults)
        found: dict[str, DraftVariant] = {}
        for child in children:
            values = [words.plain(child[f"attribute {n} value(s)"]) for n in self.attributes]
            value = SEPARATOR.join(value for value in values if value)
            if not value or value in found:
                reason = f"{value!r} is there twice" if value else "the variation has no value"
                faults.append(Fault(child.row, "attribute 1 value(s)", reason))
            found[value] = self._variant(child, value, next(iter(self._images(child, faults)), main), faults, weight)
        used = [n for n in self.attributes if any(child[f"attribute {n} value(s)"] for child in children)]
        return SEPARATOR.join(names[n] for n in used if names[n]), tuple(found.values())

    def _variant(self, line: Line, value: str, image: str, faults: list[Fault], weight: int = 0) -> DraftVariant:
        """`weight` is the product's, for a variation that says none of its own."""
        price = line.take("regular price", self._price, 0, faults)
        sale = line.take("sale price", self._price, 0, faults)
        if not line["regular price"]:
            faults.append(Fault(line.row, "regular price", "there is none"))
        if sale and (line["date sale price starts"] or line["date sale price ends"]):
            self.dated += 1
            sale = 0
        return DraftVariant(
            value=value,
            price=sale or price,
            sku=words.plain(line["sku"]) or None,
            was=price if 0 < sale < price else None,
            image=image,
            units=self._units(line, faults),
            backorder=line.take("backorders allowed?", _backorders, False, faults),
            weight=self._weight(line, faults) or weight,
        )

    def _weight(self, line: Line, faults: list[Fault]) -> int:
        column = next((name for name in _GRAMS if line[name]), "")
        return line.take(column, lambda text: cells.grams(text, _GRAMS[column]), 0, faults) if column else 0

    def _tax_class(self, line: Line, faults: list[Fault]) -> str:
        if line["tax status"].lower() in ("none", "shipping"):
            return ZERO
        if "tax class" not in line.cells:
            return TAXED
        named = line["tax class"].lower()
        return _CLASSES.get(named) or line.take(
            "tax class", lambda text: cells.tax_class(text.lower()), STANDARD, faults
        )

    def _price(self, text: str) -> int:
        return cells.price(text, self.currency)

    def _units(self, line: Line, faults: list[Fault]) -> int:
        if line["in stock?"] == "0":
            return 0
        if line["stock"] in ("", "parent"):
            self.uncounted += 1
            return 0
        return line.take("stock", cells.units, 0, faults)

    def _images(self, line: Line, faults: list[Fault]) -> list[str]:
        found = []
        for address in filter(None, _split(line["images"])):
            try:
                found.append(cells.image(address))
            except cells.BadCell as bad:
                faults.append(Fault(line.row, "images", str(bad)))
        return found

    def _note(self) -> None:
        notes = self.reading.notes
        if self.uncounted:
            notes.append(f"Variants without a count of their own, which come in sold out: {self.uncounted}.")
        if self.dated:
            notes.append(f"Sales with dates, for which the regular price is taken: {self.dated}.")
        if self.other_kinds:
            notes.append(f"Grouped or external products, left out since they are not sold here: {self.other_kinds}.")


def _backorders(text: str) -> bool:
    """WooCommerce writes 0, 1, or notify for those that the shopper is told of, as ours are always."""
    return text.lower() == "notify" or cells.flag(text)


def _types(line: Line) -> set[str]:
    return {kind.strip() for kind in line["type"].lower().split(",")}


def _slug(line: Line, taken: set[str]) -> str:
    """The address of a product: its name, and its id where another has that name."""
    slug = words.slug(line["name"])
    return f"{slug}-{line['id'] or line.row}" if slug in taken else slug


def _split(cell: str) -> list[str]:
    """The parts of a cell between commas, at least one; a comma inside a part is escaped."""
    return [words.plain(part.replace("\\,", ",")) for part in _COMMA.split(cell)]


def _first_category(cell: str) -> str:
    return _split(cell)[0].rpartition(">")[2].strip()
