"""A look at what the books keep beside the truth so that it is found fast: cards, folded names, positions, what may be owed.

The judge (shop/judge.py) looks at the truth itself. Each finding here names its rule, as the judge's do.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, bindparam, func, select

from shop.judge import Finding
from shop.stock import MAX_ON_HAND, Entry
from storage import catalogue, findable, mailbox, order_words, outbox
from storage.statements import rows, scalar
from storage.tables import LedgerEntry, Order, Outbox, Product, Stock, Variant

PAGE = 500

_PRODUCTS = (
    select(Product.id, Product.slug, Product.name, Product.folded, Product.price, Product.available, Product.visible)
    .where(Product.id > bindparam("after"))
    .order_by(Product.id)
    .limit(bindparam("limit"))
)
_VARIANTS = (
    select(Variant.id, Variant.value, Variant.sku, Variant.folded)
    .where(Variant.product_id.in_(bindparam("products", expanding=True)))
    .order_by(Variant.id)
)
_STOCK = select(Stock.variant_id, Stock.on_hand, Stock.held, Stock.backorder, Stock.owing).order_by(Stock.variant_id)
_SAID_LAST = (
    select(LedgerEntry.variant_id, LedgerEntry.kind)
    .where((LedgerEntry.kind == Entry.BACKORDER.value) | (LedgerEntry.kind == Entry.NO_BACKORDER.value))
    .order_by(LedgerEntry.id)
)
_NEWEST = (
    select(func.max(Outbox.position)),
    select(func.max(Stock.version)),
    select(func.max(Product.version)),
    select(func.max(Order.version)),
)


def look(tx: Connection) -> list[Finding]:
    """Every finding; none when all is as it can be made again."""
    return [*_products(tx), *_backorders(tx), *_positions(tx)]


def newest(tx: Connection) -> int:
    """The newest position that anything in the books speaks of."""
    return max(int(scalar(tx, statement) or 0) for statement in _NEWEST)


def _products(tx: Connection) -> Iterator[Finding]:
    after = 0
    while found := rows(tx, _PRODUCTS, after=after, limit=PAGE):
        after = found[-1].id
        states = catalogue.states(tx, [row.slug for row in found if row.visible])
        for row in found:
            if row.slug in states:
                shown = states[row.slug].shown()
                card, truth = (row.price, bool(row.available)), (shown.price, shown.available)
                if card != truth:
                    yield Finding(
                        "card_differs", row.slug, f"its card says {_card(card)}; its variants say {_card(truth)}"
                    )
            if row.folded != findable.product(row.name, row.slug):
                yield Finding("product_not_found", row.slug, f"is found by {row.folded!r} and is called {row.name!r}")
        for variant in rows(tx, _VARIANTS, products=[row.id for row in found]):
            if variant.folded != findable.variant(variant.value, variant.sku):
                text = f"is found by {variant.folded!r} and is {variant.value!r} with the SKU {variant.sku or 'none'!r}"
                yield Finding("variant_not_found", variant.id, text)


def _card(card: tuple[int, bool]) -> str:
    price, available = card
    return f"{price} in minor units, {'can be bought' if available else 'sold out'}"


def _backorders(tx: Connection) -> Iterator[Finding]:
    said = {row.variant_id: row.kind == Entry.BACKORDER for row in rows(tx, _SAID_LAST)}
    for row in rows(tx, _STOCK):
        taken = bool(row.backorder)
        if taken is not said.get(row.variant_id, False):
            ledger = "are" if said.get(row.variant_id, False) else "are not"
            text = f"backorders {'are' if taken else 'are not'} taken, and the ledger says they {ledger}"
            yield Finding("backorder_differs", row.variant_id, text)
        owing = MAX_ON_HAND if taken else max(0, row.held - row.on_hand)
        if row.owing != owing:
            yield Finding("owing_differs", row.variant_id, f"{row.owing} may be owed, and it should be {owing}")


def _positions(tx: Connection) -> Iterator[Finding]:
    head, written = outbox.head(tx), newest(tx)
    if written > head:
        text = f"counts up to {head}, and the books speak of {written}: the next {written - head} events would be lost"
        yield Finding("outbox_behind", "outbox", text)
    mailed = mailbox.position(tx)
    if mailed > max(head, written):
        text = f"has written up to {mailed}, the outbox ends at {head}: mails of {mailed - head} events would be lost"
        yield Finding("mail_ahead", "mail", text)
    if wordless := order_words.wordless(tx):
        yield Finding("orders_not_found", "orders", f"{wordless} have no words that staff could find them by")
