"""Holds: how long an order keeps its units while it is not paid, and when it gives way to a newer order of its own shopper."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from shop.cart import Line
from shop.ids import VariantId
from shop.orders import Order, OrderStatus
from shop.payments import PaymentState

BANK_MINUTES = 10
"""How long a hold lasts at least from the moment when its shopper goes to the bank (a setting)."""

MOST_HOLD_MINUTES = 45
"""How long a hold lasts at most, however often its shopper goes to the bank and however long that takes (a setting)."""

_NOTHING, _SECOND, _MINUTE = timedelta(), timedelta(seconds=1), timedelta(minutes=1)

MONEY_ON_ITS_WAY = frozenset({PaymentState.PROCESSING, PaymentState.AUTHORIZED})
"""The bank has the payment: its shopper can do no more for it."""


class Patience(Struct, frozen=True):
    """How long a hold waits for the bank: `at_bank` from when its shopper goes there, and `most` from when it was placed."""

    at_bank: timedelta = timedelta(minutes=BANK_MINUTES)
    most: timedelta = timedelta(minutes=MOST_HOLD_MINUTES)


PATIENCE = Patience()


def extended(order: Order, now: datetime, patience: Patience) -> datetime:
    """When the hold ends of an order whose shopper goes to the bank now, or whose money is on its way; never earlier than
    it did."""
    return max(order.hold_until, min(now + patience.at_bank, order.placed_at + patience.most))


def waits_for_bank(order: Order, now: datetime, patience: Patience) -> bool:
    """Whether a hold that is over goes on, because the bank has the money and it is not the longest hold yet."""
    return order.payment in MONEY_ON_ITS_WAY and extended(order, now, patience) > now


def can_give_way(order: Order) -> bool:
    """Whether an order is still nothing but a wish: it waits for its money, and none is on its way."""
    return order.status is OrderStatus.PLACED and order.payable


def left(until: datetime, now: datetime) -> str:
    """How long something is held from now, in words; static/js/hold-clock.js counts on with the same ones."""
    over = until - now
    if over <= _NOTHING:
        return "which is now"
    if over > _MINUTE:
        return f"{-(-over // _MINUTE)} more minutes"
    seconds = -(-over // _SECOND)
    return "1 more second" if seconds == 1 else f"{seconds} more seconds"


def units_of(orders: Sequence[Order]) -> Counter[VariantId]:
    """How many units these orders have of each variant."""
    found: Counter[VariantId] = Counter()
    for order in orders:
        for line in order.lines:
            found[line.variant] += line.quantity
    return found


def giving_way(
    wanted: Sequence[Line], unpaid: Sequence[Order], free: Mapping[VariantId, int], over: Collection[str] = ()
) -> list[Order]:
    """Which of a shopper's unpaid orders end when these lines are ordered, `free` being what can be ordered by variant.

    One whose things are all ordered again, since nobody wants to pay twice for them; and one that holds units that are
    wanted and can't be had otherwise, since nobody is kept from buying by their own hold: there are too few, or the units
    are of products (`over`, by slug) of which the shopper would otherwise have more than one customer can buy.
    """
    needed = Counter({line.variant: line.quantity for line in wanted})
    waiting = [order for order in unpaid if can_give_way(order)]
    ending = [order for order in waiting if units_of([order]) <= needed]
    for order in waiting:
        freed = units_of(ending)
        short = {variant for variant, units in needed.items() if units > free.get(variant, 0) + freed[variant]}
        kept_from = short & units_of([order]).keys() or any(line.product in over for line in order.lines)
        if order not in ending and kept_from:
            ending.append(order)
    return ending


def moved_by(order: Order) -> dict[VariantId, tuple[int, int]]:
    """What an order as it stands has moved in all, on hand and held, by variant; units."""
    back = Counter[VariantId]()
    for refund in order.refunds:
        for taken in refund.lines:
            back[order.lines[taken.line].variant] += taken.restocked
    units = units_of([order])
    if order.status is OrderStatus.PLACED:
        return {variant: (0, count) for variant, count in units.items()}
    return {variant: (back[variant] - count, 0) if order.sold else (0, 0) for variant, count in units.items()}
