"""Buying again: what can be had goes in, what can't is named with its reason."""

import pytest

from shop.buying import Bought, Missing, Offer, again, say
from shop.cart import MAX_LINES, MAX_QUANTITY
from shop.ids import VariantId
from tests.shop.test_orders import LAMP, MUG

A, B = MUG.variant, LAMP.variant


def test_all_that_is_there_goes_in() -> None:
    assert again((MUG, LAMP), {A: Offer(5, True), B: Offer(3, True)}, {}) == ({A: 2, B: 3}, ())


@pytest.mark.parametrize(
    ("offer", "there", "put", "why"),
    [
        (None, 0, 0, "we don't have it any more."),
        (Offer(9, False), 0, 0, "we don't have it any more."),
        (Offer(0, True), 0, 0, "sold out."),
        (Offer(1, True), 0, 1, "only 1 of 2 can be had."),
        (Offer(3, True), 2, 1, "only 1 of 2 can be had."),
        (Offer(2, True), 2, 0, "your cart has all 2 that can be had."),
        (Offer(500, True), MAX_QUANTITY - 1, 1, "only 1 of 2 can be had."),
    ],
)
def test_what_can_not_be_had_says_why(offer: Offer | None, there: int, put: int, why: str) -> None:
    adding, missing = again((MUG,), {A: offer} if offer else {}, {A: there} if there else {})
    assert adding == ({A: put} if put else {})
    assert missing == (Missing("Mug", "Rain", why),)


def test_a_full_cart_takes_only_more_of_what_it_has() -> None:
    full = {VariantId(f"v{n}"): 1 for n in range(MAX_LINES)}
    adding, missing = again((MUG,), {A: Offer(9, True)}, full)
    assert (adding, len(missing)) == ({}, 1)
    full.popitem()
    assert again((MUG,), {A: Offer(9, True)}, {**full, A: 1}) == ({A: 2}, ())


def test_what_became_of_it_is_said() -> None:
    assert say(Bought(0, ())) == "Nothing of this order went into your cart."
    assert say(Bought(1, ())).startswith("1 thing is in your cart.")
    assert say(Bought(3, ())).startswith("3 things are in your cart.")
