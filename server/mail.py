"""Mail: what happened to an order, as a message to its buyer, written once however often the shop is restarted.

The mailer reads the outbox from a position that it keeps in the database, and names each message by order and occasion,
so a crash between writing and remembering writes the same file again. Messages lie in the data folder as .eml files.
"""

import asyncio
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from msgspec import Struct

from shop.events import OrderChanged, Recorded
from shop.fulfilment import Act, Parcel
from shop.ids import shown
from shop.links import order_token
from shop.orders import Order, OrderStatus
from storage import mailbox, orders, outbox
from storage.database import Database

BATCH = 200


class Sender(Struct, frozen=True):
    """Who writes: the shop's name and public address, and the secret that order links are made with."""

    name: str
    public_url: str
    secret: bytes

    @property
    def address(self) -> str:
        host = self.public_url.split("://", 1)[1].split("/", 1)[0].split(":", 1)[0]
        return f"orders@{host}"


class Mailer:
    """One a shop. Hearing of an order makes it look at once."""

    def __init__(self, db: Database, folder: Path, sender: Sender) -> None:
        self._db = db
        self._folder = folder
        self._sender = sender
        self._woken = asyncio.Event()

    def hear(self, recorded: Sequence[Recorded]) -> None:
        """There may be something to write about."""
        if any(isinstance(event, OrderChanged) for _, event in recorded):
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
        if not isinstance(event, OrderChanged):
            return
        if event.act is None:
            occasion = None if event.row.status is OrderStatus.PLACED and event.row.payment else event.row.status.value
        else:
            occasion = event.act.value
        if occasion not in _OCCASIONS:
            return
        order = await self._db.read(orders.view, event.number)
        words = _words(occasion, order)
        if words is None:
            return
        name = f"{order.number}-{occasion}"
        message = self._message(order, name, *words)
        path = self._folder / f"{name}.eml"
        await asyncio.to_thread(_write, path, bytes(message))

    def _message(self, order: Order, name: str, subject: str, text: str) -> EmailMessage:
        link = f"{self._sender.public_url}/o/{order_token(self._sender.secret, order.number)}"
        message = EmailMessage()
        message["From"] = f"{self._sender.name} <{self._sender.address}>"
        message["To"] = order.email
        message["Subject"] = subject.format(number=shown(order.number))
        message["Date"] = format_datetime(order.placed_at)
        message["Message-ID"] = f"<{name}@{self._sender.address.split('@')[1]}>"
        lines = "\n".join(f"  {line.quantity} × {line.name}, {line.value}" for line in order.lines)
        message.set_content(
            f"Hello {order.name},\n\n{text}\n\n{lines}\n\nYour order, live:\n{link}\n\n{self._sender.name}\n"
        )
        return message


_OCCASIONS = {
    OrderStatus.PLACED.value: (
        "Your order {number}",
        "We have your order and hold everything for you while you pay. This link opens it on any device:",
    ),
    OrderStatus.PAID.value: ("Paid: your order {number}", "Your payment is here. Thank you. We pack it next."),
    OrderStatus.CANCELLED.value: (
        "Your order {number} was not paid",
        "No payment came in time, so we put everything back on the shelf. Nothing was taken.",
    ),
    OrderStatus.REFUNDED.value: (
        "Your money is on its way back: order {number}",
        "Your payment came after our hold had ended, and the last one was gone. You have it back in full.",
    ),
    Act.PACKED.value: (
        "Ready to collect: your order {number}",
        "It is packed and waits for you. Come by when it suits you.",
    ),
    Act.SHIPPED.value: ("On its way: your order {number}", "We have sent it."),
}
"""What is written about, by the money's status or the act of staff: the subject and the first words."""

_CANCELLED_BY_US = {
    OrderStatus.CANCELLED.value: (
        "We cancelled your order {number}",
        "We have cancelled this order. Nothing was taken. Should a payment still come, we send it back in full.",
    ),
    OrderStatus.REFUNDED.value: (
        "Your money is on its way back: order {number}",
        "Your payment came after we had cancelled the order. You have it back in full.",
    ),
}


def _words(occasion: str, order: Order) -> tuple[str, str] | None:
    """The subject and the first words; None for what this buyer need not hear: who collects is told when it is packed."""
    if occasion in (Act.PACKED.value, Act.SHIPPED.value) and order.collected is not (occasion == Act.PACKED.value):
        return None
    if order.cancelled_by and occasion in _CANCELLED_BY_US:
        return _CANCELLED_BY_US[occasion]
    subject, text = _OCCASIONS[occasion]
    if occasion == Act.SHIPPED.value:
        text = " ".join(part for part in (text, _how_it_travels(order.parcel)) if part)
    return subject, text


def _how_it_travels(parcel: Parcel) -> str:
    ways = [f"Carrier: {parcel.carrier}."] if parcel.carrier else []
    ways += [f"Number: {parcel.tracking}."] if parcel.tracking else []
    ways += [f"Follow it here:\n{parcel.link}"] if parcel.link else []
    return " ".join(ways)


def _write(path: Path, content: bytes) -> None:
    """Writes the file whole or not at all."""
    draft = path.with_suffix(".draft")
    draft.write_bytes(content)
    draft.replace(path)
