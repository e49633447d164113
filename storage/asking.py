"""How often the provider is asked about something: soon at first, then ever more rarely."""

from datetime import timedelta

FIRST_ASK = timedelta(seconds=20)
"""How long after the start of a payment the reconciler first asks the provider about it."""

LAST_ASK = timedelta(hours=1)
"""The longest pause between two questions."""


def pause_after(asked: int) -> timedelta:
    """The pause after so many questions without news: it doubles each time."""
    doubled: timedelta = FIRST_ASK * 2 ** min(asked, 10)
    return min(LAST_ASK, doubled)
