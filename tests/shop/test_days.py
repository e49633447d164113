"""A day of the shop begins at its own midnight, also when the clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from shop.days import day_of, day_on, hour_of, so_far, whole

BRUSSELS = ZoneInfo("Europe/Brussels")


def test_a_day_begins_at_midnight_of_the_shops_own_zone():
    day = day_of(datetime(2026, 11, 22, 23, 30, tzinfo=UTC), BRUSSELS)
    assert day.date == "2026-11-23"
    assert day.start == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)


def test_the_day_on_which_summer_time_ends_has_25_hours():
    day = day_of(datetime(2026, 10, 25, 12, 0, tzinfo=UTC), BRUSSELS)
    assert day.end.astimezone(UTC) - day.start.astimezone(UTC) == timedelta(hours=25)


def test_a_day_so_far_is_compared_up_to_the_same_time_by_the_clock_across_a_change_of_clocks():
    monday = so_far(datetime(2026, 10, 26, 13, 5, tzinfo=UTC), BRUSSELS)  # 14:05, the day after summer time ended
    assert monday.day.day.date == "2026-10-26"
    assert monday.before.until == datetime(2026, 10, 25, 13, 5, tzinfo=UTC)
    assert monday.week_before.until == datetime(2026, 10, 19, 12, 5, tzinfo=UTC)
    assert monday.before.day == day_of(datetime(2026, 10, 25, 9, tzinfo=UTC), BRUSSELS)


def test_a_day_that_is_over_is_compared_whole():
    found = whole(day_on(date(2026, 3, 30), BRUSSELS))
    assert found.hour is None
    assert (found.day.until, found.before.until) == (found.day.day.end, found.day.day.start)
    assert found.before.day.end.astimezone(UTC) - found.before.day.start.astimezone(UTC) == timedelta(hours=23)


def test_slices_of_long_and_short_days_lie_in_the_hours_of_the_clock():
    long, short = day_on(date(2026, 10, 25), BRUSSELS), day_on(date(2026, 3, 29), BRUSSELS)
    assert [hour_of(long, place) for place in range(10)] == [0, 0, 1, 1, 2, 2, 2, 2, 3, 3]
    assert [hour_of(short, place) for place in range(8)] == [0, 0, 1, 1, 3, 3, 4, 4]
    assert hour_of(long, 49) == hour_of(short, 45) == 23


def test_clocks_that_change_by_half_an_hour_are_in_step_too():
    lord_howe = day_on(date(2026, 10, 4), ZoneInfo("Australia/Lord_Howe"))
    assert [hour_of(lord_howe, place) for place in range(2, 8)] == [1, 1, 2, 3, 3, 4]
