"""Charts as paths: every value under the scale, every bar in its hour, and round numbers beside them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop import charts

amounts = st.lists(st.integers(0, 10**12), min_size=24, max_size=24)


@pytest.mark.parametrize(
    ("most", "currency", "labels"),
    [
        (0, "", ("3", "2", "1", "0")),
        (2, "", ("3", "2", "1", "0")),
        (113_000, "EUR", ("1.2k", "800", "400", "0")),
        (120_000, "EUR", ("1.2k", "800", "400", "0")),
        (120_001, "EUR", ("1.5k", "1k", "500", "0")),
        (999, "JPY", ("1.2k", "800", "400", "0")),
        (9_000_000_000, "KWD", ("9m", "6m", "3m", "0")),
    ],
)
def test_a_scale_goes_up_in_round_steps_of_whole_money(most: int, currency: str, labels: tuple[str, ...]):
    assert charts.scale(most, currency).labels == labels


@given(st.integers(0, 10**12), st.sampled_from(["", "EUR", "JPY", "KWD"]))
def test_what_is_most_fits_under_the_scale_and_does_not_drown_in_it(most: int, currency: str):
    top = charts.scale(most, currency).top
    assert top >= most
    unit = {"EUR": 100, "KWD": 1000}.get(currency, 1)
    assert top <= max(3 * unit, 2 * most + 3 * unit)


@given(amounts)
def test_each_hour_with_a_value_has_one_bar_in_its_own_column(values: list[int]):
    path = charts.bars(values, charts.scale(max(values)).top, range(24))
    drawn = [(float(x), float(y)) for x, y in re.findall(r"M([\d.]+) 100V([\d.]+)h6.8V100z", path)]
    assert [int(x // charts.COLUMN) for x, _ in drawn] == [hour for hour, value in enumerate(values) if value > 0]
    assert all(0 <= y <= charts.HEIGHT for _, y in drawn)


def test_only_the_columns_asked_for_are_drawn():
    assert charts.bars([5] * 24, 10, [3]) == "M31.6 100V50h6.8V100z"
    assert charts.bars([0] * 24, 10, range(24)) == ""


@given(amounts)
def test_a_line_goes_through_the_middle_of_every_column(values: list[int]):
    numbers = [float(number) for number in charts.line(values, charts.scale(max(values)).top)[1:].split()]
    assert numbers[::2] == [5 + 10 * hour for hour in range(24)]
    assert all(0 <= y <= charts.HEIGHT for y in numbers[1::2])


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=24))
def test_a_sparkline_stays_in_its_frame_and_ends_where_its_point_is(values: list[int]):
    found = charts.spark(values)
    numbers = [float(number) for number in found.path[1:].split()]
    assert numbers[-2:] == [found.x, found.y]
    assert found.x == charts.SPARK_WIDTH - charts.SPARK_INSET
    assert all(charts.SPARK_TOP <= y <= charts.SPARK_FOOT for y in numbers[1::2])
