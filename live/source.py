"""What the live room asks of the house: committed truth, read when somebody subscribes or has fallen behind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

# Ready JSON for what stands in the search box; runs on the loop, so it must take well under a millisecond.
Suggester = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A value and the outbox position of its last change; `data` is ready JSON."""

    version: int
    data: bytes


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """An event, and the position of the event before it in the same feed (0 for the first)."""

    position: int
    prev: int
    data: bytes


class Source(Protocol):
    """Reads of committed state. Each answer holds at least what was committed when the call was made."""

    @property
    def epoch(self) -> str:
        """Names the database: it differs when versions start over, as after a restore."""

    async def snapshot(self, keys: Sequence[str]) -> Mapping[str, Snapshot | None]:
        """The values behind these keys; None, or absence, where there is no such thing."""

    async def feed(self, feed: str, after: int, limit: int) -> Sequence[FeedEvent]:
        """Events with a position above `after`, oldest first, at most `limit`."""

    async def feed_snapshot(self, feed: str) -> tuple[int, bytes]:
        """A position, read before the data, and ready JSON that holds at least everything up to it."""
