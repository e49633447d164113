"""Single values out of merchants' files: prices, quantities, flags, addresses. What can be read in two ways is refused."""

import re
from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import urlsplit

from shop.money import decimal_text, exponent
from shop.stock import MAX_ON_HAND

MAX_PRICE = 10**9
"""In minor units: ten million euros, a billion yen. More is a slip of the keyboard."""

MAX_URL = 2000
MAX_NAME = 300
MAX_SHOWN = 60
MAX_CLASS = 40
MAX_GRAMS = 10_000_000
"""Ten tonnes of one thing."""

_DECIMAL = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,6}))?")
_WHOLE = re.compile(r"-?[0-9]{1,15}(?:\.0{1,6})?")
_YES = frozenset(("true", "1", "yes"))
_NO = frozenset(("false", "0", "no", "-1"))


class BadCell(ValueError):
    """A cell that can't be taken; the message is the reason, for people."""


def price(text: str, currency: str) -> int:
    """A price above zero in minor units; raises BadCell."""
    if text.startswith("-"):
        raise BadCell(f"{_cut(text)} is below zero")
    digits = exponent(currency)
    found = _DECIMAL.fullmatch(text)
    if not found:
        raise BadCell(_misread(text))
    part = (found[2] or "").rstrip("0")
    if len(part) > digits:
        many = f"more than {digits} decimals" if digits else "decimals"
        raise BadCell(f"{text} has {many}, which {currency} doesn't have")
    amount = int(Decimal(f"{found[1]}.{part or 0}").scaleb(digits))
    if amount == 0:
        raise BadCell("a price must be above zero")
    if amount > MAX_PRICE:
        raise BadCell(
            f"{text} is above {decimal_text(MAX_PRICE, currency)} {currency}, the highest price that is taken"
        )
    return amount


def _cut(text: str) -> str:
    """The cell, or its beginning: a list of faults is to be read."""
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _misread(text: str) -> str:
    text = _cut(text)
    if re.fullmatch(r"[0-9.,' …]+", text):
        return f"{text} can be read in two ways; write it with a point for decimals and nothing else, such as 1299.00"
    return f"{text!r} is not a price; write the number alone, such as 1299.00"


def units(text: str) -> int:
    """A quantity; what was oversold elsewhere (below zero) is nothing here. Raises BadCell."""
    if not _WHOLE.fullmatch(text):
        raise BadCell(f"{_cut(text)!r} is not a whole number")
    count = int(text.partition(".")[0])
    if count > MAX_ON_HAND:
        raise BadCell(f"{text} is above {MAX_ON_HAND}, the most that is taken")
    return max(0, count)


def weight(text: str) -> int:
    """A weight in whole grams; raises BadCell."""
    return grams(text, 1)


def grams(text: str, unit: float) -> int:
    """A weight in a unit of so many grams, as whole grams: "0.34" of 1000 is 340. Raises BadCell."""
    found = _DECIMAL.fullmatch(text)
    if not found:
        raise BadCell(f"{_cut(text)!r} is not a weight; write the number alone, such as 340")
    whole = int((Decimal(f"{found[1]}.{found[2] or 0}") * Decimal(str(unit))).to_integral_value(ROUND_HALF_UP))
    if whole > MAX_GRAMS:
        raise BadCell(f"{_cut(text)} is above {MAX_GRAMS // 1000} kg, the most that is taken")
    return whole


def tax_class(text: str) -> str:
    """The code of a tax class; raises BadCell."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text) or len(text) > MAX_CLASS:
        raise BadCell(
            f"{_cut(text)!r} is no tax class; write standard, reduced or zero, or the code of one of your own"
        )
    return text


def flag(text: str) -> bool:
    """Yes or no; raises BadCell."""
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise BadCell(f"{_cut(text)!r} is neither TRUE nor FALSE")


def image(text: str) -> str:
    """The https address of a photograph; raises BadCell."""
    try:
        parts = urlsplit(text)
        good = parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        good = False
    if not good or len(text) > MAX_URL or re.search(r"[\s\"<>\\^`{|}\x00-\x1f\x7f]", text):
        raise BadCell(f"{text[:100]!r} is not an https:// address of a picture")
    return "https://" + text[len("https://") :]


def own_image(text: str) -> str:
    """What an image of this shop is called, a drawing's name or "picture:" and a digest; raises BadCell."""
    if not re.fullmatch(r"[A-Za-z0-9._:-]{1,100}", text):
        raise BadCell(f"{_cut(text)!r} is no picture of this shop")
    return text


def name(text: str) -> str:
    """Words of a line's length; raises BadCell."""
    if len(text) > MAX_NAME:
        raise BadCell(f"has {len(text)} characters, and up to {MAX_NAME} are taken")
    return text
