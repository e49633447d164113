"""Stock as shoppers see it: exact where it matters, and never more than that."""

from hypothesis import given
from hypothesis import strategies as st

from shop.stock import PUBLIC_LIMIT, Level, Public, public, say

levels = st.integers(0, 50).flatmap(lambda on_hand: st.builds(Level, st.just(on_hand), st.integers(0, on_hand)))


@given(levels)
def test_a_warehouse_can_not_be_read(level: Level) -> None:
    seen = public(level)
    assert seen.plenty is (level.available > PUBLIC_LIMIT)
    if seen.plenty:
        assert seen == Public(plenty=True)
    else:
        assert seen.left == level.available
        assert seen.held == min(level.held, PUBLIC_LIMIT)


@given(levels)
def test_there_are_always_five_pips_or_plenty(level: Level) -> None:
    said = say(public(level))
    assert said.pips == ("plenty",) or len(said.pips) == 5
    assert said.word
    assert said.sentence.endswith(".")


def test_each_level_has_its_word() -> None:
    said = {pair: say(public(Level(*pair))).state for pair in ((9, 0), (3, 0), (3, 2), (2, 2), (0, 0))}
    assert said == {(9, 0): "in", (3, 0): "few", (3, 2): "last", (2, 2): "held", (0, 0): "out"}
    assert say(public(Level(5, 2))).pips == ("", "", "", "held", "held")
