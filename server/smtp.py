"""Mail by SMTP: queued in the books, sent over a few connections, tried again when the mail server can't, and each once.

A mail leaves the queue as soon as the server has answered that it has it. Between that answer and our commit lies the only
moment in which a crash makes us send it again: with the same Message-ID, so that mailboxes which know it keep one.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import aiosmtplib

from server.mail_servers import MailServer
from server.messages import Writer
from server.mime import Message
from storage import mailbox
from storage.database import Database
from storage.mailbox import Queued

log = logging.getLogger("shopwire.mail")

CONNECTIONS = 4
TAKE = 40
"""Mails that are taken at a time, for all connections together."""

TIMEOUT_SECONDS = 20.0
IDLE_SECONDS = 60.0
"""The longest wait before the queue is looked at again."""

PERMANENT = 500


class NotTaken(Exception):
    """The mail server did not take a mail; `for_good` when it says that it never will."""

    def __init__(self, said: str, *, for_good: bool) -> None:
        super().__init__(said)
        self.for_good = for_good


class Connection:
    """One connection to the mail server, made anew when it is lost."""

    def __init__(self, server: MailServer, tls: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._tls = tls
        self._smtp: aiosmtplib.SMTP | None = None

    async def send(self, sender: str, message: Message) -> None:
        """Gives the message to the mail server; answers when it has it, and raises NotTaken when it has not."""
        try:
            smtp = await self._connected()
            wide = smtp.supports_extension("smtputf8")
            to = _deliverable(message.to, wide=wide)
            options = ["SMTPUTF8"] if not to.isascii() else []
            eight_bit = smtp.supports_extension("8bitmime")
            if eight_bit:
                options.append("BODY=8BITMIME")
            await smtp.sendmail(sender, [to], message.as_bytes(eight_bit=eight_bit), mail_options=options)
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            self.close()
            worst = max(refusal.recipients, key=lambda each: each.code)
            raise NotTaken(f"{worst.code} {worst.message}", for_good=worst.code >= PERMANENT) from refusal
        except (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPSenderRefused) as refusal:
            # Of our own settings, which somebody mends; the mail itself is none the worse.
            self.close()
            raise NotTaken(f"{refusal.code} {refusal.message}", for_good=False) from refusal
        except aiosmtplib.SMTPResponseException as refusal:
            self.close()
            raise NotTaken(f"{refusal.code} {refusal.message}", for_good=refusal.code >= PERMANENT) from refusal
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as silence:
            self.close()
            raise NotTaken(f"The mail server can't be reached: {silence}", for_good=False) from silence

    def close(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._smtp is not None and self._smtp.is_connected:
            return self._smtp
        server = self._server
        smtp = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            use_tls=server.tls,
            start_tls=server.start_tls,
            tls_context=self._tls,
            timeout=TIMEOUT_SECONDS,
        )
        await smtp.connect()
        await smtp.ehlo()
        self._smtp = smtp
        return smtp


class Post:
    """The queue and who works it off. One a shop is enough; several would not send a mail twice."""

    def __init__(
        self,
        db: Database,
        server: MailServer,
        writer: Writer,
        clock: Callable[[], datetime],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._db = db
        self._writer = writer
        self._clock = clock
        self._connections = [Connection(server, tls) for _ in range(CONNECTIONS)]
        self._woken = asyncio.Event()
        self._forget_at: datetime | None = None

    async def take(self, due: Sequence[Queued], to: int) -> None:
        """Queues the messages that are due, once each."""
        await self._db.write(mailbox.queue, due, to, self._clock())
        if due:
            self._woken.set()

    async def run(self) -> None:
        """Sends what is due, until cancelled."""
        try:
            while True:
                while await self.send_due():
                    pass
                await self._rest()
        finally:
            for connection in self._connections:
                connection.close()

    async def send_due(self) -> bool:
        """Sends the mails that are due now, or some of them; answers whether any was due."""
        mails = await self._db.write(mailbox.take, self._clock(), TAKE)
        waiting = iter(mails)

        async def work(connection: Connection) -> None:
            for mail in waiting:
                await self._send(connection, mail)

        async with asyncio.TaskGroup() as group:
            for connection in self._connections[: len(mails)]:
                group.create_task(work(connection))
        return bool(mails)

    async def _send(self, connection: Connection, mail: Queued) -> None:
        message = await self._writer.message(mail.position, mail.event)
        if message is None:
            await self._db.write(mailbox.drop, mail.name)
            return
        try:
            await connection.send(self._writer.address, message)
        except NotTaken as refusal:
            log.warning("a mail was not taken", extra={"mail": mail.name, "said": str(refusal)})
            if refusal.for_good:
                await self._db.write(mailbox.refused, mail.name, str(refusal))
            else:
                await self._db.write(mailbox.postponed, mail.name, str(refusal), self._clock())
        else:
            await self._db.write(mailbox.sent, mail.name, self._clock())

    async def _rest(self) -> None:
        """Waits for the next mail, and forgets old ones once a day."""
        self._woken.clear()
        now = self._clock()
        if self._forget_at is None or now >= self._forget_at:
            await self._db.write(mailbox.forget, now)
            self._forget_at = now + timedelta(days=1)
        due = await self._db.read(mailbox.next_try)
        pause = IDLE_SECONDS if due is None else min(IDLE_SECONDS, max(0.0, (due - now).total_seconds()))
        try:
            async with asyncio.timeout(pause):
                await self._woken.wait()
        except TimeoutError:
            return


def _deliverable(address: str, *, wide: bool) -> str:
    """The address as the server understands it: foreign letters before the @ need SMTPUTF8, those after it do not."""
    local, _, domain = address.rpartition("@")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError as fault:
        raise NotTaken(f"{domain} is no domain that mail can go to.", for_good=True) from fault
    if not local.isascii() and not wide:
        raise NotTaken("The mail server takes only plain letters before the @ (no SMTPUTF8).", for_good=True)
    return f"{local}@{domain}"
