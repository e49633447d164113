"""Mail servers, as a setting names one by its URL."""

from urllib.parse import unquote, urlsplit

from msgspec import Struct

DEFAULT_PORTS = {"smtp": 587, "smtps": 465}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class MailServer(Struct, frozen=True):
    """A mail server: where it listens, how we log in, and whether the connection is TLS from its first byte, or becomes so."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: bool = False
    start_tls: bool = True


def mail_server(url: str) -> MailServer:
    """The mail server of a URL, `smtp://user:password@host:587` (turns to TLS) or `smtps://…:465`; raises ValueError.

    Without a word of TLS only this machine's own server is spoken to.
    """
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("give smtp://user:password@host:587 or smtps://user:password@host:465")
    secure = parts.scheme == "smtps"
    return MailServer(
        parts.hostname,
        parts.port or DEFAULT_PORTS[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        tls=secure,
        start_tls=not secure and parts.hostname not in LOOPBACK,
    )
