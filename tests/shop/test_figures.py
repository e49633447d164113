"""The day in words: fair comparisons, plain sentences, and nothing that reads oddly when there is nothing."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from shop.days import day_on, so_far, whole
from shop.figures import Counted, DayCounts, Figures, Hour, brief, more, percent, told

BRUSSELS = ZoneInfo("Europe/Brussels")
NOW = datetime(2026, 11, 22, 17, 5, tzinfo=UTC)  # a Sunday, 18:05 in Brussels


def money(amount: int, currency: str) -> str:
    assert currency == "EUR"
    return f"€{amount / 100:,.2f}"


def counted(hours: dict[int, Hour], *, orders: int | None = None, revenue: int | None = None) -> Counted:
    """A day of these hours; up to the moment, all of it unless told otherwise."""
    found = [hours.get(hour, Hour()) for hour in range(24)]
    return Counted(
        sum(hour.orders for hour in found) if orders is None else orders,
        sum(hour.paid for hour in found),
        sum(hour.revenue for hour in found) if revenue is None else revenue,
        tuple(found),
    )


def day(today: Counted, before: Counted, week: Counted, waiting: int = 0) -> DayCounts:
    return DayCounts(today, before, week, waiting, waiting * 2800, (), "EUR")


NOTHING = counted({})


def shown(figures: Figures, name: str) -> tuple[str, tuple[str, ...]]:
    return figures.shown[name].value, figures.shown[name].said


def test_today_is_held_against_yesterday_and_the_same_weekday_by_now():
    today = counted({9: Hour(3, 2, 100_000), 17: Hour(6, 6, 113_000), 18: Hour(1, 1, 16_000)})
    yesterday = counted({9: Hour(12, 12, 300_000)}, orders=7, revenue=229_000)
    figures = told(day(today, yesterday, counted({9: Hour(1, 1, 204_465)}), 2), so_far(NOW, BRUSSELS), money)
    assert shown(figures, "revenue") == ("€2,290", ("As much as yesterday by now", "12% more than last Sunday"))
    assert shown(figures, "orders") == ("10", ("3 more than yesterday by now", "9 more than last Sunday"))
    assert shown(figures, "paid")[1][0] == "3 fewer than yesterday by now"
    assert shown(figures, "average")[0] == "€254.44"
    assert shown(figures, "waiting") == ("2", ("€56.00 in all",))
    assert (figures.hour, figures.day) == (18, "2026-11-22")
    assert figures.hours[9] == (3, 100_000, 12, 300_000)


def test_a_chart_says_in_words_what_it_shows():
    today = counted({9: Hour(3, 2, 100_000), 17: Hour(6, 6, 113_000), 18: Hour(1, 1, 16_000)})
    figures = told(day(today, counted({18: Hour(2, 2, 98_000)}), NOTHING), so_far(NOW, BRUSSELS), money)
    assert figures.charts["revenue"].label == (
        "Revenue by hour today: €1,130.00 between 17:00 and 18:00, the most so far; €160.00 since 18:00. "
        "Yesterday the most was €980.00, between 18:00 and 19:00."
    )
    assert figures.charts["orders"].label.startswith("Orders by hour today: 6 orders between 17:00 and 18:00")
    assert figures.charts["revenue"].now.count("M") == 1
    assert figures.charts["revenue"].bars.count("M") == 2


def test_a_day_without_anything_reads_plainly():
    figures = told(day(NOTHING, NOTHING, NOTHING), so_far(NOW, BRUSSELS), money)
    assert shown(figures, "revenue") == ("€0.00", ("As much as yesterday by now", "As much as last Sunday"))
    assert shown(figures, "average") == ("–", ("No order is paid yet",))
    assert shown(figures, "waiting") == ("0", ("All is paid or over",))
    assert figures.charts["revenue"].label == "Revenue by hour today: none yet. Yesterday: none."


def test_a_day_that_is_over_is_held_against_whole_days_and_has_no_present_hour():
    sunday = day_on(NOW.date(), BRUSSELS)
    figures = told(day(counted({23: Hour(2, 2, 5000)}), NOTHING, NOTHING), whole(sunday), money)
    assert shown(figures, "orders")[1] == ("2 more than the day before", "2 more than the Sunday before")
    assert figures.hour is None
    assert figures.charts["orders"].now == ""
    assert figures.charts["orders"].label == (
        "Orders by hour: 2 orders between 23:00 and 24:00, the most. The day before: none."
    )


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [
        (0, 0, "As much as then"),
        (5, 0, "Nothing then"),
        (0, 5, "100% less than then"),
        (112, 100, "12% more than then"),
        (1001, 1000, "About as much as then"),
        (1099, 100, "999% more than then"),
        (5000, 100, "50 times as much as then"),
    ],
)
def test_amounts_compare_in_percent(now: int, then: int, said: str):
    assert percent(now, then, "then") == said


def test_counts_compare_in_numbers():
    assert more(10, 1, "then") == "9 more than then"
    assert more(1, 10, "then") == "9 fewer than then"
    assert more(0, 0, "then") == "As many as then"


@pytest.mark.parametrize(
    ("amount", "text"), [(8050, "€80.50"), (99_999, "€999.99"), (100_000, "€1,000"), (648_249, "€6,482"), (0, "€0.00")]
)
def test_large_figures_leave_the_cents_out(amount: int, text: str):
    assert brief(amount, "EUR", money) == text


def test_currencies_without_cents_and_other_ways_of_writing_stay_whole():
    assert brief(1_000_000, "JPY", lambda amount, _: f"¥{amount:,}") == "¥1,000,000"
    assert brief(648_249, "EUR", lambda _amount, _: "6.482,00 €") == "6.482 €"
