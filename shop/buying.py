"""Buying an order again: what of it can still be had, how many, and plainly why not the rest."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from shop.cart import MAX_LINES, MAX_QUANTITY
from shop.ids import VariantId
from shop.orders import OrderLine


class Offer(Struct, frozen=True):
    """A variant as it can be had now: units that can be bought, and whether its product is in the shop."""

    available: int
    visible: bool


class Missing(Struct, frozen=True):
    """A line that is not in the cart, or not all of it, and why in a sentence."""

    name: str
    value: str
    why: str


class Bought(Struct, frozen=True):
    """What became of it: `put` units are in the cart now that were not before."""

    put: int
    missing: tuple[Missing, ...]


def again(
    lines: Sequence[OrderLine], offers: Mapping[VariantId, Offer], cart: Mapping[VariantId, int]
) -> tuple[dict[VariantId, int], tuple[Missing, ...]]:
    """How many of each variant are added to what the cart has, and what can't be."""
    wanted: dict[VariantId, int] = {}
    for line in lines:
        wanted[line.variant] = wanted.get(line.variant, 0) + line.quantity
    adding: dict[VariantId, int] = {}
    missing: list[Missing] = []
    for line in {line.variant: line for line in lines}.values():
        room = len(cart) + len(adding.keys() - cart.keys()) < MAX_LINES or line.variant in cart
        count, why = _had(wanted[line.variant], offers.get(line.variant), cart.get(line.variant, 0), room=room)
        if count:
            adding[line.variant] = count
        if why:
            missing.append(Missing(line.name, line.value, why))
    return adding, tuple(missing)


def say(bought: Bought) -> str:
    """What became of it, in a sentence."""
    if not bought.put:
        return "Nothing of this order went into your cart."
    things = "1 thing is" if bought.put == 1 else f"{bought.put} things are"
    return f"{things} in your cart. Not everything could be had."


def _had(wanted: int, offer: Offer | None, there: int, *, room: bool) -> tuple[int, str]:
    """How many units, and why not all; "" when all."""
    if offer is None or not offer.visible:
        return 0, "we don't have it any more."
    if offer.available <= 0:
        return 0, "sold out."
    if not room:
        return 0, f"your cart has room for {MAX_LINES} different things."
    free = min(offer.available, MAX_QUANTITY) - there
    if free >= wanted:
        return wanted, ""
    if free <= 0:
        return 0, f"your cart has all {there} that can be had."
    return free, f"only {free} of {wanted} can be had."
