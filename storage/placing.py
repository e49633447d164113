"""A batch of placements: which are new, which can be had, and what becomes rows. The verb itself is orders.place."""

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert

from shop import checkout
from shop.cart import CartState, Line
from shop.checkout import SHIPPING, Placed, Placement
from shop.errors import ShopError
from shop.ids import CartId, VariantId
from shop.orders import Order, OrderLine, OrderStatus
from shop.payments import PaymentState
from storage import tables
from storage.commands import same_command
from storage.statements import many

_NEW_ORDER = insert(tables.Order)
_NEW_LINE = insert(tables.OrderLine)

Answer = Placed | ShopError
CommandKey = tuple[str, str]


class Batch:
    """The waiting commands and what becomes of each. Repetitions inside the batch get the first one's answer."""

    def __init__(self, commands: Sequence[Placement], known: Mapping[CommandKey, Answer]) -> None:
        self._commands = commands
        self._outcomes: dict[CommandKey, Answer] = dict(known)
        first = {(command.scope, command.key): command for command in reversed(commands)}
        self._first = {id(command) for command in first.values()}
        self._prints = {key: command.fingerprint for key, command in first.items()}
        self.new = [c for c in commands if id(c) in self._first and (c.scope, c.key) not in known]
        self.placed: list[tuple[Placement, Order]] = []

    def decide(self, lines: Mapping[CartId, Sequence[Line]], free: MutableMapping[VariantId, int]) -> None:
        """Decides the new commands in their order. A cart that was ordered is empty for whoever comes after."""
        ordered: set[CartId] = set()
        for command in self.new:
            wanted = () if command.cart in ordered else lines.get(command.cart, ())
            key = (command.scope, command.key)
            try:
                checkout.take(wanted, free)
            except ShopError as refusal:
                self._outcomes[key] = refusal
                continue
            ordered.add(command.cart)
            self.placed.append((command, _order(command, wanted)))
            self._outcomes[key] = Placed(command.number)

    def answers(self) -> list[Answer]:
        return [self._answer(command) for command in self._commands]

    def _answer(self, command: Placement) -> Answer:
        outcome = self._outcomes[command.scope, command.key]
        if id(command) in self._first or isinstance(outcome, ShopError):
            return outcome
        try:
            same_command(self._prints[command.scope, command.key], command.fingerprint)
        except ShopError as reused:
            return reused
        return Placed(outcome.number, again=True)


def write(tx: Connection, placed: Sequence[tuple[Placement, Order]], first: int) -> None:
    """Inserts the orders and their lines; the order at place n has the position `first` + 2n (its cart's is between)."""
    many(tx, _NEW_ORDER, [_row(command, order, first + 2 * n) for n, (command, order) in enumerate(placed)])
    many(
        tx,
        _NEW_LINE,
        [
            {
                "order_number": order.number,
                "rank": rank,
                "variant_id": line.variant,
                "product": line.product,
                "name": line.name,
                "value": line.value,
                "image": line.image,
                "price": line.price,
                "quantity": line.quantity,
            }
            for _, order in placed
            for rank, line in enumerate(order.lines)
        ],
    )


def emptied(currency: str) -> CartState:
    """What a cart's pages see after its order was placed."""
    return CartState(0, 0, currency, ())


def order(row: Row[Any], lines: tuple[OrderLine, ...]) -> Order:
    """An order from its row and lines."""
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
    )


def _order(command: Placement, lines: Sequence[Line]) -> Order:
    details = command.details
    cost = checkout.totals(lines, SHIPPING[details.shipping])
    return Order(
        number=command.number,
        cart=command.cart,
        customer=command.customer,
        status=OrderStatus.PLACED,
        payment=None,
        decline_reason="",
        email=details.email,
        name=details.name,
        street=details.street,
        postcode=details.postcode,
        town=details.town,
        country=details.country,
        shipping=details.shipping,
        shipping_amount=cost.shipping,
        items_amount=cost.items,
        total=cost.total,
        currency=command.currency,
        placed_at=command.at,
        hold_until=command.hold_until,
        bank_at=None,
        paid_at=None,
        ended_at=None,
        lines=tuple(
            OrderLine(line.variant, line.product, line.name, line.value, line.image, line.price, line.quantity)
            for line in lines
        ),
        version=0,
    )


def _row(command: Placement, placed: Order, version: int) -> dict[str, object]:
    return {
        "number": placed.number,
        "cart_id": placed.cart,
        "customer_id": placed.customer,
        "token_hash": command.token_hash,
        "scope": command.scope,
        "key": command.key,
        "fingerprint": command.fingerprint,
        "status": placed.status.value,
        "payment": None,
        "decline_reason": "",
        "email": placed.email,
        "name": placed.name,
        "street": placed.street,
        "postcode": placed.postcode,
        "town": placed.town,
        "country": placed.country,
        "shipping": placed.shipping,
        "shipping_amount": placed.shipping_amount,
        "items_amount": placed.items_amount,
        "total": placed.total,
        "currency": placed.currency,
        "placed_at": placed.placed_at,
        "hold_until": placed.hold_until,
        "bank_at": None,
        "paid_at": None,
        "ended_at": None,
        "version": version,
    }
