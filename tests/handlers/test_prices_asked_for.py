"""A price typed into the search page's filters is understood, or taken as not said."""

import pytest

from handlers.narrowing import amount_of


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("20", "EUR", 2000), ("20,50", "EUR", 2050), (" 20.5 ", "EUR", 2050), ("20", "JPY", 20), ("1.5", "KWD", 1500)],
)
def test_a_price_is_in_minor_units(text, currency, minor):
    assert amount_of(text, currency) == minor


@pytest.mark.parametrize("text", ["", "abc", "-5", "nan", "inf", "1e999999", "9" * 500, "1,2,3"])
def test_what_is_no_price_is_not_said(text):
    assert amount_of(text, "EUR") is None
