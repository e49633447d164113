"""Mail: what happened to an order or an account, as a message to its owner, written once however often the shop is restarted.

The mailer reads the outbox from a position that it keeps in the database, and names each message by order and occasion,
so a crash between writing and remembering writes the same file again. Messages lie in the data folder as .eml files.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path

from msgspec import Struct

from server.letters import letter
from shop.events import LetterDue, OrderChanged, Recorded
from shop.ids import shown
from shop.links import order_token
from shop.orders import Order, OrderStatus
from storage import mailbox, orders, outbox
from storage.database import Database

BATCH = 200


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
            self._woken.clear()

    async def deliver(self) -> bool:
        """Writes the messages of the next events; answers whether there may be more."""
        position = await self._db.read(mailbox.position)
        found = await self._db.read(outbox.after, position, BATCH)
        for recorded in found:
            await self._tell(recorded)
        if found:
            await self._db.write(mailbox.advance, found[-1].position)
        return len(found) == BATCH

    async def _tell(self, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, LetterDue):
            await self._write_letter(recorded.position, event)
        if not isinstance(event, OrderChanged):
            return
        occasion = _OCCASIONS.get(event.row.status)
        if occasion is None or (event.row.status is OrderStatus.PLACED and event.row.payment is not None):
            return
        order = await self._db.read(orders.view, event.number)
        name = f"{order.number}-{event.row.status.value}"
        message = self._message(order, name, *occasion)
        path = self._folder / f"{name}.eml"
        await asyncio.to_thread(_write, path, bytes(message))

    async def _write_letter(self, position: int, due: LetterDue) -> None:
        """Writes a letter about an account; written again, it has the same name."""
        sender = self._sender()
        found = await letter(self._db, due, sender.public_url, self._clock)
        if found is None:
            return
        name = f"{due.purpose}-{position}"
        message = _envelope(sender, found.to, found.subject, name, self._clock())
        message.set_content(f"{found.text}\n\n{sender.name}\n")
        await asyncio.to_thread(_write, self._folder / f"{name}.eml", bytes(message))

    def _message(self, order: Order, name: str, subject: str, text: str) -> EmailMessage:
        sender = self._sender()
        link = f"{sender.public_url}/o/{order_token(sender.secret, order.number)}"
        message = _envelope(sender, order.email, subject.format(number=shown(order.number)), name, order.placed_at)
        lines = "\n".join(f"  {line.quantity} × {line.name}, {line.value}" for line in order.lines)
        message.set_content(f"Hello {order.name},\n\n{text}\n\n{lines}\n\nYour order, live:\n{link}\n\n{sender.name}\n")
        return message


_OCCASIONS = {
    OrderStatus.PLACED: (
        "Your order {number}",
        "We have your order and hold everything for you while you pay. This link opens it on any device:",
    ),
    OrderStatus.PAID: ("Paid: your order {number}", "Your payment is here. Thank you. We pack it next."),
    OrderStatus.CANCELLED: (
        "Your order {number} was not paid",
        "No payment came in time, so we put everything back on the shelf. Nothing was taken.",
    ),
    OrderStatus.REFUNDED: (
        "Your money is on its way back: order {number}",
        "Your payment came after our hold had ended, and the last one was gone. You have it back in full.",
    ),
}


def _envelope(sender: Sender, to: str, subject: str, name: str, at: datetime) -> EmailMessage:
    """A message without its words; `name` is the same whenever it is written again."""
    message = EmailMessage()
    message["From"] = formataddr((sender.name, sender.address))
    message["To"] = to
    if sender.contact:
        message["Reply-To"] = sender.contact
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{name}@{sender.address.split('@')[1]}>"
    return message


def _write(path: Path, content: bytes) -> None:
    """Writes the file whole or not at all."""
    draft = path.with_suffix(".draft")
    draft.write_bytes(content)
    draft.replace(path)
