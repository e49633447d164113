"""Letters about an account: a link for a new password or email, and word that one of them was changed.

A link's secret is made here, at the moment of writing, and only its hash is kept; written again after a crash, the newer
link is the one that works.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from shop.customers import Customer
from shop.events import LetterDue
from shop.ids import new_secret
from storage import customers, tokens
from storage.database import Database
from storage.sessions import hash_of
from storage.tokens import GOOD_FOR, Purpose

MINUTES = round(GOOD_FOR.total_seconds() / 60)


class Letter(Struct, frozen=True):
    """What is to be sent, but for who sends it."""

    to: str
    subject: str
    text: str


async def letter(db: Database, due: LetterDue, public_url: str, clock: Callable[[], datetime]) -> Letter | None:
    """The letter that is due, or None when there is nobody to write to."""
    person = await db.read(customers.by_id, due.customer)
    if person is None:
        return None
    match due.purpose:
        case "password":
            return _password(person, f"{public_url}/reset/{await _link(db, Purpose.PASSWORD, person, '', clock)}")
        case "email":
            return await _email(db, due, person, public_url, clock)
        case "password_changed":
            return Letter(person.email, "Your password was changed", _changed(person, "password", public_url))
        case "email_changed":
            return Letter(due.to, "Your email was changed", _changed(person, "email", public_url))
    return None


async def _link(db: Database, purpose: Purpose, person: Customer, data: str, clock: Callable[[], datetime]) -> str:
    secret = new_secret()
    await db.write(tokens.make, hash_of(secret), purpose, person.id, data, clock())
    return secret


async def _email(
    db: Database, due: LetterDue, person: Customer, public_url: str, clock: Callable[[], datetime]
) -> Letter:
    if await db.read(customers.by_email, due.to) is not None:
        return Letter(
            due.to,
            "You have an account already",
            f"Somebody asked to use this address for an account, but there is one with it already. Nothing was changed.\n\n"
            f"If it was you, sign in with it, or ask for a new password:\n{public_url}/reset",
        )
    link = f"{public_url}/account/email/{await _link(db, Purpose.EMAIL, person, due.to, clock)}"
    return Letter(
        due.to,
        "Confirm your new email",
        f"Hello {person.name},\n\nuse this link to sign in with this address from now on. It works once, for {MINUTES} minutes:"
        f"\n\n{link}\n\nIf you did not ask for it, do nothing.",
    )


def _password(person: Customer, link: str) -> Letter:
    return Letter(
        person.email,
        "A new password",
        f"Hello {person.name},\n\nuse this link to choose a new password. It works once, for {MINUTES} minutes:\n\n{link}\n\n"
        "If you did not ask for it, do nothing: your password stays as it is.",
    )


def _changed(person: Customer, what: str, public_url: str) -> str:
    return (
        f"Hello {person.name},\n\nthe {what} of your account was changed just now.\n\n"
        f"If it was not you, ask for a new password at once and write to us:\n{public_url}/reset"
    )
