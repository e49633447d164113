"""Finding orders without I/O: what staff asked for, and the words that an order is found by."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from msgspec import Struct

from shop.errors import InvalidFields
from shop.ids import CROCKFORD, ORDER_NUMBER_LENGTH, OrderNumber, plain_number
from shop.search import fold, parse

MAX_WORD = 40
LEAST_NUMBER = 4
"""Letters that the start of an order number must have to be looked for as one."""


class Show(StrEnum):
    """Which orders a list shows, by their money and their goods."""

    ALL = ""
    PACK = "pack"
    SHIP = "ship"
    WAITING = "waiting"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class Wish(Struct, frozen=True):
    """What to list. `words` must all begin some word of the order, or `numbers` (first and last) contain its number."""

    words: tuple[str, ...] = ()
    numbers: tuple[str, str] | None = None
    show: Show = Show.ALL
    start: datetime | None = None
    end: datetime | None = None


class Place(Struct, frozen=True):
    """Where a page of a list ended: the next one begins after this order. Lists go from the newest to the oldest."""

    at: datetime
    number: OrderNumber


def wish(q: str, show: str, first: str, last: str, zone: tzinfo) -> Wish:
    """What the fields ask for; both days are whole days of the shop. Raises InvalidFields for what is no day."""
    found = parse(q)
    start, end = _day(first, "from"), _day(last, "to")
    if start and end and end < start:
        raise InvalidFields(fields={"to": "This day is before the first one."})
    return Wish(
        words=tuple(word[:MAX_WORD] for word in found.words),
        numbers=_numbers(found.text),
        show=Show(show) if show in set(Show) else Show.ALL,
        start=_midnight(start, zone),
        end=_midnight(end + timedelta(days=1) if end else None, zone),
    )


def words_of(*texts: str) -> set[str]:
    """The words that these texts are found by."""
    return {word[:MAX_WORD] for word in fold(" ".join(texts)).split()}


def fits(words: Iterable[str], *texts: str) -> bool:
    """Whether every word begins some word of these texts."""
    there = words_of(*texts)
    return all(any(known.startswith(word) for known in there) for word in words)


def _numbers(text: str) -> tuple[str, str] | None:
    """The first and last order number that begin with this text, when it may be the start of one."""
    begun = plain_number(text)
    if not LEAST_NUMBER <= len(begun) <= ORDER_NUMBER_LENGTH or any(letter not in CROCKFORD for letter in begun):
        return None
    return begun.ljust(ORDER_NUMBER_LENGTH, CROCKFORD[0]), begun.ljust(ORDER_NUMBER_LENGTH, CROCKFORD[-1])


def _day(text: str, field: str) -> date | None:
    if not text.strip():
        return None
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidFields(fields={field: "A day, please, such as 2026-11-22."}) from None
    if not 2000 <= found.year <= 2999:  # noqa: PLR2004  further out, zones and columns have no such moments
        raise InvalidFields(fields={field: "A day of this century, please."})
    return found


def _midnight(day: date | None, zone: tzinfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), zone)
