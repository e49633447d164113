"""The card form's rules, and the promise that every test card passes them."""

from datetime import UTC, datetime

import pytest

from server.bank import cards, writing
from server.bank.cards import CardForm

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def errors(number: str = "4242424242424242", valid_to: str = "12 / 34", code: str = "123") -> dict[str, str]:
    return CardForm(number, valid_to, code).errors(NOW)


@pytest.mark.parametrize("card", cards.TEST_CARDS, ids=lambda card: card.last4)
def test_every_test_card_passes_its_own_form(card: cards.Card):
    assert errors(card.spaced) == {}
    assert CardForm(card.spaced, "12 / 34", "123").card() is card


@pytest.mark.parametrize(
    "number", ["", "4242424242424241", "4242 4242", "4242x24242424242", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "4" * 20]
)
def test_a_wrong_number_is_named(number: str):
    assert list(errors(number=number)) == ["number"]


@pytest.mark.parametrize("valid_to", ["", "13/30", "00/30", "1/2/30", "12/345", "10/26", "11/2025", "١٢/٣٤"])
def test_a_wrong_or_past_month_is_named(valid_to: str):
    assert list(errors(valid_to=valid_to)) == ["valid_to"]


@pytest.mark.parametrize("valid_to", ["11/26", "11 / 26", "1226", "12-2026", "1/27"])
def test_a_card_is_valid_to_the_end_of_its_month(valid_to: str):
    assert errors(valid_to=valid_to) == {}


@pytest.mark.parametrize("code", ["", "12", "12345", "abc", "١٢٣"])
def test_a_wrong_code_is_named(code: str):
    assert list(errors(code=code)) == ["code"]


def test_all_that_is_wrong_is_named_at_once():
    assert list(errors("1", "x", "y")) == ["number", "valid_to", "code"]


def test_a_number_that_the_bank_never_handed_out_is_declined():
    card = CardForm("5555 5555 5555 4444", "12 / 34", "123").card()
    assert (card.behaviour, card.decline_reason) == (cards.Behaviour.DECLINE, "not_a_test_card")


@pytest.mark.parametrize(
    ("minor_units", "currency", "written"),
    [
        (23050, "EUR", "€230.50"),
        (5, "USD", "$0.05"),
        (123456789, "CHF", "1,234,567.89 CHF"),
        (500, "JPY", "¥500"),
        (1234, "KWD", "1.234 KWD"),
    ],
)
def test_amounts_are_written_with_their_currencys_decimals(minor_units: int, currency: str, written: str):
    assert writing.amount(minor_units, currency) == written
