"""The words that staff find orders by, kept a moment behind the orders, so that placing one costs nothing more.

How far they have come is the position of an order's placing: each order has one above all that were placed before it, and
what it is found by never changes. The sweeper catches up every second, and whoever searches does before, for a moment; then
a page says how many orders are still to be read.

The words lie in blocks of positions, and in a block by word. Names and towns are rare words, each on a page of its own in
an index of all orders; the pages of a block are few, so that orders made together share them. A search looks in each block.
"""

from collections.abc import Iterable
from time import monotonic

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, select, update

from shop import order_search
from storage.database import Database
from storage.statements import many, rows, run, scalar
from storage.tables import Meta, Order, OrderLine, OrderWord

KEY = "order_words_position"
BATCH = 100
"""Orders that one verb takes: the more share their pages the better, and it holds the writer for some 5 ms."""
BLOCK_POSITIONS = 32_768
"""Some 2,500 orders of a busy shop, whose words fill 200 pages; a search in 100,000 of them looks into 40 blocks."""

_POSITION = select(Meta.value).where(Meta.key == KEY)
_LOCKED_POSITION = _POSITION.with_for_update()
_SET_POSITION = update(Meta).where(Meta.key == KEY).values(value=bindparam("to"))
_NEWEST = select(func.max(Order.position))
_TO_GO = select(func.count()).select_from(Order).where(Order.position > bindparam("position"))
_AFTER = (
    select(Order.number, Order.position, Order.name, Order.email, Order.postcode, Order.town)
    .where(Order.position > bindparam("position"))
    .order_by(Order.position)
    .limit(bindparam("limit"))
)
_LINES = select(OrderLine.order_number, OrderLine.name, OrderLine.value).where(
    OrderLine.order_number.in_(bindparam("numbers", expanding=True))
)
_FIRST_BLOCK = select(func.min(OrderWord.block).label("block")).cte("blocks", recursive=True)
_NEXT_BLOCK = select(func.min(OrderWord.block)).where(OrderWord.block > _FIRST_BLOCK.c.block).scalar_subquery()
_BLOCKS = _FIRST_BLOCK.union_all(select(_NEXT_BLOCK).where(_FIRST_BLOCK.c.block.is_not(None)))
"""Each block that has words, the next one sought from the last: told to find the different ones, an engine reads them all."""
_WORD = insert(OrderWord)
_NO_WORDS = delete(OrderWord)
_WITHOUT = (
    select(Order.position).where(Order.position <= bindparam("position")).except_(select(OrderWord.position)).subquery()
)
_WORDLESS = select(func.count()).select_from(_WITHOUT)


def behind(tx: Connection) -> bool:
    """Whether some order was placed since the words were made."""
    return (scalar(tx, _NEWEST) or 0) > position(tx)


def to_go(tx: Connection) -> int:
    """How many orders were placed since the words were made."""
    return int(scalar(tx, _TO_GO, position=position(tx)))


async def read_on(db: Database, seconds: float) -> int:
    """Makes words for so long; answers how many orders are still to go."""
    until = monotonic() + seconds
    while await db.read(behind):
        if monotonic() >= until:
            return await db.read(to_go)
        await db.write(catch_up, BATCH)
    return 0


def catch_up(tx: Connection, limit: int = BATCH) -> int:
    """Makes the words of the next orders, a verb; answers how many orders it looked at."""
    # Locked, so that of two who catch up at once the second goes on from where the first ends.
    found = rows(tx, _AFTER, position=int(scalar(tx, _LOCKED_POSITION)), limit=limit)
    if not found:
        return 0
    texts = {number: [position, number, *said] for number, position, *said in found}
    for number, *line in rows(tx, _LINES, numbers=list(texts)):
        texts[number] += line
    # In the order of words, so that each page is met once.
    made = sorted([(word, position) for position, *said in texts.values() for word in order_search.words_of(*said)])
    many(tx, _WORD, [{"block": at // BLOCK_POSITIONS, "word": word, "position": at} for word, at in made])
    _remember(tx, found[-1].position)
    return len(found)


def holding(words: Iterable[str]) -> list[ColumnElement[bool]]:
    """Conditions that an order's words have some word beginning with each of these."""
    return [
        Order.position.in_(
            select(OrderWord.position).where(
                OrderWord.block.in_(select(_BLOCKS.c.block)),
                OrderWord.word >= word,
                OrderWord.word < f"{word}\U0010ffff",
            )
        )
        for word in words
    ]


def wordless(tx: Connection) -> int:
    """How many orders have no words though they should."""
    return int(scalar(tx, _WORDLESS, position=position(tx)))


def begin_again(tx: Connection) -> None:
    """Forgets all words, so that they are made again from the first order on."""
    _remember(tx, 0)  # first, for it waits for whoever is making words
    run(tx, _NO_WORDS)


def position(tx: Connection) -> int:
    """Up to which position the words of orders are made."""
    return int(scalar(tx, _POSITION))


def _remember(tx: Connection, position: int) -> None:
    run(tx, _SET_POSITION, to=str(position))
