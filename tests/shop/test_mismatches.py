"""What does not match is said in sentences: what it is, what happens by itself, and what is left to do."""

from datetime import UTC, datetime

import pytest

from handlers.dashboard.payments import NAMES
from shop.mismatches import Kind, Mismatch, Told, difference, words
from shop.payments import DisputeState, PaymentState

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAID, FAILED = PaymentState.PAID, PaymentState.FAILED


def told(**changes: object) -> Told:
    usual: dict[str, object] = {"state": PAID, "amount": 100, "currency": "EUR", "told_state": PAID}
    usual |= {"told_amount": 100, "told_currency": "EUR", "told_refunded": 0, "noted": 0, "made": 0, "given": 0}
    return Told(**(usual | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, None),
        ({"state": FAILED, "told_state": PaymentState.EXPIRED}, None),
        ({"told_state": FAILED}, Kind.WORD),
        ({"told_amount": 99}, Kind.AMOUNT),
        ({"told_currency": "USD"}, Kind.AMOUNT),
        ({"told_amount": 99, "told_refunded": 99, "noted": 99, "given": 99}, None),
        ({"told_amount": 99, "noted": 99}, Kind.AMOUNT),
        ({"told_amount": 99, "noted": 99, "made": 99}, None),
        ({"told_amount": 99, "noted": 99, "made": 99, "given": 99}, Kind.NOT_GIVEN),
        ({"told_refunded": 40}, Kind.GIVEN_ELSEWHERE),
        ({"told_refunded": 40, "noted": 40}, None),
        ({"told_refunded": 40, "noted": 40, "given": 40}, None),
        ({"told_refunded": 0, "noted": 40}, None),
        ({"told_refunded": 0, "noted": 40, "given": 40}, Kind.NOT_GIVEN),
    ],
)
def test_what_differs_is_named(changes: dict[str, object], kind: Kind | None) -> None:
    assert difference(told(**changes)) is kind


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_name_and_sentences(kind: Kind) -> None:
    found = Mismatch(
        kind=kind,
        subject="p",
        provider="stripe",
        since=AT,
        ours=100,
        theirs=99,
        currency="EUR",
        told="a_{reason}",
        asked=2,
    )
    said = words(found, lambda amount, currency: f"{currency} {amount}")
    assert NAMES[kind]
    for sentence in (said.what, said.by_itself, said.for_staff):
        assert sentence.endswith(".")
        assert ".." not in sentence


def test_a_dispute_that_was_answered_asks_for_nothing() -> None:
    found = Mismatch(kind=Kind.DISPUTE, subject="p", provider="stripe", since=AT, state=DisputeState.REVIEW)
    assert words(found, lambda amount, currency: "").for_staff == "Nothing. Your answer is there."
