"""What shoppers have bought of products that one customer can buy only so many of."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, bindparam, func, select

from shop import holds, limits
from shop.ids import CartId, CustomerId
from shop.limits import Counted
from shop.orders import OrderStatus
from storage.statements import rows
from storage.tables import Order, OrderLine

_COUNTING = (OrderStatus.PLACED, OrderStatus.PAID)
"""Orders that count: they wait for their money, or have it."""

_COLUMNS = (
    select(
        OrderLine.order_number,
        Order.customer_id,
        Order.email,
        Order.cart_id,
        Order.status,
        Order.payment,
        OrderLine.product,
        func.sum(OrderLine.quantity).label("units"),
    )
    .join(Order, Order.number == OrderLine.order_number)
    .where(OrderLine.product.in_(bindparam("products", expanding=True)))
    .where((Order.status == _COUNTING[0].value) | (Order.status == _COUNTING[1].value))
    .group_by(OrderLine.order_number, Order.number, OrderLine.product)
)
_OF_CUSTOMERS = _COLUMNS.where(Order.customer_id.in_(bindparam("customers", expanding=True)))
_OF_EMAILS = _COLUMNS.where(Order.email.in_(bindparam("emails", expanding=True)))


def counted(
    tx: Connection, products: Collection[str], customers: Iterable[CustomerId], emails: Iterable[str]
) -> list[Counted]:
    """What these customers, and guests with these emails, have ordered of these products, order by order."""
    asked = {"customers": (_OF_CUSTOMERS, sorted(set(customers))), "emails": (_OF_EMAILS, sorted(set(emails)))}
    found = {
        (row.order_number, row.product): Counted(
            row.order_number, row.customer_id, row.email, row.product, int(row.units)
        )
        for name, (statement, wanted) in asked.items()
        if wanted
        for row in rows(tx, statement, products=sorted(products), **{name: wanted})
    }
    return list(found.values())


def had(tx: Connection, products: Collection[str], customer: CustomerId, cart: CartId) -> Mapping[str, int]:
    """How many units of each product a customer has ordered; what would give way to a new order from their cart is not
    counted."""
    found = rows(tx, _OF_CUSTOMERS, products=sorted(products), customers=[customer])
    return limits.had(
        [
            Counted(row.order_number, row.customer_id, row.email, row.product, int(row.units))
            for row in found
            if not (
                row.cart_id == cart
                and row.status == OrderStatus.PLACED.value
                and row.payment not in holds.MONEY_ON_ITS_WAY
            )
        ],
        customer,
        "",
    )
