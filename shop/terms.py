"""Terms: a merchant's delivery and taxes as one thing that checkouts ask. It is made once, when either was changed."""

from collections.abc import Iterable
from functools import cached_property

from shop import countries, delivery, taxes
from shop.cart import Line
from shop.countries import Country
from shop.delivery import EVERYWHERE, Delivery, Goods, Offers, Shipping, Way
from shop.errors import NotDelivered
from shop.taxes import ELSEWHERE, Levy, Taxes

MOST_NAMED = 8
"""Countries that a sentence names; when they are more, it points to the list."""


class Terms:
    """What delivery and taxes come to, for the goods and the country of an order."""

    def __init__(self, sent: Delivery, taxed: Taxes, currency: str) -> None:
        self.delivery = sent
        self.taxes = taxed
        self.currency = currency
        self._ways = {country: zone.ways for zone in sent.zones for country in zone.countries}
        self._levies = taxes.levies(taxed)

    @cached_property
    def countries(self) -> tuple[Country, ...]:
        """Where things are sent, the shop's own country first."""
        codes = countries.everyone() if self.everywhere else self._ways
        return countries.ordered(codes, self.taxes.home)

    @property
    def everywhere(self) -> bool:
        """Whether things are sent to every country there is."""
        return EVERYWHERE in self._ways

    @cached_property
    def _sent_to(self) -> frozenset[str]:
        return frozenset(country.code for country in self.countries)

    def sends_to(self, country: str) -> bool:
        return country in self._sent_to

    def usual_country(self) -> str:
        """The country that is counted on until the shopper names theirs; "" for a shop that sends nowhere."""
        return self.countries[0].code if self.countries else ""

    def ways(self, country: str) -> tuple[Way, ...]:
        """The ways to a country, whatever is to travel."""
        return self._ways.get(country) or self._ways.get(EVERYWHERE, ()) if self.sends_to(country) else ()

    def names(self, code: str) -> bool:
        """Whether there is a way of this code to anywhere."""
        return any(way.code == code for ways in self._ways.values() for way in ways)

    def offers(self, country: str, goods: Goods) -> Offers:
        """The ways to a country for these goods."""
        return delivery.offers(self.ways(country), goods, self.currency)

    def way(self, country: str, code: str, goods: Goods) -> Shipping:
        """The way that was chosen, at its price; raises NotDelivered, which says what would do."""
        for way in self.ways(country):
            if way.code == code:
                amount = delivery.price(way, goods)
                if amount is not None:
                    return delivery.priced(way, amount)
        raise self.refusal(country, self.offers(country, goods), code)

    def refusal(self, country: str, found: Offers, code: str = "") -> NotDelivered:
        """Why these goods can't travel so, or not at all, and what would do."""
        name = countries.name(country)
        if not self.sends_to(country):
            where = self.where()
            return NotDelivered(f"We don't send to {name} yet. {where}", fields={"country": where}, ways=[])
        codes = [way.code for way in found.ways]
        why = " ".join(refused.why for refused in found.refused if refused.code == code or not found.ways)
        if found.ways:
            instead = f"{why or 'It does not go there this way.'} Choose another way."
            return NotDelivered(instead, fields={"shipping": instead}, ways=codes)
        words = f"Nothing of ours takes this to {name}. {why} Take something out, or order in two parcels."
        words = words.replace("  ", " ")
        return NotDelivered(words, fields={"shipping": words}, ways=[])

    def where(self) -> str:
        """Where things are sent, in a sentence."""
        if not self.countries:
            return "We send nowhere right now."
        if len(self.countries) > MOST_NAMED:
            return "Choose a country of the list."
        return f"We send to {countries.listed(self.countries)}."

    def levy(self, country: str, way: Shipping) -> Levy:
        """The taxes of an order to this country. Who collects it buys where the shop is."""
        where = self.taxes.home if way.collected else country
        return self._levies.get(where) or self._levies[ELSEWHERE]


def goods(lines: Iterable[Line]) -> Goods:
    """What these lines weigh and cost."""
    weight = total = 0
    for line in lines:
        weight += line.weight * line.quantity
        total += line.total
    return Goods(weight, total)


SAMPLE = Terms(Delivery(), Taxes(), "EUR")
"""The sample shop's."""
