"""Holds in words: how long something is held from now."""

from datetime import UTC, datetime, timedelta

import pytest

from shop.holds import left

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (900, "15 more minutes"),
        (899.5, "15 more minutes"),
        (61, "2 more minutes"),
        (60, "60 more seconds"),
        (1.2, "2 more seconds"),
        (0.4, "1 more second"),
        (0, "which is now"),
        (-5, "which is now"),
    ],
)
def test_how_long_it_is_held_is_said_as_the_page_counts_on(seconds: float, words: str) -> None:
    assert left(NOW + timedelta(seconds=seconds), NOW) == words
