"""Checking out: every field that needs another look is named, and units are taken all or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shop import countries
from shop.cart import Line
from shop.checkout import Details, checked, cost, take
from shop.delivery import EVERYWHERE, Delivery, Shipping
from shop.errors import EmptyCart, InvalidFields, PriceChanged, SoldOut
from shop.ids import VariantId
from shop.stock import Level
from shop.taxes import Taxes
from shop.terms import Terms

GOOD = Details("noor@example.com", "Noor Adler", "Oudburg 14", "9000", "Ghent", "BE", "door")


def line(
    name: str = "v", quantity: int = 1, *, price: int = 100, agreed: int | None = None, visible: bool = True
) -> Line:
    return Line(
        VariantId(name), "mug", name.title(), "Rain", "x.svg", quantity, price, agreed or price, Level(1, 0), visible
    )


def test_good_details_come_back_in_normal_form() -> None:
    sloppy = replace(GOOD, email=" Noor@Example.COM ", name=" Noor Adler ", postcode=" 9000 ", town="Ghent ")
    assert checked(sloppy) == GOOD
    dutch = checked(replace(GOOD, country="NL", postcode="1012 ab"))
    assert dutch.postcode == "1012 AB"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "noor"),
        ("email", "noor@example"),
        ("email", "a b@example.com"),
        ("email", "noor@example.com\x00x.nl"),
        ("email", "no\x01or@example.com"),
        ("email", "x" * 250 + "@example.com"),
        ("name", ""),
        ("name", " "),
        ("name", "Noor\nAdler"),
        ("name", "x" * 101),
        ("name", "\u200b\u3164"),
        ("name", "Noor\u202eretsaM"),
        ("town", "Ghent\x9b31m"),
        ("street", ""),
        ("street", "x" * 201),
        ("postcode", "900"),
        ("postcode", "٩٠٠٠"),
        ("town", ""),
        ("country", "XX"),
        ("shipping", "rocket"),
    ],
)
def test_a_bad_field_is_named(field: str, value: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        checked(replace(GOOD, **{field: value}))
    assert list(refused.value.fields) == [field]


def test_all_bad_fields_are_named_at_once() -> None:
    with pytest.raises(InvalidFields) as refused:
        checked(Details("", "", "", "", "", "", ""))
    assert set(refused.value.fields) == set(Details.__struct_fields__)


def test_every_country_takes_its_own_example() -> None:
    for country in countries.everyone().values():
        if not country.postcode:
            continue
        example = country.example.rsplit("like ", 1)[1].rstrip(".")
        everywhere = Terms(Delivery((replace(Delivery().zones[0], countries=(EVERYWHERE,)),)), Taxes(), "EUR")
        assert checked(replace(GOOD, country=country.code, postcode=example), everywhere).postcode == example


def test_an_order_costs_its_lines_and_the_delivery() -> None:
    found = cost([line(quantity=2, price=2800), line("w", price=1)], Shipping("door", "To the door", "", 650))
    assert (found.items, found.shipping.amount, found.total) == (5601, 650, 6251)


def test_taking_leaves_the_rest() -> None:
    free = {VariantId("v"): 3, VariantId("w"): 1}
    take([line(quantity=2), line("w")], free)
    assert free == {"v": 1, "w": 0}


def test_what_is_short_is_named_and_nothing_is_taken() -> None:
    free = {VariantId("v"): 3, VariantId("w"): 0}
    with pytest.raises(SoldOut) as refused:
        take([line(quantity=2), line("w"), line("gone", quantity=2)], free)
    assert refused.value.detail == "W is sold out, and 1 more. Nothing was ordered."
    assert [short["left"] for short in refused.value.extra["short"]] == [0, 0]
    assert free == {"v": 3, "w": 0}


def test_a_hidden_product_is_sold_out() -> None:
    with pytest.raises(SoldOut):
        take([line(visible=False)], {VariantId("v"): 5})


def test_an_empty_cart_and_a_raised_price_are_refused_first() -> None:
    with pytest.raises(EmptyCart):
        take([], {})
    with pytest.raises(PriceChanged) as refused:
        take([line(price=120, agreed=100)], {})
    assert refused.value.extra["changes"] == [{"variant": "v", "name": "V", "was": 100, "now": 120}]


@given(st.lists(st.integers(1, 5), max_size=20), st.integers(0, 30))
def test_no_unit_is_sold_twice(wishes: list[int], units: int) -> None:
    free = {VariantId("v"): units}
    sold = 0
    for quantity in wishes:
        try:
            take([line(quantity=quantity)], free)
        except SoldOut:
            assert quantity > free[VariantId("v")]
        else:
            sold += quantity
        assert sold + free[VariantId("v")] == units
