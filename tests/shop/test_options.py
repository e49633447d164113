"""Options are taken apart where every variant fits, and the same thing has one key whatever a merchant calls it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop import options
from shop.options import Attribute


def test_two_options_come_apart() -> None:
    names, parts = options.apart("Colour / Size", ["Red / S", "Blue / L"])
    assert (names, parts) == (("Colour", "Size"), [("Red", "S"), ("Blue", "L")])


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("Colour / Size", ["Red / S", "Blue"]),
        ("Colour / Size", ["Red / S", "Blue / "]),
        ("A / B / C / D", ["1 / 2 / 3 / 4"]),
        (" / ", ["Red / S"]),
        ("Colour", ["Red / S"]),
    ],
)
def test_what_does_not_fit_stays_one_option(option: str, values: list[str]) -> None:
    assert options.apart(option, values) == ((option,), [(value,) for value in values])


@pytest.mark.parametrize("name", ["Colour", "color", "Glaze", "COLOURS", "Cloth"])
def test_a_colour_is_a_colour_whatever_it_is_called(name: str) -> None:
    [[found]] = options.attributes(name, ("Deep sea",))
    assert (found.option, found.value, found.value_name) == ("colour", "deep-sea", "Deep sea")


def test_an_option_that_only_has_colours_is_one() -> None:
    assert {some[0].option for some in options.attributes("Lid", ("Oat", "Black"))} == {"colour"}
    assert {some[0].option for some in options.attributes("Lid", ("Oat", "Tall"))} == {"lid"}


@pytest.mark.parametrize("name", ["Page", "q", "sort", "Maker", "from"])
def test_no_option_takes_a_name_that_an_address_needs(name: str) -> None:
    [[found]] = options.attributes(name, ("Five",))
    assert found.option == f"option-{name.lower()}"


def test_what_has_no_letters_can_not_be_chosen() -> None:
    assert options.attributes("", ("Oat/2",)) == ((),)
    assert options.attributes("Size", ("—", "L")) == ((), (Attribute("size", "l", "Size", "L"),))


def test_sizes_and_numbers_stand_as_they_grow() -> None:
    sizes = sorted(["xl", "s", "m", "large"], key=lambda value: options.value_order("size", value))
    assert sizes == ["s", "m", "large", "xl"]
    numbers = sorted(["100-g", "20-g", "a-pair"], key=lambda value: options.value_order("weight", value))
    assert numbers == ["20-g", "100-g", "a-pair"]


@given(option=st.text(max_size=40), values=st.lists(st.text(max_size=40), min_size=1, max_size=6))
def test_any_words_come_apart_into_keys_that_fit_an_address(option: str, values: list[str]) -> None:
    found = options.attributes(option, tuple(values))
    assert len(found) == len(values)
    for some in found:
        for attribute in some:
            for key in (attribute.option, attribute.value):
                assert key
                assert len(key) <= options.MAX_KEY_CHARACTERS + len("option-")
                assert not set(key) & set(" &=?#/")
