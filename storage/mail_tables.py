"""The table of mails that go out by SMTP: which are to be sent, and what became of each."""

from datetime import datetime

from sqlalchemy import Integer
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import NOTHING, Base

__all__ = ["Base", "Mail"]


class Mail(Base):
    """A mail, by its one name. It holds what the mail is about and not its words: links in it are made when it is sent."""

    __tablename__ = "mails"
    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    """Of the event that it is about."""
    event: Mapped[bytes]
    """JSON of that event, which the outbox forgets in time."""
    queued_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(Integer, server_default="0")
    try_at: Mapped[datetime | None] = mapped_column(index=True)
    """When it is sent, or tried again; while somebody is sending it, when others may. None once nothing more is to be done."""
    sent_at: Mapped[datetime | None]
    fault: Mapped[str] = mapped_column(server_default=NOTHING)
    """What the mail server said when it last went wrong, or why nobody tries it any more."""
