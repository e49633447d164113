"""People: what an email address and a password must look like, and the two roles."""

import re
from enum import StrEnum

from msgspec import Struct

from shop.ids import CartId, CustomerId

MAX_EMAIL_LENGTH = 254
MIN_PASSWORD_LENGTH = 10
MAX_PASSWORD_LENGTH = 256
MAX_NAME_LENGTH = 100

_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\\\]]+@[^@\s.\"(),:;<>\[\\\]]+(\.[^@\s.\"(),:;<>\[\\\]]+)+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What starts a line, steers a terminal, or turns round what stands beside it. Joiners stay: scripts and emoji need them."""
_UNSEEN = re.compile(r"[\s\u00ad\u115f\u1160\u200b-\u200f\u2060-\u2064\u2800\u3164\ufeff\uffa0]")


class Role(StrEnum):
    CUSTOMER = "customer"
    STAFF = "staff"


class Customer(Struct, frozen=True):
    id: CustomerId
    email: str
    name: str
    role: Role
    cart_id: CartId | None


def normal_email(text: str) -> str:
    """The address as it is compared: trimmed and in lower case."""
    return text.strip().lower()


def email_fault(email: str) -> str | None:
    """What is wrong with an address, in a sentence, or None."""
    if not email.strip():
        return "We need an email address."
    if len(email) > MAX_EMAIL_LENGTH or not _EMAIL.fullmatch(email.strip()) or _CONTROL.search(email.strip()):
        return "That doesn't look like an email address, such as noor@example.com."
    return None


def name_fault(name: str, what: str = "a name", longest: int = MAX_NAME_LENGTH) -> str | None:
    """What is wrong with a line of text that people type (a name, a street), in a sentence, or None."""
    if not _UNSEEN.sub("", name):
        return f"We need {what}."
    if len(name) > longest:
        return f"At most {longest} characters, please."
    if _CONTROL.search(name):
        return "Some of these characters can't be printed."
    return None


def password_fault(password: str) -> str | None:
    """What is wrong with a new password, in a sentence, or None (NIST SP 800-63B: length, not rules)."""
    if len(password) < MIN_PASSWORD_LENGTH:
        return f"At least {MIN_PASSWORD_LENGTH} characters. A few words do well."
    if len(password) > MAX_PASSWORD_LENGTH:
        return f"At most {MAX_PASSWORD_LENGTH} characters."
    return None


def registration_faults(name: str, email: str, password: str) -> dict[str, str]:
    """What is wrong with a registration, by field; empty when nothing is."""
    faults = {"name": name_fault(name), "email": email_fault(email), "password": password_fault(password)}
    return {field: fault for field, fault in faults.items() if fault}
