"""Quotes: what some goods would cost sent to a country, by each of its ways, and how that comes about."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from shop import checkout
from shop.cart import Line
from shop.codes import NOTHING_OFF, Off
from shop.delivery import Offers, Shipping
from shop.errors import NotDelivered
from shop.pricing import Cost
from shop.terms import Terms, goods


class Quote(Struct, frozen=True):
    """The ways to a country, what an order costs by each, and the one that is chosen or comes first."""

    country: str
    offers: Offers
    costs: Mapping[str, Cost]
    """By the code of the way."""
    chosen: Shipping | None
    refusal: NotDelivered | None
    """Why nothing can be sent there, where there is no way."""

    @property
    def cost(self) -> Cost | None:
        return self.costs[self.chosen.code] if self.chosen else None


def quote(terms: Terms, lines: Sequence[Line], country: str, shipping: str = "", *, off: Off = NOTHING_OFF) -> Quote:
    """What these lines would cost sent to this country, when a code takes this `off`; `shipping` is the way wished for."""
    found = terms.offers(country, goods(lines))
    costs = {way.code: checkout.cost(lines, way, terms.levy(country, way), off=off) for way in found.ways}
    chosen = found.way(shipping) or next(iter(found.ways), None)
    return Quote(country, found, costs, chosen, None if found.ways else terms.refusal(country, found))
