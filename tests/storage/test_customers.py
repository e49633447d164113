"""People: one account an email, and a new password ends every session."""

import asyncio
from collections import Counter

import pytest

from shop.customers import Customer, Role
from shop.errors import EmailTaken, NotFound
from shop.ids import CustomerId
from storage import customers, sessions
from storage.customers import Registration
from storage.database import Database
from storage.sessions import Saved, hash_of
from tests.storage.books import AT


def registration(name: str, *, email: str = "noor@example.com", role: Role = Role.CUSTOMER) -> Registration:
    return Registration(CustomerId(name), email, name.title(), f"hash of {name}", role, AT)


async def test_a_person_is_found_by_email_and_by_id(either: Database) -> None:
    noor = await either.write(customers.register, registration("noor"))
    assert noor == Customer(CustomerId("noor"), "noor@example.com", "Noor", Role.CUSTOMER, None)
    known = await either.read(customers.by_email, "noor@example.com")
    assert known is not None
    assert (known.customer, known.password_hash) == (noor, "hash of noor")
    assert await either.read(customers.by_email, "other@example.com") is None
    [row] = await either.fetch(customers.BY_ID, customer="noor")
    assert customers.customer((row[0], row[1], row[2], row[3], row[4])) == noor


async def test_one_email_has_one_account(either: Database) -> None:
    answers = await asyncio.gather(
        *(either.write(customers.register, registration(f"n{n}")) for n in range(5)), return_exceptions=True
    )
    assert Counter(type(answer) for answer in answers) == {Customer: 1, EmailTaken: 4}


async def test_only_staff_is_listed(either: Database) -> None:
    await either.write(customers.register, registration("noor"))
    await either.write(customers.register, registration("sam", email="sam@shop.example", role=Role.STAFF))
    await either.write(customers.register, registration("ada", email="ada@shop.example", role=Role.STAFF))
    assert [person.name for person in await either.read(customers.staff)] == ["Ada", "Sam"]


async def test_a_new_password_ends_every_session(either: Database) -> None:
    await either.write(customers.register, registration("noor"))
    saved = Saved(hash_of("a"), "mark", "noor", b"{}", AT, AT, new=True)
    await either.write(sessions.save, saved)
    changed = await either.write(customers.set_password, "noor@example.com", "new hash", None, AT)
    assert changed.role is Role.CUSTOMER
    known = await either.read(customers.by_email, "noor@example.com")
    assert known is not None
    assert known.password_hash == "new hash"
    assert await either.fetch(sessions.LOAD, id_hash=hash_of("a")) == []
    promoted = await either.write(customers.set_password, "noor@example.com", "newer", Role.STAFF, AT)
    assert promoted.role is Role.STAFF
    assert [person.id for person in await either.read(customers.staff)] == ["noor"]
    with pytest.raises(NotFound):
        await either.write(customers.set_password, "other@example.com", "x", None, AT)
