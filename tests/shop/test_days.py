"""A day of the shop begins at its own midnight, also when the clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from shop.days import day_of

BRUSSELS = ZoneInfo("Europe/Brussels")


def test_a_day_begins_at_midnight_of_the_shops_own_zone():
    day = day_of(datetime(2026, 11, 22, 23, 30, tzinfo=UTC), BRUSSELS)
    assert day.date == "2026-11-23"
    assert day.start == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)


def test_the_day_on_which_summer_time_ends_has_25_hours():
    day = day_of(datetime(2026, 10, 25, 12, 0, tzinfo=UTC), BRUSSELS)
    assert day.end.astimezone(UTC) - day.start.astimezone(UTC) == timedelta(hours=25)
