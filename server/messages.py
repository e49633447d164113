"""What the shop writes to people, as messages: from an event, with a name that is the same however often it is written."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from email.charset import Charset
from email.message import Message
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr

from msgspec import Struct

from server import account_letters
from shop import letters
from shop.events import Event, LetterDue, OrderChanged
from shop.ids import shown
from shop.links import order_token
from shop.orders import Order
from storage import orders
from storage.database import Database

PLAIN = Charset("utf-8")
PLAIN.body_encoding = None  # type: ignore[assignment]  # 8bit: a file that people can read


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
        self._sender = sender
        self.clock = clock

    @property
    def address(self) -> str:
        """The address that messages come from."""
        return self._sender().address

    async def message(self, position: int, event: Event) -> Message | None:
        """The message about an event; None when there is nobody to write to."""
        if isinstance(event, OrderChanged):
            found = await self._db.read(orders.several, {event.number})
            return self.about_order(event, found[event.number]) if found else None
        return await self._about_account(position, event) if isinstance(event, LetterDue) else None

    def about_order(self, event: OrderChanged, order: Order) -> Message | None:
        """The message about an order as it stands now; None when its buyer need not hear of the occasion."""
        occasion = letters.occasion(event)
        if occasion is None:
            return None
        sender = self._sender()
        if occasion == letters.FAILED:
            words = letters.payment_failed(order, self.clock().astimezone(sender.zone))
        else:
            words = letters.words(occasion, order)
        if words is None:
            return None
        subject, text = words
        link = f"{sender.public_url}/o/{order_token(sender.secret, order.number)}"
        lines = "\n".join(f"  {line.quantity} × {line.name}, {line.value}" for line in order.lines)
        lines += "\n\n" + "\n".join(f"  {line}" for line in letters.sums(order))
        body = f"Hello {order.name},\n\n{text}\n\n{lines}\n\n{letters.invitation(occasion)}\n{link}"
        subject = subject.format(number=shown(order.number))
        return _message(sender, order.email, subject, body, f"{order.number}-{occasion}", order.placed_at)

    async def _about_account(self, position: int, due: LetterDue) -> Message | None:
        sender = self._sender()
        found = await account_letters.letter(self._db, due, sender.public_url, self.clock)
        if found is None:
            return None
        return _message(sender, found.to, found.subject, found.text, f"{due.purpose}-{position}", self.clock())

    def trial(self, to: str, at: datetime) -> Message:
        """A message that only shows that mail arrives."""
        sender = self._sender()
        text = f"Mail from {sender.name} arrives.\n\n{sender.public_url}"
        return _message(sender, to, f"A trial from {sender.name}", text, f"trial-{at:%Y%m%d%H%M%S%f}", at)


def name_of(position: int, event: Event) -> str | None:
    """The one name of the message about an event; None when nothing is written about it."""
    if isinstance(event, LetterDue):
        return f"{event.purpose}-{position}"
    if isinstance(event, OrderChanged) and (occasion := letters.occasion(event)):
        return f"{event.number}-{occasion}"
    return None


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
