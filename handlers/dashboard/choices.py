"""What a merchant can choose from: locales with what they look like, time zones, and currencies in use."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global
from babel.dates import format_date
from babel.numbers import format_currency, get_currency_name, get_territory_currencies

from shop.shopfront import LOCALES

SAMPLE_DAY = date(2026, 11, 25)
SAMPLE_AMOUNT = Decimal("1234.50")

Choice = tuple[str, str]
"""What is stored, and what people read."""


@cache
def timezones() -> frozenset[str]:
    """The names of the world's time zones, without abbreviations and offsets: Europe/Brussels, and UTC."""
    return frozenset(
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix"))
    ) | {"UTC"}


@cache
def timezone_choices() -> Sequence[Choice]:
    return [(name, name.replace("_", " ")) for name in sorted(timezones())]


@cache
def locale_choices(currency: str) -> Sequence[Choice]:
    """Each locale by its English name, with an amount and a day as it writes them."""
    found = []
    for name in LOCALES:
        looks = f"{format_currency(SAMPLE_AMOUNT, currency, locale=name)}, {format_date(SAMPLE_DAY, locale=name)}"
        found.append((name, f"{Locale.parse(name).get_display_name('en')}: {looks}"))
    return sorted(found, key=lambda choice: choice[1])


@cache
def currencies() -> frozenset[str]:
    """ISO 4217 codes of the money that people pay with somewhere today."""
    return frozenset(code for land in get_global("territory_currencies") for code in get_territory_currencies(land))


@cache
def currency_choices() -> Sequence[Choice]:
    return sorted(((code, currency_name(code)) for code in currencies()), key=lambda choice: choice[1])


def currency_name(code: str) -> str:
    """The currency's English name and code: US Dollar (USD)."""
    return f"{get_currency_name(code, locale='en')} ({code})"
