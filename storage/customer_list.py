"""Everybody who has an account or has ordered, by their email: guests are customers too.

An order belongs to the account it was placed from, and a guest's to the email on it. Lists go by email, which is indexed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, case, func, or_, select, union

from shop.customers import Role
from shop.order_search import Place, fits
from shop.orders import Order, OrderStatus
from storage import order_search, order_words, orders
from storage.tables import Customer
from storage.tables import Order as Orders

MOST_CANDIDATES = 2_000
"""Guests' orders that a search looks through, the ones that have its words."""

_PAID = Orders.status == OrderStatus.PAID.value


class Buyer(Struct, frozen=True):
    """Somebody, with their orders that were not cancelled; `spent` is what was paid and kept, in minor units."""

    email: str
    name: str
    town: str
    account: bool
    staff: bool
    orders: int
    spent: int
    newest: datetime | None


class Found(Struct, frozen=True):
    """A page of buyers, and the email after which the next one begins; None at the end.

    `cut` when more had the words than a search looks through, so that some may be missing.
    """

    buyers: list[Buyer]
    next: str | None
    cut: bool = False


def page(tx: Connection, words: Sequence[str], typed: str, after: str, limit: int) -> Found:
    """The next buyers by email whose name, email or town begins with each of the words; without words, all."""
    emails, cut = _searched(tx, words, typed) if words else (_all(tx, after, limit + 1), False)
    rest = [email for email in emails if email > after] if words else emails
    return Found(buyers(tx, rest[:limit]), rest[limit - 1] if len(rest) > limit else None, cut)


def buyers(tx: Connection, emails: Sequence[str]) -> list[Buyer]:
    """These buyers, in this order."""
    accounts = {row.email: row for row in tx.execute(select(Customer).with_only_columns(
        Customer.id, Customer.email, Customer.name, Customer.role).where(Customer.email.in_(emails)))}  # fmt: skip
    ids = {row.id: email for email, row in accounts.items()}
    sums: dict[str, list[Any]] = {email: [0, 0, None, "", ""] for email in emails}
    for row in tx.execute(_sums(Orders.customer_id, Orders.customer_id.in_(list(ids)))):
        _add(sums[ids[row.key]], row)
    for row in tx.execute(_sums(Orders.email, Orders.customer_id.is_(None), Orders.email.in_(emails))):
        _add(sums[row.key], row)
    return [
        Buyer(
            email=email,
            name=accounts[email].name if email in accounts else sums[email][3],
            town=sums[email][4],
            account=email in accounts,
            staff=email in accounts and accounts[email].role == Role.STAFF.value,
            orders=sums[email][0],
            spent=int(sums[email][1]),
            newest=sums[email][2],
        )
        for email in emails
    ]


def orders_of(tx: Connection, email: str, after: Place | None, limit: int) -> tuple[list[Order], Place | None]:
    """The next of what this buyer has ordered, the newest first, and where the page after begins; None at the end."""
    account = tx.execute(select(Customer.id).where(Customer.email == email)).scalar_one_or_none()
    as_guest = select(Orders.number).where(Orders.customer_id.is_(None), Orders.email == email)
    # Not by OR: each half has an index of its own.
    with_account = [] if account is None else [select(Orders.number).where(Orders.customer_id == account)]
    theirs = union(as_guest, *with_account).subquery()
    statement = (
        select(Orders.number)
        .where(Orders.number.in_(select(theirs.c.number)))
        .where(*(order_search.beyond(after) if after else ()))
        .order_by(Orders.placed_at.desc(), Orders.number)
        .limit(limit + 1)
    )
    found = [str(number) for number in tx.execute(statement).scalars()]
    listed = orders.listed(tx, found[:limit])
    last = listed[-1] if len(found) > limit else None
    return listed, None if last is None else Place(last.placed_at, last.number)


def _all(tx: Connection, after: str, limit: int) -> list[str]:
    accounts = select(Customer.email).where(Customer.email > after).order_by(Customer.email).limit(limit).subquery()
    guests = (
        select(Orders.email)
        .where(Orders.customer_id.is_(None), Orders.email > after)
        .distinct()
        .order_by(Orders.email)
        .limit(limit)
        .subquery()
    )
    both = union(select(accounts.c.email), select(guests.c.email)).subquery()
    return [str(email) for email in tx.execute(select(both.c.email).order_by(both.c.email).limit(limit)).scalars()]


def _searched(tx: Connection, words: Sequence[str], typed: str) -> tuple[list[str], bool]:
    """All emails that a search finds: of accounts by a part of name or email, of guests by the words of their orders.

    And whether it left some out, since more orders or accounts fit than it looks through.
    """
    part = f"%{typed.lower().replace('/', '//').replace('%', '/%').replace('_', '/_')}%"
    like = or_(func.lower(Customer.name).like(part, escape="/"), Customer.email.like(part, escape="/"))
    found = {str(email) for email in tx.execute(select(Customer.email).where(like).limit(MOST_CANDIDATES)).scalars()}
    cut = len(found) == MOST_CANDIDATES
    guests = (
        select(Orders.email, Orders.name, Orders.town, Orders.customer_id)
        .where(*order_words.holding(words))
        .distinct()
        .limit(MOST_CANDIDATES)
    )
    candidates = tx.execute(guests).all()
    found |= {row.email for row in candidates if row.customer_id is None and fits(words, row.email, row.name, row.town)}
    return sorted(found), cut or len(candidates) == MOST_CANDIDATES


def _sums(key: Any, *conditions: ColumnElement[bool]) -> Select[Any]:
    counted = case((Orders.status != OrderStatus.CANCELLED.value, 1), else_=0)
    spent = case((_PAID, Orders.total - Orders.refunded_amount), else_=0)
    return (
        select(
            key.label("key"),
            func.sum(counted).label("orders"),
            func.sum(spent).label("spent"),
            func.max(Orders.placed_at).label("newest"),
            func.max(Orders.name).label("name"),
            func.max(Orders.town).label("town"),
        )
        .where(*conditions)
        .group_by(key)
    )


def _add(sums: list[Any], row: Any) -> None:
    sums[0] += int(row.orders)
    sums[1] += int(row.spent)
    sums[2] = max(filter(None, (sums[2], row.newest)))
    sums[3], sums[4] = row.name, row.town
