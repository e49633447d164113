"""A mail server on this machine that keeps what it takes, and can be told to misbehave."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTPUTF8
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Postbox:
    """What arrived, and how the next mails are answered."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answers: dict[str, str] = {}
        """What a recipient or the next DATA ("data") is answered instead of 250."""
        self.port = 0
        self.logins: list[str] = []
        self.arrived = asyncio.Event()

    async def handle_RCPT(  # noqa: N802  aiosmtpd finds its hooks by these names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if "data" in self.answers:
            return self.answers["data"]
        content = envelope.original_content
        assert content is not None
        self.taken.append(message_from_bytes(content, policy=SMTPUTF8))
        self.recipients += envelope.rcpt_tos
        self.arrived.set()
        return "250 taken"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, way: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.logins.append(given.login.decode())
        return AuthResult(success=given.password == b"p@ss word", handled=False)


@asynccontextmanager
async def serving(postbox: Postbox, port: int = 0, tls: ssl.SSLContext | None = None) -> AsyncIterator[Postbox]:
    """The mail server, listening on loopback; with `tls` it offers STARTTLS and wants a login after it."""
    options: dict[str, Any] = {"enable_SMTPUTF8": True, "hostname": "mail.example"}
    if tls is not None:
        options |= {
            "tls_context": tls,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": postbox.authenticate,
        }
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(postbox, loop=loop, **options), "127.0.0.1", port)
    postbox.port = server.sockets[0].getsockname()[1]
    try:
        yield postbox
    finally:
        server.close()
