"""What the live room asks of the books: snapshots of states and events of feeds (live.source.Source)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import json

from live import topics as names
from live.source import FeedEvent, Snapshot
from server import translate
from shop.days import so_far
from shop.figures import Figures, Money, told
from storage import outbox, topics
from storage.database import Database

Reader = Callable[..., tuple[int, Any] | None]

_READERS: dict[str, Reader] = {
    "stock": topics.stock_state,
    "product": topics.product_state,
    "cart": topics.cart_state,
    "order": topics.order_state,
}
"""How the value behind a key is read, by the first part of the key."""


class Books:
    """The database as a Source. `clock` and `zone` say which day the figures are of, `money` writes their amounts."""

    def __init__(
        self, db: Database, epoch: str, clock: Callable[[], datetime], zone: Callable[[], ZoneInfo], money: Money
    ) -> None:
        self._db = db
        self._epoch = epoch
        self._clock = clock
        self._zone = zone
        self._money = money

    @property
    def epoch(self) -> str:
        return self._epoch

    async def snapshot(self, keys: Sequence[str]) -> Mapping[str, Snapshot | None]:
        """All the values in one read, so that they fit together."""
        return await self._db.read(self._snapshot, list(keys))

    async def feed(self, feed: str, after: int, limit: int) -> Sequence[FeedEvent]:
        previous, found = await self._db.read(outbox.of_kind, translate.KIND_OF_FEED[feed], after, limit)
        events: list[FeedEvent] = []
        for recorded in found:
            events.append(FeedEvent(recorded.position, previous, translate.feed_data(recorded)))
            previous = recorded.position
        return events

    async def feed_snapshot(self, feed: str) -> tuple[int, bytes]:
        reader: Callable[..., tuple[int, Any]] = (
            topics.orders_snapshot if feed == names.DASHBOARD_ORDERS else topics.stock_snapshot
        )
        position, rows = await self._db.read(reader)
        return position, json.encode(rows)

    async def one(self, key: str) -> Snapshot | None:
        """The value behind one key."""
        return (await self.snapshot([key]))[key]

    def _snapshot(self, tx: Any, keys: list[str]) -> dict[str, Snapshot | None]:
        return {key: self._one(tx, key) for key in keys}

    def _one(self, tx: Any, key: str) -> Snapshot | None:
        if key == names.DASHBOARD_FIGURES:
            found: tuple[int, Any] | None = self._figures(tx)
        elif key == names.DASHBOARD_LOW:
            found = topics.low_state(tx)
        else:
            subject, _, name = key.partition("/")
            found = _READERS[subject](tx, name)
        return None if found is None else Snapshot(found[0], json.encode(found[1]))

    def _figures(self, tx: Any) -> tuple[int, Figures]:
        """The shop's day so far."""
        compared = so_far(self._clock(), self._zone())
        version, counts = topics.figures_state(tx, compared)
        return version, told(counts, compared, self._money)
