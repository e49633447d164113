"""Links by mail that work once: a new password, a new email. Only the hash of a link's secret is here."""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from shop.customers import Customer
from shop.errors import EmailTaken, NotFound
from shop.events import LetterDue
from shop.ids import CustomerId, crockford
from storage import customers, outbox, sessions
from storage.statements import one, run
from storage.tables import Customer as Customers
from storage.tables import Token

GOOD_FOR = timedelta(minutes=60)
DECOY_LENGTH = 16


class Purpose(StrEnum):
    """What a link is for."""

    PASSWORD = "password"  # noqa: S105  the name of a purpose
    EMAIL = "email"


_MAKE = insert(Token)
_FIND = select(Token.customer_id, Token.data, Token.expires_at).where(
    Token.hash == bindparam("token"), Token.purpose == bindparam("purpose")
)
_USE = delete(Token).where(Token.hash == bindparam("token"), Token.purpose == bindparam("purpose"))
_FORGET = delete(Token).where(Token.customer_id == bindparam("customer"), Token.purpose == bindparam("purpose"))
_PRUNE = delete(Token).where(Token.expires_at < bindparam("now"))
_SET_EMAIL = update(Customers).where(Customers.id == bindparam("customer")).values(email=bindparam("to"))

GONE = "This link was used before, or its hour is over. Ask for a new one."


class Link(Struct, frozen=True):
    """A link that still works: whose it is, and the new email that it confirms ("" for a password)."""

    customer: Customer
    data: str


def ask_password(tx: Connection, email: str, at: datetime) -> None:
    """Notes that somebody asked for a new password. Whether there is such a person shows in nothing, not even in time.

    A letter is due either way; one to nobody is dropped by whoever writes letters.
    """
    known = customers.by_email(tx, email)
    who = known.customer.id if known else CustomerId(crockford(DECOY_LENGTH))
    outbox.note(tx, LetterDue("password", who), at)


def ask_email(tx: Connection, customer: CustomerId, email: str, at: datetime) -> None:
    """Notes that somebody wants another email, which a letter to it confirms."""
    outbox.note(tx, LetterDue("email", customer, email), at)


def make(tx: Connection, token: bytes, purpose: Purpose, customer: CustomerId, data: str, at: datetime) -> None:
    """Keeps the hash of a new link's secret; an older link for the same purpose works no more."""
    run(tx, _FORGET, customer=customer, purpose=purpose.value)
    run(
        tx,
        _MAKE,
        hash=token,
        purpose=purpose.value,
        customer_id=customer,
        data=data,
        created_at=at,
        expires_at=at + GOOD_FOR,
    )


def look(tx: Connection, token: bytes, purpose: Purpose, now: datetime) -> Link:
    """Whose link it is, without using it; raises NotFound when it doesn't work any more."""
    row = one(tx, _FIND, token=token, purpose=purpose.value)
    person = customers.by_id(tx, row.customer_id) if row is not None and row.expires_at > now else None
    if row is None or person is None:
        raise NotFound(GONE)
    return Link(person, row.data)


def set_password(tx: Connection, token: bytes, password_hash: str, at: datetime) -> Customer:
    """Uses a link: the new password holds, every session of that person ends, and a letter says so; raises NotFound."""
    person = _use(tx, token, Purpose.PASSWORD, at).customer
    customers.set_password(tx, person.email, password_hash, None, at)
    run(tx, _FORGET, customer=person.id, purpose=Purpose.EMAIL.value)
    outbox.note(tx, LetterDue("password_changed", person.id), at)
    return person


def change_password(tx: Connection, customer: CustomerId, password_hash: str, keep: bytes, at: datetime) -> None:
    """Sets a new password from inside: all other sessions end, links that were sent work no more, a letter says so."""
    customers.set_password_of(tx, customer, password_hash)
    sessions.end_others_of(tx, customer, keep, at)
    for purpose in Purpose:
        run(tx, _FORGET, customer=customer, purpose=purpose.value)
    outbox.note(tx, LetterDue("password_changed", customer), at)


def set_email(tx: Connection, token: bytes, at: datetime) -> tuple[str, str]:
    """Uses a link: the new email holds, and a letter to the old one says so; answers both. Raises NotFound or EmailTaken."""
    link = _use(tx, token, Purpose.EMAIL, at)
    taken = EmailTaken("There is another account with this email by now. Nothing was changed.")
    if customers.by_email(tx, link.data) is not None:
        raise taken
    try:
        run(tx, _SET_EMAIL, customer=link.customer.id, to=link.data)
    except IntegrityError as race:
        raise taken from race
    run(tx, _FORGET, customer=link.customer.id, purpose=Purpose.PASSWORD.value)
    outbox.note(tx, LetterDue("email_changed", link.customer.id, link.customer.email), at)
    return link.customer.email, link.data


def prune(tx: Connection, now: datetime) -> int:
    """Forgets links whose time is over; answers how many."""
    return run(tx, _PRUNE, now=now)


def _use(tx: Connection, token: bytes, purpose: Purpose, at: datetime) -> Link:
    link = look(tx, token, purpose, at)
    if not run(tx, _USE, token=token, purpose=purpose.value):  # another transaction was first
        raise NotFound(GONE)
    return link
