"""Delivery and taxes: what a way costs, what it can't take, and which country's rates an order has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json

from shop import countries, taxes
from shop.cart import Line
from shop.checkout import cost
from shop.delivery import (
    EVERYWHERE,
    By,
    Delivery,
    Goods,
    Shipping,
    Step,
    Way,
    Zone,
    described,
    price,
    restated,
    weight_text,
)
from shop.errors import NotDelivered
from shop.ids import VariantId
from shop.quotes import quote
from shop.stock import Level
from shop.taxes import ELSEWHERE, REDUCED, STANDARD, ZERO, Rates, TaxClass, Taxes
from shop.terms import SAMPLE, Terms, goods

PARCEL = Way("post", "By post", "A week", steps=(Step(2_000, 500), Step(10_000, 900)), free_from=10_000)
PALLET = Way("pallet", "On a pallet", by=By.TOTAL, steps=(Step(50_000, 9_000), Step(90_000, 4_000)), tax_class=REDUCED)
COLLECT = Way("collect", "Collect in Ghent", collected=True)
HOME = Zone("Home", ("BE",), (PARCEL, COLLECT))
FAR = Zone("Far", (EVERYWHERE,), (PARCEL, PALLET))
TERMS = Terms(Delivery((HOME, FAR)), Taxes(), "EUR")


def line(quantity: int = 1, *, total: int = 1_000, weight: int = 500, tax_class: str = STANDARD) -> Line:
    return Line(VariantId("v"), "mug", "Mug", "Rain", "x", quantity, total, total, Level(9, 0), True, weight, tax_class)


@pytest.mark.parametrize(
    ("way", "weight", "total", "costs"),
    [
        (PARCEL, 0, 0, 500),
        (PARCEL, 2_000, 100, 500),
        (PARCEL, 2_001, 100, 900),
        (PARCEL, 10_000, 9_999, 900),
        (PARCEL, 10_000, 10_000, 0),
        (PARCEL, 10_001, 99_999, None),
        (PALLET, 10**9, 50_000, 9_000),
        (PALLET, 0, 50_001, 4_000),
        (PALLET, 0, 90_001, None),
        (COLLECT, 10**9, 10**9, 0),
    ],
)
def test_a_way_costs_what_its_step_says(way: Way, weight: int, total: int, costs: int | None) -> None:
    assert price(way, Goods(weight, total)) == costs


def test_a_way_that_cannot_take_the_goods_is_not_offered_and_says_why() -> None:
    found = TERMS.offers("BE", Goods(34_200, 100))
    assert [way.code for way in found.ways] == ["collect"]
    assert [way.why for way in found.refused] == ["By post takes up to 10 kg, and this weighs 34.2 kg."]
    dear = TERMS.offers("JP", Goods(1, 90_100))
    assert [way.why for way in dear.refused] == ["On a pallet is for orders up to 900.00 EUR."]


def test_where_there_is_no_way_the_refusal_names_the_way_out() -> None:
    with pytest.raises(NotDelivered) as refused:
        TERMS.way("JP", "post", Goods(20_000, 90_100))
    assert refused.value.detail == (
        "Nothing of ours takes this to Japan. By post takes up to 10 kg, and this weighs 20 kg. On a pallet is for orders up to "
        "900.00 EUR. Take something out, or order in two parcels."
    )
    with pytest.raises(NotDelivered) as another:
        TERMS.way("BE", "post", Goods(20_000, 1))
    assert another.value.fields["shipping"].endswith("and this weighs 20 kg. Choose another way.")
    assert another.value.extra["ways"] == ["collect"]
    with pytest.raises(NotDelivered) as unknown:
        SAMPLE.way("JP", "door", Goods(1, 1))
    assert unknown.value.fields == {"country": "We send to Belgium, France, Germany, Luxembourg and Netherlands."}


def test_everywhere_else_is_every_country_without_a_zone_of_its_own() -> None:
    assert TERMS.countries[0].code == "BE"
    assert len(TERMS.countries) == len(countries.everyone())
    assert [way.code for way in TERMS.ways("BE")] == ["post", "collect"]
    assert [way.code for way in TERMS.ways("NZ")] == ["post", "pallet"]
    assert not TERMS.sends_to("XX")
    assert TERMS.ways("XX") == ()


def test_a_shop_without_a_zone_sends_nowhere_and_says_so() -> None:
    nowhere = Terms(Delivery(()), Taxes(), "EUR")
    assert (nowhere.countries, nowhere.usual_country(), nowhere.where()) == ((), "", "We send nowhere right now.")
    assert quote(nowhere, [line()], "").refusal is not None


def test_the_country_decides_the_rates_and_who_collects_buys_where_the_shop_is() -> None:
    things = [line(2, total=1_210), line(total=1_060, tax_class=REDUCED), line(total=500, tax_class=ZERO)]
    sent = quote(TERMS, things, "FR")
    assert sent.chosen is not None
    assert [share.rate for share in sent.costs["post"].lines] == [20_000, 5_500, 0]
    assert sent.costs["post"].shipping.rate == 20_000
    assert sent.costs["pallet"].shipping.rate == 5_500
    home = quote(TERMS, things, "BE", "collect")
    assert home.chosen is not None
    assert home.chosen.code == "collect"
    assert home.costs["collect"].tax == 420 + 60
    # Nobody lives where the shop has no rates: everywhere else is untaxed until the merchant says otherwise.
    assert quote(TERMS, things, "JP").costs["post"].tax == 0
    assert TERMS.levy("FR", Shipping("collect", "", "", 0, collected=True)) == TERMS.levy(
        "BE", Shipping("post", "", "", 0)
    )


def test_a_class_that_a_country_does_not_name_is_taxed_as_standard() -> None:
    own = Taxes(
        own=(TaxClass("books", "Books"),),
        countries=(Rates("BE", ((STANDARD, 21_000), ("books", 6_000))), Rates(ELSEWHERE, ((STANDARD, 1_000),))),
    )
    found = taxes.levies(own)
    assert [found["BE"].rate(name) for name in (STANDARD, REDUCED, "books", ZERO, "gone")] == [
        21_000,
        21_000,
        6_000,
        0,
        21_000,
    ]
    assert [found[ELSEWHERE].rate(name) for name in ("books", ZERO)] == [1_000, 0]


@given(
    st.lists(
        st.tuples(
            st.integers(1, 99),
            st.integers(0, 10_000),
            st.integers(0, 9_000),
            st.sampled_from([STANDARD, REDUCED, ZERO, "books"]),
        ),
        min_size=1,
        max_size=9,
    ),
    st.sampled_from(["BE", "NL", "LU", "FR", "DE", "JP"]),
    st.booleans(),
)
def test_every_total_is_its_lines_and_the_delivery(
    things: list[tuple[int, int, int, str]], country: str, included: bool
) -> None:
    terms = Terms(Delivery((HOME, FAR)), Taxes(included=included), "EUR")
    lines = [line(n, total=amount, weight=weight, tax_class=name) for n, amount, weight, name in things]
    found = quote(terms, lines, country)
    assert goods(lines).total == sum(each.total for each in lines)
    for way in found.offers.ways:
        cost_of = found.costs[way.code]
        assert cost_of == cost(lines, way, terms.levy(country, way))
        assert cost_of.total == goods(lines).total + way.amount + (0 if included else cost_of.tax)
        assert cost_of.tax == sum(tax.tax for tax in cost_of.taxes)
    assert found.refusal is None or not found.offers.ways


def test_delivery_and_taxes_are_the_same_after_they_were_written_down() -> None:
    assert json.decode(json.encode(TERMS.delivery), type=Delivery) == TERMS.delivery
    assert json.decode(json.encode(Taxes()), type=Taxes) == Taxes()


def test_another_currency_keeps_the_numbers_and_no_weight_changes() -> None:
    post, _ = restated(TERMS.delivery, "EUR", "JPY").zones[0].ways
    assert post.steps == (Step(2_000, 5), Step(10_000, 9))
    assert post.free_from == 100
    _, pallet = restated(TERMS.delivery, "EUR", "KWD").zones[1].ways
    assert pallet.steps == (Step(500_000, 90_000), Step(900_000, 40_000))


def test_what_is_set_is_said_in_words() -> None:
    assert described(TERMS.delivery, "EUR") == {
        "Home": "Belgium",
        "Home, By post": "5.00 up to 2 kg, then 9.00 up to 10 kg; free from 100.00; A week",
        "Home, Collect in Ghent": "free; collected",
        "Far": "everywhere else",
        "Far, By post": "5.00 up to 2 kg, then 9.00 up to 10 kg; free from 100.00; A week",
        "Far, On a pallet": "90.00 up to 500.00, then 40.00 up to 900.00; taxed as reduced",
    }
    assert [weight_text(n) for n in (0, 340, 1_000, 12_500)] == ["0 g", "340 g", "1 kg", "12.5 kg"]


def test_countries_are_those_of_iso_3166_with_names_of_their_own() -> None:
    found = countries.everyone()
    assert len(found) == 249
    assert len({country.name for country in found.values()}) == 249
    assert all(country.name != code for code, country in found.items())
    assert set(countries.EUROPEAN_UNION) < set(found)
    assert [country.code for country in countries.ordered(["AX", "DE", "BE"], "BE")] == ["BE", "AX", "DE"]


@pytest.mark.parametrize("text", ["", "anything", "  "])
def test_where_postcodes_are_not_known_none_is_fine(text: str) -> None:
    assert countries.everyone()["HK"].postcode_fault(text) is None
    assert countries.everyone()["HK"].postcode_fault("x" * 21) is not None
    assert countries.everyone()["PT"].postcode_fault(text) == "Seven digits, like 1100-148."
