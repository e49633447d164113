"""Stock as staff look through it: what runs low, lists that can be searched and filtered, and one variant's ledger."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, or_, select

from shop.errors import NotFound
from shop.ids import OrderNumber, VariantId
from shop.stock import Entry, LowStock, Shortage
from storage import outbox
from storage.statements import Found, one, rows, scalar
from storage.tables import LedgerEntry, Product, Stock, Variant

SHORTAGES = 12
MAX_WORDS = 6

_AVAILABLE = Stock.on_hand - Stock.held
_LOW = Stock.low_at >= _AVAILABLE
_OUT = _AVAILABLE <= 0
_COUNTS = select(
    func.count().filter(_LOW).label("low"), func.count().filter(_OUT).label("out"), func.count().label("all")
).select_from(Stock)

# The few that are wanted are found in the narrow table of counters before anything is joined to them.
_FEWEST = (
    select(Stock.variant_id)
    .where(_LOW)
    .order_by(_AVAILABLE, Stock.variant_id)
    .limit(bindparam("limit"))
    .scalar_subquery()
)
_NAMED = (
    select(
        Stock.variant_id,
        Stock.on_hand,
        Stock.held,
        Stock.low_at,
        Product.slug,
        Product.name,
        Variant.value,
        Variant.sku,
        Variant.image,
    )
    .join(Variant, Variant.id == Stock.variant_id)
    .join(Product, Product.id == Variant.product_id)
)
_SHORTAGES = _NAMED.where(Stock.variant_id.in_(_FEWEST)).order_by(_AVAILABLE, Product.name, Variant.rank)
_ONE = _NAMED.where(Stock.variant_id == bindparam("variant"))
_MOVES = (
    select(
        LedgerEntry.id,
        LedgerEntry.at,
        LedgerEntry.kind,
        LedgerEntry.on_hand,
        LedgerEntry.held,
        LedgerEntry.order_number,
        LedgerEntry.actor,
        LedgerEntry.reason,
    )
    .where(LedgerEntry.variant_id == bindparam("variant"), LedgerEntry.id < bindparam("before"))
    .order_by(LedgerEntry.id.desc())
    .limit(bindparam("limit"))
)
_ON_HAND = select(func.coalesce(func.sum(LedgerEntry.on_hand), 0)).where(
    LedgerEntry.variant_id == bindparam("variant"), LedgerEntry.id < bindparam("before")
)


class Show(StrEnum):
    """Which variants a list shows."""

    ALL = "all"
    LOW = "low"
    OUT = "out"


class Counts(Struct, frozen=True):
    """How many variants run low (the sold out ones among them), are sold out, and there are."""

    low: int
    out: int
    all: int


class Counter(Struct, frozen=True):
    """A variant's counters and when it runs low, with its names; units."""

    variant: VariantId
    product: str
    name: str
    value: str
    sku: str
    image: str
    on_hand: int
    held: int
    low_at: int


class Shelf(Struct, frozen=True):
    """A page of a list, as of a position: how many there are of each kind, how many were found, and those on the page."""

    position: int
    counts: Counts
    found: int
    rows: tuple[Counter, ...]


class Movement(Struct, frozen=True):
    """A row of the ledger, and what was on hand after it; units."""

    id: int
    at: datetime
    kind: Entry
    on_hand: int
    held: int
    order: OrderNumber | None
    actor: str
    reason: str
    left: int


def low_stock(tx: Connection) -> LowStock:
    """What runs low right now, the fewest first."""
    counted = counts(tx)
    found = rows(tx, _SHORTAGES, limit=SHORTAGES)
    return LowStock(
        counted.low,
        counted.out,
        tuple(Shortage(r.variant_id, r.slug, r.name, r.value, r.image, r.on_hand, r.held) for r in found),
    )


def counts(tx: Connection) -> Counts:
    """How many variants a list would show, by what it shows."""
    [found] = rows(tx, _COUNTS)
    return Counts(found.low, found.out, found.all)


def shelf(tx: Connection, words: Sequence[str], show: Show, offset: int, limit: int) -> Shelf:
    """A page of the variants that have all these words in their names or SKU, the fewest first."""
    wanted = [*_shown(show), *_matching(words)]
    narrow: Select[tuple[str]] = select(Stock.variant_id)
    if words:
        narrow = narrow.join(Variant, Variant.id == Stock.variant_id).join(Product, Product.id == Variant.product_id)
    narrow = narrow.where(*wanted)
    found = tx.execute(select(func.count()).select_from(narrow.subquery())).scalar_one()
    page = narrow.order_by(_AVAILABLE, Stock.variant_id).limit(limit).offset(offset).scalar_subquery()
    listed = tx.execute(_NAMED.where(Stock.variant_id.in_(page)).order_by(_AVAILABLE, Stock.variant_id))
    return Shelf(outbox.head(tx), counts(tx), found, tuple(_counter(row) for row in listed))


def counter(tx: Connection, variant: str) -> tuple[int, Counter]:
    """One variant as of a position; raises NotFound."""
    found = one(tx, _ONE, variant=variant)
    if found is None:
        raise NotFound("There is no such variant.")
    return outbox.head(tx), _counter(found)


def ledger(tx: Connection, variant: str, before: int, limit: int) -> list[Movement]:
    """A variant's movements whose number is below `before`, the newest first."""
    moves = rows(tx, _MOVES, variant=variant, before=before, limit=limit)
    left = int(scalar(tx, _ON_HAND, variant=variant, before=moves[0].id + 1)) if moves else 0
    told = []
    for row in moves:
        order = OrderNumber(row.order_number) if row.order_number else None
        kind = Entry(row.kind)
        told.append(Movement(row.id, row.at, kind, row.on_hand, row.held, order, row.actor, row.reason, left))
        left -= row.on_hand
    return told


def _shown(show: Show) -> list[ColumnElement[bool]]:
    return {Show.ALL: [], Show.LOW: [_LOW], Show.OUT: [_OUT]}[show]


def _matching(words: Sequence[str]) -> list[ColumnElement[bool]]:
    return [
        or_(*(column.icontains(word, autoescape=True) for column in (Product.name, Variant.value, Variant.sku)))
        for word in words[:MAX_WORDS]
    ]


def _counter(r: Found) -> Counter:
    return Counter(r.variant_id, r.slug, r.name, r.value, r.sku or "", r.image, r.on_hand, r.held, r.low_at)
