"""The shop's books as the judge reads them, in one consistent read."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, case, func, select

from shop.fulfilment import Fulfilment
from shop.judge import (
    BankFacts,
    Books,
    CodeFacts,
    DocumentFacts,
    LedgerRow,
    LineFacts,
    OrderFacts,
    PaymentFacts,
    UseFacts,
)
from shop.orders import OrderStatus
from storage import refunds, stock
from storage.code_tables import Code, CodeUse
from storage.tables import Document, LedgerEntry, Order, OrderLine, Payment, Refund, RefundLine

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
    Order.delivered_at,
    Order.refunded_amount,
    Order.refund_count,
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
# What somebody gave by hand never moved at the bank.
_MADE = Refund.done_at.is_not(None) & ~func.coalesce(Refund.ref, "").startswith(refunds.BY_HAND)
_PAYMENTS = (
    select(
        Payment.id,
        Payment.order_number,
        Payment.ref,
        Payment.state,
        Payment.amount,
        func.coalesce(func.sum(Refund.amount), 0).label("refund"),
        func.coalesce(func.sum(case((_MADE, Refund.amount), else_=0)), 0).label("made"),
    )
    .outerjoin(Refund, Refund.payment_id == Payment.id)
    .group_by(Payment.id)
    .order_by(Payment.id)
)

_REFUNDED = (
    select(Refund.order_number, func.sum(Refund.amount).label("total"))
    .where(Refund.rank.is_not(None))
    .group_by(Refund.order_number)
)
_GIVEN_BACK = (
    select(
        Refund.order_number,
        OrderLine.variant_id,
        OrderLine.quantity,
        func.sum(RefundLine.units).label("refunded"),
        func.sum(RefundLine.back).label("back"),
        func.sum(RefundLine.restocked).label("restocked"),
    )
    .join(Refund, Refund.id == RefundLine.refund_id)
    .join(OrderLine, (OrderLine.order_number == Refund.order_number) & (OrderLine.rank == RefundLine.line))
    .group_by(Refund.order_number, OrderLine.rank, OrderLine.variant_id, OrderLine.quantity)
)
_DOCUMENTS = select(Document.series, Document.n, Document.order_number, Document.refund, Document.amount)


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
    refunds_total = {r.order_number: int(r.total) for r in tx.execute(_REFUNDED)}
    given: dict[str, list[LineFacts]] = defaultdict(list)
    for r in tx.execute(_GIVEN_BACK):
        counts = (int(r.refunded), int(r.back), int(r.restocked))
        given[r.order_number].append(LineFacts(r.variant_id, r.quantity, *counts))
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
                delivered=r.delivered_at is not None,
                sold=r.status == OrderStatus.PAID.value or r.refund_count > 0,
                refunded=r.refunded_amount,
                refunds_total=refunds_total.get(r.number, 0),
                lines=tuple(given[r.number]),
                code=r.code,
            )
            for r in tx.execute(_ORDERS)
        ),
        payments=tuple(
            PaymentFacts(r.id, r.order_number, r.ref, r.state, r.amount, int(r.refund), int(r.made))
            for r in tx.execute(_PAYMENTS)
        ),
        bank=None if bank is None else tuple(bank),
        acknowledged=tuple(acknowledged),
        documents=tuple(
            DocumentFacts(r.series, r.n, r.order_number, r.refund, r.amount) for r in tx.execute(_DOCUMENTS)
        ),
        codes=tuple(CodeFacts(r.code, r.used, r.max_uses) for r in tx.execute(_CODES)),
        uses=tuple(UseFacts(r.code, r.order_number, r.customer_id, r.email, r.max_each) for r in tx.execute(_USES)),
    )
