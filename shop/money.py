"""Money is an int of minor units and an ISO 4217 currency; there is one rounding rule and no float anywhere."""

from msgspec import Struct

_EXPONENTS = {"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3} | dict.fromkeys(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0
)
MAX_AMOUNT = 10**12
"""The largest amount that the shop handles, in minor units."""


class Money(Struct, frozen=True):
    """An amount in minor units (cents for EUR, yen for JPY) and its currency."""

    amount: int
    currency: str


def exponent(currency: str) -> int:
    """How many decimals the currency has: 0, 2 or 3 (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


def decimal_text(amount: int, currency: str) -> str:
    """The amount as plain decimal text without a symbol: 2800 EUR is "28.00". For feeds of machines, not people."""
    digits = exponent(currency)
    if digits == 0:
        return str(amount)
    whole, part = divmod(abs(amount), 10**digits)
    return f"{'-' if amount < 0 else ''}{whole}.{part:0{digits}d}"


def restated(amount: int, before: str, after: str) -> int:
    """The amount that reads as the same number in another currency: 28.50 EUR is 28.50 USD, 29 JPY and 28.500 KWD.

    Decimals that the other currency has not are rounded, halves up. Nothing is converted.
    """
    more = exponent(after) - exponent(before)
    if more >= 0:
        return min(amount * int(10**more), MAX_AMOUNT)
    unit = int(10 ** abs(more))
    return (amount + unit // 2) // unit
