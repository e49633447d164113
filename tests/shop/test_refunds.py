"""What goes back is exact to the minor unit, never more than was paid, and no unit goes back twice."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shop import documents
from shop.errors import InvalidFields, NothingPaid, RefundTooLarge, ShopError, WrongState
from shop.fulfilment import Fulfilment
from shop.pricing import Charge, cost
from shop.refunds import SENT, Bill, Pick, Refund, Wish, Worked, paid_for, taxes, told, what, work_out

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def bill(
    *lines: tuple[int, int],
    discount: int = 0,
    delivery: int = 650,
    rate: int = 21_000,
    included: bool = True,
    goods: Fulfilment = Fulfilment.NONE,
) -> Bill:
    """A bill of lines of a price and a quantity."""
    charges = [Charge(price * quantity, rate) for price, quantity in lines]
    whole = cost(charges, Charge(delivery, rate), discount=discount, included=included)
    return Bill(whole, tuple(quantity for _, quantity in lines), goods, "EUR")


def after(found: Bill, wish: Wish) -> tuple[Bill, Worked]:
    """The bill with this refund made, and what it came to."""
    worked = work_out(found, wish)
    rank = len(found.refunds) + 1
    parts = (worked.lines, worked.delivery, worked.free, worked.less, worked.reason)
    refund = Refund(f"R{rank}", rank, worked.amount, *parts, "Noor", AT)
    return replace(found, refunds=(*found.refunds, refund)), worked


def refused(found: Bill, wish: Wish) -> ShopError:
    with pytest.raises(ShopError) as refusal:
        work_out(found, wish)
    return refusal.value


bills = st.builds(
    bill,
    st.tuples(st.integers(0, 9_999), st.integers(1, 7)),
    st.tuples(st.integers(0, 9_999), st.integers(1, 7)),
    discount=st.integers(0, 5_000),
    delivery=st.integers(0, 900),
    rate=st.sampled_from([0, 5_500, 21_000]),
    included=st.booleans(),
    goods=st.sampled_from([Fulfilment.NONE, Fulfilment.SHIPPED, Fulfilment.DELIVERED]),
)
wishes = st.builds(
    Wish,
    st.tuples(
        st.builds(Pick, st.just(0), st.integers(0, 3), st.integers(0, 3), st.booleans()),
        st.builds(Pick, st.just(1), st.integers(0, 3), st.integers(0, 3), st.booleans()),
    ),
    delivery=st.booleans(),
    free=st.sampled_from([0, 0, 0, 1, 350, 5_000]),
)


@given(bills, st.lists(wishes, max_size=12))
def test_whatever_goes_back_in_whatever_order_it_adds_up_to_what_was_paid(found: Bill, asked: list[Wish]) -> None:
    for wish in asked:
        try:
            found, worked = after(found, wish)
        except (InvalidFields, RefundTooLarge):
            continue
        parts = sum(taken.amount for taken in worked.lines) + worked.delivery + worked.free - worked.less
        assert worked.amount == parts >= 0
        assert found.rest >= 0
        for line, quantity in enumerate(found.quantities):
            assert 0 <= found.units(line) <= quantity
            assert 0 <= found.back(line) <= quantity
            if found.goods not in SENT:
                assert found.back(line) == found.units(line)
    if found.rest:
        found, worked = after(found, Wish(whole=True))
        assert worked.ends
        assert all(found.left(line) == 0 for line in range(2))
    assert found.rest == 0
    assert sum(refund.amount for refund in found.refunds) == found.cost.total


@given(bills)
def test_unit_by_unit_a_line_gives_back_what_was_paid_for_it_and_its_tax(found: Bill) -> None:
    found = replace(found, goods=Fulfilment.SHIPPED)
    for line, quantity in enumerate(found.quantities):
        amounts = tax = 0
        for _ in range(quantity):
            found, worked = after(found, Wish((Pick(line, 1, 1),)))
            [taken] = worked.lines
            amounts, tax = amounts + taken.amount, tax + taken.tax
        share = found.cost.lines[line]
        assert (amounts, tax) == (paid_for(share, included=found.cost.tax_included), share.tax)


@given(bills)
def test_the_tax_of_a_whole_refund_is_the_tax_of_the_order(found: Bill) -> None:
    if found.rest:
        assert taxes(found, work_out(found, Wish(whole=True))) == found.cost.taxes


@given(bills, st.integers(1, 400))
def test_the_last_credit_note_takes_exactly_the_tax_that_is_left(found: Bill, free: int) -> None:
    earlier: list[Any] = []
    if found.rest > free:
        found, worked = after(found, Wish(free=free))
        earlier = list(taxes(found, worked))
    left = documents.remaining(found.cost.taxes, earlier)
    assert sum(tax.tax for tax in left) + sum(tax.tax for tax in earlier) == sum(tax.tax for tax in found.cost.taxes)


def test_the_last_unit_takes_what_is_left_of_its_line() -> None:
    found = bill((1000, 3), discount=100, delivery=0, goods=Fulfilment.SHIPPED)
    amounts = []
    for _ in range(3):
        found, worked = after(found, Wish((Pick(0, 1),)))
        amounts.append(worked.amount)
    assert amounts == [966, 967, 967]
    assert found.rest == 0


def test_good_will_before_is_taken_off_what_the_lines_give_back_at_the_end() -> None:
    found, _ = after(bill((2000, 1), goods=Fulfilment.SHIPPED), Wish(free=500))
    found, worked = after(found, Wish((Pick(0, 1),), delivery=True))
    assert (worked.amount, worked.less, worked.ends) == (2150, 500, True)


def test_taking_everything_off_before_it_is_sent_gives_the_delivery_back_as_well() -> None:
    worked = work_out(bill((2000, 2), (500, 1)), Wish((Pick(0, 2), Pick(1, 1, restock=False))))
    assert (worked.amount, worked.delivery, worked.ends) == (5150, 650, True)
    assert [(taken.back, taken.restocked) for taken in worked.lines] == [(2, 2), (1, 0)]


def test_part_of_an_order_leaves_the_rest_to_be_sent() -> None:
    found, worked = after(bill((2000, 2), (500, 1)), Wish((Pick(0, 1),)))
    assert (worked.amount, worked.delivery, worked.ends) == (2000, 0, False)
    assert (found.out(0), found.out(1), found.left(0)) == (1, 1, 1)


def test_units_come_back_without_money_and_their_money_goes_back_later() -> None:
    found, worked = after(bill((2000, 2), goods=Fulfilment.DELIVERED), Wish((Pick(0, 0, 2, restock=False),)))
    assert (worked.amount, worked.ends) == (0, False)
    assert refused(found, Wish((Pick(0, 0, 1),))).fields.keys() == {"lines[0].back"}
    found, worked = after(found, Wish((Pick(0, 2),)))
    assert worked.amount == 4000


@pytest.mark.parametrize(
    ("wish", "error", "fields"),
    [
        (Wish(), InvalidFields, {"lines"}),
        (Wish((Pick(0, 0),)), InvalidFields, {"lines"}),
        (Wish((Pick(0, 3),)), InvalidFields, {"lines[0].units"}),
        (Wish((Pick(0, -1),)), InvalidFields, {"lines[0].units"}),
        (Wish((Pick(0, 1, 3),)), InvalidFields, {"lines[0].back"}),
        (Wish((Pick(0, 1), Pick(0, 1))), InvalidFields, {"lines[1].line"}),
        (Wish((Pick(7, 1),)), InvalidFields, {"lines[0].line"}),
        (Wish(free=-1), InvalidFields, {"amount"}),
        (Wish(free=4651), RefundTooLarge, {"amount"}),
        (Wish((Pick(0, 2),), delivery=True, free=1), RefundTooLarge, {"amount"}),
        (Wish(free=1, reason="x" * 201), InvalidFields, {"reason"}),
        (Wish(free=1, reason="\x07"), InvalidFields, {"reason"}),
    ],
)
def test_what_can_not_go_back_is_refused_by_its_field(wish: Wish, error: type[ShopError], fields: set[str]) -> None:
    refusal = refused(bill((2000, 2), goods=Fulfilment.SHIPPED), wish)
    assert type(refusal) is error
    assert refusal.fields.keys() == fields


def test_more_than_the_rest_is_refused_and_the_rest_is_named() -> None:
    found, _ = after(bill((2000, 2), goods=Fulfilment.SHIPPED), Wish(free=650))
    refusal = refused(found, Wish(free=4001))
    assert refusal.extra == {"rest": 4000, "currency": "EUR"}
    assert "40.00 EUR" in refusal.detail
    found, _ = after(found, Wish(whole=True))
    assert isinstance(refused(found, Wish(whole=True)), NothingPaid)
    assert isinstance(refused(found, Wish(delivery=True)), NothingPaid)


def test_the_money_of_an_order_that_is_still_to_be_sent_does_not_go_back_alone() -> None:
    assert refused(bill((2000, 1)), Wish(free=2650)).fields.keys() == {"amount"}
    assert refused(bill((2000, 1)), Wish((Pick(0, 0, 1),))).fields.keys() == {"lines[0].back"}


def test_a_packed_parcel_is_opened_before_anything_is_taken_off() -> None:
    packed = bill((2000, 2), goods=Fulfilment.PACKED)
    assert isinstance(refused(packed, Wish((Pick(0, 1),))), WrongState)
    assert isinstance(refused(packed, Wish(whole=True)), WrongState)
    assert work_out(packed, Wish(free=100)).amount == 100


def test_a_refund_is_told_in_words() -> None:
    names = ["Mug, rain", "Lamp"]
    found = bill((2000, 2), (500, 1), goods=Fulfilment.SHIPPED)
    worked = work_out(found, Wish((Pick(0, 2, 1), Pick(1, 0, 1, False)), delivery=True, free=10, reason=" Too  late "))
    assert what(names, worked) == "2 × Mug, rain, 1 × Lamp, the delivery and an amount for good will"
    assert told(names, worked, "EUR") == (
        "46.60 EUR; 2 × Mug, rain, 1 × Lamp, the delivery and an amount for good will; "
        "1 back on the shelf; 1 written off. Too late"
    )
    assert what(names, work_out(found, Wish(delivery=True))) == "the delivery"
