"""The test cards: which number makes the bank do what, and what is wrong with a card form. Pure, and stores nothing."""

import re
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

CHALLENGE_CODE = "123456"
_ISSUED_DIGITS = range(12, 20)
_VALID_TO = re.compile(r"\s*(\d{1,2})\s*[/ -]?\s*(\d{4}|\d{2})\s*", re.ASCII)
_CODE = re.compile(r"\d{3,4}", re.ASCII)
_MONTHS = range(1, 13)
_CENTURY = 2000


class Behaviour(StrEnum):
    """What the bank does with a card."""

    APPROVE = "approve"
    DECLINE = "decline"
    CHALLENGE = "challenge"
    SLOW = "slow"
    LOSE_ANSWER = "lose_answer"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"


class Card(Struct, frozen=True):
    """A number and how the bank takes it. `says` is for people, `decline_reason` for machines."""

    number: str
    behaviour: Behaviour
    says: str = ""
    decline_reason: str = ""

    @property
    def last4(self) -> str:
        """All that the bank ever writes down of a number."""
        return self.number[-4:]

    @property
    def short(self) -> str:
        """`4242 … 4242`."""
        return f"{self.number[:4]} … {self.last4}"

    @property
    def spaced(self) -> str:
        """In groups of four, as on a card."""
        return " ".join(self.number[at : at + 4] for at in range(0, len(self.number), 4))


TEST_CARDS = (
    Card("4242424242424242", Behaviour.APPROVE, "Approves at once"),
    Card("4000000000000002", Behaviour.DECLINE, "Declines", "card_declined"),
    Card("4000000000009995", Behaviour.DECLINE, "Declines: not enough money", "insufficient_funds"),
    Card("4000000000000069", Behaviour.DECLINE, "Declines: no longer valid", "expired_card"),
    Card("4000000000000119", Behaviour.DECLINE, "Declines: a fault of the bank", "processing_error"),
    Card("4000000000003220", Behaviour.CHALLENGE, "Asks for a 3-D Secure code"),
    Card("4000000000000077", Behaviour.SLOW, "Approves after 20 seconds"),
    Card("4000000000000341", Behaviour.LOSE_ANSWER, "Takes it, but its answer is lost"),
    Card("4000000000000259", Behaviour.DISPUTE_WON, "Approves, then a dispute you win"),
    Card("4000000000001976", Behaviour.DISPUTE_LOST, "Approves, then a dispute you lose"),
)
_BY_NUMBER = {card.number: card for card in TEST_CARDS}


def handed_out(number: str) -> Card | None:
    """The test card with exactly this number."""
    return _BY_NUMBER.get(number)


class CardForm(Struct, frozen=True):
    """A card as typed on the hosted page."""

    number: str
    valid_to: str
    code: str

    def card(self) -> Card:
        """The card behind the number. A number that the bank didn't hand out is declined, as any bank would."""
        digits = _digits(self.number)
        return handed_out(digits) or Card(digits, Behaviour.DECLINE, decline_reason="not_a_test_card")

    def errors(self, now: datetime) -> dict[str, str]:
        """What is wrong, by field; empty if nothing is."""
        found = {
            "number": _number_error(_digits(self.number)),
            "valid_to": _valid_to_error(self.valid_to, now),
            "code": "" if _CODE.fullmatch(self.code.strip()) else "The code has three or four digits.",
        }
        return {field: error for field, error in found.items() if error}


def _digits(number: str) -> str:
    return re.sub(r"[ \-\u00a0]", "", number)


def _number_error(digits: str) -> str:
    if not digits:
        return "Enter the card number."
    if not (digits.isascii() and digits.isdigit()):
        return "A card number has digits only."
    if len(digits) not in _ISSUED_DIGITS:
        return "A card number has 12 to 19 digits."
    return "" if passes_luhn(digits) else "This number has a typing mistake."


def passes_luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812-1: every second digit from the right counts twice, and the sum ends in 0."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(int(digit) for digit in digits[-1::-2])) % 10 == 0


def _valid_to_error(valid_to: str, now: datetime) -> str:
    match = _VALID_TO.fullmatch(valid_to)
    if match is None or int(match[1]) not in _MONTHS:
        return "Enter month and year, like 12 / 34."
    year = int(match[2]) if int(match[2]) >= _CENTURY else _CENTURY + int(match[2])
    ended = (year, int(match[1])) < (now.year, now.month)
    return "This card is no longer valid." if ended else ""
