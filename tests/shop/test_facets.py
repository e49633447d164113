"""Facets without a shop: which variant a card shows, and what is offered in which order."""

from collections import Counter

from shop import facets
from shop.facets import EVERYTHING, Chosen, Tally

VARIANTS = [("Oat / S", 1000, False), ("Rain / S", 1200, False), ("Rain / L", 1500, True)]
OPTION = "Colour / Size"
NAMES = {("colour", ""): "Colour", ("colour", "rain"): "Rain", ("size", ""): "Size"}


def shown(chosen: Chosen) -> str:
    return VARIANTS[facets.shown(chosen, OPTION, VARIANTS)][0]


def test_a_card_shows_what_was_chosen_that_can_be_bought_first() -> None:
    assert shown(EVERYTHING) == "Rain / L"
    assert shown(Chosen(options=(("colour", ("oat",)),))) == "Oat / S"
    assert shown(Chosen(options=(("colour", ("rain",)),))) == "Rain / L"
    assert shown(Chosen(options=(("colour", ("rain",)), ("size", ("s",))))) == "Rain / S"
    assert shown(Chosen(price_max=1200)) == "Oat / S"


def test_a_card_of_what_is_no_longer_left_shows_what_it_would_anyway() -> None:
    assert shown(Chosen(options=(("colour", ("pink",)),))) == "Rain / L"


def test_values_of_one_way_are_or_and_ways_are_and() -> None:
    either = Chosen(options=(("colour", ("oat", "rain")), ("size", ("s",))))
    assert facets.suiting(either, OPTION, VARIANTS) == [0, 1]
    assert facets.suiting(Chosen(options=(("colour", ("oat",)),), in_stock=True), OPTION, VARIANTS) == []


def test_what_was_chosen_stays_on_offer_with_nothing_left() -> None:
    nothing = Tally(0, Counter(), Counter(), Counter(), 0, None, None)
    chosen = Chosen(categories=("light",), makers=("Nobody",), options=(("colour", ("rain",)),))
    found = facets.offered(nothing, chosen, [("tea", "Tea"), ("light", "Light")], NAMES)
    assert [(f.value, f.count, f.chosen) for f in found.categories] == [("light", 0, True)]
    assert [(f.value, f.count) for f in found.makers] == [("Nobody", 0)]
    [way] = found.options
    assert [(f.name, f.count, f.chosen) for f in way.facets] == [("Rain", 0, True)]


def test_an_option_that_leaves_no_choice_is_not_offered() -> None:
    values = Counter({("size", "s"): 3, ("colour", "rain"): 2, ("colour", "oat"): 1})
    found = facets.offered(Tally(3, Counter(), Counter(), values, 3, 1, 2), EVERYTHING, [], NAMES)
    assert [way.option for way in found.options] == ["colour"]


def test_only_so_many_values_are_offered_the_commonest() -> None:
    values = Counter({("cut", f"v{n:03}"): n + 1 for n in range(100)})
    [way] = facets.offered(Tally(9, Counter(), Counter(), values, 9, 1, 2), EVERYTHING, [], NAMES).options
    assert len(way.facets) == facets.MAX_VALUES
    assert min(facet.count for facet in way.facets) == 81


def test_what_was_there_before_stays_where_it_is_with_nothing_left() -> None:
    sizes = {("size", size): 2 for size in ("s", "m", "l")}
    whole = Tally(6, Counter(tea=4, light=2), Counter(Ada=4, Bo=2), Counter(sizes | {("colour", "rain"): 6}), 6, 1, 9)
    categories = [("light", "Light"), ("tea", "Tea"), ("empty", "Empty")]
    before = facets.offered(whole, EVERYTHING, categories, NAMES)
    left = Tally(1, Counter(tea=1), Counter(Bo=1), Counter({("size", "m"): 1}), 1, 1, 1)
    chosen = Chosen(makers=("Bo",))
    found = facets.offered(left, chosen, categories, NAMES, before)
    assert [(one.value, one.count) for one in found.categories] == [("light", 0), ("tea", 1)]
    assert [(one.value, one.count) for one in found.makers] == [("Ada", 0), ("Bo", 1)]
    [size] = found.options
    assert [one.value for one in size.facets] == [one.value for one in before.options[0].facets]
    assert {one.value: one.count for one in size.facets} == {"s": 0, "m": 1, "l": 0}


def test_what_nothing_is_left_of_takes_no_place_from_what_something_is_left_of() -> None:
    many = [f"Maker {n:03}" for n in range(3 * facets.MAX_VALUES)]
    common, rare = many[: facets.MAX_VALUES], many[facets.MAX_VALUES :]
    whole = Tally(9, Counter(), Counter(dict.fromkeys(common, 2) | dict.fromkeys(rare, 1)), Counter(), 9, 1, 9)
    before = facets.offered(whole, EVERYTHING, [], NAMES)
    left = Tally(9, Counter(), Counter(dict.fromkeys(rare[:15], 1)), Counter(), 9, 1, 9)
    found = facets.offered(left, Chosen(in_stock=True), [], NAMES, before).makers
    assert len(found) == facets.MAX_VALUES
    assert {one.value for one in found if one.count} == set(rare[:15])
