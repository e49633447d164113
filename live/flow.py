"""Flow control for what comes in: credits per connection, and how many connections there may be."""

from collections import Counter
from enum import Enum
from typing import Final

from live.protocol import MESSAGE_BURST, MESSAGES_PER_SECOND


class Verdict(Enum):
    """What a message may do."""

    GRANTED = "granted"
    WAIT = "wait"
    FLOOD = "flood"


class Credits:
    """A token bucket that may be overdrawn by one burst: refusals first, then the flood verdict."""

    __slots__ = ("_at", "_burst", "_left", "_per_second")

    def __init__(self, now: float, per_second: float = MESSAGES_PER_SECOND, burst: float = MESSAGE_BURST) -> None:
        self._per_second: Final = per_second
        self._burst: Final = burst
        self._left = burst
        self._at = now

    def spend(self, now: float) -> Verdict:
        """Pay for one message at a time in seconds. Refused messages cost too, or a flood would be free."""
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second) - 1
        self._at = now
        if self._left >= 0:
            return Verdict.GRANTED
        return Verdict.WAIT if self._left >= -self._burst else Verdict.FLOOD

    @property
    def retry_seconds(self) -> float:
        """How long until the next message would be granted."""
        return max(0.0, (1 - self._left) / self._per_second)


class Admissions:
    """Counts open connections, in all and by address."""

    def __init__(self, max_per_address: int, max_in_all: int) -> None:
        self._max_per_address: Final = max_per_address
        self._max_in_all: Final = max_in_all
        self._by_address: Counter[str] = Counter()
        self._in_all = 0

    def admit(self, address: str, *, crowd: bool = False) -> bool:
        """Take a place; False when there is none. Every True is followed by one `release`.

        A `crowd` is many clients behind one address, as in a load test: only the places in all are counted for it.
        """
        full = self._by_address[address] >= self._max_per_address and not crowd
        if full or self._in_all >= self._max_in_all:
            return False
        self._in_all += 1
        self._by_address[address] += 1
        return True

    def release(self, address: str) -> None:
        """Give a place back."""
        self._in_all -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]
