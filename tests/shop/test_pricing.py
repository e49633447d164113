"""What orders cost: lines, discounts and taxes always make the total, whatever the amounts, the rates and the currency."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.pricing import Charge, Share, TaxSum, allot, cost, percentage, rate_text, tax_of, tax_sums

AMOUNTS = st.integers(0, 10**9)
RATES = st.sampled_from([0, 2_100, 5_500, 6_000, 8_875, 19_000, 21_000, 25_000, 100_000])
CHARGES = st.builds(Charge, AMOUNTS, RATES)


@given(
    items=st.lists(CHARGES, max_size=100),
    shipping=CHARGES,
    discount=AMOUNTS,
    off=AMOUNTS,
    included=st.booleans(),
)
def test_lines_discounts_and_taxes_make_the_total(
    items: list[Charge], shipping: Charge, discount: int, off: int, *, included: bool
) -> None:
    found = cost(items, shipping, discount=discount, shipping_off=off, included=included)
    shares = (*found.lines, found.shipping)
    assert sum(line.discount for line in found.lines) == min(discount, sum(item.amount for item in items))
    assert all(0 <= share.discount <= share.amount for share in shares)
    paid = sum(share.net_of_discount + (0 if included else share.tax) for share in shares)
    assert found.total == paid >= 0
    assert sum(tax.tax for tax in found.taxes) == found.tax
    assert sum(tax.base + tax.tax for tax in found.taxes) == sum(
        share.net_of_discount + (0 if included else share.tax) for share in shares if share.rate
    )


@given(weights=st.lists(AMOUNTS, max_size=100), data=st.data())
def test_an_allotted_amount_is_the_sum_of_its_parts_and_each_is_within_one_of_its_due(
    weights: list[int], data: st.DataObject
) -> None:
    amount = data.draw(st.integers(0, sum(weights)))
    parts = allot(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert 0 <= part <= weight
        assert abs(part * sum(weights) - amount * weight) < max(1, sum(weights))


def test_what_remains_goes_to_the_largest_remainder_and_then_to_the_earlier_line() -> None:
    assert allot(100, [100, 100, 100]) == [34, 33, 33]
    assert allot(2, [1, 2, 2]) == [0, 1, 1]
    assert allot(0, [5]) == [0]
    assert allot(0, [0, 0]) == [0, 0]


@pytest.mark.parametrize(
    ("amount", "rate", "included", "tax"),
    [
        (12_100, 21_000, True, 2_100),
        (10_000, 21_000, False, 2_100),
        (999, 21_000, True, 173),
        (1, 50_000, False, 1),
        (-1, 50_000, False, -1),
        (100, 0, True, 0),
    ],
)
def test_tax_is_rounded_once_with_halves_away_from_zero(amount: int, rate: int, *, included: bool, tax: int) -> None:
    assert tax_of(amount, rate, included=included) == tax


def test_a_percentage_is_rounded_by_the_same_rule() -> None:
    assert percentage(995, 10_000) == 100
    assert percentage(994, 10_000) == 99


def test_taxes_are_listed_by_rate_with_what_they_are_on() -> None:
    shares = (
        Share(12_100, 0, 21_000, 2_100),
        Share(1_060, 0, 6_000, 60),
        Share(121, 0, 21_000, 21),
        Share(50, 0, 0, 0),
    )
    assert tax_sums(shares, tax_included=True) == (TaxSum(21_000, 10_100, 2_121), TaxSum(6_000, 1_000, 60))


def test_a_discount_is_taken_before_the_tax() -> None:
    found = cost([Charge(12_100, 21_000)], Charge(0), discount=2_100, included=True)
    assert (found.total, found.tax) == (10_000, 1_736)


def test_a_rate_is_written_without_idle_decimals() -> None:
    assert [rate_text(rate) for rate in (21_000, 5_500, 8_875, 0, 100_000)] == [
        "21 %",
        "5.5 %",
        "8.875 %",
        "0 %",
        "100 %",
    ]
