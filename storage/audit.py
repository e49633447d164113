"""The shop's books as the judge reads them, in one consistent read."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from shop.fulfilment import Fulfilment
from shop.judge import BankFacts, Books, CodeFacts, LedgerRow, OrderFacts, PaymentFacts, UseFacts
from shop.orders import OrderStatus
from storage import stock
from storage.code_tables import Code, CodeUse
from storage.tables import LedgerEntry, Order, OrderLine, Payment, Refund

_LEDGER = select(
    LedgerEntry.variant_id, LedgerEntry.kind, LedgerEntry.on_hand, LedgerEntry.held, LedgerEntry.order_number
).order_by(LedgerEntry.id)
_ORDERS = select(
    Order.number,
    Order.scope,
    Order.key,
    Order.status,
    Order.total,
    Order.items_amount,
    Order.shipping_amount,
    Order.currency,
    Order.discount_amount,
    Order.shipping_discount,
    Order.tax_included,
    Order.tax_amount,
    Order.shipping_tax,
    Order.fulfilment,
    Order.claimed_by,
    Order.packed_at,
    Order.shipped_at,
    Order.code,
).order_by(Order.number)
_LINES = select(
    OrderLine.order_number,
    OrderLine.variant_id,
    OrderLine.quantity,
    OrderLine.price,
    OrderLine.discount,
    OrderLine.tax,
)
_CODES = select(Code.code, Code.used, Code.max_uses).order_by(Code.code)
_USES = (
    select(CodeUse.code, CodeUse.order_number, CodeUse.customer_id, CodeUse.email, CodeUse.max_each)
    .where(CodeUse.given_back_at.is_(None))
    .order_by(CodeUse.at, CodeUse.order_number)
)
_PAYMENTS = (
    select(
        Payment.id,
        Payment.order_number,
        Payment.ref,
        Payment.state,
        Payment.amount,
        func.coalesce(func.sum(Refund.amount), 0).label("refund"),
    )
    .outerjoin(Refund, Refund.payment_id == Payment.id)
    .group_by(Payment.id)
    .order_by(Payment.id)
)


def books(tx: Connection, bank: Sequence[BankFacts] | None, acknowledged: Sequence[str] = ()) -> Books:
    """Everything the judge looks at; the bank's books come from the bank."""
    units: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    lines_total: dict[str, int] = defaultdict(int)
    lines_discount: dict[str, int] = defaultdict(int)
    lines_tax: dict[str, int] = defaultdict(int)
    for line in tx.execute(_LINES):
        units[line.order_number][line.variant_id] += line.quantity
        lines_total[line.order_number] += line.price * line.quantity
        lines_discount[line.order_number] += line.discount
        lines_tax[line.order_number] += line.tax
    return Books(
        ledger=tuple(LedgerRow(r.variant_id, r.kind, r.on_hand, r.held, r.order_number) for r in tx.execute(_LEDGER)),
        counters={str(variant): counted for variant, counted in stock.counters(tx).items()},
        orders=tuple(
            OrderFacts(
                number=r.number,
                command=(r.scope, r.key),
                status=OrderStatus(r.status),
                total=r.total,
                items=r.items_amount,
                shipping=r.shipping_amount,
                lines_total=lines_total[r.number],
                currency=r.currency,
                units=dict(units[r.number]),
                discount=r.discount_amount,
                lines_discount=lines_discount[r.number] + r.shipping_discount,
                tax=r.tax_amount,
                lines_tax=lines_tax[r.number] + r.shipping_tax,
                tax_included=r.tax_included,
                goods=Fulfilment(r.fulfilment),
                claimed=r.claimed_by is not None,
                packed=r.packed_at is not None,
                shipped=r.shipped_at is not None,
                code=r.code,
            )
            for r in tx.execute(_ORDERS)
        ),
        payments=tuple(
            PaymentFacts(r.id, r.order_number, r.ref, r.state, r.amount, int(r.refund)) for r in tx.execute(_PAYMENTS)
        ),
        bank=None if bank is None else tuple(bank),
        acknowledged=tuple(acknowledged),
        codes=tuple(CodeFacts(r.code, r.used, r.max_uses) for r in tx.execute(_CODES)),
        uses=tuple(UseFacts(r.code, r.order_number, r.customer_id, r.email, r.max_each) for r in tx.execute(_USES)),
    )
