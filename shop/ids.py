"""Names that the shop makes up: short, unguessable, and readable over the phone.

All are made here and not by the database, so nothing has to wait for an insert to learn its own name.
"""

import base64
import os
import secrets
from datetime import datetime
from threading import Lock
from typing import NewType

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Douglas Crockford's base 32: no I, L, O or U, so nothing is misread or spells a word."""

_CROCKFORD_OF_BYTE = (CROCKFORD * 8).encode()
"""A letter for each byte: 256 is 8 × 32, so every letter is as likely, and the system is asked for random only once."""

_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", "-": "", " ": ""})
VARIANT_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz"

VARIANT_ID_LENGTH = 7

VariantId = NewType("VariantId", str)
"""A variant's public id: immutable, 7 letters and digits."""

CartId = NewType("CartId", str)
CustomerId = NewType("CustomerId", str)

OrderNumber = NewType("OrderNumber", str)
"""8 Crockford characters, shown as K7QM-2X4D; competitors can't count orders by it."""

ORDER_NUMBER_LENGTH = 8

SECRET_BYTES = 32
MOMENT_LETTERS = 9
"""Of a moment in milliseconds; enough until the year 3084."""
CART_RANDOM_LETTERS = 7


class _Supply:
    """Random bytes of the operating system, fetched a page at a time and each given out once.

    Every call to the system lets another thread have the interpreter, so a request that asked for each of its names by
    itself waited for the writer ten times.
    """

    PAGE = 4_096

    def __init__(self) -> None:
        self._begin()
        os.register_at_fork(after_in_child=self._begin)  # a child must not give out the same

    def _begin(self) -> None:
        self._lock = Lock()
        self._bytes = b""
        self._given = 0

    def take(self, size: int) -> bytes:
        with self._lock:
            start, self._given = self._given, self._given + size
            if self._given > len(self._bytes):
                self._bytes = os.urandom(max(self.PAGE, size))
                start, self._given = 0, size
            return self._bytes[start : self._given]


_take = _Supply().take


def crockford(length: int) -> str:
    """A random string of `length` Crockford characters (5 bits each)."""
    return _take(length).translate(_CROCKFORD_OF_BYTE).decode()


def new_variant_id() -> VariantId:
    # One look at the system's random numbers, and not one a letter: an import makes thousands of them.
    left, letters = secrets.randbelow(len(VARIANT_LETTERS) ** VARIANT_ID_LENGTH), ""
    for _ in range(VARIANT_ID_LENGTH):
        left, place = divmod(left, len(VARIANT_LETTERS))
        letters += VARIANT_LETTERS[place]
    return VariantId(letters)


def new_cart_id(at: datetime) -> CartId:
    """A cart's name: the moment, then 35 random bits.

    Nobody is ever told it, so it may tell when it was made. Carts, their lines and the orders made of them so stand beside
    each other in their indexes, and a commit of many touches a few pages where it would touch some for each.
    """
    return CartId(_moment(at) + crockford(CART_RANDOM_LETTERS))


def _moment(at: datetime) -> str:
    """Letters that sort as time does."""
    left, letters = int(at.timestamp() * 1000), ""
    for _ in range(MOMENT_LETTERS):
        left, letter = divmod(left, len(CROCKFORD))
        letters = CROCKFORD[letter] + letters
    return letters


def new_order_number() -> OrderNumber:
    return OrderNumber(crockford(ORDER_NUMBER_LENGTH))


def new_secret() -> str:
    """A bearer secret of 256 bits, URL-safe."""
    return base64.urlsafe_b64encode(_take(SECRET_BYTES)).rstrip(b"=").decode()


def new_session_secret(at: datetime) -> str:
    """A session's secret: the moment it begins, a dot, then 256 random bits. What is stored of it goes by the moment too."""
    return f"{_moment(at)}.{new_secret()}"


def shown(number: str) -> str:
    """An order number as people read it: K7QM-2X4D."""
    return f"{number[:4]}-{number[4:]}"


def plain_number(text: str) -> str:
    """What somebody typed of an order number: without dash, in capitals, and misread letters put right."""
    return text.strip().upper().translate(_MISREAD)


def parse_order_number(text: str) -> OrderNumber | None:
    """The order number in what somebody typed or followed, or None when it can't be one."""
    number = plain_number(text)
    if len(number) == ORDER_NUMBER_LENGTH and all(letter in CROCKFORD for letter in number):
        return OrderNumber(number)
    return None
