"""What the shop writes to people, as messages: from an event, with a name that is the same however often it is written."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from email.utils import format_datetime, formataddr
from functools import lru_cache

from msgspec import Struct

from server import account_letters
from server.mime import Message, header
from shop import letters
from shop.events import Event, LetterDue, OrderChanged
from shop.ids import shown
from shop.links import order_token
from shop.orders import Order
from storage import orders
from storage.database import Database


class Sender(Struct, frozen=True):
    """Who writes: a name and an address, where answers go, the shop's public address, the secret of order links, and the
    zone that times are told in."""

    name: str
    address: str
    contact: str
    public_url: str
    secret: bytes
    zone: tzinfo = UTC


class Writer:
    """Writes messages. `sender` tells who writes at that moment."""

    def __init__(self, db: Database, sender: Callable[[], Sender], clock: Callable[[], datetime]) -> None:
        self._db = db
        self.sender = sender
        self.clock = clock

    @property
    def address(self) -> str:
        """The address that messages come from."""
        return self.sender().address

    async def message(self, position: int, event: Event) -> Message | None:
        """The message about an event; None when there is nobody to write to."""
        if isinstance(event, OrderChanged):
            found = await self._db.read(orders.several, {event.number})
            return about_order(self.sender(), self.clock(), event, found[event.number]) if found else None
        return await self._about_account(position, event) if isinstance(event, LetterDue) else None

    async def _about_account(self, position: int, due: LetterDue) -> Message | None:
        sender = self.sender()
        found = await account_letters.letter(self._db, due, sender.public_url, self.clock)
        if found is None:
            return None
        return _message(sender, found.to, found.subject, found.text, f"{due.purpose}-{position}", self.clock())

    def trial(self, to: str, at: datetime) -> Message:
        """A message that only shows that mail arrives."""
        sender = self.sender()
        text = f"Mail from {sender.name} arrives.\n\n{sender.public_url}"
        return _message(sender, to, f"A trial from {sender.name}", text, f"trial-{at:%Y%m%d%H%M%S%f}", at)


def about_order(sender: Sender, now: datetime, event: OrderChanged, order: Order) -> Message | None:
    """The message about an order as it stands now; None when its buyer need not hear of the occasion."""
    occasion = letters.occasion(event)
    if occasion is None:
        return None
    if occasion == letters.FAILED:
        words = letters.payment_failed(order, now.astimezone(sender.zone))
    else:
        words = letters.words(occasion, order)
    if words is None:
        return None
    subject, text = words
    link = f"{sender.public_url}/o/{order_token(sender.secret, order.number)}"
    lines = "".join([f"  {line.quantity} × {line.name}, {line.value}\n" for line in order.lines])
    sums = "".join([f"  {line}\n" for line in letters.sums(order)])
    body = f"Hello {order.name},\n\n{text}\n\n{lines}\n{sums}\n{letters.invitation(occasion)}\n{link}"
    subject = subject.format(number=shown(order.number))
    return _message(sender, order.email, subject, body, f"{order.number}-{occasion}", order.placed_at)


def name_of(position: int, event: Event) -> str | None:
    """The one name of the message about an event; None when nothing is written about it."""
    if isinstance(event, LetterDue):
        return f"{event.purpose}-{position}"
    if isinstance(event, OrderChanged) and (occasion := letters.occasion(event)):
        return f"{event.number}-{occasion}"
    return None


class _Paper(Struct, frozen=True):
    """What is the same on every message of a sender."""

    sender: str
    reply_to: str
    signature: str
    domain: str


@lru_cache(maxsize=16)
def _paper(sender: Sender) -> _Paper:
    return _Paper(
        header("From", formataddr((sender.name, sender.address))),
        header("Reply-To", sender.contact) if sender.contact else "",
        f"\n\n{sender.name}\n",
        sender.address.split("@")[1],
    )


@lru_cache(maxsize=64)
def _date(second: datetime) -> str:
    """The header of a moment; a busy minute has many messages of the same second."""
    return header("Date", format_datetime(second))


def _message(sender: Sender, to: str, subject: str, text: str, name: str, at: datetime) -> Message:
    """A message; `name` is the same whenever it is written again."""
    paper = _paper(sender)
    headers = (
        f"{paper.sender}{header('To', to)}{paper.reply_to}{header('Subject', subject)}"
        f"{_date(at.replace(microsecond=0))}{header('Message-ID', f'<{name}@{paper.domain}>')}"
    )
    return Message(to, headers, text + paper.signature)
