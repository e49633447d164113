"""Figures made of many waits: percentiles by nearest rank, and one row of a report for each kind of wait."""

import math
from collections.abc import Iterable, Sequence

from msgspec import Struct


class Summary(Struct, frozen=True):
    """How long something took, in milliseconds, over `count` times."""

    count: int
    p50: float
    p95: float
    p99: float
    longest: float


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share (0 to 1) of the ordered values do not exceed: nearest rank.

    Raises ValueError when there are no values.
    """
    if not ordered:
        raise ValueError("there is no percentile of nothing")
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def summary(seconds: Iterable[float]) -> Summary | None:
    """Waits in seconds as a row in milliseconds; None when there were none."""
    ordered = sorted(seconds)
    if not ordered:
        return None
    p50, p95, p99 = (round(percentile(ordered, share) * 1000, 2) for share in (0.50, 0.95, 0.99))
    return Summary(len(ordered), p50, p95, p99, round(ordered[-1] * 1000, 2))
