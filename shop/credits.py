"""Credits: how often somebody may do something. A bucket that fills steadily and holds a burst."""

from msgspec import Struct

ROUNDING_SECONDS = 1e-9


class Rate(Struct, frozen=True):
    """`burst` calls at once, then `per_second` of them."""

    per_second: float
    burst: float


class Bucket:
    """The credits of one caller, by a monotonic clock in seconds."""

    __slots__ = ("_full_at", "rate")

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._full_at = 0.0

    def take(self, now: float, cost: float = 1.0) -> float:
        """0.0 when the call may go on; otherwise the seconds to wait, and nothing is taken."""
        full_at = max(now, self._full_at) + cost / self.rate.per_second
        wait = full_at - now - self.rate.burst / self.rate.per_second
        if wait > ROUNDING_SECONDS:
            return wait
        self._full_at = full_at
        return 0.0

    def idle(self, now: float) -> bool:
        """Whether the bucket is full again, so that it can be forgotten."""
        return self._full_at <= now


class Ledger:
    """The buckets of many callers under one rate; full ones are forgotten, so it stays as small as its traffic."""

    def __init__(self, rate: Rate, max_callers: int = 50_000) -> None:
        self.rate = rate
        self.max_callers = max_callers
        self._buckets: dict[str, Bucket] = {}

    def take(self, caller: str, now: float, cost: float = 1.0) -> float:
        """As Bucket.take, for this caller."""
        bucket = self._buckets.get(caller)
        if bucket is None:
            if len(self._buckets) >= self.max_callers:
                self._forget(now)
            bucket = self._buckets[caller] = Bucket(self.rate)
        return bucket.take(now, cost)

    def _forget(self, now: float) -> None:
        self._buckets = {caller: bucket for caller, bucket in self._buckets.items() if not bucket.idle(now)}
        while len(self._buckets) >= self.max_callers:
            self._buckets.pop(next(iter(self._buckets)))
