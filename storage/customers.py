"""Customers and staff: registering, finding at login, and changing a password."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from shop.customers import Customer, Role
from shop.errors import EmailTaken, NotFound
from shop.ids import CustomerId
from storage import sessions
from storage.hot import Hot
from storage.statements import one, rows, run, scalar
from storage.tables import Customer as Customers

_COLUMNS = select(Customers.id, Customers.email, Customers.name, Customers.role, Customers.cart_id)
_BY_EMAIL = select(
    Customers.id, Customers.email, Customers.name, Customers.role, Customers.cart_id, Customers.password_hash
).where(Customers.email == bindparam("email"))
_BY_ID = _COLUMNS.where(Customers.id == bindparam("customer"))
BY_ID = Hot(_BY_ID)
"""The five columns of shop.customers.Customer, in its order."""
_STAFF = _COLUMNS.where(Customers.role == Role.STAFF.value).order_by(Customers.email)
_PASSWORD = select(Customers.password_hash).where(Customers.id == bindparam("customer"))
_RENAME = update(Customers).where(Customers.id == bindparam("customer")).values(name=bindparam("to"))
_SET_PASSWORD_OF = update(Customers).where(Customers.id == bindparam("customer")).values(password_hash=bindparam("to"))
_SET_PASSWORD = (
    update(Customers)
    .where(Customers.id == bindparam("customer"))
    .values(password_hash=bindparam("to"), role=bindparam("as_role"))
)


class Registration(Struct, frozen=True):
    """The command to add a person; the email is in normal form and the password already hashed."""

    id: CustomerId
    email: str
    name: str
    password_hash: str
    role: Role
    at: datetime


class Known(Struct, frozen=True):
    """A person found at login, with the hash to verify."""

    customer: Customer
    password_hash: str


def register(tx: Connection, new: Registration) -> Customer:
    """Adds a person; raises EmailTaken."""
    if one(tx, _BY_EMAIL, email=new.email) is not None:
        raise EmailTaken(fields={"email": "There is already an account with this email. Log in instead."})
    try:
        run(
            tx,
            insert(Customers),
            id=new.id,
            email=new.email,
            name=new.name,
            password_hash=new.password_hash,
            role=new.role.value,
            cart_id=None,
            created_at=new.at,
        )
    except IntegrityError as race:
        raise EmailTaken(fields={"email": "There is already an account with this email. Log in instead."}) from race
    return Customer(new.id, new.email, new.name, new.role, None)


def by_email(tx: Connection, email: str) -> Known | None:
    """The person with this email in normal form, or None."""
    row = one(tx, _BY_EMAIL, email=email)
    return None if row is None else Known(customer(tuple(row)[:5]), row.password_hash)


def by_id(tx: Connection, customer_id: CustomerId) -> Customer | None:
    """The person of that id, or None."""
    row = one(tx, _BY_ID, customer=customer_id)
    return None if row is None else customer(tuple(row))


def customer(row: tuple[str, str, str, str, str | None]) -> Customer:
    """A customer from a row of BY_ID."""
    return Customer(CustomerId(row[0]), row[1], row[2], Role(row[3]), row[4])  # type: ignore[arg-type]


def staff(tx: Connection) -> list[Customer]:
    return [customer(tuple(row)) for row in rows(tx, _STAFF)]


def password_of(tx: Connection, customer_id: CustomerId) -> str | None:
    """The hash of a person's password, or None when there is no such person."""
    found: str | None = scalar(tx, _PASSWORD, customer=customer_id)
    return found


def rename(tx: Connection, customer_id: CustomerId, name: str) -> None:
    """Gives a person another name; their orders keep the one they were placed under."""
    run(tx, _RENAME, customer=customer_id, to=name)


def set_password_of(tx: Connection, customer_id: CustomerId, password_hash: str) -> None:
    """Sets a new password and ends nothing: the caller says which sessions end."""
    run(tx, _SET_PASSWORD_OF, customer=customer_id, to=password_hash)


def set_password(tx: Connection, email: str, password_hash: str, role: Role | None, at: datetime) -> Customer:
    """Sets a new password (and role, if given) and ends every session of that person; raises NotFound."""
    known = by_email(tx, email)
    if known is None:
        raise NotFound(f"There is nobody with the email {email}.")
    found = known.customer
    run(tx, _SET_PASSWORD, customer=found.id, to=password_hash, as_role=(role or found.role).value)
    sessions.end_all_of(tx, found.id, at)
    return Customer(found.id, found.email, found.name, role or found.role, found.cart_id)
