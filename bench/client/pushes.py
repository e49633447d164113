"""How long a change of stock takes to reach a page: from the request of whoever makes it, to the frame at each watcher.

The shop tells the watchers before it answers, so from the answer on there would often be nothing left to measure.

A frame doesn't say who caused it. So only changes count that have a variant to themselves: nobody else of the crowd was
changing it then, or had been a moment before.
"""

from collections import Counter

from bench.client.record import Record, now

STOCK_PUSH = "stock push"
SETTLED_SECONDS = 0.3
"""How long after a change the frames of it may still be on their way."""


class Change:
    """A change under way, and when it was asked for; `early` are the frames that came before its answer did."""

    def __init__(self) -> None:
        self.begun_at = now()
        self.answered = False
        self.early: list[float] = []


class Pushes:
    """One a run: told of every change that the crowd makes, and of every frame of stock that a watcher hears."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._under_way: Counter[str] = Counter()
        self._quiet_at: dict[str, float] = {}
        self._alone: dict[str, Change] = {}

    def begin(self, variant: str) -> None:
        """Somebody is about to change the variant's stock. Each `begin` is followed by one `end`."""
        disturbed = self._under_way[variant] or now() < self._quiet_at.get(variant, 0.0)
        self._under_way[variant] += 1
        if disturbed:
            self._alone.pop(variant, None)
        else:
            self._alone[variant] = Change()

    def answered(self, variant: str) -> None:
        """The change was made, and not refused."""
        change = self._alone.get(variant)
        if change is not None and not change.answered:
            change.answered = True
            for at in change.early:
                self._record.wait(STOCK_PUSH, at - change.begun_at)

    def moves_again(self, variant: str) -> None:
        """What comes now is of another change, such as a payment: it is not measured."""
        self._alone.pop(variant, None)

    def end(self, variant: str) -> None:
        self._under_way[variant] -= 1
        self._quiet_at[variant] = now() + SETTLED_SECONDS

    def heard(self, topic: str, at: float) -> None:
        """A watcher heard a change of a topic."""
        subject, _, variant = topic.partition("/")
        change = self._alone.get(variant) if subject == "stock" else None
        if change is None:
            return
        if change.answered:
            self._record.wait(STOCK_PUSH, at - change.begun_at)
        else:
            change.early.append(at)
