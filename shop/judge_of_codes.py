"""The judge's rules about promotion codes: counters, uses and limits fit together (shop/judge.py has the others)."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from shop.books import Books, Finding
from shop.orders import OrderStatus

__all__ = ["codes_miscounted", "codes_overused", "uses_of_orders"]


def codes_miscounted(books: Books) -> Iterator[Finding]:
    """A code's counter is the uses of it that stand."""
    standing = Counter(use.code for use in books.uses)
    for code in books.codes:
        if code.used != standing[code.code]:
            yield Finding(
                "codes_miscounted", code.code, f"the counter says {code.used}, and {standing[code.code]} stand"
            )


def uses_of_orders(books: Books) -> Iterator[Finding]:
    """An order that waits or is paid has the use of its code, one that was cancelled has none, and none is nobody's."""
    codes = {order.number: order.code for order in books.orders}
    used = {use.order for use in books.uses}
    for use in books.uses:
        if codes.get(use.order) != use.code:
            text = f"a use of {use.code} stands, and the order's code is {codes.get(use.order) or 'none'}"
            yield Finding("uses_of_orders", use.order, text)
    for order in books.orders:
        stands = order.number in used
        if order.code and not stands and order.status in (OrderStatus.PLACED, OrderStatus.PAID):
            yield Finding(
                "uses_of_orders", order.number, f"is {order.status} with {order.code}, and no use of it stands"
            )
        if stands and order.status is OrderStatus.CANCELLED:
            yield Finding("uses_of_orders", order.number, f"is cancelled, and its use of {order.code} stands")


def codes_overused(books: Books) -> Iterator[Finding]:
    """No code is used more often than it can be, in all or by one customer."""
    standing = Counter(use.code for use in books.uses)
    for code in books.codes:
        if code.limit is not None and standing[code.code] > code.limit:
            yield Finding("codes_overused", code.code, f"{standing[code.code]} uses stand, and there are {code.limit}")
    theirs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for use in books.uses:
        known_by = [(use.code, f"email {use.email}")] + (
            [(use.code, f"account {use.customer}")] if use.customer else []
        )
        for key in known_by:
            theirs[key].add(use.order)
        so_far = len(set[str]().union(*(theirs[key] for key in known_by)))
        if use.each is not None and so_far > use.each:
            yield Finding("codes_overused", use.code, f"order {use.order} is use {so_far} of {use.each} of {use.email}")
