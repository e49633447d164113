"""Orders: placing them all at once without selling a unit twice, and letting unpaid ones go.

Reading stands in storage/order_reading.py; whoever uses orders finds all of it here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, func, select, tuple_, update

from shop import holds, orders
from shop.cart import Line
from shop.checkout import Placed, Placement
from shop.errors import NotFound, ShopError, WrongState
from shop.events import CartChanged, Event, OrderChanged
from shop.fulfilment import Act, Clerk
from shop.holds import PATIENCE, Patience
from shop.ids import CartId, OrderNumber, VariantId
from shop.orders import Order, OrderStatus
from shop.payments import PaymentState
from shop.stock import Entry
from storage import (
    cart_rows,
    carts,
    catalogue,
    documents,
    order_events,
    outbox,
    placing,
    purchases,
    redeeming,
    stock,
    tables,
)
from storage.calls import Batched
from storage.order_reading import by_token, counted, listed, locked, of_customer, recent, several, view
from storage.redeeming import Redeeming
from storage.statements import overlapping, rows, run
from storage.stock import Move

__all__ = [
    "by_token",
    "cancel",
    "counted",
    "end_overdue",
    "give_way",
    "hold_longer",
    "listed",
    "locked",
    "move_on",
    "newest_of",
    "next_overdue",
    "of_customer",
    "outranks_newer",
    "place",
    "recent",
    "sell",
    "several",
    "told",
    "unpaid_of",
    "view",
]

_PLACED = select(tables.Order.number, tables.Order.scope, tables.Order.key, tables.Order.fingerprint).where(
    tuple_(tables.Order.scope, tables.Order.key).in_(bindparam("ids", expanding=True))
)
_OVERDUE = (
    select(tables.Order.number)
    .where(tables.Order.status == OrderStatus.PLACED.value, tables.Order.hold_until < bindparam("now"))
    .order_by(tables.Order.hold_until)
    .limit(bindparam("limit"))
)
_UNPAID = select(tables.Order.number).where(
    # Not the bare status, or SQLite looks through all orders that are placed, by its index, and not through the carts' own.
    tables.Order.status + "" == OrderStatus.PLACED.value,
    tables.Order.cart_id.in_(bindparam("carts", expanding=True)),
)
_NEXT_OVERDUE = select(func.min(tables.Order.hold_until)).where(tables.Order.status == OrderStatus.PLACED.value)
_MOVE_ON = (
    update(tables.Order)
    .where(tables.Order.number == bindparam("which"))
    .values(
        status=bindparam("to_status"),
        payment=bindparam("to_payment"),
        decline_reason=bindparam("to_reason"),
        bank_at=bindparam("to_bank_at"),
        paid_at=bindparam("to_paid_at"),
        ended_at=bindparam("to_ended_at"),
        cancelled_by=bindparam("to_cancelled_by"),
        replaced_by=bindparam("to_replaced_by"),
        hold_until=bindparam("to_hold_until"),
        dispute=bindparam("to_dispute"),
        version=bindparam("to_version"),
    )
)
_ASK_ABOUT = (
    update(tables.Payment)
    .where(tables.Payment.order_number.in_(bindparam("numbers", expanding=True)), tables.Payment.ask_at.is_not(None))
    .values(ask_at=bindparam("now"))
)
_ENDED = (OrderStatus.CANCELLED, OrderStatus.REFUNDING)


@Batched
def place(tx: Connection, commands: Sequence[Placement]) -> Sequence[Placed | ShopError]:
    """Places orders: holds their stock, empties their carts and tells everybody, for all waiting commands at once.

    Answers, for each command, the order it made (or had made before), or its refusal: EmptyCart, PriceChanged, SoldOut,
    LimitReached, CodeRefused, CommandReused. First come, first served. An unpaid order of the same shopper gives way where
    shop/holds.py says so. An order that costs nothing is paid at once.
    """
    wishes = cart_rows.locked(tx, {command.cart for command in commands})
    # Only now: whoever held one of the carts may have carried out one of these very commands.
    batch = placing.Batch(commands, _standing(tx, commands), _unpaid_of_shoppers(tx, commands))
    cart_ids = [command.cart for command in batch.new]
    codes = redeeming.of_batch(tx, batch.new, wishes, batch.unpaid)
    lines, levels = carts.to_order(tx, cart_ids, holds.units_of(batch.unpaid)) if cart_ids else ({}, {})
    _count_purchases(tx, batch, lines)
    answers = batch.decide(lines, {variant: row.level.orderable for variant, row in levels.items()}, codes)
    _write(tx, batch, levels, codes)
    return answers


def _standing(tx: Connection, commands: Sequence[Placement]) -> dict[placing.CommandKey, placing.Standing]:
    """The orders that these commands made before, by command."""
    asked = {(command.scope, command.key) for command in commands}
    return {
        (row.scope, row.key): placing.Standing(OrderNumber(row.number), row.fingerprint)
        for row in rows(tx, _PLACED, ids=list(asked))
    }


def _unpaid_of_shoppers(tx: Connection, commands: Sequence[Placement]) -> list[Order]:
    """The orders, locked, that wait for money from those who order now."""
    found = rows(tx, _UNPAID, carts=list({command.cart for command in commands}))
    return locked(tx, [row.number for row in found]) if found else []


def _count_purchases(tx: Connection, batch: placing.Batch, lines: Mapping[CartId, Sequence[Line]]) -> None:
    """Reads what counts against purchase limits, one after the other for each limited product: its row is locked."""
    limited = {line.product for found in lines.values() for line in found if line.limit is not None}
    if limited:
        catalogue.lock(tx, limited)
        customers = [command.customer for command in batch.new if command.customer is not None]
        emails = [command.details.email for command in batch.new if command.customer is None]
        batch.counted = purchases.counted(tx, limited, customers, emails)


def _write(tx: Connection, batch: placing.Batch, levels: dict[VariantId, stock.Locked], codes: Redeeming) -> None:
    placed, ended = batch.placed, batch.ended
    if not placed:
        return
    at = placed[0][0].at
    moves = [move for order in ended for move in _released([order], f"ordered again in {order.replaced_by}")]
    moves += [
        Move(line.variant, Entry.HELD, 0, line.quantity, order=order.number)
        for _, order in placed
        for line in order.lines
    ]
    with overlapping(tx):
        booked = stock.book(tx, levels, moves, 2 * len(placed) + len(ended), at)
        first = booked.more
        placing.write(tx, placed, first)
        outbox.record(tx, booked.first, [*booked.events, *_news(batch)], at)
        carts.touch(tx, {order.cart: first + 2 * n + 1 for n, (_, order) in enumerate(placed)}, at)
        carts.empty(tx, [order.cart for _, order in placed])
    redeeming.write(tx, placed, codes)
    cart_rows.wish(tx, {order.cart: None for _, order in placed if order.code})
    if ended:
        _moved_on(tx, ended, first + 2 * len(placed))
        redeeming.give_back(tx, ended, at)
        run(tx, _ASK_ABOUT, numbers=[order.number for order in ended], now=at)
    sell(tx, [order for _, order in placed if not order.total], held=True, at=at)


def _news(batch: placing.Batch) -> list[Event]:
    """What a batch tells: each order with its cart, which is empty now, and the orders that gave way."""
    events: list[Event] = []
    for _, order in batch.placed:
        events.append(told(order))
        events.append(CartChanged(order.cart, placing.emptied(order.currency)))
    return events + [told(order) for order in batch.ended]


def sell(tx: Connection, paid: Sequence[Order], *, held: bool, at: datetime) -> None:
    """Makes orders paid, and their units sold; `held` says whether these are held still, or are taken from the shelf.

    The one way to be paid: for settled money, and for an order that costs nothing, which needs none. No orders are fine.
    """
    moves = [
        Move(line.variant, Entry.SOLD, -line.quantity, -line.quantity if held else 0, order=order.number)
        for order in paid
        for line in order.lines
    ]
    if paid:
        moved = [replace(order, status=OrderStatus.PAID, paid_at=order.paid_at or at) for order in paid]
        move_on(tx, moved, moves, at)
        # Last of all: whoever numbers papers has locked the outbox's row by now.
        for order in moved:
            documents.invoice(tx, order, at)


def cancel(tx: Connection, number: OrderNumber, clerk: Clerk, at: datetime) -> Order:
    """Ends an order that is not paid: its units can be bought again, live, and its payment is ended at the provider.

    One that ended before is answered as it is. Raises NotFound, or WrongState for one that was paid.
    """
    found = locked(tx, [number])
    if not found:
        raise NotFound("There is no such order.")
    [order] = found
    if order.status is OrderStatus.CANCELLED:
        return order
    if order.status is not OrderStatus.PLACED:
        raise WrongState(
            "This order was paid, so it can't be cancelled any more. Refund it instead.",
            order_status=order.status.value,
        )
    ended = replace(order, status=OrderStatus.CANCELLED, ended_at=at, cancelled_by=clerk.name)
    reason = f"cancelled by {clerk.name}"
    move_on(tx, [ended], _released([order], reason), at)
    run(tx, _ASK_ABOUT, numbers=[number], now=at)
    order_events.note(tx, number, Act.CANCELLED, clerk, at)
    return view(tx, number)


def end_overdue(tx: Connection, now: datetime, limit: int = 100, patience: Patience = PATIENCE) -> int:
    """Ends orders whose hold is over: their units can be bought again, live. Answers how many ended.

    Where the bank has the money already, the hold goes on instead, within the shop's patience.
    """
    numbers = [OrderNumber(row.number) for row in rows(tx, _OVERDUE, now=now, limit=limit)]
    overdue = [order for order in locked(tx, numbers) if order.status is OrderStatus.PLACED and order.hold_until < now]
    waiting = [order for order in overdue if holds.waits_for_bank(order, now, patience)]
    if waiting:
        move_on(tx, [replace(o, hold_until=holds.extended(o, now, patience)) for o in waiting], (), now)
        overdue = [order for order in overdue if order not in waiting]
    if not overdue:
        return 0
    ended = [replace(order, status=OrderStatus.CANCELLED, ended_at=now) for order in overdue]
    move_on(tx, ended, _released(overdue, "not paid in time"), now)
    run(tx, _ASK_ABOUT, numbers=[order.number for order in ended], now=now)
    return len(ended)


def _released(ended: Sequence[Order], reason: str) -> list[Move]:
    """The movements that give back what these orders hold."""
    return [
        Move(line.variant, Entry.RELEASED, 0, -line.quantity, order=order.number, reason=reason)
        for order in ended
        for line in order.lines
    ]


def newest_of(tx: Connection, order: Order) -> Order | None:
    """The order, locked, that stands in the place of one that gave way, however often it was ordered again since."""
    newer, passed = order, {order.number}
    while newer.replaced_by is not None and newer.replaced_by not in passed:
        passed.add(newer.replaced_by)
        [newer] = locked(tx, [newer.replaced_by])
    return None if newer is order else newer


def give_way(tx: Connection, order: Order, to: OrderNumber, at: datetime) -> None:
    """Ends an unpaid order (locked before) in favour of another one of the same shopper, and its payment at the provider."""
    ended = replace(order, status=OrderStatus.CANCELLED, ended_at=at, replaced_by=to)
    move_on(tx, [ended], _released([order], f"ordered again in {to}"), at)
    run(tx, _ASK_ABOUT, numbers=[order.number], now=at)


def outranks_newer(tx: Connection, order: Order, at: datetime) -> bool:
    """Whether an order that is paid after it ended stands in spite of a newer one for its things; an unpaid one gives way."""
    newer = newest_of(tx, order)
    if newer is None or newer.status is OrderStatus.CANCELLED:
        return True
    if not holds.can_give_way(newer):
        return False
    redeeming.locked(tx, {order.code, newer.code} - {""})  # now: nobody waits for a lock once positions are reserved
    stock.locked(tx, holds.units_of([order, newer]))
    give_way(tx, newer, order.number, at)
    return True


def hold_longer(tx: Connection, order: Order, at: datetime, patience: Patience) -> Order:
    """The order (locked before), held for as long as its shopper needs who goes to the bank now; everybody hears of it."""
    until = holds.extended(order, at, patience)
    if until == order.hold_until:
        return order
    longer = replace(order, hold_until=until, payment=order.payment or PaymentState.CREATED)
    move_on(tx, [longer], (), at)
    return longer


def unpaid_of(tx: Connection, cart: CartId | None) -> list[Order]:
    """A shopper's orders that wait to be paid and would give way to a newer one, the oldest first."""
    found = rows(tx, _UNPAID, carts=[cart]) if cart is not None else ()
    mine = several(tx, [row.number for row in found]).values()
    return sorted((order for order in mine if holds.can_give_way(order)), key=lambda order: order.placed_at)


def move_on(
    tx: Connection, changed: Sequence[Order], moves: Sequence[Move], at: datetime, act: Act | None = None
) -> None:
    """Writes orders that moved on (locked before), with their movements of stock, and tells everybody.

    Those that end without having been bought give the use of their code back.
    """
    redeeming.give_back(tx, [order for order in changed if order.status in _ENDED], at)
    levels = stock.locked(tx, (move.variant for move in moves))
    first = stock.post(tx, levels, moves, [told(order, act) for order in changed], at)
    _moved_on(tx, changed, first)


def _moved_on(tx: Connection, changed: Sequence[Order], first: int) -> None:
    """Writes what has changed of these orders, whose versions are `first` and those after it."""
    for position, order in enumerate(changed, first):
        run(
            tx,
            _MOVE_ON,
            which=order.number,
            to_status=order.status.value,
            to_payment=order.payment.value if order.payment else None,
            to_reason=order.decline_reason,
            to_bank_at=order.bank_at,
            to_paid_at=order.paid_at,
            to_ended_at=order.ended_at,
            to_cancelled_by=order.cancelled_by,
            to_replaced_by=order.replaced_by,
            to_hold_until=order.hold_until,
            to_dispute=order.dispute.value if order.dispute else "",
            to_version=position,
        )


def next_overdue(tx: Connection) -> datetime | None:
    """When the next hold ends, or None when nothing is held."""
    return tx.execute(_NEXT_OVERDUE).scalar_one()


def told(order: Order, act: Act | None = None, refund: int = 0) -> OrderChanged:
    """The event that tells how an order stands now, and which act of staff, or which refund that was made, made it so."""
    return OrderChanged(order.number, orders.state(order), orders.row(order), act, refund)
