"""A run over time: what had been counted at each look, and what the processes had taken of the machine by then."""

import resource
import sys
from collections.abc import Mapping

from msgspec import Struct

from bench.client.record import Record, now

MEBIBYTE = 1 << 20
KIBIBYTE = 1 << 10


class Usage(Struct, frozen=True):
    """What a process took: CPU in seconds since the run began, and resident memory in MiB."""

    cpu_seconds: float
    memory_mib: float


class Moment(Struct, frozen=True, kw_only=True):
    """The sums so far, `seconds` after the start; `usage` by the name of the process (shop, bank)."""

    seconds: float
    answers: int
    suggestions: int
    frames: int
    orders: int
    paid: int
    faults: int
    usage: dict[str, Usage]


def moment(record: Record, usage: Mapping[str, Usage]) -> Moment:
    """How things stand now."""
    return Moment(
        seconds=round(now() - record.started, 2),
        answers=record.requests,
        suggestions=len(record.waits["suggestion"]),
        frames=record.frames,
        orders=len(record.ordered),
        paid=len(record.paid),
        faults=record.faults.total(),
        usage=dict(usage),
    )


class Self:
    """What this process has taken since this was made."""

    def __init__(self) -> None:
        self._before = _cpu_seconds()

    def whole(self) -> Usage:
        """CPU since then, and the most memory there ever was (getrusage(2): in KiB, on macOS in bytes)."""
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        most_bytes = most if sys.platform == "darwin" else most * KIBIBYTE
        return Usage(round(_cpu_seconds() - self._before, 2), round(most_bytes / MEBIBYTE, 1))


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
