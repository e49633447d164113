"""Orders as rows of a spreadsheet: one a line of an order, so that things can be counted.

Every row names its order and its buyer. Delivery, taxes, discount and total of an order stand on its first row only, so
that a column adds up. Times are RFC 3339 in UTC, amounts plain decimals with their currency beside, and no cell is a formula.
"""

from datetime import UTC, datetime

from shop.ids import shown
from shop.imports.words import guarded
from shop.money import decimal_text
from shop.orders import Order, OrderLine
from shop.pricing import rate_text

HEADER = [
    "Order", "Placed", "Status", "Payment", "Fulfilment", "Paid", "Packed", "Shipped", "Delivered", "Cancelled by", "Email",
    "Name", "Street", "Postcode", "Town", "Country", "Delivery", "Carrier", "Tracking", "Product", "Option", "Variant",
    "Quantity", "Price", "Line total", "Units refunded", "Units back", "Tax rate", "Tax", "Delivery price", "Delivery tax",
    "Code", "Discount", "Order tax", "Order total", "Order refunded", "Currency",
]  # fmt: skip


def rows(order: Order) -> list[list[str]]:
    """The order's rows, in the order of HEADER."""
    return [_row(order, line, first=place == 0) for place, line in enumerate(order.lines)]


def _row(order: Order, line: OrderLine, *, first: bool) -> list[str]:
    currency = order.currency
    cells = [shown(order.number), _time(order.placed_at), order.status, order.payment or "", order.fulfilment]
    cells += [_time(order.paid_at), _time(order.packed_at), _time(order.shipped_at)]
    cells += [_time(order.delivered_at), order.cancelled_by]
    cells += [order.email, order.name, order.street, order.postcode, order.town, order.country, order.shipping_name]
    cells += [order.parcel.carrier, order.parcel.tracking, line.name, line.value, line.variant, str(line.quantity)]
    cells += [decimal_text(line.price, currency), decimal_text(line.total, currency)]
    cells += [str(line.refunded), str(line.back), rate_text(line.rate), decimal_text(line.tax, currency)]
    of_order = (order.shipping_amount, order.shipping_tax, order.cost.discount, order.cost.tax, order.total)
    delivery, delivery_tax, discount, tax, total, refunded = (
        decimal_text(amount, currency) if first else "" for amount in (*of_order, order.refunded_amount)
    )
    cells += [delivery, delivery_tax, order.code, discount, tax, total, refunded]
    return [guarded(str(cell)) for cell in (*cells, currency)]


def _time(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
