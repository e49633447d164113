"""Days as the shop counts them: from midnight to midnight in its own time zone, 23 or 25 hours when clocks change."""

from datetime import datetime, timedelta, tzinfo

from msgspec import Struct


class Day(Struct, frozen=True):
    """A day of the shop: its date as text (2026-11-22), and when it starts and ends."""

    date: str
    start: datetime
    end: datetime


def day_of(now: datetime, zone: tzinfo) -> Day:
    """The day that `now` falls into."""
    start = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return Day(start.date().isoformat(), start, start + timedelta(days=1))
