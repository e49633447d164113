"""The cart: its sums, what stands in the way of checking out, and two carts as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.cart import EMPTY, MAX_LINES, MAX_QUANTITY, Cart, Line, checked_quantity, merged, state
from shop.errors import InvalidFields
from shop.ids import CartId, VariantId
from shop.stock import Level

quantities = st.dictionaries(st.integers(0, 150).map(lambda n: VariantId(f"v{n}")), st.integers(1, MAX_QUANTITY))


def line(quantity: int = 1, *, price: int = 100, agreed: int = 100, left: int = 5, visible: bool = True) -> Line:
    return Line(VariantId("v"), "mug", "Mug", "Rain", "x.svg", quantity, price, agreed, Level(left, 0), visible)


def cart(*lines: Line) -> Cart:
    return Cart(CartId("C"), lines, 7)


def test_sums_are_of_todays_prices() -> None:
    seen = state(cart(line(2, price=100), line(3, price=70, agreed=90)), "EUR")
    assert (seen.count, seen.total, seen.currency) == (5, 410, "EUR")
    assert [(of.quantity, of.price) for of in seen.lines] == [(2, 100), (3, 70)]


@pytest.mark.parametrize(
    ("found", "ready"),
    [
        (cart(line(5)), True),
        (cart(line(6)), False),
        (cart(line(price=101)), False),
        (cart(line(price=99)), True),
        (cart(line(visible=False)), False),
        (cart(line(left=0)), False),
        (EMPTY, False),
    ],
)
def test_only_what_can_be_had_can_be_checked_out(found: Cart, ready: bool) -> None:
    assert found.ready is ready


def test_a_line_says_how_many_are_missing() -> None:
    assert [line(n, left=3).short_by for n in (2, 3, 5)] == [0, 0, 2]
    assert line(2, visible=False).short_by == 2


def test_a_quantity_has_bounds() -> None:
    assert [checked_quantity(n) for n in (0, 1, MAX_QUANTITY)] == [0, 1, MAX_QUANTITY]
    for quantity, least in ((-1, 0), (MAX_QUANTITY + 1, 0), (0, 1)):
        with pytest.raises(InvalidFields) as refused:
            checked_quantity(quantity, least=least)
        assert list(refused.value.fields) == ["quantity"]


@given(quantities, quantities)
def test_merging_again_changes_nothing(kept: dict[VariantId, int], brought: dict[VariantId, int]) -> None:
    once = merged(kept, brought)
    assert merged(once, brought) == once
    assert len(once) <= MAX_LINES
    for variant, quantity in once.items():
        assert quantity == max(kept.get(variant, 0), brought.get(variant, 0))
    assert list(once)[: len(kept)] == list(kept)[:MAX_LINES], "what was there stays"
