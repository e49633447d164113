"""Prices as people type them: what can be read in one way only is taken, and anything else comes back with the reason."""

import re

from shop.imports.cells import BadCell, price
from shop.money import exponent

_EXAMPLES = {2: "1299.00", 3: "1299.000"}
_TWO_WAYS = re.compile(r"[0-9][0-9.,' ]*[,' ][0-9.,' ]*")
_COMMA = re.compile(r"[0-9]+,[0-9]{1,2}")


def typed(text: str, currency: str) -> int:
    """The price in minor units; raises BadCell.

    A sign or the currency's own code may stand beside it. A comma is taken for decimals where nothing else can be meant
    ("12,50"); "1.299,00" and "1,299" are refused.
    """
    number = re.sub(rf"^\s*{currency}|{currency}\s*$", "", text, flags=re.IGNORECASE).strip()
    number = number.strip("€$£¥₩₹ \u00a0")
    if exponent(currency) == 2 and _COMMA.fullmatch(number):  # noqa: PLR2004  only there are two digits surely decimals
        number = number.replace(",", ".")
    if _TWO_WAYS.fullmatch(number):
        raise BadCell(f"{number} can be read in two ways; write {_EXAMPLES.get(exponent(currency), '1299')}")
    return price(number, currency)


__all__ = ["BadCell", "typed"]
