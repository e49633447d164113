"""Carts: parallel changes all count, and every change tells the cart's other pages.

Reading stands in storage/cart_reading.py, the rows in cart_writing.py, and what login does in cart_merging.py; whoever
uses carts finds all of it here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from shop import cart
from shop.cart import CartState, LineState
from shop.codes import Wish
from shop.errors import InvalidFields, NotFound, PriceChanged, ShopError
from shop.events import CartChanged
from shop.ids import CartId, VariantId
from storage import cart_rows, cart_writing, catalogue, commands, outbox, tables
from storage.calls import Batched
from storage.cart_merging import Merge, merge
from storage.cart_reading import TALLY, Standing, contents, holding, lines, tally, to_order, view
from storage.cart_writing import Change, Written, announce, empty, touch
from storage.column_types import to_millis
from storage.statements import rows

__all__ = [
    "TALLY",
    "Change",
    "Merge",
    "Written",
    "add",
    "agree",
    "announce",
    "empty",
    "holding",
    "lines",
    "merge",
    "put",
    "tally",
    "to_order",
    "touch",
    "view",
]

_OFFERS = (
    select(tables.Variant.id, tables.Variant.price)
    .join(tables.Product, tables.Product.id == tables.Variant.product_id)
    .where(
        tables.Variant.id.in_(bindparam("variants", expanding=True)), tables.Product.visible, ~tables.Variant.retired
    )
)


@Batched
def add(tx: Connection, changes: Sequence[Change]) -> Sequence[CartState | ShopError]:
    """Adds units to what the carts have of the variants, making a cart when it is new.

    Refuses with InvalidFields, NotFound or CommandReused. Stock is not asked: the cart shows what is short.
    """
    return _change(tx, changes, adding=True)


@Batched
def put(tx: Connection, changes: Sequence[Change]) -> Sequence[CartState | ShopError]:
    """Sets how many units of the variants the carts have; none takes the line away. Refuses as `add`."""
    return _change(tx, changes, adding=False)


def agree(tx: Connection, cart_id: CartId, total: int, at: datetime) -> CartState:
    """Consents to today's prices of everything in the cart, whose `total` (minor units, without delivery) was seen.

    Raises PriceChanged when today's total is another one: then something has changed since they looked.
    """
    cart_rows.own(tx, cart_id, at)
    found = view(tx, cart_id)
    if found.items_total != total:
        raise PriceChanged("Something changed again while you decided. Look once more.", total=found.items_total)
    cart_writing.agree_to(tx, cart_id, {line.variant: line.price for line in found.lines})
    return announce(tx, cart_id, at)


def _change(tx: Connection, changes: Sequence[Change], *, adding: bool) -> list[CartState | ShopError]:
    """Carries out changes in rounds: all carts at once, and those of one cart one after the other."""
    answers: dict[int, CartState | ShopError] = {}
    waiting = list(enumerate(changes))
    while waiting:
        firsts: dict[CartId, tuple[int, Change]] = {}
        for place, change in waiting:
            firsts.setdefault(change.cart, (place, change))
        taken = dict(firsts.values())
        found = _round(tx, list(taken.values()), adding=adding)
        answers.update(zip(taken, found, strict=True))
        waiting = [(place, change) for place, change in waiting if place not in taken]
    return [answers[place] for place in range(len(changes))]


def _round(tx: Connection, changes: Sequence[Change], *, adding: bool) -> list[CartState | ShopError]:
    """Carries out one change in each of several carts."""
    carts = sorted({change.cart for change in changes})
    standing = cart_rows.locked(tx, carts)
    answered = commands.answered(tx, [change.command for change in changes if change.command], CartState)
    there = contents(tx, standing)
    variants = {change.variant for change in changes}
    prices: dict[VariantId, int] = {row.id: row.price for row in rows(tx, _OFFERS, variants=list(variants))}
    answers: dict[CartId, CartState | ShopError] = {}
    written: list[Written] = []
    for change in changes:
        try:
            answer = _decide(change, there.get(change.cart, {}), prices, answered, adding=adding)
        except ShopError as refusal:
            answers[change.cart] = refusal
        else:
            if isinstance(answer, Written):
                written.append(answer)
            else:
                answers[change.cart] = answer
    if written:
        cart_writing.write(tx, written, standing)
        answers |= _tell(tx, written, there, standing)
    return [answers[change.cart] for change in changes]


def _decide(
    change: Change,
    there: Mapping[VariantId, Standing],
    prices: Mapping[VariantId, int],
    answered: Mapping[tuple[str, str], commands.Answered[CartState]],
    *,
    adding: bool,
) -> Written | CartState:
    """What a change writes, or what it answered before; raises its refusal."""
    quantity = cart.checked_quantity(change.quantity, least=1 if adding else 0)
    if change.command and (before := answered.get((change.command.scope, change.command.key))):
        return before.again(change.command)
    line = there.get(change.variant)
    if adding and line is not None:
        quantity = cart.checked_quantity(quantity + line.quantity)
    if quantity and line is None and len(there) >= cart.MAX_LINES:
        raise InvalidFields(fields={"variant": f"A cart has room for {cart.MAX_LINES} different things."})
    price = prices.get(change.variant)
    if quantity and price is None:
        raise NotFound("We don't have this any more, or never had it.")
    price = price or 0  # a line that is taken away may be of what is sold no more
    # A new line agrees to today's price, unless another was seen; a known one to what it did before.
    agreed = change.agreed if change.agreed is not None else line.agreed if line else price
    added_at = line.added_at if line else to_millis(change.at)
    return Written(change, Standing(added_at, change.variant, quantity, price, agreed), new=line is None)


def _tell(
    tx: Connection,
    written: Sequence[Written],
    there: Mapping[CartId, dict[VariantId, Standing]],
    wishes: Mapping[CartId, Wish | None],
) -> dict[CartId, CartState]:
    """Tells the carts' pages what is in them now (what was `there`, and is `written`), and keeps the answers to commands."""
    at, shop_currency = written[0].change.at, catalogue.currency(tx)
    states: dict[CartId, CartState] = {}
    for one in written:
        cart_id = one.change.cart
        after = {**there.get(cart_id, {}), one.line.variant: one.line}
        seen = [LineState(line.variant, line.quantity, line.price) for line in sorted(after.values()) if line.quantity]
        states[cart_id] = cart.state_of(seen, wishes.get(cart_id), shop_currency)
    first = outbox.reserve(tx, len(states))
    touch(tx, dict(zip(states, range(first, first + len(states)), strict=True)), at)
    outbox.record(tx, first, [CartChanged(cart_id, seen) for cart_id, seen in states.items()], at)
    commands.keep(tx, [(one.change.command, states[one.change.cart]) for one in written if one.change.command], at)
    return states
