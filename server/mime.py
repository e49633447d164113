"""Messages as bytes (RFC 5322, 2045): one plain text in UTF-8, exactly as the library's MIMEText would write it.

What is plain is written as it is, in a tenth of the time; whatever has to be folded or encoded goes through the library.
"""

import base64
from email.policy import compat32

from msgspec import Struct

MAX_LINE = 78
"""Characters of a header line that is not folded (RFC 5322, 2.1.1)."""


class Message(Struct, frozen=True):
    """A message to one person."""

    to: str
    headers: str
    """Whole lines, made by `header`: all but those about the text's encoding."""
    text: str

    def as_bytes(self, *, eight_bit: bool = True) -> bytes:
        """The whole message; `eight_bit` says whether it may go through as people read it, or else in base64."""
        text = self.text
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        encoding = "7bit" if text.isascii() else "8bit" if eight_bit else "base64"
        if encoding == "base64":
            text = base64.encodebytes(text.encode()).decode()
        return (
            'Content-Type: text/plain; charset="utf-8"\nMIME-Version: 1.0\n'
            f"Content-Transfer-Encoding: {encoding}\n{self.headers}\n{text}"
        ).encode()


def header(name: str, value: str) -> str:
    """One header, over as many lines as it needs. A break in its value is a space, so nothing in it can end the header."""
    if value.isascii() and value.isprintable() and len(name) + 2 + len(value) <= MAX_LINE:
        return f"{name}: {value}\n"
    return compat32.fold(name, " ".join(value.splitlines()))
