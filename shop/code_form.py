"""The form of a promotion code: as staff typed it, and the terms that it asks for."""

import re
from datetime import UTC, datetime, tzinfo

from msgspec import Struct

from shop import prices
from shop.codes import MAX_LENGTH, Kind, Terms, fold
from shop.errors import InvalidFields
from shop.money import decimal_text
from shop.pricing import RATE_WHOLE, rate_text

MIN_LENGTH = 3
MAX_USES = 1_000_000_000
YEARS = range(2000, 3000)
LOCAL = "%Y-%m-%dT%H:%M"
"""A time as the browser's field has it, in the shop's time zone."""

_ALLOWED = re.compile(r"[\w-]+")
_PERCENT = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]{1,3}))?")


class CodeForm(Struct, frozen=True, forbid_unknown_fields=True):
    """What the page sends. `command` is new on every page that is drawn, and `version` what the page was drawn from."""

    command: str = ""
    version: int = 0
    code: str = ""
    kind: str = Kind.PERCENTAGE.value
    percent: str = ""
    amount: str = ""
    delivery: str = ""
    minimum: str = ""
    starts: str = ""
    ends: str = ""
    limit: str = ""
    each: str = ""


def of(code: str, version: int, terms: Terms, currency: str, zone: tzinfo) -> CodeForm:
    """The form of a code that stands."""
    return CodeForm(
        version=version,
        code=code,
        kind=terms.kind.value,
        percent=rate_text(terms.value).removesuffix(" %") if terms.kind is Kind.PERCENTAGE else "",
        amount=decimal_text(terms.value, currency) if terms.kind is Kind.AMOUNT else "",
        delivery="free" if terms.delivery else "",
        minimum=decimal_text(terms.minimum, currency) if terms.minimum else "",
        starts=terms.starts_at.astimezone(zone).strftime(LOCAL) if terms.starts_at else "",
        ends=terms.ends_at.astimezone(zone).strftime(LOCAL) if terms.ends_at else "",
        limit="" if terms.limit is None else str(terms.limit),
        each="" if terms.each is None else str(terms.each),
    )


def name(form: CodeForm) -> tuple[str, str]:
    """The code's name as it would be stored, and what is wrong with it ("" when nothing)."""
    found = fold(form.code)
    if len(found) < MIN_LENGTH:
        return found, f"From {MIN_LENGTH} to {MAX_LENGTH} letters and digits, please."
    if not _ALLOWED.fullmatch(found):
        return found, "Letters, digits and hyphens, please."
    return found, ""


def terms(form: CodeForm, currency: str, zone: tzinfo) -> Terms:
    """The terms that the form asks for; raises InvalidFields, naming each field."""
    reader = _Reader(currency, zone)
    kind = Kind(form.kind) if form.kind in set(Kind) else None
    if kind is None:
        reader.faults["kind"] = "Choose what it does."
    value = 0
    if kind is Kind.PERCENTAGE:
        value = reader.percent("percent", form.percent)
    if kind is Kind.AMOUNT:
        value = reader.amount("amount", form.amount, "How much does it take off?")
    found = Terms(
        kind=kind or Kind.DELIVERY,
        value=value,
        delivery=kind is not Kind.DELIVERY and form.delivery == "free",
        minimum=reader.amount("minimum", form.minimum) if form.minimum.strip() else 0,
        starts_at=reader.time("starts", form.starts),
        ends_at=reader.time("ends", form.ends),
        limit=reader.count("limit", form.limit),
        each=reader.count("each", form.each),
    )
    if found.starts_at and found.ends_at and found.ends_at <= found.starts_at and "ends" not in reader.faults:
        reader.faults["ends"] = "It has to end after it begins."
    if reader.faults:
        raise InvalidFields(fields=reader.faults)
    return found


class _Reader:
    """Reads fields, and notes what is wrong with each."""

    def __init__(self, currency: str, zone: tzinfo) -> None:
        self.faults: dict[str, str] = {}
        self._currency = currency
        self._zone = zone

    def percent(self, field: str, text: str) -> int:
        found = _PERCENT.fullmatch(text.strip().removesuffix("%").strip())
        rate = int(found[1]) * 1_000 + int((found[2] or "").ljust(3, "0")) if found else 0
        if not 0 < rate <= RATE_WHOLE:
            self.faults[field] = "Up to 100, such as 12.5."
        return rate

    def amount(self, field: str, text: str, missing: str = "") -> int:
        """An amount; without a word for it when it is `missing`, none is nothing."""
        if not text.strip().strip("0.,"):
            if missing:
                self.faults[field] = missing
            return 0
        try:
            return prices.typed(text, self._currency)
        except prices.BadCell as bad:
            why = str(bad).rstrip(".")
            self.faults[field] = f"{why[:1].upper()}{why[1:]}."
            return 0

    def time(self, field: str, text: str) -> datetime | None:
        if not text.strip():
            return None
        try:
            found = datetime.strptime(text.strip()[: len("2026-11-25T09:00")], LOCAL)  # noqa: DTZ007  the zone is the shop's
        except ValueError:
            found = datetime.min  # noqa: DTZ901  as good as unreadable
        if found.year not in YEARS:
            self.faults[field] = "A day and a time, please, such as 2026-11-25T09:00."
            return None
        return found.replace(tzinfo=self._zone).astimezone(UTC)

    def count(self, field: str, text: str) -> int | None:
        plain = text.strip()
        if not plain:
            return None
        if not (
            plain.isascii() and plain.isdecimal() and len(plain) <= len(str(MAX_USES)) and 0 < int(plain) <= MAX_USES
        ):
            self.faults[field] = "A whole number above nothing, please; or leave it empty."
            return None
        return int(plain)
