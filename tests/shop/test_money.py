"""Money: the decimals of each currency, and text for machines."""

import pytest

from shop.money import decimal_text, exponent


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("USD", 2), ("JPY", 0), ("KWD", 3), ("TND", 3)])
def test_each_currency_has_its_decimals(currency: str, digits: int) -> None:
    assert exponent(currency) == digits


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (2800, "EUR", "28.00"),
        (5, "EUR", "0.05"),
        (0, "EUR", "0.00"),
        (-5, "EUR", "-0.05"),
        (-12345, "EUR", "-123.45"),
        (1234, "JPY", "1234"),
        (1234, "KWD", "1.234"),
        (7, "KWD", "0.007"),
    ],
)
def test_an_amount_as_decimal_text(amount: int, currency: str, text: str) -> None:
    assert decimal_text(amount, currency) == text
