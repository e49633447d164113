"""The form of a product: text as it was typed, which becomes a sheet, or comes back with what is wrong in each field.

Fields have flat names: `name`, `fact0-label`, `pic2-alt`, `v1-price`; rows that are left empty are no rows.
"""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from shop.ids import VariantId, new_variant_id
from shop.money import decimal_text
from shop.product_sheet import SEPARATOR, Sheet, SheetVariant
from shop.taxes import STANDARD

MAX_OPTIONS = 3
MAX_VARIANTS = 250
MAX_PICTURES = 24
MAX_FACTS = 40
SPARE_ROWS = 2
"""Empty rows below the filled ones, for whoever has no scripts to add them."""

_LINES = ("name", "line", "maker", "heading", "keywords")


class FactRow(Struct):
    label: str = ""
    value: str = ""


class PictureRow(Struct):
    """A picture, its words, and its place as typed; `remove` when it is to be taken off the page."""

    image: str
    alt: str = ""
    place: str = ""
    remove: bool = False


class VariantRow(Struct):
    """A variant as typed. `units` is what is on hand of a new one; `new` when the books don't have it yet."""

    id: VariantId
    values: list[str]
    sku: str = ""
    price: str = ""
    was: str = ""
    image: str = ""
    place: str = ""
    units: str = ""
    weight: str = ""
    new: bool = False
    retired: bool = False
    backorder: bool = False

    @property
    def blank(self) -> bool:
        """A new row that nobody wrote anything in, or that was taken away again."""
        return self.new and (self.retired or not any((*self.values, self.sku, self.price, self.was, self.units)))


class ProductForm(Struct):
    """The form; `slug` is asked for new products only."""

    name: str = ""
    slug: str = ""
    line: str = ""
    maker: str = ""
    category: str = ""
    heading: str = ""
    text: str = ""
    keywords: str = ""
    visible: bool = True
    tax_class: str = STANDARD
    per_customer: str = ""
    options: list[str] = field(default_factory=lambda: [""] * MAX_OPTIONS)
    facts: list[FactRow] = field(default_factory=list)
    pictures: list[PictureRow] = field(default_factory=list)
    variants: list[VariantRow] = field(default_factory=list)

    def with_spares(self, facts: int = SPARE_ROWS, variants: int = 1) -> "ProductForm":
        """The form with so many empty rows below the filled ones."""
        kept_facts = [row for row in self.facts if row.label or row.value]
        kept = [row for row in self.variants if not row.blank]
        first = self.pictures[0].image if self.pictures else ""
        return replace(
            self,
            facts=kept_facts + [FactRow() for _ in range(max(0, min(facts, MAX_FACTS - len(kept_facts))))],
            variants=kept + [blank_row(first) for _ in range(max(0, min(variants, MAX_VARIANTS - len(kept))))],
        )


def blank_row(image: str = "") -> VariantRow:
    return VariantRow(new_variant_id(), [""] * MAX_OPTIONS, image=image, new=True)


def of(sheet: Sheet, currency: str) -> ProductForm:
    """The sheet as a form."""
    names = _names(sheet)
    return ProductForm(
        name=sheet.name,
        line=sheet.line,
        maker=sheet.maker,
        category=sheet.category,
        heading=sheet.heading,
        text="\n\n".join(sheet.text),
        keywords=sheet.keywords,
        visible=sheet.visible,
        tax_class=sheet.tax_class,
        per_customer="" if sheet.per_customer is None else str(sheet.per_customer),
        options=[*names, *[""] * (MAX_OPTIONS - len(names))],
        facts=[FactRow(label, value) for label, value in sheet.facts],
        pictures=[PictureRow(p.image, p.alt, str(n)) for n, p in enumerate(sheet.pictures, 1)],
        variants=[_row(v, n, len(names), currency) for n, v in enumerate(sheet.variants, 1)],
    )


def read(fields: Sequence[tuple[str, str]]) -> ProductForm:
    """The form in these fields; what it doesn't know it passes over."""
    said = dict(fields)
    return ProductForm(
        **{name: said.get(name, "") for name in (*_LINES, "slug", "category", "text", "per_customer")},
        visible="visible" in said,
        tax_class=said.get("tax_class", STANDARD),
        options=[said.get(f"option{n}", "") for n in range(MAX_OPTIONS)],
        facts=[FactRow(said[f"{row}-label"], said.get(f"{row}-value", "")) for row in _rows(said, "fact", "label")],
        pictures=[_picture_row(said, row) for row in _rows(said, "pic", "image")],
        variants=[_variant_row(said, row) for row in _rows(said, "v", "id")],
    )


def _names(sheet: Sheet) -> list[str]:
    """The names of the options, taken apart where every variant has a value for each of them; else as one."""
    names = sheet.option.split(SEPARATOR) if sheet.option else []
    fits = len(names) <= MAX_OPTIONS and all(len(_parts(v.value, len(names))) == len(names) for v in sheet.for_sale)
    if len(names) > 1 and all(names) and fits:
        return names
    if sheet.option or any(variant.value for variant in sheet.variants):
        return [sheet.option]
    return []


def _parts(value: str, count: int) -> list[str]:
    """A variant's values of so many options; all of it as one where it has more than a form takes."""
    parts = value.split(SEPARATOR) if count > 1 else [value]
    return parts if len(parts) <= MAX_OPTIONS else [value]


def _row(variant: SheetVariant, place: int, options: int, currency: str) -> VariantRow:
    parts = _parts(variant.value, options)
    return VariantRow(
        id=variant.id,
        values=[*parts, *[""] * (MAX_OPTIONS - len(parts))],
        sku=variant.sku,
        price=decimal_text(variant.price, currency),
        was="" if variant.was is None else decimal_text(variant.was, currency),
        image=variant.image,
        place=str(place),
        weight=str(variant.weight) if variant.weight else "",
        retired=variant.retired,
        backorder=variant.backorder,
    )


def _rows(said: Mapping[str, str], kind: str, first: str) -> list[str]:
    """The names of the rows of a kind, each known by its first field, in their order."""
    numbers = (re.fullmatch(rf"{kind}([0-9]{{1,4}})-{first}", name) for name in said)
    return [f"{kind}{number}" for number in sorted(int(found[1]) for found in numbers if found)]


def _picture_row(said: Mapping[str, str], name: str) -> PictureRow:
    return PictureRow(
        image=said[f"{name}-image"],
        alt=said.get(f"{name}-alt", ""),
        place=said.get(f"{name}-place", ""),
        remove=f"{name}-remove" in said,
    )


def _variant_row(said: Mapping[str, str], name: str) -> VariantRow:
    return VariantRow(
        id=VariantId(said[f"{name}-id"]),
        values=[said.get(f"{name}-value{n}", "") for n in range(MAX_OPTIONS)],
        sku=said.get(f"{name}-sku", ""),
        price=said.get(f"{name}-price", ""),
        was=said.get(f"{name}-was", ""),
        image=said.get(f"{name}-image", ""),
        place=said.get(f"{name}-place", ""),
        units=said.get(f"{name}-units", ""),
        weight=said.get(f"{name}-weight", ""),
        new=f"{name}-new" in said,
        retired=f"{name}-retired" in said,
        backorder=f"{name}-backorder" in said,
    )
