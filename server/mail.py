"""Mail: what happened to an order or an account, as a message to its owner, once however often the shop is restarted.

The mailer reads the outbox from a position that it keeps in the database, and names each message by order and occasion.
Without a mail server messages lie in the data folder as .eml files, where a crash between writing and remembering writes
the same file again; with one (server.smtp) they are queued in the books, in the transaction that remembers.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from server.messages import Writer, about_order, name_of
from server.mime import Message
from shop import letters
from shop.events import LetterDue, OrderChanged, Recorded
from shop.ids import OrderNumber
from shop.orders import Order
from storage import mailbox, orders, outbox
from storage.database import Database
from storage.mailbox import Queued

BATCH = 200
"""Events that may ask for a message, in one round."""

GATHER_SECONDS = 0.5
"""How long orders gather once there is something to write about: a round costs a millisecond before it writes anything."""

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC

Take = Callable[[Sequence[Queued], int], Awaitable[None]]
"""Takes the messages that are due, and the position up to which events were read for them; then both are safe."""


class Mailer:
    """One a shop. Hearing of an order makes it look soon; `take` is where messages go."""

    def __init__(self, db: Database, take: Take) -> None:
        self._db = db
        self._take = take
        self._woken = asyncio.Event()

    def hear(self, recorded: Sequence[Recorded]) -> None:
        """There may be something to write about."""
        if not self._woken.is_set() and any(isinstance(event, OrderChanged | LetterDue) for _, event in recorded):
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
        to, events, due = await self._db.read(_next, BATCH)
        if events:
            await self._take(due, to)
        return events == BATCH


class Folder:
    """Messages as .eml files in a folder, for a shop without a mail server."""

    def __init__(self, db: Database, folder: Path, writer: Writer) -> None:
        self._db = db
        self._folder = folder
        self._writer = writer

    async def take(self, due: Sequence[Queued], to: int) -> None:
        """Writes these messages, and remembers that they are written."""
        about, known = await self._db.read(_about, due)
        # Who sends the files takes them away, so the folder does not tell what was written already.
        new = {mail.name: mail for mail in due if mail.name not in known}
        # Letters about accounts make links, which are writes of their own.
        made = {
            name: await self._writer.message(mail.position, mail.event)
            for name, mail in new.items()
            if isinstance(mail.event, LetterDue)
        }
        put = await asyncio.to_thread(self._write, new.values(), about, made)
        recurring = [mail for mail in _recurring(new.values()) if mail.name in put]
        if recurring:
            await self._db.write(mailbox.written, recurring, to, self._writer.clock())
        else:
            await self._db.write(mailbox.advance, to)

    def _write(
        self,
        due: Collection[Queued],
        about: Mapping[OrderNumber, Order],
        made: Mapping[str, Message | None],
    ) -> set[str]:
        """Writes the messages that there are; answers their names."""
        put = set()
        folder = str(self._folder)
        sender, now = self._writer.sender(), self._writer.clock()
        for mail in due:
            message = made.get(mail.name)
            if isinstance(mail.event, OrderChanged):
                message = about_order(sender, now, mail.event, about[mail.event.number])
            if message is not None:
                _put(f"{folder}/{mail.name}", message.as_bytes())
                put.add(mail.name)
        return put


def _next(tx: Any, limit: int) -> tuple[int, int, list[Queued]]:
    """What the next events ask for: up to which position these are all, how many were read, and their messages."""
    to, found = outbox.of_kinds(tx, (OrderChanged, LetterDue), mailbox.position(tx), limit)
    return to, len(found), [Queued(name, *one) for one in found if (name := name_of(*one))]


def _about(tx: Any, due: Sequence[Queued]) -> tuple[dict[OrderNumber, Order], set[str]]:
    """The orders that these messages are about, and the names of those that were written already."""
    numbers = {mail.event.number for mail in due if isinstance(mail.event, OrderChanged)}
    recurring = [mail.name for mail in _recurring(due)]
    return orders.several(tx, numbers), mailbox.known(tx, recurring) if recurring else set()


def _recurring(due: Iterable[Queued]) -> list[Queued]:
    return [
        mail
        for mail in due
        if isinstance(mail.event, OrderChanged) and letters.occasion(mail.event) in letters.RECURRING
    ]


def _put(path: str, content: bytes) -> None:
    """Writes `path`.eml, whole or not at all."""
    draft = f"{path}.draft"
    try:
        file = os.open(draft, _NEW_FILE, 0o666)
    except FileNotFoundError:
        Path(draft).parent.mkdir(parents=True, exist_ok=True)
        file = os.open(draft, _NEW_FILE, 0o666)
    try:
        while content:
            content = content[os.write(file, content) :]
    finally:
        os.close(file)
    os.replace(draft, f"{path}.eml")  # noqa: PTH105  a Path takes longer than the system does
