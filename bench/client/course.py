"""How a run went, second by second: rates between two looks, percentiles of each slice of time, and how waits spread."""

import math
from collections.abc import Sequence

from msgspec import Struct

from bench.client.moments import Moment
from bench.client.record import Record
from bench.client.samples import Summary, summary

SLICES = 40
"""Into how many slices a run is cut; each is a second at least, so that it holds enough to be a percentile of."""
MIN_SLICE_SECONDS = 1.0
BINS_PER_DOUBLING = 2
MIN_BIN_MS = 0.5


class Slice(Struct, frozen=True):
    """The waits that ended around `seconds` after the start."""

    seconds: float
    waits: Summary


class Bin(Struct, frozen=True):
    """How many waits were longer than `above_ms` and not longer than `up_to_ms`."""

    above_ms: float
    up_to_ms: float
    count: int


class Course(Struct, frozen=True):
    """`moments` as they were looked at; slices and bins by kind of wait."""

    moments: list[Moment]
    slices: dict[str, list[Slice]]
    bins: dict[str, list[Bin]]


def course(record: Record, moments: Sequence[Moment]) -> Course:
    """The course of a run that has ended."""
    kinds = [kind for kind, waits in record.waits.items() if waits]
    return Course(
        list(moments),
        {kind: _slices(record, kind) for kind in kinds},
        {kind: bins(record.waits[kind]) for kind in kinds},
    )


def _slices(record: Record, kind: str) -> list[Slice]:
    length = max(MIN_SLICE_SECONDS, (record.ended - record.started) / SLICES)
    sliced: dict[int, list[float]] = {}
    for end, wait in zip(record.ends[kind], record.waits[kind], strict=True):
        sliced.setdefault(int((end - record.started) / length), []).append(wait)
    found = ((place, summary(waits)) for place, waits in sorted(sliced.items()) if place >= 0)
    return [Slice(round((place + 0.5) * length, 2), row) for place, row in found if row is not None]


def bins(seconds: Sequence[float]) -> list[Bin]:
    """Waits in seconds, counted into bins that grow by the square root of two; none is left out between two others."""
    counted: dict[int, int] = {}
    for wait in seconds:
        place = max(0, math.ceil(BINS_PER_DOUBLING * math.log2(max(wait * 1000 / MIN_BIN_MS, 1e-9))))
        counted[place] = counted.get(place, 0) + 1
    if not counted:
        return []
    return [
        Bin(_edge(place - 1) if place else 0.0, _edge(place), counted.get(place, 0))
        for place in range(min(counted), max(counted) + 1)
    ]


def _edge(place: int) -> float:
    return round(MIN_BIN_MS * 2 ** (place / BINS_PER_DOUBLING), 2)
