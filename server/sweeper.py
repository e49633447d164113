"""The sweeper: ends holds when their time is over, makes the words that orders are found by, and forgets what is old."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shop.days import day_of
from shop.events import DayBegan
from shop.holds import PATIENCE, Patience
from storage import commands, order_words, orders, outbox, sessions, tokens
from storage.database import Database

LONGEST_PAUSE_SECONDS = 1.0
JUST_AFTER_SECONDS = 0.02
TIDY_EVERY = timedelta(minutes=10)
BATCH = 100
SESSIONS_AT_ONCE = 200
WORDS_SECONDS = 0.25
"""How long one sweep makes the words of orders; with many to go, a quarter of a second in each."""

OUTBOX_KEPT = timedelta(days=7)
OUTBOX_KEPT_EVENTS = 10_000


class Sweeper:
    """One a shop. Holds end at their time, and within a second of it when much is to be ended."""

    def __init__(
        self,
        db: Database,
        clock: Callable[[], datetime],
        zone: Callable[[], ZoneInfo],
        wake_reconciler: Callable[[], None],
        patience: Patience = PATIENCE,
    ) -> None:
        self._db = db
        self._clock = clock
        self._wake_reconciler = wake_reconciler
        self._zone = zone
        self._patience = patience
        self._next_end: datetime | None = None
        self._day = self._today()
        self._tidied = datetime.min.replace(tzinfo=clock().tzinfo)

    async def run(self) -> None:
        """Sweeps again and again, until cancelled."""
        while True:
            await self.sweep()
            await asyncio.sleep(self._pause())

    async def sweep(self) -> None:
        """Ends what is overdue now; nothing is written when nothing is."""
        now = self._clock()
        self._next_end = next_end = await self._db.read(orders.next_overdue)
        while next_end is not None and next_end < now:
            ended = await self._db.write(orders.end_overdue, now, BATCH, self._patience)
            if ended:
                self._wake_reconciler()
            if ended < BATCH:
                break
        await order_words.read_on(self._db, WORDS_SECONDS)
        if self._today() != self._day:
            self._day = self._today()
            await self._db.write(outbox.note, DayBegan(self._day), now)
        if now - self._tidied > TIDY_EVERY:
            self._tidied = now
            while await self._db.write(sessions.end_expired, now, SESSIONS_AT_ONCE) == SESSIONS_AT_ONCE:
                pass
            await self._db.write(commands.prune, now)
            await self._db.write(tokens.prune, now)
            await self._db.write(outbox.prune, now - OUTBOX_KEPT, OUTBOX_KEPT_EVENTS)

    def _pause(self) -> float:
        """Seconds until the next hold ends, or the next look; what is placed meanwhile is held for longer than that."""
        if self._next_end is None:
            return LONGEST_PAUSE_SECONDS
        left = (self._next_end - self._clock()).total_seconds() + JUST_AFTER_SECONDS
        return min(LONGEST_PAUSE_SECONDS, max(JUST_AFTER_SECONDS, left))

    def _today(self) -> str:
        return day_of(self._clock(), self._zone()).date
