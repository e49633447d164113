"""How amounts and times are written: amounts for people, times as RFC 3339."""

from datetime import UTC, datetime

_NO_DECIMALS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
_THREE_DECIMALS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}


def amount(minor_units: int, currency: str) -> str:
    """`€1,230.50` for 123050 EUR, `1,230.50 CHF` where the currency has no sign here. Exponents are ISO 4217's."""
    exponent = 0 if currency in _NO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2
    whole, part = divmod(minor_units, 10**exponent)
    figure = f"{whole:,}" + (f".{part:0{exponent}}" if exponent else "")
    sign = _SIGNS.get(currency)
    return f"{sign}{figure}" if sign else f"{figure} {currency}"


def moment(at_ms: int) -> str:
    """Milliseconds since 1970 as an RFC 3339 time in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
