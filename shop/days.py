"""Days as the shop counts them: from midnight to midnight in its own time zone, 23 or 25 hours when clocks change."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from msgspec import Struct

SLICE = timedelta(minutes=30)
"""A day is counted in slices of elapsed time: no zone changes its clock by less, so each lies in one hour of the clock."""

HOURS = 24


class Day(Struct, frozen=True):
    """A day of the shop: its date as text (2026-11-22), and when it starts and ends, in the shop's zone."""

    date: str
    start: datetime
    end: datetime


class Period(Struct, frozen=True):
    """A day up to a moment of it, which is the day's end when it is over."""

    day: Day
    until: datetime


class Compared(Struct, frozen=True):
    """A day, and what it is held against: the day before and the same weekday of the week before, as far as it has come."""

    day: Period
    before: Period
    week_before: Period
    hour: int | None
    """The present hour by the clock; None when the day is over."""


def day_of(now: datetime, zone: tzinfo) -> Day:
    """The day that `now` falls into."""
    return day_on(now.astimezone(zone).date(), zone)


def day_on(at: date, zone: tzinfo) -> Day:
    """The day of this date."""
    start = datetime.combine(at, time(), zone)
    return Day(at.isoformat(), start, start + timedelta(days=1))


def earlier(day: Day, days: int) -> Day:
    """The day so many days before."""
    return Day((day.start - timedelta(days)).date().isoformat(), day.start - timedelta(days), day.end - timedelta(days))


def so_far(now: datetime, zone: tzinfo) -> Compared:
    """The day that `now` falls into, against the same time by the clock on the days before."""
    local = now.astimezone(zone)
    return _compared(day_of(now, zone), local, local.hour)


def whole(day: Day) -> Compared:
    """A day that is over, against whole days."""
    return _compared(day, day.end, None)


def hour_of(day: Day, slice_index: int) -> int:
    """The hour of the clock, 0 to 23, that the day's slice with this number lies in."""
    return (day.start.astimezone(UTC) + slice_index * SLICE).astimezone(day.start.tzinfo).hour


def _compared(day: Day, until: datetime, hour: int | None) -> Compared:
    # Taking days from a time of a zone moves its clock: the same time of another day, whatever the clocks did between.
    day_before, week_before = (Period(earlier(day, days), until - timedelta(days)) for days in (1, 7))
    # Nothing is later than now, and an order of this very millisecond is not to be missed.
    return Compared(Period(day, day.end), day_before, week_before, hour)
