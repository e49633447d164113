"""Committed changes as the hub wants them; whoever reads the outbox makes these."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class State:
    """A value's newest version: `key` as spelled by live.topics, `data` ready JSON, or None when the thing is gone."""

    key: str
    version: int
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Feed:
    """An event of a feed: at most one for each feed and position; `data` is ready JSON."""

    feed: str
    position: int
    data: bytes


Change = State | Feed
