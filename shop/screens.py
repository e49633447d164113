"""Screens on the wall: a browser that shows orders for days, signed in by a short code that is good once and not for long."""

import hashlib
import hmac
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from shop.ids import CROCKFORD, parse_order_number

CODE_BYTES = 8
CODE_GOOD = timedelta(minutes=10)
LIFETIME = timedelta(days=365)
"""How long a screen stays signed in without being seen; each look at its page begins it anew."""

MAX_NAME_LENGTH = 60
MAX_SCREENS = 50


class Standing(StrEnum):
    """How a screen stands: its code waits to be typed, it is signed in, or neither."""

    WAITING = "waiting"
    SHOWN = "shown"
    OUT = "out"


class Screen(Struct, frozen=True):
    """A screen as staff see it; `mark` is the public name of the session that shows it."""

    id: str
    name: str
    made_by: str
    made_at: datetime
    code_until: datetime | None
    mark: str | None
    seen_at: datetime | None

    def standing(self, now: datetime) -> Standing:
        if self.code_until is not None and self.code_until > now:
            return Standing.WAITING
        return Standing.OUT if self.mark is None else Standing.SHOWN


def code_of(secret: bytes, screen: str, until: datetime) -> str:
    """The code of a screen: 40 bits that only the shop can make (HMAC, RFC 2104), so it need not be kept to be shown again."""
    message = f"screen {screen} until {until.timestamp():.0f}".encode()
    digest = hmac.digest(secret, message, hashlib.sha256)
    return "".join(CROCKFORD[byte % len(CROCKFORD)] for byte in digest[:CODE_BYTES])


def parse_code(text: str) -> str | None:
    """The code in what somebody typed, or None when it can't be one. It is written like an order's number."""
    return parse_order_number(text)


def code_hash(secret: bytes, code: str) -> bytes:
    """What is stored of a code. It is short, so the hash has a key, and a stolen table alone can't be tried through."""
    return hmac.digest(secret, b"screen code " + code.encode(), hashlib.sha256)
