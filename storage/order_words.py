"""The words that staff find orders by, kept a moment behind the orders, so that placing one costs nothing more.

How far they have come is a position of the outbox: every order has a version above it when it is new. The sweeper catches
up every second, and whoever searches does before, for a moment; then a page says how many orders are still to be read.
"""

from collections.abc import Iterable
from time import monotonic

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, update

from shop import order_search
from storage.database import Database
from storage.statements import many, rows, run, scalar
from storage.tables import Meta, Order, OrderLine, OrderWord

KEY = "order_words_position"
BATCH = 10
"""Orders that one verb takes: their words meet some 150 pages of the index, which a commit has to put on the disk. More at
once make no more a second, and hold the writer longer."""

_POSITION = select(Meta.value).where(Meta.key == KEY)
_SET_POSITION = update(Meta).where(Meta.key == KEY).values(value=bindparam("to"))
_NEW_POSITION = insert(Meta)
_NEWEST = select(func.max(Order.version))
_TO_GO = select(func.count()).select_from(Order).where(Order.version > bindparam("position"))
_AFTER = (
    select(Order.number, Order.version, Order.name, Order.email, Order.postcode, Order.town)
    .where(Order.version > bindparam("position"))
    .order_by(Order.version)
    .limit(bindparam("limit"))
)
_HAVE = (
    select(OrderWord.order_number).where(OrderWord.order_number.in_(bindparam("numbers", expanding=True))).distinct()
)
_LINES = select(OrderLine.order_number, OrderLine.name, OrderLine.value).where(
    OrderLine.order_number.in_(bindparam("numbers", expanding=True))
)
_WORD = insert(OrderWord)


def behind(tx: Connection) -> bool:
    """Whether some order has changed since the words were made."""
    return (scalar(tx, _NEWEST) or 0) > position(tx)


def to_go(tx: Connection) -> int:
    """How many orders have changed since the words were made."""
    return int(scalar(tx, _TO_GO, position=position(tx)))


async def read_on(db: Database, seconds: float) -> int:
    """Makes words for so long; answers how many orders are still to go."""
    until = monotonic() + seconds
    while await db.read(behind):
        if monotonic() >= until:
            return await db.read(to_go)
        await db.write(catch_up)
    return 0


def catch_up(tx: Connection, limit: int = BATCH) -> int:
    """Makes the words of the next orders, a verb; answers how many orders it looked at."""
    found = rows(tx, _AFTER, position=position(tx), limit=limit)
    if not found:
        return 0
    known = {row.order_number for row in rows(tx, _HAVE, numbers=[row.number for row in found])}
    fresh = {row.number: row for row in found if row.number not in known}
    texts = {number: [number, row.name, row.email, row.postcode, row.town] for number, row in fresh.items()}
    for line in rows(tx, _LINES, numbers=list(fresh)) if fresh else ():
        texts[line.order_number] += [line.name, line.value]
    many(
        tx,
        _WORD,
        [
            {"order_number": number, "word": word}
            for number, said in texts.items()
            for word in sorted(order_search.words_of(*said))
        ],
    )
    _remember(tx, found[-1].version)
    return len(found)


def holding(words: Iterable[str]) -> list[ColumnElement[bool]]:
    """Conditions that an order's words have some word beginning with each of these."""
    return [
        Order.number.in_(
            select(OrderWord.order_number).where(OrderWord.word >= word, OrderWord.word < f"{word}\U0010ffff")
        )
        for word in words
    ]


def begin_again(tx: Connection) -> None:
    """Lets every order be looked at again; those that have their words keep them."""
    _remember(tx, 0)


def position(tx: Connection) -> int:
    """Up to which version the words of orders are made."""
    return int(scalar(tx, _POSITION) or 0)


def _remember(tx: Connection, position: int) -> None:
    if not run(tx, _SET_POSITION, to=str(position)):
        run(tx, _NEW_POSITION, key=KEY, value=str(position))
