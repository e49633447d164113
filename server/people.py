"""Staff logins from the command line: the first owner, new people, and new one-time passwords."""

from datetime import datetime

from handlers.passwords import Passwords
from shop.customers import Role, email_fault, normal_email
from shop.errors import InvalidFields
from shop.ids import CustomerId, crockford
from storage import customers
from storage.customers import Registration
from storage.database import Database

OWNER_EMAIL = "owner@shop.example"


async def first_owner(db: Database, at: datetime) -> str | None:
    """Makes the owner's login when the shop has no staff yet; answers its password, or None when somebody is there."""
    if await db.read(customers.staff):
        return None
    return await add(db, OWNER_EMAIL, "Owner", Role.STAFF, at)


async def add(db: Database, email: str, name: str, role: Role, at: datetime) -> str:
    """Adds a person and answers the password made up for them; raises EmailTaken or InvalidFields."""
    fault = email_fault(email)
    if fault:
        raise InvalidFields(fault, fields={"email": fault})
    password = one_time_password()
    new = Registration(CustomerId(crockford(16)), normal_email(email), name, await _hashed(password), role, at)
    await db.write(customers.register, new)
    return password


async def reset(db: Database, email: str, at: datetime) -> str:
    """Gives a person a new password, which is answered, and ends all their sessions; raises NotFound."""
    password = one_time_password()
    await db.write(customers.set_password, normal_email(email), await _hashed(password), None, at)
    return password


def one_time_password() -> str:
    """A password of 80 random bits, easy to type: K7QM-2X4D-…"""
    text = crockford(16)
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


async def _hashed(password: str) -> str:
    passwords = Passwords(threads=1)
    try:
        return await passwords.hash(password)
    finally:
        passwords.close()
