"""What the live room has done since it started, for whoever draws it."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stats:
    """Running totals. `closed` counts by close code; a peer cut for being too slow counts as 4508."""

    opened: int = 0
    closed: Counter[int] = field(default_factory=Counter)
    dead: int = 0
    published: int = 0
    encoded: int = 0
    frames: int = 0
    writes: int = 0
    bytes: int = 0
    skipped_slow: int = 0
