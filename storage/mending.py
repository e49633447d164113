"""Mending what is safe to mend: what the books keep beside the truth is made again from it. Money is never touched.

Each verb here takes some subjects of findings, looks once more, and answers what it mended. `VERBS` says which rule's
findings it is for.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Connection, bindparam, func, select, update

from shop.events import Event, ProductChanged, StockChanged
from shop.holds import moved_by
from shop.ids import OrderNumber, VariantId
from shop.judge import Finding
from shop.stock import MAX_ON_HAND, Entry, Level, public
from storage import catalogue, checkup, findable, mailbox, order_words, orders, outbox, stock
from storage.statements import many, one, rows, run
from storage.stock import Move
from storage.tables import LedgerEntry, OutboxHead, Product, Stock, Variant

ACTOR = "doctor"
AT_ONCE = 50
"""Subjects that one verb mends, so that the shop sells meanwhile."""

_SUMS = (
    select(
        LedgerEntry.variant_id,
        func.sum(LedgerEntry.on_hand).label("on_hand"),
        func.sum(LedgerEntry.held).label("held"),
    )
    .where(LedgerEntry.variant_id.in_(bindparam("variants", expanding=True)))
    .group_by(LedgerEntry.variant_id)
)
_COUNT = (
    update(Stock)
    .where(Stock.variant_id == bindparam("which"))
    .values(on_hand=bindparam("to_on_hand"), held=bindparam("to_held"), version=bindparam("to_version"))
)
_MOVED = (
    select(
        LedgerEntry.variant_id,
        func.sum(LedgerEntry.on_hand).label("on_hand"),
        func.sum(LedgerEntry.held).label("held"),
    )
    .where(LedgerEntry.order_number == bindparam("number"))
    .group_by(LedgerEntry.variant_id)
)
_OWING = update(Stock).where(Stock.variant_id == bindparam("which")).values(owing=bindparam("to_owing"))
_PRODUCT = select(Product.name, Product.slug).where(Product.slug == bindparam("which"))
_VARIANT = select(Variant.value, Variant.sku).where(Variant.id == bindparam("which"))
_NAME = update(Product).where(Product.slug == bindparam("which")).values(folded=bindparam("to_folded"))
_VALUE = update(Variant).where(Variant.id == bindparam("which")).values(folded=bindparam("to_folded"))
_HEAD = update(OutboxHead).where(OutboxHead.id == 1).values(position=bindparam("to"))

Verb = Callable[[Connection, Sequence[str], datetime], list[Finding]]
"""Mends some subjects; answers each that it mended, and how."""


def counters(tx: Connection, variants: Sequence[str], at: datetime) -> list[Finding]:
    """Sets counters to the sums of their ledger, and tells everybody. Sums that can't be counters are left alone."""
    locked = stock.locked(tx, [VariantId(variant) for variant in variants])
    sums = {row.variant_id: (int(row.on_hand), int(row.held)) for row in rows(tx, _SUMS, variants=list(variants))}
    after: dict[VariantId, Level] = {}
    for variant, found in locked.items():
        on_hand, held = sums.get(variant, (0, 0))
        level = Level(on_hand, held, backorder=found.level.backorder)
        if (found.level.on_hand, found.level.held) != (on_hand, held) and held >= 0 and level.available >= -found.owing:
            after[variant] = level
    if not after:
        return []
    products = {locked[variant].product for variant in after}
    catalogue.lock(tx, products)
    first = outbox.reserve(tx, len(after) + len(products))
    events: list[Event] = []
    for position, (variant, level) in enumerate(after.items(), first):
        run(tx, _COUNT, which=variant, to_on_hand=level.on_hand, to_held=level.held, to_version=position)
        told = (variant, locked[variant].product, level.on_hand, level.held, public(level), level.backorder)
        events.append(StockChanged(*told))
    outbox.record(tx, first, [*events, *_cards(tx, sorted(products), first + len(after))], at)
    return [
        Finding(
            "ledger_differs",
            variant,
            f"the counters said {locked[variant].level.on_hand} on hand and {locked[variant].level.held} held; now they "
            f"say {level.on_hand} and {level.held}, as the ledger does",
        )
        for variant, level in after.items()
    ]


def holds(tx: Connection, numbers: Sequence[str], at: datetime) -> list[Finding]:
    """Holds for orders what they should hold and lets go what they should not, as corrections in the ledger.

    An order of which units are sold that should not be, or the other way round, is left alone: only the shelf knows.
    """
    mended: list[Finding] = []
    for order in orders.locked(tx, [OrderNumber(number) for number in numbers]):
        moved = {row.variant_id: (int(row.on_hand), int(row.held)) for row in rows(tx, _MOVED, number=order.number)}
        owed = moved_by(order)
        wanted = {variant: owed.get(variant, (0, 0)) for variant in owed.keys() | moved.keys()}
        moves = [
            Move(VariantId(variant), Entry.CORRECTED, 0, held - moved.get(variant, (0, 0))[1])
            for variant, (_, held) in sorted(wanted.items())
            if held != moved.get(variant, (0, 0))[1]
        ]
        if not moves or any(moved.get(variant, (0, 0))[0] != on_hand for variant, (on_hand, _) in wanted.items()):
            continue
        levels = stock.locked(tx, [move.variant for move in moves])
        if any(_impossible(levels[move.variant], move.held) for move in moves):
            continue
        named = [
            Move(m.variant, m.kind, 0, m.held, order=order.number, actor=ACTOR, reason="held as the order says")
            for m in moves
        ]
        stock.post(tx, levels, named, (), at)
        said = ", ".join(f"{move.held:+d} held of {move.variant}" for move in moves)
        mended.append(
            Finding("stock_of_orders", order.number, f"it is {order.status}: {said}, written into the ledger")
        )
    return mended


def _impossible(found: stock.Locked, change: int) -> bool:
    """Whether a counter can't change so: fewer than none would be held, or more than there are."""
    held = found.level.held + change
    return held < 0 or found.level.on_hand - held < -found.owing


def cards(tx: Connection, slugs: Sequence[str], at: datetime) -> list[Finding]:
    """Makes the price and availability of cards again from their variants, and tells everybody."""
    catalogue.lock(tx, slugs)
    first = outbox.reserve(tx, len(slugs))
    outbox.record(tx, first, _cards(tx, slugs, first), at)
    return [Finding("card_differs", slug, "price and availability were made again from its variants") for slug in slugs]


def _cards(tx: Connection, slugs: Sequence[str], first: int) -> list[Event]:
    states = catalogue.states(tx, slugs)
    catalogue.touch(tx, {slug: (position, states.get(slug)) for position, slug in enumerate(slugs, first)})
    return [ProductChanged(slug, states.get(slug), offers_only=True) for slug in slugs]


def product_names(tx: Connection, slugs: Sequence[str], _at: datetime) -> list[Finding]:
    """Makes the words again that staff find products by."""
    found = [row for slug in slugs if (row := one(tx, _PRODUCT, which=slug)) is not None]
    many(tx, _NAME, [{"which": r.slug, "to_folded": findable.product(r.name, r.slug)} for r in found])
    return [Finding("product_not_found", row.slug, "its words were made again") for row in found]


def variant_names(tx: Connection, variants: Sequence[str], _at: datetime) -> list[Finding]:
    """Makes the words again that staff find variants by."""
    found = {variant: row for variant in variants if (row := one(tx, _VARIANT, which=variant)) is not None}
    many(tx, _VALUE, [{"which": v, "to_folded": findable.variant(row.value, row.sku)} for v, row in found.items()])
    return [Finding("variant_not_found", variant, "its words were made again") for variant in found]


def owing(tx: Connection, variants: Sequence[str], _at: datetime) -> list[Finding]:
    """Sets again what may be owed of a variant: nothing beyond what is, unless backorders are taken."""
    mended = []
    for variant, found in stock.locked(tx, [VariantId(variant) for variant in variants]).items():
        to = MAX_ON_HAND if found.level.backorder else max(0, -found.level.available)
        run(tx, _OWING, which=variant, to_owing=to)
        mended.append(Finding("owing_differs", variant, f"{to} may be owed now"))
    return mended


def outbox_head(tx: Connection, _subjects: Sequence[str], _at: datetime) -> list[Finding]:
    """Counts on from the newest position that anything speaks of."""
    to = checkup.newest(tx)
    if to <= outbox.head(tx):
        return []
    run(tx, _HEAD, to=to)
    return [Finding("outbox_behind", "outbox", f"counts on from {to}")]


def mail(tx: Connection, _subjects: Sequence[str], _at: datetime) -> list[Finding]:
    """Lets the mailer go on from where the outbox ends."""
    to = outbox.head(tx)
    mailbox.advance(tx, to)
    return [Finding("mail_ahead", "mail", f"goes on from {to}; look in the outbox for mails of the days before")]


def words(tx: Connection, _subjects: Sequence[str], _at: datetime) -> list[Finding]:
    """Lets the sweeper make the words of all orders again."""
    order_words.begin_again(tx)
    return [Finding("orders_not_found", "orders", "the shop makes the words of all orders again as it runs")]


VERBS: Mapping[str, Verb] = MappingProxyType(
    {
        "outbox_behind": outbox_head,
        "mail_ahead": mail,
        "ledger_differs": counters,
        "stock_of_orders": holds,
        "owing_differs": owing,
        "card_differs": cards,
        "product_not_found": product_names,
        "variant_not_found": variant_names,
        "orders_not_found": words,
    }
)
"""In the order in which they are mended: what later ones build on comes first."""
