"""A shelf of bits counts what counting by hand finds, whatever is put, dropped, sold out and repriced."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop import facets, options
from shop.catalogue import Order
from shop.facets import Chosen
from storage.search import shelf as shelves
from storage.search.shelf import Shelf

COLOURS, SIZES, MAKERS = ("Rain", "Oat", "Rust"), ("S", "M", "L"), ("Ilse", "Pol", "Oda")


@dataclass
class Thing:
    """A product as a list of (value, price, available)."""

    id: int
    option: str
    maker: str
    popularity: int
    added: int
    variants: list[tuple[str, int, bool]]


@st.composite
def things(draw: st.DrawFn, number: int) -> Thing:
    sized = draw(st.booleans())
    values = draw(st.lists(st.sampled_from(COLOURS), min_size=1, max_size=4))
    written = [f"{value} / {draw(st.sampled_from(SIZES))}" if sized else value for value in values]
    return Thing(
        number,
        "Colour / Size" if sized else "Glaze",
        draw(st.sampled_from(MAKERS)),
        draw(st.integers(0, 3)),
        draw(st.integers(0, 3)),
        [(value, draw(st.integers(0, 9)), draw(st.booleans())) for value in written],
    )


@st.composite
def changes(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    kinds = draw(st.lists(st.sampled_from(["put", "put", "put", "drop", "move", "reprice", "ask"]), max_size=30))
    found: list[tuple[Any, ...]] = []
    for kind in kinds:
        number = draw(st.integers(1, 12))
        if kind == "put":
            found.append((kind, draw(things(number))))
        else:
            found.append((kind, number, draw(st.integers(0, 3)), draw(st.integers(0, 300)), draw(st.booleans())))
    return found


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


@st.composite
def choices(draw: st.DrawFn) -> Chosen:
    keys = {"colour": draw(some(("rain", "oat", "red"))), "size": draw(some(("s", "l")))}
    price = st.none() | st.integers(0, 10)
    return Chosen(
        makers=draw(some(MAKERS)),
        options=tuple((key, values) for key, values in keys.items() if values),
        price_min=draw(price),
        price_max=draw(price),
        in_stock=draw(st.booleans()),
    )


def put(shelf: Shelf, thing: Thing) -> None:
    values = tuple(value for value, _, _ in thing.variants)
    sides = [(price, available) for _, price, available in thing.variants]
    apart = options.attributes(thing.option, values)
    shelf.put(thing.id, thing.popularity, thing.added, thing.maker, sides, apart)


def carried_out(shelf: Shelf, done: list[tuple[Any, ...]]) -> dict[int, Thing]:
    """Does it all to the shelf and to a plain dict."""
    there: dict[int, Thing] = {}
    for kind, *rest in done:
        if kind == "put":
            there.pop(rest[0].id, None)
            there[rest[0].id] = rest[0]
            put(shelf, rest[0])
            continue
        number, rank, price, available = rest
        thing = there.get(number)
        if kind == "drop":
            there.pop(number, None)
            shelf.drop(number)
        elif kind == "ask":
            shelf.narrowed(Chosen(price_min=price, in_stock=available))
        elif kind == "move":
            shelf.move(number, rank, available=available)
            if thing and rank < len(thing.variants):
                thing.variants[rank] = (*thing.variants[rank][:2], available)
        else:
            shelf.reprice(number, rank, price)
            if thing and rank < len(thing.variants):
                thing.variants[rank] = (thing.variants[rank][0], price, thing.variants[rank][2])
    return there


def left(thing: Thing, chosen: Chosen) -> list[int]:
    if chosen.makers and thing.maker not in chosen.makers:
        return []
    return facets.suiting(chosen, thing.option, thing.variants)


def but(chosen: Chosen, **changed: Any) -> Chosen:
    from msgspec.structs import replace  # noqa: PLC0415

    return replace(chosen, **changed)


def by_hand(there: dict[int, Thing], chosen: Chosen) -> facets.Tally:
    """Each count by narrowing to the value as well, with nothing else of its way."""

    def count(chosen: Chosen) -> int:
        return sum(bool(left(thing, chosen)) for thing in there.values())

    values: Counter[tuple[str, str]] = Counter()
    for key, known in (("colour", ("rain", "oat", "rust")), ("size", ("s", "m", "l"))):
        rest = tuple(pair for pair in chosen.options if pair[0] != key)
        for value in known:
            values[key, value] = count(but(chosen, options=(*rest, (key, (value,)))))
    any_price = but(chosen, price_min=None, price_max=None)
    prices = [thing.variants[place][1] for thing in there.values() for place in left(thing, any_price)]
    return facets.Tally(
        total=count(chosen),
        categories=Counter(),
        makers=+Counter({maker: count(but(chosen, makers=(maker,))) for maker in MAKERS}),
        values=+values,
        in_stock=count(but(chosen, in_stock=True)),
        lowest=min(prices, default=None),
        highest=max(prices, default=None),
    )


def in_order(there: dict[int, Thing], chosen: Chosen, order: Order) -> list[int]:
    """Equals stand as they were put, which a dict remembers."""
    found = [(place, thing) for place, thing in enumerate(there.values()) if left(thing, chosen)]

    def key(pair: tuple[int, Thing]) -> tuple[int, int]:
        place, thing = pair
        if order in (Order.CHEAPEST, Order.DEAREST):
            price = thing.variants[facets.shown(chosen, thing.option, thing.variants)][1]
            return (price, place) if order is Order.CHEAPEST else (-price, -place)
        return -(thing.popularity if order is Order.POPULAR else thing.added), -place

    return [thing.id for _, thing in sorted(found, key=key)]


@settings(max_examples=300, deadline=None)
@given(done=changes(), chosen=choices())
def test_counts_and_orders_are_those_of_counting_by_hand(done: list[tuple[Any, ...]], chosen: Chosen) -> None:
    shelf = Shelf()
    there = carried_out(shelf, done)
    found = shelf.narrowed(chosen)
    assert found.tally == by_hand(there, chosen)
    assert sorted(shelf.ids(found.products)) == sorted(t.id for t in there.values() if left(t, chosen))
    for order in Order:
        assert [shelf.at(slot) for _, slot in shelf.first(found, order, 100)] == in_order(there, chosen, order)


@settings(max_examples=150, deadline=None)
@given(done=changes(), chosen=choices(), count=st.integers(1, 12), order=st.sampled_from(Order))
def test_a_page_of_many_is_selected_by_bits_and_is_the_same(
    done: list[tuple[Any, ...]], chosen: Chosen, count: int, order: Order
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shelves, "FEW", 0)
        shelf = Shelf()
        there = carried_out(shelf, done)
        found = shelf.narrowed(chosen)
        assert found.tally == by_hand(there, chosen)
        assert [shelf.at(slot) for _, slot in shelf.first(found, order, count)] == in_order(there, chosen, order)[
            :count
        ]


@given(done=changes(), chosen=choices(), within=st.sets(st.integers(1, 14)))
def test_a_search_counts_its_hits_only(done: list[tuple[Any, ...]], chosen: Chosen, within: set[int]) -> None:
    shelf = Shelf()
    there = carried_out(shelf, done)
    hits = {number: thing for number, thing in there.items() if number in within}
    assert shelf.narrowed(chosen, within).tally == by_hand(hits, chosen)


def test_an_answer_is_remembered_until_something_changes() -> None:
    shelf = Shelf()
    put(shelf, Thing(1, "Glaze", "Ilse", 1, 1, [("Rain", 5, True), ("Oat", 5, False)]))
    first = shelf.narrowed(Chosen(in_stock=True))
    assert shelf.narrowed(Chosen(in_stock=True)) is first
    shelf.move(1, 0, available=True)
    assert shelf.narrowed(Chosen(in_stock=True)) is first
    shelf.move(1, 0, available=False)
    assert shelf.narrowed(Chosen(in_stock=True)).tally.total == 0


@given(done=changes(), chosen=choices())
def test_a_shelf_laid_out_anew_answers_the_same(done: list[tuple[Any, ...]], chosen: Chosen) -> None:
    shelf = Shelf()
    there = carried_out(shelf, done)
    fresh = shelf.anew()
    assert fresh.wasted == 0
    assert len(fresh) == len(there)
    assert fresh.narrowed(chosen).tally == shelf.narrowed(chosen).tally
