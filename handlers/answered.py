"""What the log and the metrics are told of an answer; in a file that needs nothing, since whoever only logs reads it too."""

from typing import NamedTuple


class Answered(NamedTuple):
    """An answer that left: when (seconds since 1970), which request it was for, and how long it took."""

    at: float
    request_id: str
    method: str
    route: str
    """The names of what is in an address and not its words, so there is nobody's secret in it."""
    status: int
    seconds: float
