"""Mail: what happened to an order or an account, as a message to its owner, written once however often the shop is restarted.

The mailer reads the outbox from a position that it keeps in the database, and names each message by order and occasion,
so a crash between writing and remembering writes the same file again. Messages lie in the data folder as .eml files.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from email.charset import Charset
from email.message import Message
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Any

from msgspec import Struct

from server import account_letters
from shop import letters
from shop.events import LetterDue, OrderChanged, Recorded
from shop.ids import OrderNumber, shown
from shop.links import order_token
from shop.orders import Order
from storage import mailbox, orders, outbox
from storage.database import Database

BATCH = 200

GATHER_SECONDS = 0.2
"""How long orders gather once there is something to write about: a busy minute is written in a few batches."""

PLAIN = Charset("utf-8")
PLAIN.body_encoding = None  # type: ignore[assignment]  # 8bit: a file that people can read


class Sender(Struct, frozen=True):
    """Who writes: a name and an address, where answers go, the shop's public address, and the secret of order links."""

    name: str
    address: str
    contact: str
    public_url: str
    secret: bytes


class Mailer:
    """One a shop. Hearing of an order makes it look at once. `sender` tells who writes at that moment."""

    def __init__(self, db: Database, folder: Path, sender: Callable[[], Sender], clock: Callable[[], datetime]) -> None:
        self._db = db
        self._clock = clock
        self._folder = folder
        self._sender = sender
        self._woken = asyncio.Event()

    def hear(self, recorded: Sequence[Recorded]) -> None:
        """There may be something to write about."""
        if any(isinstance(event, OrderChanged | LetterDue) for _, event in recorded):
            self._woken.set()

    async def run(self) -> None:
        """Writes what is due, whenever woken, until cancelled."""
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        while True:
            while await self.deliver():
                pass
            await self._woken.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._woken.clear()

    async def deliver(self) -> bool:
        """Writes the messages of the next events; answers whether there may be more."""
        found, about = await self._db.read(_next, BATCH)
        if about:
            await asyncio.to_thread(self._write, _due(found), about)
        for position, event in found:
            if isinstance(event, LetterDue):
                await self._write_letter(position, event)
        if found:
            await self._db.write(mailbox.advance, found[-1].position)
        return len(found) == BATCH

    def _write(self, occasions: Sequence[OrderChanged], about: Mapping[OrderNumber, Order]) -> None:
        for event in occasions:
            occasion = letters.occasion(event)
            words = letters.words(occasion, about[event.number]) if occasion else None
            if words is not None:
                name = f"{event.number}-{occasion}"
                message = self._message(about[event.number], name, *words)
                _put(self._folder / f"{name}.eml", message.as_bytes())

    def _message(self, order: Order, name: str, subject: str, text: str) -> Message:
        sender = self._sender()
        link = f"{sender.public_url}/o/{order_token(sender.secret, order.number)}"
        lines = "\n".join(f"  {line.quantity} × {line.name}, {line.value}" for line in order.lines)
        lines += "\n\n" + "\n".join(f"  {line}" for line in letters.sums(order))
        body = f"Hello {order.name},\n\n{text}\n\n{lines}\n\nYour order, live:\n{link}"
        return _message(sender, order.email, subject.format(number=shown(order.number)), body, name, order.placed_at)

    async def _write_letter(self, position: int, due: LetterDue) -> None:
        """Writes a letter about an account; written again, it has the same name."""
        sender = self._sender()
        found = await account_letters.letter(self._db, due, sender.public_url, self._clock)
        if found is None:
            return
        name = f"{due.purpose}-{position}"
        message = _message(sender, found.to, found.subject, found.text, name, self._clock())
        await asyncio.to_thread(_put, self._folder / f"{name}.eml", message.as_bytes())


def _next(tx: Any, limit: int) -> tuple[list[Recorded], dict[OrderNumber, Order]]:
    """The events that were not written about yet, and the orders that those are about that ask for a message."""
    found = outbox.after(tx, mailbox.position(tx), limit)
    return found, orders.several(tx, {event.number for event in _due(found)})


def _due(found: Sequence[Recorded]) -> list[OrderChanged]:
    """Those of the events that ask for a message."""
    return [event for _, event in found if isinstance(event, OrderChanged) and letters.occasion(event)]


def _message(sender: Sender, to: str, subject: str, text: str, name: str, at: datetime) -> Message:
    """A message; `name` is the same whenever it is written again."""
    # Not EmailMessage: it parses every header that it is given, which takes six times as long.
    message = MIMEText(
        f"{text}\n\n{sender.name}\n",
        _charset=PLAIN,  # type: ignore[arg-type]  # it takes a Charset as well as the name of one
    )
    message["From"] = formataddr((sender.name, sender.address))
    message["To"] = to
    if sender.contact:
        message["Reply-To"] = sender.contact
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{name}@{sender.address.split('@')[1]}>"
    return message


def _put(path: Path, content: bytes) -> None:
    """Writes the file whole or not at all."""
    draft = path.with_suffix(".draft")
    draft.write_bytes(content)
    draft.replace(path)
