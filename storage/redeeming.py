"""Redeeming codes with the orders that are placed: locked and read together, decided in memory, and given back.

Codes are locked after carts and orders and before stock, always in one order, so that nothing waits in a ring.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from shop import codes
from shop.cart import Line
from shop.checkout import Placement
from shop.codes import Code, Kind, Off, Terms, Use, Wish
from shop.errors import CodeChanged
from shop.ids import CartId, CustomerId
from shop.orders import Order
from storage.code_tables import Code as CodeRow
from storage.code_tables import CodeUse
from storage.statements import Found, many, rows, run

_CODES = select(CodeRow).where(CodeRow.code.in_(bindparam("codes", expanding=True)))
_LOCKED = _CODES.order_by(CodeRow.code).with_for_update(key_share=True)
_THEIRS = select(CodeUse.code, CodeUse.customer_id, CodeUse.email).where(
    CodeUse.code.in_(bindparam("codes", expanding=True)),
    CodeUse.given_back_at.is_(None),
    or_(
        CodeUse.customer_id.in_(bindparam("customers", expanding=True)),
        CodeUse.email.in_(bindparam("emails", expanding=True)),
    ),
)
_STANDING = select(CodeUse.order_number, CodeUse.code).where(
    CodeUse.order_number.in_(bindparam("numbers", expanding=True)), CodeUse.given_back_at.is_(None)
)
_NEW_USE = insert(CodeUse)
_SET_GIVEN_BACK = (
    update(CodeUse)
    .where(CodeUse.order_number.in_(bindparam("numbers", expanding=True)))
    .values(given_back_at=bindparam("now"))
)
_TAKE_AGAIN = (
    update(CodeUse)
    .where(CodeUse.order_number == bindparam("number"))
    .values(given_back_at=None, at=bindparam("now"), max_each=bindparam("each"))
)
_COUNT = update(CodeRow).where(CodeRow.code == bindparam("which")).values(used=CodeRow.used + bindparam("more"))


class Redeeming:
    """The codes that the carts of a batch wish to use, and what is left of them while it is decided."""

    def __init__(
        self,
        wishes: Mapping[CartId, Wish | None],
        found: Mapping[str, Code] | None = None,
        theirs: Sequence[Use] = (),
    ) -> None:
        self._wishes = wishes
        self._found = dict(found or {})
        self._uses = list(theirs)

    def off(self, command: Placement, wanted: Iterable[Line]) -> tuple[str, Off]:
        """The code that an order of these lines is placed with and what it takes off ("" and nothing when there is none).

        Raises why the code can't be used, and CodeChanged when the cart has another one than its shopper was shown.
        """
        wish = self._wishes.get(command.cart)
        wished = wish.code if wish else ""
        if command.code is not None and command.code != wished:
            raise CodeChanged(
                f"The code {wished} was added in another window. Look at the cart and decide."
                if wished
                else f"The code {command.code} was taken off in another window. Look at the cart and decide."
            )
        if wish is None:
            return "", codes.NOTHING_OFF
        theirs = codes.count(self._uses, wish.code, command.customer, command.details.email)
        found = codes.check(self._found.get(wish.code), wish, theirs, command.at)
        return found.code, codes.reached(found, sum(line.total for line in wanted), command.currency)

    def count(self, order: Order) -> None:
        """Counts the code of an order that is placed, against those that come after it."""
        if order.code not in self._found:
            return
        found = self._found[order.code]
        self._found[order.code] = Code(found.code, found.terms, found.used + 1, found.edition, found.version)
        self._uses.append(Use(order.code, order.customer, order.email))

    def let_go(self, order: Order) -> None:
        """Counts the use of an order no more that gives way to a newer one of its shopper; `count` takes that back."""
        found = self._found.get(order.code)
        if found is not None:
            self._found[order.code] = Code(found.code, found.terms, found.used - 1, found.edition, found.version)
            use = Use(order.code, order.customer, order.email)
            if use in self._uses:
                self._uses.remove(use)

    def limit_each(self, code: str) -> int | None:
        """How often one customer can use it."""
        return self._found[code].terms.each


NONE = Redeeming({})


def of_batch(
    tx: Connection, commands: Sequence[Placement], wishes: Mapping[CartId, Wish | None], unpaid: Sequence[Order] = ()
) -> Redeeming:
    """Locks and reads the codes that these commands would redeem; where no cart has one, nothing is asked.

    Those of `unpaid` orders, which may give way, are locked too.
    """
    if with_code := {order.code for order in unpaid if order.code}:
        locked(tx, with_code | {wish.code for wish in wishes.values() if wish})
    wished = [(command, wish) for command in commands if (wish := wishes.get(command.cart))]
    if not wished:
        return Redeeming(wishes)
    found = locked(tx, {wish.code for _, wish in wished})
    limited = [(command, wish) for command, wish in wished if _limits_each(found.get(wish.code))]
    if not limited:
        return Redeeming(wishes, found)
    customers = {command.customer for command, _ in limited if command.customer is not None}
    emails = {command.details.email for command, _ in limited}
    return Redeeming(wishes, found, uses(tx, {wish.code for _, wish in limited}, customers, emails))


def write(tx: Connection, placed: Sequence[tuple[Placement, Order]], found: Redeeming) -> None:
    """Writes the uses of placed orders and counts them; none at all is fine."""
    redeemed = [(command, order) for command, order in placed if order.code]
    many(
        tx,
        _NEW_USE,
        [
            {
                "order_number": order.number,
                "code": order.code,
                "customer_id": order.customer,
                "email": order.email,
                "at": command.at,
                "max_each": found.limit_each(order.code),
                "given_back_at": None,
            }
            for command, order in redeemed
        ],
    )
    _count(tx, Counter(order.code for _, order in redeemed))


def give_back(tx: Connection, ended: Sequence[Order], at: datetime) -> None:
    """Gives back the uses of orders (locked before) that end without having been bought; what was given back stays so."""
    with_code = [order for order in ended if order.code]
    if not with_code:
        return
    locked(tx, {order.code for order in with_code})
    standing = rows(tx, _STANDING, numbers=[order.number for order in with_code])
    if standing:
        run(tx, _SET_GIVEN_BACK, numbers=[row.order_number for row in standing], now=at)
        uses_of = Counter(row.code for row in standing)
        _count(tx, {code: -times for code, times in uses_of.items()})


def free_again(tx: Connection, order: Order) -> bool:
    """Whether an order whose use was given back (and that is locked) could have it again; locks its code."""
    if not order.code:
        return True
    found = locked(tx, [order.code])[order.code]
    customers = [order.customer] if order.customer else []
    theirs = codes.count(uses(tx, [order.code], customers, [order.email]), order.code, order.customer, order.email)
    terms = found.terms
    return (terms.limit is None or found.used < terms.limit) and (terms.each is None or theirs < terms.each)


def take_again(tx: Connection, order: Order, at: datetime) -> None:
    """Takes back the use that was given back, as `free_again` said it may."""
    if order.code:
        found = locked(tx, [order.code])[order.code]
        run(tx, _TAKE_AGAIN, number=order.number, now=at, each=found.terms.each)
        _count(tx, {order.code: 1})


def locked(tx: Connection, wanted: Collection[str]) -> dict[str, Code]:
    """Locks these codes and answers them as they stand."""
    return {row.code: code_of(row) for row in rows(tx, _LOCKED, codes=sorted(wanted))}


def several(tx: Connection, wanted: Collection[str]) -> dict[str, Code]:
    """These codes as they stand; those that don't exist are left out."""
    return {row.code: code_of(row) for row in rows(tx, _CODES, codes=sorted(wanted))}


def uses(
    tx: Connection, wanted: Collection[str], customers: Collection[CustomerId], emails: Collection[str]
) -> list[Use]:
    """The uses of these codes that stand, by any of these customers or emails."""
    found = rows(tx, _THEIRS, codes=sorted(wanted), customers=sorted(customers), emails=sorted(emails))
    return [Use(row.code, row.customer_id, row.email) for row in found]


def code_of(row: Found) -> Code:
    """A code from its row."""
    terms = Terms(
        Kind(row.kind),
        row.value,
        bool(row.delivery),
        row.minimum,
        row.starts_at,
        row.ends_at,
        row.max_uses,
        row.max_each,
        bool(row.active),
    )
    return Code(row.code, terms, row.used, row.edition, row.version)


def _count(tx: Connection, more: Mapping[str, int]) -> None:
    many(tx, _COUNT, [{"which": code, "more": times} for code, times in more.items()])


def _limits_each(found: Code | None) -> bool:
    return found is not None and found.terms.each is not None
