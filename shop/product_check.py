"""Looking over a product's form: it becomes a sheet, or all that is wrong with it is said at once, each in its field."""

import re
from collections.abc import Collection, Sequence
from typing import TypeVar

from shop.errors import InvalidFields
from shop.ids import VARIANT_ID_LENGTH, VARIANT_LETTERS, VariantId
from shop.imports import cells, words
from shop.prices import BadCell, typed
from shop.product_form import MAX_VARIANTS, PictureRow, ProductForm, VariantRow
from shop.product_sheet import SEPARATOR, Sheet, SheetPicture, SheetVariant, in_order

MAX_NAME = 200
MAX_LINE = 300
MAX_VALUE = 100
MAX_KEYWORDS = 1000
MAX_TEXT = 20_000
MAX_PER_CUSTOMER = 9_999

R = TypeVar("R", PictureRow, VariantRow)

_LINES = {"name": MAX_NAME, "line": MAX_LINE, "maker": MAX_NAME, "heading": MAX_LINE, "keywords": MAX_KEYWORDS}
_ID = re.compile(f"[{VARIANT_LETTERS}]{{{VARIANT_ID_LENGTH}}}|[A-Za-z0-9]{{1,16}}")


def checked(form: ProductForm, currency: str, categories: Collection[str]) -> tuple[Sheet, dict[VariantId, int]]:
    """The sheet that the form asks for, and what is on hand of new variants; raises InvalidFields, naming each field."""
    return _Check(form, currency).sheet(categories)


class _Check:
    """One look over a form, which gathers what is wrong with it."""

    def __init__(self, form: ProductForm, currency: str) -> None:
        self._form = form
        self._currency = currency
        self._faults: dict[str, str] = {}

    def sheet(self, categories: Collection[str]) -> tuple[Sheet, dict[VariantId, int]]:
        form = self._form
        lines = {name: self._line(name, getattr(form, name), most) for name, most in _LINES.items()}
        if not lines["name"] and "name" not in self._faults:
            self._faults["name"] = "Give it a name."
        if form.category not in categories:
            self._faults["category"] = "Choose a category."
        if len(form.text) > MAX_TEXT:
            self._faults["text"] = f"Up to {MAX_TEXT:,} characters, please; these are {len(form.text):,}."
        self._tax_class(form.tax_class)
        per_customer = self._per_customer()
        names = self._options()
        facts = self._facts()
        pictures = self._pictures()
        units: dict[VariantId, int] = {}
        variants = self._variants(len(names), [picture.image for picture in pictures], units)
        if self._faults:
            raise InvalidFields(fields=self._faults)
        sheet = Sheet(
            **lines,
            category=form.category,
            text=tuple(part for part in (words.plain(part) for part in re.split(r"\n\s*\n", form.text)) if part),
            facts=facts,
            visible=form.visible,
            option=SEPARATOR.join(names),
            pictures=pictures,
            variants=variants,
            tax_class=form.tax_class,
            per_customer=per_customer,
        )
        return sheet, units

    def _line(self, name: str, text: str, most: int) -> str:
        found = words.plain(text)
        if len(found) > most:
            self._faults[name] = f"Up to {most} characters, please; these are {len(found)}."
        return found

    def _per_customer(self) -> int | None:
        """How many one customer can buy; None for any number."""
        typed_limit = self._form.per_customer.strip()
        if not typed_limit:
            return None
        if not re.fullmatch(r"[1-9][0-9]{0,3}", typed_limit):
            self._faults["per_customer"] = f"A whole number from 1 to {MAX_PER_CUSTOMER}, or nothing for no limit."
            return None
        return int(typed_limit)

    def _options(self) -> list[str]:
        """The names of the options, without gaps."""
        found = [self._line(f"option{n}", name, MAX_VALUE) for n, name in enumerate(self._form.options)]
        while found and not found[-1]:
            found.pop()
        valued = [row.values for row in self._form.variants if not row.blank and not row.retired]
        used = max((n for values in valued for n, value in enumerate(values, 1) if value.strip()), default=0)
        found += [""] * (used - len(found))
        for n, name in enumerate(found):
            if not name:
                self._faults[f"option{n}"] = "What do they differ in here? Say Colour, or Size; or clear the values."
            elif len(found) > 1 and SEPARATOR.strip() in name.split():
                self._faults[f"option{n}"] = "A name can't have a lone slash in it: it stands between options."
            elif name.casefold() in (other.casefold() for other in found[:n]):
                self._faults[f"option{n}"] = "Two options can't have one name."
        return found

    def _facts(self) -> tuple[tuple[str, str], ...]:
        found = []
        for n, row in enumerate(self._form.facts):
            label = self._line(f"fact{n}-label", row.label, MAX_VALUE)
            value = self._line(f"fact{n}-value", row.value, MAX_LINE)
            if label and value:
                found.append((label, value))
            elif label or value:
                self._faults[f"fact{n}-{'value' if label else 'label'}"] = "A fact needs both a label and a value."
        return tuple(found)

    def _pictures(self) -> tuple[SheetPicture, ...]:
        kept = [(n, row) for n, row in enumerate(self._form.pictures) if not row.remove]
        placed = self._placed(kept, "pic")
        found = {row.image: SheetPicture(row.image, self._line(f"pic{n}-alt", row.alt, MAX_LINE)) for n, row in placed}
        return tuple(found.values())

    def _variants(self, options: int, images: Sequence[str], units: dict[VariantId, int]) -> tuple[SheetVariant, ...]:
        rows = [(n, row) for n, row in enumerate(self._form.variants) if not row.blank]
        for_sale = sum(not row.retired for _, row in rows)
        if not for_sale:
            self._faults["variants"] = "Something must be for sale: give it a price, or hide the product."
        elif for_sale > MAX_VARIANTS:
            self._faults["variants"] = f"Up to {MAX_VARIANTS} variants, please."
        placed = self._placed(rows, "v")
        found = [self._variant(f"v{n}", row, options, images, units) for n, row in placed]
        self._tell_apart([(f"v{n}", v) for (n, _), v in zip(placed, found, strict=True)], options)
        if len({variant.id for variant in found}) < len(found) or not all(_ID.fullmatch(v.id) for v in found):
            self._faults["variants"] = "The rows of variants are mixed up. Open the page again."
        return in_order(found)

    def _variant(
        self, name: str, row: VariantRow, options: int, images: Sequence[str], units: dict[VariantId, int]
    ) -> SheetVariant:
        values = (
            [value for value in map(words.plain, row.values) if value]
            if row.retired
            else [self._value(f"{name}-value{n}", row.values[n], options) for n in range(options)]
        )
        price = self._price(f"{name}-price", row.price)
        was = self._price(f"{name}-was", row.was) if row.was.strip() else None
        if was is not None and price is not None and was <= price:
            self._faults[f"{name}-was"] = "An earlier price is above the price. Clear it when nothing is off."
        if row.new:
            units[row.id] = self._units(f"{name}-units", row.units)
        first = images[0] if images else ""
        return SheetVariant(
            id=row.id,
            value=SEPARATOR.join(values),
            sku=self._line(f"{name}-sku", row.sku, MAX_VALUE),
            price=price or 0,
            was=was,
            image=row.image if row.image in images else first,
            retired=row.retired,
            weight=self._weight(f"{name}-weight", row.weight),
            backorder=row.backorder,
        )

    def _value(self, name: str, text: str, options: int) -> str:
        value = self._line(name, text, MAX_VALUE)
        if options > 1 and SEPARATOR.strip() in value.split():
            self._faults[name] = "A value can't have a lone slash in it: it stands between options."
        elif not value:
            self._faults[name] = "Say which one this is."
        return value

    def _tell_apart(self, found: Sequence[tuple[str, SheetVariant]], options: int) -> None:
        """Two that are for sale must differ in their options; without options there is only one."""
        seen: set[str] = set()
        for name, variant in found:
            if variant.retired:
                continue
            if variant.value.casefold() in seen:
                field_name = f"{name}-value0" if options else "option0"
                self._faults.setdefault(
                    field_name,
                    "There is another one of this kind."
                    if options
                    else "Several variants need an option that tells them apart, such as Colour.",
                )
            seen.add(variant.value.casefold())

    def _price(self, name: str, text: str) -> int | None:
        if not text.strip():
            self._faults[name] = "What does it cost?"
            return None
        try:
            return typed(text, self._currency)
        except BadCell as bad:
            self._faults[name] = _sentence(str(bad))
            return None

    def _units(self, name: str, text: str) -> int:
        try:
            if text.strip().startswith("-"):
                raise BadCell("there can't be fewer than none")
            return cells.units(text.strip() or "0")
        except BadCell as bad:
            self._faults[name] = _sentence(str(bad))
            return 0

    def _weight(self, name: str, text: str) -> int:
        try:
            return cells.weight(text.strip().lower().removesuffix("g").strip() or "0")
        except BadCell as bad:
            self._faults[name] = _sentence(str(bad))
            return 0

    def _tax_class(self, code: str) -> None:
        try:
            cells.tax_class(code)
        except BadCell:
            self._faults["tax_class"] = "Choose one of the list."

    def _placed(self, rows: Sequence[tuple[int, R]], kind: str) -> list[tuple[int, R]]:
        """The numbered rows in the order of the places that were typed.

        A row that was moved up stands before the one whose place it took, and a row that was moved down after it.
        """

        def key(row: tuple[int, R]) -> tuple[float, int, int]:
            n, wish = row[0], row[1].place.strip()
            if not wish:
                return float("inf"), 0, n
            if not re.fullmatch(r"[0-9]{1,4}", wish):
                self._faults[f"{kind}{n}-place"] = "A whole number, please."
                return float("inf"), 0, n
            before = n + 1
            return int(wish), (int(wish) > before) - (int(wish) < before), n

        return sorted(rows, key=key)


def _sentence(reason: str) -> str:
    return f"{reason[0].upper()}{reason[1:]}."
