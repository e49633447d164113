"""Invoices and credit notes: each takes the next number of its series in the transaction that makes it due.

The number is taken last, when the outbox's row is locked already, so verbs wait for each other in one order, and a rollback
gives it back.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import json
from sqlalchemy import Connection, bindparam, insert, select, text, update

from shop import documents
from shop.documents import Document, Said, Seller
from shop.ids import OrderNumber
from shop.orders import Order
from shop.payments import PaymentState
from shop.pricing import TaxSum
from shop.refunds import Refund, taxes
from storage import shopfront, tables
from storage.statements import Found, one, rows, run, scalar

_NEXT = (
    update(tables.DocumentSeries)
    .where(tables.DocumentSeries.series == bindparam("of"))
    .values(newest=tables.DocumentSeries.newest + 1)
    .returning(tables.DocumentSeries.newest)
)
_BEGIN = text(
    "INSERT INTO document_series (series, newest) VALUES (:series, 1) "
    "ON CONFLICT (series) DO UPDATE SET newest = document_series.newest + 1 RETURNING newest"
)
_NEW = insert(tables.Document)
_OF = (
    select(tables.Document).where(tables.Document.order_number == bindparam("number")).order_by(tables.Document.refund)
)
_PROVIDER = (
    select(tables.Payment.provider)
    .where(tables.Payment.order_number == bindparam("number"), tables.Payment.state == PaymentState.PAID.value)
    .order_by(tables.Payment.attempt)
    .limit(1)
)
_ONE = select(tables.Document).where(
    tables.Document.order_number == bindparam("number"), tables.Document.refund == bindparam("refund")
)


def invoice(tx: Connection, order: Order, at: datetime) -> None:
    """Numbers the invoice of an order that has just been paid; part of the verb that sells it."""
    _issue(tx, order.number, 0, order.total, order.cost.taxes, at)


def credit(tx: Connection, order: Order, refund: Refund, at: datetime) -> None:
    """Numbers the credit note of a refund; `order` is as it stands after it. The last one takes what tax is left."""
    if order.refunded_amount == order.total:
        earlier = [tax for found in of(tx, order.number) if found.refund for tax in found.said.taxes or ()]
        said = documents.remaining(order.cost.taxes, earlier)
    else:
        said = taxes(order.bill, refund)
    _issue(tx, order.number, refund.rank, refund.amount, said, at)


def of(tx: Connection, number: OrderNumber) -> list[Document]:
    """An order's documents: its invoice, then its credit notes."""
    return [_document(row) for row in rows(tx, _OF, number=number)]


def find(tx: Connection, number: OrderNumber, refund: int) -> Document | None:
    """One of them, by the rank of its refund; the invoice is 0."""
    row = one(tx, _ONE, number=number, refund=refund)
    return None if row is None else _document(row)


def paid_through(tx: Connection, number: OrderNumber) -> str:
    """The provider that an order was paid through; nothing for one that cost nothing."""
    return str(scalar(tx, _PROVIDER, number=number) or "")


def _issue(tx: Connection, number: OrderNumber, refund: int, amount: int, said: Sequence[TaxSum], at: datetime) -> None:
    now = shopfront.details(tx)
    seller = Seller(now.company or now.name, now.company_address, now.vat_number, now.bank_line)
    prefix = now.credit_prefix if refund else now.invoice_prefix
    series = documents.series(prefix, at, ZoneInfo(now.timezone))
    n = int(scalar(tx, _NEXT, of=series) or tx.execute(_BEGIN, {"series": series}).scalar_one())
    values = {"label": documents.label(series, n), "series": series, "n": n, "order_number": number}
    data = json.encode(Said(seller, tuple(said)))
    run(tx, _NEW, **values, refund=refund, amount=amount, at=at, data=data)


def _document(row: Found) -> Document:
    said = json.decode(row.data, type=Said)
    return Document(row.label, OrderNumber(row.order_number), row.refund, row.amount, row.at, said)
