"""What a crowd writes down while it shops: waits, answers, orders, and whatever should not have happened."""

import time
from array import array
from collections import Counter, defaultdict


class Unexpected(Exception):
    """An answer that is not documented for its step, or one that never came. The visit ends; the message says which."""


class Record:
    """One a run, shared by all shoppers of it; times are in seconds by `now`."""

    def __init__(self) -> None:
        self.waits: defaultdict[str, list[float]] = defaultdict(list)
        self.ends: defaultdict[str, array[float]] = defaultdict(lambda: array("d"))
        """When each wait of `waits` was over, in its place there."""
        self.answers: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.actions: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.ordered: list[str] = []
        """Numbers of the orders that somebody was told they have."""
        self.paid: list[str] = []
        """Numbers of the orders that the live page called paid."""
        self.frames = 0
        self.heard_at = now()
        """When a page heard of a change last."""
        self.sockets = 0
        self.started = self.ended = now()

    def wait(self, kind: str, seconds: float) -> None:
        self.waits[kind].append(max(0.0, seconds))
        self.ends[kind].append(now())

    def answer(self, step: str, outcome: str) -> None:
        self.answers[step][outcome] += 1

    def action(self, name: str) -> None:
        self.actions[name] += 1

    def fault(self, text: str) -> None:
        self.faults[text] += 1

    @property
    def requests(self) -> int:
        """Answers over HTTP."""
        return sum(found.total() for found in self.answers.values())

    def outcomes(self, step: str, beginning: str) -> int:
        """How many answers to a step begin like this, such as "409"."""
        return sum(count for outcome, count in self.answers.get(step, {}).items() if outcome.startswith(beginning))


def now() -> float:
    """The one clock of the client, in seconds; only differences mean anything."""
    return time.perf_counter()
