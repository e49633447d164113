"""Purchase limits: how many units of a product, of all its variants together, one customer can buy.

What counts is what they ordered and did not let go unpaid or get their money back for: by their account, else by email.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from shop.cart import Line
from shop.errors import LimitReached
from shop.ids import CustomerId, OrderNumber


class Counted(Struct, frozen=True):
    """Units of a product in an order that counts, and whose it is."""

    order: OrderNumber
    customer: CustomerId | None
    email: str
    product: str
    units: int


def had(
    counted: Iterable[Counted], customer: CustomerId | None, email: str, without: Iterable[OrderNumber] = ()
) -> dict[str, int]:
    """How many units of each product a shopper has ordered; some of the orders may be left out, as those that give way."""
    left_out = set(without)
    found: dict[str, int] = {}
    for one in counted:
        theirs = one.customer == customer if customer is not None else one.email == email
        if theirs and one.order not in left_out:
            found[one.product] = found.get(one.product, 0) + one.units
    return found


def wanted(lines: Iterable[Line]) -> dict[str, int]:
    """How many units of each product that has a limit the lines have."""
    found: dict[str, int] = {}
    for line in lines:
        if line.limit is not None:
            found[line.product] = found.get(line.product, 0) + line.quantity
    return found


def check(lines: Sequence[Line], had_before: Mapping[str, int]) -> None:
    """Raises LimitReached when the lines and what the shopper had before are more than the shop sells to one customer."""
    limits = {line.product: (line.name, line.limit) for line in lines if line.limit is not None}
    if not limits:
        return
    over = []
    for product, units in wanted(lines).items():
        name, limit = limits[product]
        before = had_before.get(product, 0)
        if units + before > limit:
            left = max(0, limit - before)
            over.append(
                {"product": product, "name": name, "limit": limit, "had": before, "wanted": units, "left": left}
            )
    if over:
        raise LimitReached(_sentence(over[0]), limits=over)


def _sentence(over: Mapping[str, object]) -> str:
    name, limit, before, left = over["name"], over["limit"], over["had"], over["left"]
    already = f", and you have ordered {before} before" if before else ""
    way = f"Take {left}" if left else "Take it out"
    return f"{name}: at most {limit} a customer{already}. {way}, and order again. Nothing was ordered."
