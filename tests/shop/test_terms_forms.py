"""The forms of delivery and taxes: what is typed becomes what is meant, or each field says what is wrong with it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop import delivery_form, tax_form
from shop.delivery import EVERYWHERE, By, Delivery, Step, Way, Zone
from shop.errors import InvalidFields
from shop.taxes import ELSEWHERE, REDUCED, STANDARD, ZERO, Rates, TaxClass, Taxes

CLASSES = (STANDARD, REDUCED, ZERO)
FIELDS = [
    ("z0-name", "Home"), ("z0-country", "BE"), ("z0-country", "NL"), ("z0-add", ""),
    ("z0-w0-code", ""), ("z0-w0-name", " To the door "), ("z0-w0-line", "Tomorrow"), ("z0-w0-by", "weight"),
    ("z0-w0-free", "100"), ("z0-w0-tax", "standard"), ("z0-w0-s0-upto", "2,5 kg"), ("z0-w0-s0-amount", "6,50"),
    ("z0-w0-s1-upto", ""), ("z0-w0-s1-amount", "€ 9"), ("z0-w0-s2-upto", " "), ("z0-w0-s2-amount", ""),
]  # fmt: skip
HOME = Zone(
    "Home",
    ("BE", "NL"),
    (Way("to-the-door", "To the door", "Tomorrow", By.WEIGHT, (Step(2_500, 650), Step(None, 900)), 10_000),),
)
TAX_FIELDS = [
    ("included", "no"), ("home", "NL"), ("add", ""), ("c0-code", ""), ("c0-name", "Books & maps"),
    ("r0-country", "NL"), ("r0-standard", "21 %"), ("r0-reduced", "9"), ("r0-c0", "5,5"),
    ("r1-country", "*"), ("r1-standard", "0"), ("r1-reduced", ""), ("r1-c0", ""),
]  # fmt: skip


def with_fields(fields: list[tuple[str, str]], **changes: str) -> list[tuple[str, str]]:
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    return [(name, named.pop(name, value)) for name, value in fields] + list(named.items())


def delivered(fields: list[tuple[str, str]]) -> Delivery:
    return delivery_form.checked(delivery_form.read(fields), "EUR", CLASSES)


def test_what_was_typed_becomes_the_delivery() -> None:
    assert delivered(FIELDS) == Delivery((HOME,))


def test_a_form_that_is_sent_as_it_was_drawn_changes_nothing() -> None:
    for found in (
        Delivery(),
        Delivery((HOME, Zone("Far", (EVERYWHERE,), (Way("x", "X", by=By.TOTAL, steps=(Step(5_000, 0),)),)))),
        Delivery(()),
    ):
        assert delivery_form.checked(delivery_form.of(found, "EUR"), "EUR", CLASSES) == found
    for taxed in (
        Taxes(included=False, own=(TaxClass("books", "Books"),)),
        Taxes(countries=(Rates(ELSEWHERE, ((STANDARD, 500),)),)),
    ):
        assert tax_form.checked(tax_form.of(taxed)) == taxed


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("z0-name", "", "z0-name"),
        ("z0-name", "x" * 61, "z0-name"),
        ("z0-country", "XX", "z0-add"),
        ("z0-w0-name", " ", "z0-w0-name"),
        ("z0-w0-line", "x" * 121, "z0-w0-line"),
        ("z0-w0-by", "colour", "z0-w0-by"),
        ("z0-w0-tax", "gone", "z0-w0-tax"),
        ("z0-w0-free", "1.299,00", "z0-w0-free"),
        ("z0-w0-s0-upto", "", "z0-w0-s0-upto"),
        ("z0-w0-s0-upto", "-1", "z0-w0-s0-upto"),
        ("z0-w0-s0-upto", "0", "z0-w0-s0-upto"),
        ("z0-w0-s0-upto", "99999999", "z0-w0-s0-upto"),
        ("z0-w0-s1-upto", "2.5", "z0-w0-s1-upto"),
        ("z0-w0-s0-amount", "", "z0-w0-s0-amount"),
        ("z0-w0-s0-amount", "-5", "z0-w0-s0-amount"),
        ("z0-w0-s0-amount", "five", "z0-w0-s0-amount"),
    ],
)
def test_what_is_wrong_is_named_beside_its_field(name: str, value: str, field: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        delivered([(known, value if known == name else kept) for known, kept in FIELDS])
    assert list(refused.value.fields) == [field]


def test_a_zone_needs_a_country_and_a_way_and_a_country_one_zone() -> None:
    with pytest.raises(InvalidFields) as refused:
        delivered(
            [("z0-name", "Empty"), *[(f"z1{n[2:]}", v) for n, v in FIELDS], *[(f"z2{n[2:]}", v) for n, v in FIELDS]]
        )
    assert set(refused.value.fields) == {"z0-add", "z0-ways", "z2-add"}
    assert "in “Home” already" in refused.value.fields["z2-add"]


def test_ways_of_one_name_in_a_zone_have_codes_of_their_own() -> None:
    found = delivered([*FIELDS, ("z0-w1-name", "To the door"), ("z0-w1-s0-amount", "free"), ("z0-w1-tax", "standard")])
    assert [way.code for way in found.zones[0].ways] == ["to-the-door", "to-the-door-2"]


def test_buttons_give_the_form_rows_and_take_them_and_nothing_typed_is_lost() -> None:
    form = delivery_form.read(with_fields(FIELDS, z0_add="EU"))
    assert delivery_form.act(form, "country:z0") == "z0-add"
    assert len(form.zones[0].countries) == 27
    assert delivery_form.act(form, "zone") == "z1-name"
    assert delivery_form.act(form, "way:z0") == "z0-w1-name"
    assert delivery_form.act(form, "step:z0-w1") == "z0-w1-s1-upto"
    form.zones[1].add = EVERYWHERE
    assert delivery_form.act(form, "drop:z0-w1-s0") == "z0-w1-s0-amount"
    assert form.zones[1].countries == [EVERYWHERE]
    assert delivery_form.act(form, "drop:z0-w1") == "z0-name"
    assert delivery_form.act(form, "drop:z1") == "z0-name"
    assert form == delivery_form.read([*FIELDS, *[("z0-country", code) for code in form.zones[0].countries]])


@given(
    st.text(max_size=30),
    st.lists(
        st.tuples(
            st.from_regex(r"z[0-9]{1,2}(-w[0-9]{1,2}(-s[0-9]{1,2})?)?-[a-z]{2,8}", fullmatch=True), st.text(max_size=8)
        ),
        max_size=30,
    ),
)
def test_no_form_breaks_it(wish: str, fields: list[tuple[str, str]]) -> None:
    form = delivery_form.read(fields)
    for asked in (wish, "zone", "way:z0", "step:z0-w0", "drop:z0-w0-s0", "drop:z0-w3", "drop:z9", "country:z0"):
        delivery_form.act(form, asked)
    with suppress(InvalidFields):
        delivery_form.checked(form, "EUR", CLASSES)


def test_what_was_typed_becomes_the_taxes() -> None:
    found = tax_form.checked(tax_form.read(TAX_FIELDS))
    books = TaxClass("books-maps", "Books & maps")
    rates = (
        Rates("NL", ((STANDARD, 21_000), (REDUCED, 9_000), ("books-maps", 5_500))),
        Rates(ELSEWHERE, ((STANDARD, 0),)),
    )
    assert found == Taxes(included=False, home="NL", own=(books,), countries=rates)


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("home", "XX", "home"),
        ("c0-name", "", "c0-name"),
        ("c0-name", "Reduced", "c0-name"),
        ("r0-country", "XX", "r0-standard"),
        ("r1-country", "NL", "r1-standard"),
        ("r0-standard", "", "r0-standard"),
        ("r0-standard", "101", "r0-standard"),
        ("r0-reduced", "-1", "r0-reduced"),
        ("r0-c0", "a lot", "r0-c0"),
    ],
)
def test_what_is_wrong_with_taxes_is_named_beside_its_field(name: str, value: str, field: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        tax_form.checked(tax_form.read([(known, value if known == name else kept) for known, kept in TAX_FIELDS]))
    assert list(refused.value.fields) == [field]


def test_a_class_that_is_taken_away_takes_its_rates_along_and_no_others() -> None:
    form = tax_form.read([*TAX_FIELDS, ("c1-name", "Food"), ("r0-c1", "6"), ("add", "FR")])
    assert tax_form.act(form, "drop:c0") == "add"
    assert [row.name for row in form.classes] == ["Food"]
    assert form.rows[0].rates == {"standard": "21 %", "reduced": "9", "c0": "6"}
    assert [row.country for row in form.rows] == ["NL", "FR", "*"]
    assert tax_form.act(form, "drop:r2") == ""
    assert tax_form.act(form, "drop:r0") == "add"
    assert tax_form.act(form, "class") == "c1-name"
    form.add = "DE"
    assert tax_form.act(form, "country") == "r1-standard"
