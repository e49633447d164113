"""The form of taxes: rates as they were typed, which become Taxes, or come back with what is wrong in each field.

Fields have flat names: `c0-name` for a class of the merchant's own, `r1-country` for a row of rates, and `r1-standard`,
`r1-reduced` and `r1-c0` for its rates. A rate that is left empty is the standard one.
"""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from shop import countries
from shop.customers import name_fault
from shop.errors import InvalidFields
from shop.imports import words
from shop.pricing import RATE_WHOLE, rate_text
from shop.taxes import BUILT_IN, ELSEWHERE, REDUCED, STANDARD, Rates, TaxClass, Taxes

MAX_CLASSES = 8
MAX_NAME = 40
MAX_COUNTRIES = len(countries.everyone()) + 1

_FIELD = re.compile(r"(r|c)(\d{1,3})-(\w+)")
_RATE = re.compile(r"(\d{1,3})(?:[.,](\d{1,3}))?\s*%?")


class ClassRow(Struct):
    """A class of the merchant's own as typed; `code` is empty for a new one."""

    code: str = ""
    name: str = ""


class RatesRow(Struct):
    """A country's rates as typed, by "standard", "reduced" and the places of the own classes: "c0"."""

    country: str = ""
    rates: dict[str, str] = field(default_factory=dict)


class TaxForm(Struct):
    included: bool = True
    home: str = ""
    add: str = ""
    """A country that is chosen in the list and has no row yet."""
    classes: list[ClassRow] = field(default_factory=list)
    rows: list[RatesRow] = field(default_factory=list)

    @property
    def columns(self) -> list[tuple[str, str]]:
        """The classes that have rates: the names of their fields, and what they are called."""
        own = [(f"c{n}", row.name.strip() or f"Class {n + 1}") for n, row in enumerate(self.classes)]
        return [(found.code, found.name) for found in BUILT_IN[:2]] + own


def of(found: Taxes) -> TaxForm:
    """The taxes as a form, with the row for everywhere else at its end."""
    places = {STANDARD: STANDARD, REDUCED: REDUCED} | {own.code: f"c{n}" for n, own in enumerate(found.own)}
    by_country = {row.country: row for row in found.countries}
    elsewhere = by_country.pop(ELSEWHERE, Rates(ELSEWHERE, ((STANDARD, 0),)))
    rows = [
        RatesRow(row.country, {places[code]: rate_text(rate)[:-2] for code, rate in row.rates if code in places})
        for row in (*by_country.values(), elsewhere)
    ]
    return TaxForm(found.included, found.home, "", [ClassRow(own.code, own.name) for own in found.own], rows)


def knows(name: str) -> bool:
    """Whether a field of this name is one of the form's."""
    return name in ("included", "home", "add") or _FIELD.fullmatch(name) is not None


def read(fields: Sequence[tuple[str, str]]) -> TaxForm:
    """The form in these fields; what it doesn't know it passes over."""
    said = dict(fields)
    classes: dict[int, ClassRow] = {}
    rows: dict[int, RatesRow] = {}
    for name, value in said.items():
        found = _FIELD.fullmatch(name)
        if found is None:
            continue
        kind, number, key = found[1], int(found[2]), found[3]
        if kind == "c" and key in ("code", "name"):
            setattr(classes.setdefault(number, ClassRow()), key, value)
        elif kind == "r" and key == "country":
            rows.setdefault(number, RatesRow()).country = value
        elif kind == "r":
            rows.setdefault(number, RatesRow()).rates[key] = value
    return TaxForm(
        said.get("included") != "no",
        said.get("home", ""),
        said.get("add", ""),
        [row for _, row in sorted(classes.items())],
        [row for _, row in sorted(rows.items())],
    )


def act(form: TaxForm, wish: str) -> str:
    """Does what a button of the form asks ("class", "country", "drop:r1", "drop:c0"); answers where the reader goes on."""
    added = _take_in(form)
    kind, _, where = wish.partition(":")
    number = int(where[1:]) if re.fullmatch(r"[rc]\d{1,3}", where) else -1
    if kind == "class" and len(form.classes) < MAX_CLASSES:
        form.classes.append(ClassRow())
        return f"c{len(form.classes) - 1}-name"
    if kind == "drop" and where.startswith("c") and 0 <= number < len(form.classes):
        del form.classes[number]
        for row in form.rows:
            own = [row.rates.get(f"c{n}", "") for n in range(len(form.classes) + 1)]
            del own[number]
            kept = {name: rate for name, rate in row.rates.items() if name in (STANDARD, REDUCED)}
            row.rates = kept | {f"c{n}": rate for n, rate in enumerate(own)}
        return "add"
    if kind == "drop" and 0 <= number < len(form.rows) and form.rows[number].country != ELSEWHERE:
        del form.rows[number]
        return "add"
    return added or ("add" if kind == "country" else "")


def _take_in(form: TaxForm) -> str:
    """A country that is chosen in the list gets a row, before that of everywhere else; answers its first field."""
    code, form.add = form.add, ""
    if code not in countries.everyone() or any(row.country == code for row in form.rows):
        return ""
    place = next((n for n, row in enumerate(form.rows) if row.country == ELSEWHERE), len(form.rows))
    form.rows.insert(place, RatesRow(code))
    return f"r{place}-standard"


def checked(form: TaxForm) -> Taxes:
    """The taxes that the form asks for; raises InvalidFields, naming each field."""
    _take_in(form)
    faults: dict[str, str] = {}
    own = _classes(form.classes, faults)
    if form.home not in countries.everyone():
        faults["home"] = "Choose a country of the list."
    codes = {STANDARD: STANDARD, REDUCED: REDUCED} | {f"c{n}": found.code for n, found in enumerate(own)}
    seen: set[str] = set()
    rows = []
    for n, row in enumerate(form.rows[:MAX_COUNTRIES]):
        if row.country in seen or (row.country not in countries.everyone() and row.country != ELSEWHERE):
            faults[f"r{n}-standard"] = "Choose countries of the list, each once."
        seen.add(row.country)
        rows.append(Rates(row.country, _rates(f"r{n}", row.rates, codes, faults)))
    if faults:
        raise InvalidFields(fields=faults)
    return Taxes(form.included, form.home, own, tuple(rows))


def _classes(rows: Sequence[ClassRow], faults: dict[str, str]) -> tuple[TaxClass, ...]:
    found: list[TaxClass] = []
    if len(rows) > MAX_CLASSES:
        faults["classes"] = f"Up to {MAX_CLASSES} classes of your own, please."
    for n, row in enumerate(rows):
        taken = {known.code: known.name for known in (*BUILT_IN, *found)}
        if fault := name_fault(row.name, "a name, such as Books", MAX_NAME):
            faults[f"c{n}-name"] = fault
        elif row.name.strip().casefold() in (name.casefold() for name in taken.values()):
            faults[f"c{n}-name"] = "There is a class of this name already."
        code = row.code if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row.code) else ""
        code = (code or words.slug(row.name) or f"class-{n + 1}")[:MAX_NAME].strip("-")
        while code in taken:
            code = f"{code[: MAX_NAME - 2]}-2"
        found.append(TaxClass(code, row.name.strip()))
    return tuple(found)


def _rates(
    name: str, rates: Mapping[str, str], codes: Mapping[str, str], faults: dict[str, str]
) -> tuple[tuple[str, int], ...]:
    found = []
    for place, code in codes.items():
        text = rates.get(place, "").strip()
        if text:
            rate = _rate(text)
            if rate is None:
                faults[f"{name}-{place}"] = "A percentage from 0 to 100, such as 21 or 5.5."
            found.append((code, rate or 0))
        elif place == STANDARD:
            faults[f"{name}-{place}"] = "How much? 0 is no tax."
    return tuple(found)


def _rate(text: str) -> int | None:
    """Thousandths of a percent; None for what is no percentage."""
    found = _RATE.fullmatch(text)
    if found is None:
        return None
    rate = int(found[1]) * 1000 + int((found[2] or "").ljust(3, "0"))
    return rate if rate <= RATE_WHOLE else None
