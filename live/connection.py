"""One client: what it watches, what waits for it, and when it was last heard of."""

from typing import Final

from live.channels import Channel, FeedChannel, StateChannel
from live.viewer import Viewer
from live.wire import Wire


class Cursor:
    """How far a connection has followed a feed; None where it starts from a snapshot."""

    __slots__ = ("loading", "position")

    def __init__(self, position: int | None) -> None:
        self.position = position
        self.loading = False


class Connection:
    """Outbox and bookkeeping. `states` holds the version last sent by topic: with `dirty`, that is one slot a topic."""

    __slots__ = (
        "closing_at", "dirty", "drained", "drained_at", "feeds", "greeted", "heard_at", "hurried", "opened_at",
        "ping_after_seconds", "pinged_at", "question", "queued", "replies", "sent_at", "states", "viewer", "wire",
        "written",
    )  # fmt: skip

    def __init__(self, wire: Wire, viewer: Viewer) -> None:
        self.wire: Final = wire
        self.viewer: Final = viewer
        self.states: Final[dict[StateChannel, int]] = {}
        self.feeds: Final[dict[FeedChannel, Cursor]] = {}
        self.dirty: Final[dict[Channel, None]] = {}
        self.replies: list[bytes] = []
        self.question: tuple[int, str] | None = None
        self.greeted = False
        self.queued = self.hurried = False
        self.closing_at: float | None = None
        self.opened_at = self.heard_at = self.sent_at = self.pinged_at = self.drained_at = 0.0
        self.ping_after_seconds = 0.0
        self.written = self.drained = 0

    def opened(self, now: float, ping_after_seconds: float) -> None:
        """Start every clock."""
        self.opened_at = self.heard_at = self.sent_at = self.pinged_at = self.drained_at = now
        self.ping_after_seconds = ping_after_seconds

    def write(self, data: bytes, now: float) -> None:
        """Hand finished frames to the socket."""
        self.wire.write(data)
        self.written += len(data)
        self.sent_at = now

    def stalled_seconds(self, now: float) -> float:
        """How long bytes have been waiting without one of them leaving. Inbound bytes are no sign of progress."""
        waiting = self.wire.buffered()
        drained = self.written - waiting
        if not waiting or drained != self.drained:
            self.drained = drained
            self.drained_at = now
        return now - self.drained_at
