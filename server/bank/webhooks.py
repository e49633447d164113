"""News for the shop: queued in the transaction that made them, signed, sent until the shop has taken them.

Each event is delivered at least once, so it can come twice; a restart goes on where it stopped.
"""

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable

import aiohttp
import orjson
from msgspec import Struct

from server.bank import writing
from server.bank.books import Books, Tx
from server.bank.settings import BankSettings

DELIVERY_SECONDS = 5.0
FIRST_RETRY_SECONDS = 1
LONGEST_RETRY_SECONDS = 3600
GIVE_UP_ATTEMPTS = 84  # a little over three days
SHUFFLE_SECONDS = 3.0
SENT_AT_ONCE = 16
IDLE_SECONDS = 30.0
FAULT_PAUSE_SECONDS = 1.0
TAKEN = range(200, 300)
SIGNATURE_HEADER = "Sandbox-Signature"

log = logging.getLogger("bank.webhooks")
_random = secrets.SystemRandom()


class Event(Struct, frozen=True):
    """A row of the events table; `created_ms` is when it happened."""

    id: str
    kind: str
    payment: str
    created_ms: int
    attempts: int

    def body(self) -> bytes:
        """What is sent: a hint. Whoever hears it asks for the payment."""
        created_at = writing.moment(self.created_ms)
        return orjson.dumps({"id": self.id, "kind": self.kind, "payment": self.payment, "created_at": created_at})


def announce(tx: Tx, kind: str, payment_id: str, *, late_seconds: float = 0) -> None:
    """Queues an event, due at once or as late as the settings' tricks want it."""
    late_seconds += tx.settings.webhook_delay_seconds
    if tx.settings.webhook_shuffle:
        late_seconds += _random.uniform(0, SHUFFLE_SECONDS * tx.settings.fast)
    due_ms = tx.now_ms + int(late_seconds * 1000)
    row = (f"evt_{secrets.token_urlsafe(15)}", kind, payment_id, tx.now_ms, due_ms)
    tx.sql.execute("INSERT INTO events (id, kind, payment, created_ms, due_ms) VALUES (?, ?, ?, ?, ?)", row)


def signature(secret: str, raw: bytes, at_seconds: int) -> str:
    """The value of the Sandbox-Signature header: HMAC-SHA256 over `{t}.{raw body}`, in hex."""
    signed = hmac.new(secret.encode(), f"{at_seconds}.".encode() + raw, hashlib.sha256)
    return f"t={at_seconds},v1={signed.hexdigest()}"


def retry_seconds(attempts: int) -> int:
    """The pause after so many failed attempts: 1, 2, 4, 8 … seconds, at most an hour."""
    return min(FIRST_RETRY_SECONDS << min(attempts - 1, 12), LONGEST_RETRY_SECONDS)


def waiting(tx: Tx, limit: int) -> list[tuple[Event, int]]:
    """Events that are to be sent, now or later, and when that is; longest waiting first."""
    rows = tx.sql.execute(
        "SELECT id, kind, payment, created_ms, attempts, due_ms FROM events "
        "WHERE due_ms IS NOT NULL ORDER BY due_ms, created_ms LIMIT ?",
        (limit,),
    )
    return [(Event(*row[:-1]), row[-1]) for row in rows]


def record(tx: Tx, attempted: list[tuple[Event, bool]]) -> None:
    """Writes down which events were taken. A refused one comes again, later each time, until the bank gives up."""
    for event, taken in attempted:
        attempts = event.attempts + 1
        due_ms: int | None = None
        if not taken and attempts < GIVE_UP_ATTEMPTS:
            due_ms = tx.now_ms + int(retry_seconds(attempts) * tx.settings.fast * 1000)
        tx.sql.execute("UPDATE events SET attempts = ?, due_ms = ? WHERE id = ?", (attempts, due_ms, event.id))


class Courier:
    """Sends what is due, then sleeps until something is due or changes. Looking at the books also lets time pass in
    them, so this is the bank's night shift too: `next_wake_ms` says when a payment needs it.

    An event doesn't wait for those that are on their way: a shop that is slow with one may be quick with another.
    """

    def __init__(self, books: Books, settings: BankSettings, next_wake_ms: Callable[[Tx], int | None]) -> None:
        self._books = books
        self._settings = settings
        self._next_wake_ms = next_wake_ms
        self._on_their_way: set[str] = set()
        self._attempted: list[tuple[Event, bool]] = []

    async def run(self) -> None:
        """Works until cancelled."""
        timeout = aiohttp.ClientTimeout(total=DELIVERY_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as client,
            asyncio.TaskGroup() as tasks,
        ):
            while True:
                try:
                    await self._round(client, tasks)
                except Exception:  # an edge: a full disk or a locked file must not end the deliveries
                    log.exception("the courier stumbled")
                    await asyncio.sleep(FAULT_PAUSE_SECONDS)

    async def _round(self, client: aiohttp.ClientSession, tasks: asyncio.TaskGroup) -> None:
        """Writes down what was sent, sends what is due, and waits for a reason to do so again."""
        self._books.changed.clear()
        attempted = list(self._attempted)
        events, idle_seconds = await self._books.run(self._look, attempted)
        del self._attempted[: len(attempted)]
        self._on_their_way.difference_update(event.id for event, _ in attempted)
        for event in events:
            self._on_their_way.add(event.id)
            tasks.create_task(self._deliver(client, event))
        if events or self._attempted:
            return
        try:
            async with asyncio.timeout(idle_seconds):
                await self._books.changed.wait()
        except TimeoutError:
            return

    def _look(self, tx: Tx, attempted: list[tuple[Event, bool]]) -> tuple[list[Event], float]:
        """What is to be sent now, and how many seconds there is nothing else to do."""
        record(tx, attempted)
        away = self._on_their_way - {event.id for event, _ in attempted}
        ahead = [self._next_wake_ms(tx)]
        due: list[Event] = []
        for event, due_ms in waiting(tx, SENT_AT_ONCE + 1) if self._settings.webhook_url else ():
            if event.id in away:
                continue
            if due_ms > tx.now_ms:
                ahead.append(due_ms)
            elif len(away) + len(due) < SENT_AT_ONCE:
                due.append(event)
        waits = [max(0.0, (at_ms - tx.now_ms) / 1000) for at_ms in ahead if at_ms is not None]
        return due, min([*waits, IDLE_SECONDS])

    async def _deliver(self, client: aiohttp.ClientSession, event: Event) -> None:
        taken = False
        try:
            taken = await self._send(client, event)
        except Exception:  # an edge: a bug about one event makes it come again later, and the others go on
            log.exception("event %s could not be sent", event.id)
        self._attempted.append((event, taken))
        self._books.changed.set()

    async def _send(self, client: aiohttp.ClientSession, event: Event) -> bool:
        """True if the shop took the event. With the trick `webhook_twice`, it gets each one twice."""
        taken = await self._post(client, event)
        return await self._post(client, event) if taken and self._settings.webhook_twice else taken

    async def _post(self, client: aiohttp.ClientSession, event: Event) -> bool:
        now = self._settings.clock()
        raw = event.body()
        headers = {
            "Content-Type": "application/json",
            SIGNATURE_HEADER: signature(self._settings.webhook_secret, raw, int(now.timestamp())),
        }
        url = self._settings.webhook_url
        try:
            async with client.post(url, data=raw, headers=headers, allow_redirects=False) as response:
                return response.status in TAKEN
        except (aiohttp.ClientError, OSError, TimeoutError) as fault:
            log.info("event %s was not taken: %s", event.id, repr(fault))
            return False
