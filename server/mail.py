"""Mail: what happened to an order or an account, as a message to its owner, once however often the shop is restarted.

The mailer reads the outbox from a position that it keeps in the database, and names each message by order and occasion.
Without a mail server messages lie in the data folder as .eml files, where a crash between writing and remembering writes
the same file again; with one (server.smtp) they are queued in the books, in the transaction that remembers.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from server.messages import Writer, name_of
from shop import letters
from shop.events import Event, LetterDue, OrderChanged, Recorded
from shop.ids import OrderNumber
from shop.orders import Order
from storage import mailbox, orders, outbox
from storage.database import Database
from storage.mailbox import Queued

BATCH = 200
"""Events that may ask for a message, in one round."""

GATHER_SECONDS = 0.2
"""How long orders gather once there is something to write about: a busy minute is written in a few batches."""

Take = Callable[[Sequence[Recorded], int], Awaitable[None]]
"""Takes the events that ask for a message, and the position up to which they were read; then both are safe."""


class Mailer:
    """One a shop. Hearing of an order makes it look at once; `take` is where messages go."""

    def __init__(self, db: Database, take: Take) -> None:
        self._db = db
        self._take = take
        self._woken = asyncio.Event()

    def hear(self, recorded: Sequence[Recorded]) -> None:
        """There may be something to write about."""
        if any(isinstance(event, OrderChanged | LetterDue) for _, event in recorded):
            self._woken.set()

    async def run(self) -> None:
        """Hands on what is due, whenever woken, until cancelled."""
        while True:
            while await self.deliver():
                pass
            await self._woken.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._woken.clear()

    async def deliver(self) -> bool:
        """Hands on the messages of the next events; answers whether there may be more."""
        position, found = await self._db.read(_next, BATCH)
        if found:
            await self._take([one for one in found if name_of(*one)], position)
        return len(found) == BATCH


class Folder:
    """Messages as .eml files in a folder, for a shop without a mail server."""

    def __init__(self, db: Database, folder: Path, writer: Writer) -> None:
        self._db = db
        self._folder = folder
        self._writer = writer
        self._clock = writer.clock

    async def take(self, due: Sequence[Recorded], to: int) -> None:
        """Writes these messages, and remembers that they are written."""
        due = await self._not_known(due)
        about_orders = [event for _, event in due if isinstance(event, OrderChanged)]
        put: set[str | None] = set()
        if about_orders:
            about = await self._db.read(orders.several, {event.number for event in about_orders})
            put = await asyncio.to_thread(self._write, about_orders, about)
        for position, event in due:
            message = await self._writer.message(position, event) if isinstance(event, LetterDue) else None
            if message is not None:
                await asyncio.to_thread(_put, self._folder / f"{name_of(position, event)}.eml", message.as_bytes())
        named = [(name_of(*one) or "", one) for one in due if _may_recur(one.event)]
        recurring = {name: Queued(name, *one) for name, one in named if name in put}
        if recurring:
            await self._db.write(mailbox.written, list(recurring.values()), to, self._clock())
        else:
            await self._db.write(mailbox.advance, to)

    async def _not_known(self, due: Sequence[Recorded]) -> Sequence[Recorded]:
        """Without what was written already: who sends the files takes them away, so the folder does not tell."""
        recurring = [name for one in due if _may_recur(one.event) and (name := name_of(*one))]
        known = await self._db.read(mailbox.known, recurring) if recurring else set()
        return [one for one in due if name_of(*one) not in known] if known else due

    def _write(self, due: Sequence[OrderChanged], about: Mapping[OrderNumber, Order]) -> set[str | None]:
        """Writes the messages that there are; answers their names."""
        put = set()
        for event in due:
            message = self._writer.about_order(event, about[event.number])
            if message is not None:
                name = name_of(0, event)
                _put(self._folder / f"{name}.eml", message.as_bytes())
                put.add(name)
        return put


def _may_recur(event: Event) -> bool:
    return isinstance(event, OrderChanged) and letters.occasion(event) in letters.RECURRING


def _next(tx: Any, limit: int) -> tuple[int, list[Recorded]]:
    """The events that may ask for a mail and were not read for it yet, and up to which position these are all."""
    return outbox.of_kinds(tx, (OrderChanged, LetterDue), mailbox.position(tx), limit)


def _put(path: Path, content: bytes) -> None:
    """Writes the file whole or not at all."""
    draft = path.with_suffix(".draft")
    try:
        draft.write_bytes(content)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(content)
    draft.replace(path)
