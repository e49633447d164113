"""Staff logins: the first owner, new people and new passwords, each a password that opens."""

import pytest

from handlers.passwords import Passwords
from server import people
from shop.customers import Role
from shop.errors import EmailTaken, InvalidFields, NotFound
from storage import customers, sessions
from storage.database import Database
from storage.sessions import Saved, hash_of
from tests.storage.books import AT


async def opens(db: Database, email: str, password: str) -> bool:
    passwords = Passwords(threads=1)
    try:
        known = await db.read(customers.by_email, email)
        return await passwords.verify(known.password_hash if known else None, password)
    finally:
        passwords.close()


async def test_the_first_owner_is_made_once(db: Database) -> None:
    password = await people.first_owner(db, AT)
    assert password is not None
    assert await opens(db, people.OWNER_EMAIL, password)
    assert not await opens(db, people.OWNER_EMAIL, password.lower())
    assert await people.first_owner(db, AT) is None
    [owner] = await db.read(customers.staff)
    assert (owner.email, owner.role) == (people.OWNER_EMAIL, Role.STAFF)


async def test_a_person_is_added_once(db: Database) -> None:
    password = await people.add(db, " Noor@Example.com ", "Noor", Role.CUSTOMER, AT)
    assert await opens(db, "noor@example.com", password)
    with pytest.raises(EmailTaken):
        await people.add(db, "noor@example.com", "Noor", Role.STAFF, AT)
    with pytest.raises(InvalidFields):
        await people.add(db, "noor", "Noor", Role.STAFF, AT)
    assert await db.read(customers.staff) == []


async def test_a_reset_changes_the_password_and_ends_sessions(db: Database) -> None:
    first = await people.add(db, "noor@example.com", "Noor", Role.STAFF, AT)
    [noor] = await db.read(customers.staff)
    await db.write(sessions.save, Saved(hash_of("a"), "mark", noor.id, b"{}", AT, AT, new=True))
    second = await people.reset(db, " NOOR@example.com", AT)
    assert not await opens(db, "noor@example.com", first)
    assert await opens(db, "noor@example.com", second)
    assert await db.fetch(sessions.LOAD, id_hash=hash_of("a")) == []
    assert [person.role for person in await db.read(customers.staff)] == [Role.STAFF]
    with pytest.raises(NotFound):
        await people.reset(db, "nobody@example.com", AT)


def test_one_time_passwords_do_not_repeat() -> None:
    made = {people.one_time_password() for _ in range(200)}
    assert len(made) == 200
    assert all(len(password) == 19 for password in made)
