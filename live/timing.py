"""How long things may take on a connection; tests make them short."""

from dataclasses import dataclass

from live.protocol import HELLO_SECONDS, PING_JITTER_SECONDS, PING_SECONDS


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds.

    `dead`: nothing heard for so long, pings included, ends a connection. `stall`: bytes are waiting and none leaves.
    `close`: what a peer gets to answer a close frame. `conflate`: changes of one topic that come closer leave as one.
    """

    hello_seconds: float = HELLO_SECONDS
    ping_seconds: float = PING_SECONDS
    ping_jitter_seconds: float = PING_JITTER_SECONDS
    dead_seconds: float = 45.0
    stall_seconds: float = 15.0
    close_seconds: float = 2.0
    sweep_seconds: float = 1.0
    conflate_seconds: float = 0.020
    slow_recheck_seconds: float = 0.050
    source_seconds: float = 5.0
    ended_session_seconds: float = 60.0
