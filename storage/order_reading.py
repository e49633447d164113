"""Orders as they stand: their rows, with their lines and refunds, and nothing read that an order doesn't tell."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, select

from shop import orders
from shop.errors import NotFound
from shop.fulfilment import Claim, Fulfilment, Parcel
from shop.ids import CustomerId, OrderNumber
from shop.orders import Order, OrderLine, OrderRow, OrderStatus
from shop.payments import DisputeState, PaymentState
from shop.refunds import Refund
from storage import refund_rows, tables
from storage.statements import Found, Rows, rows, scalar

_OF_PLACING = {"token_hash", "scope", "key", "fingerprint", "discount_amount", "tax_amount", "position"}
"""What only its placing or its words need of an order, and sums of what stands in its lines."""

_ORDERS = select(*(column for column in tables.Order.__table__.columns if column.name not in _OF_PLACING)).where(
    tables.Order.number.in_(bindparam("numbers", expanding=True))
)
_LOCKED = _ORDERS.order_by(tables.Order.number).with_for_update(key_share=True)
_LINES = (
    select(
        tables.OrderLine.order_number,
        # From here on as an OrderLine has them.
        tables.OrderLine.variant_id,
        tables.OrderLine.product,
        tables.OrderLine.name,
        tables.OrderLine.value,
        tables.OrderLine.image,
        tables.OrderLine.price,
        tables.OrderLine.quantity,
        tables.OrderLine.discount,
        tables.OrderLine.rate,
        tables.OrderLine.tax,
    )
    .where(tables.OrderLine.order_number.in_(bindparam("numbers", expanding=True)))
    .order_by(tables.OrderLine.order_number, tables.OrderLine.rank)
)
_RECENT = select(tables.Order.number).order_by(tables.Order.placed_at.desc(), tables.Order.number)
_BY_TOKEN = select(tables.Order.number).where(tables.Order.token_hash == bindparam("token"))
_OF_CUSTOMER = _RECENT.where(tables.Order.customer_id == bindparam("customer")).limit(bindparam("limit"))


def view(tx: Connection, number: OrderNumber) -> Order:
    """One order; raises NotFound. Whether the reader may see it is for the door to decide."""
    found = _read(tx, rows(tx, _ORDERS, numbers=[number]))
    if not found:
        raise NotFound("There is no such order.")
    return found[0]


def locked(tx: Connection, numbers: Sequence[OrderNumber]) -> list[Order]:
    """Locks these orders and answers them as they stand."""
    return _read(tx, rows(tx, _LOCKED, numbers=list(numbers)))


def several(tx: Connection, numbers: Collection[OrderNumber]) -> dict[OrderNumber, Order]:
    """These orders by their numbers; those that don't exist are left out."""
    return {found.number: found for found in _read(tx, rows(tx, _ORDERS, numbers=list(numbers)))} if numbers else {}


def listed(tx: Connection, numbers: Iterable[str]) -> list[Order]:
    """These orders, in this order."""
    wanted = list(numbers)
    found = {order.number: order for order in _read(tx, rows(tx, _ORDERS, numbers=wanted))}
    return [found[OrderNumber(number)] for number in wanted]


def by_token(tx: Connection, token_hash: bytes) -> OrderNumber | None:
    """The order that a guest's link opens."""
    found = scalar(tx, _BY_TOKEN, token=token_hash)
    return None if found is None else OrderNumber(found)


def recent(tx: Connection, limit: int) -> list[OrderRow]:
    """The newest orders as staff see them, the newest first."""
    return [orders.row(order) for order in listed(tx, tx.execute(_RECENT.limit(limit)).scalars())]


def of_customer(tx: Connection, customer: CustomerId, limit: int = 100) -> list[Order]:
    """A customer's orders, the newest first."""
    return listed(tx, tx.execute(_OF_CUSTOMER, {"customer": customer, "limit": limit}).scalars())


def counted(order: Order) -> Order:
    """The order, its lines with the units that its refunds gave money for and that came back."""
    bill = order.bill
    lines = [
        replace(line, refunded=bill.units(n), back=bill.back(n), off=bill.off(n, order.shipped_at))
        for n, line in enumerate(order.lines)
    ]
    return replace(order, lines=tuple(lines))


def _read(tx: Connection, found: Rows) -> list[Order]:
    if not found:
        return []
    lines: dict[str, list[OrderLine]] = {}
    for number, *line in rows(tx, _LINES, numbers=[row.number for row in found]):
        lines.setdefault(number, []).append(OrderLine(*line))
    given = refund_rows.of(tx, [row.number for row in found if row.refund_count])
    return [_more(_order(row, tuple(lines[row.number])), row, given) for row in found]


def _order(row: Found, lines: tuple[OrderLine, ...]) -> Order:
    return Order(
        number=row.number,
        cart=row.cart_id,
        customer=row.customer_id,
        status=OrderStatus(row.status),
        payment=PaymentState(row.payment) if row.payment else None,
        decline_reason=row.decline_reason,
        email=row.email,
        name=row.name,
        street=row.street,
        postcode=row.postcode,
        town=row.town,
        country=row.country,
        shipping=row.shipping,
        shipping_amount=row.shipping_amount,
        items_amount=row.items_amount,
        total=row.total,
        currency=row.currency,
        placed_at=row.placed_at,
        hold_until=row.hold_until,
        bank_at=row.bank_at,
        paid_at=row.paid_at,
        ended_at=row.ended_at,
        lines=lines,
        version=row.version,
        fulfilment=Fulfilment(row.fulfilment),
        claim=None if row.claimed_by is None else Claim(row.claimed_by, row.claimed_name, row.claimed_at),
        packed_at=row.packed_at,
        shipped_at=row.shipped_at,
        parcel=Parcel(row.carrier, row.tracking, row.tracking_link),
        cancelled_by=row.cancelled_by,
        replaced_by=row.replaced_by,
        shipping_name=row.shipping_name,
        collected=row.collected,
        code=row.code,
        tax_included=row.tax_included,
        shipping_discount=row.shipping_discount,
        shipping_rate=row.shipping_rate,
        shipping_tax=row.shipping_tax,
        dispute=DisputeState(row.dispute) if row.dispute else None,
    )


def _more(order: Order, row: Found, given: Mapping[OrderNumber, tuple[Refund, ...]]) -> Order:
    """The order with what few orders have: refunds, and a time of delivery."""
    if not row.refund_count and row.delivered_at is None:
        return order
    refunds = given.get(order.number, ())
    more = replace(order, delivered_at=row.delivered_at, refunded_amount=row.refunded_amount, refunds=refunds)
    return counted(more)
