"""Stock as staff look through it: what runs low, lists that can be searched and filtered, and one variant's ledger."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Integer, bindparam, func, not_, select, true

from shop.errors import NotFound
from shop.ids import OrderNumber, VariantId
from shop.stock import Entry, LowStock, Shortage
from storage import findable, outbox
from storage.statements import Found, one, rows, scalar
from storage.tables import LedgerEntry, Product, Stock, Variant

MOST_SHORTAGES = 12
MAX_WORDS = 6

_AVAILABLE = Stock.on_hand - Stock.held
_LOW = Stock.low_at >= _AVAILABLE
_OUT = _AVAILABLE <= 0
_FOR_SALE: tuple[ColumnElement[bool], ...] = (not_(Variant.retired), Product.visible.is_(true()))
"""What is hidden or not for sale any more is no shortage: nobody can buy it, so nobody has to bring more of it."""
_ALL = select(func.count()).select_from(Stock)
COUNTS = (
    select(func.count().label("low"), func.count().filter(_OUT).label("out"))
    .select_from(Stock)
    .join(Variant, Variant.id == Stock.variant_id)
    .join(Product, Product.id == Variant.product_id)
    .where(_LOW, *_FOR_SALE)
)

# The few that are wanted are found before everything that is told of them is read.
_FEWEST = (
    select(Stock.variant_id)
    .join(Variant, Variant.id == Stock.variant_id)
    .join(Product, Product.id == Variant.product_id)
    .where(_LOW, *_FOR_SALE)
    .order_by(_AVAILABLE, Stock.variant_id)
    .limit(bindparam("limit", type_=Integer))
    .scalar_subquery()
)
_NAMED = (
    select(
        Stock.variant_id,
        Stock.on_hand,
        Stock.held,
        Stock.low_at,
        Stock.backorder,
        Product.slug,
        Product.name,
        Variant.value,
        Variant.sku,
        Variant.image,
        Variant.retired,
        Product.visible,
    )
    .join(Variant, Variant.id == Stock.variant_id)
    .join(Product, Product.id == Variant.product_id)
)
SHORTAGES = _NAMED.where(Stock.variant_id.in_(_FEWEST)).order_by(_AVAILABLE, Stock.variant_id)
_SOME = _NAMED.where(Stock.variant_id.in_(bindparam("variants", expanding=True)))
_NAMES = Product.folded + " " + Variant.folded
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
    """How many variants that are for sale run low (the sold out ones among them) and are sold out, and how many there are."""

    low: int
    out: int
    all: int


class Counter(Struct, frozen=True):
    """A variant's counters and when it runs low, with its names, and whether shoppers can see and buy it; units."""

    variant: VariantId
    product: str
    name: str
    value: str
    sku: str
    image: str
    on_hand: int
    held: int
    low_at: int
    visible: bool
    retired: bool
    backorder: bool = False
    """Whether more can be ordered than is there."""

    @property
    def owed(self) -> int:
        """How many were ordered that are not there."""
        return max(0, self.held - self.on_hand)


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
    [counted] = rows(tx, COUNTS)
    found = rows(tx, SHORTAGES, limit=MOST_SHORTAGES)
    return LowStock(
        counted.low,
        counted.out,
        tuple(Shortage(r.variant_id, r.slug, r.name, r.value, r.image, r.on_hand, r.held, r.low_at) for r in found),
    )


def counts(tx: Connection) -> Counts:
    """How many variants a list would show, by what it shows."""
    [found] = rows(tx, COUNTS)
    return Counts(found.low, found.out, int(scalar(tx, _ALL)))


def shelf(tx: Connection, words: Sequence[str], show: Show, offset: int, limit: int) -> Shelf:
    """A page of the variants that have all these words in their names or SKU, the fewest first."""
    counted = counts(tx)
    if words:
        ids, found = _searched(tx, words, show, offset, limit)
    else:
        narrow = select(Stock.variant_id).order_by(_AVAILABLE, Stock.variant_id)
        if show is not Show.ALL:
            joined = narrow.join(Variant, Variant.id == Stock.variant_id).join(
                Product, Product.id == Variant.product_id
            )
            narrow = joined.where(*_shown(show))
        ids = list(tx.execute(narrow.limit(limit).offset(offset)).scalars())
        found = {Show.ALL: counted.all, Show.LOW: counted.low, Show.OUT: counted.out}[show]
    listed = {row.variant_id: row for row in rows(tx, _SOME, variants=ids)}
    return Shelf(outbox.head(tx), counted, found, tuple(_counter(listed[variant]) for variant in ids))


def _searched(tx: Connection, words: Sequence[str], show: Show, offset: int, limit: int) -> tuple[list[str], int]:
    """The variants on a page of a search, and how many it found: counted along, so that the names are gone through once."""
    narrow = (
        select(Stock.variant_id, func.count().over().label("found"))
        .join(Variant, Variant.id == Stock.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(*_shown(show), *_matching(words))
        .order_by(_AVAILABLE, Stock.variant_id)
    )
    page = tx.execute(narrow.limit(limit).offset(offset)).all()
    # A page beyond the last has no row that could tell how many there are.
    told = page or tx.execute(narrow.limit(1)).all()
    return [row.variant_id for row in page], told[0].found if told else 0


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
    return {Show.ALL: [], Show.LOW: [_LOW, *_FOR_SALE], Show.OUT: [_OUT, *_FOR_SALE]}[show]


def _matching(words: Sequence[str]) -> list[ColumnElement[bool]]:
    return [findable.holding(_NAMES, word) for word in words[:MAX_WORDS]]


def _counter(r: Found) -> Counter:
    names = (r.variant_id, r.slug, r.name, r.value, r.sku or "", r.image)
    return Counter(*names, r.on_hand, r.held, r.low_at, r.visible, r.retired, bool(r.backorder))
