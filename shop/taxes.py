"""Taxes, as a merchant sets them: whether prices have their tax in them, and the rate of each class in each country.

Where the goods go decides the country; who collects them buys where the shop is. Rates are thousandths of a percent. A price
that has its tax in it stays what it is in every country, and the tax within it is what the country's rate makes of it.
"""

from collections.abc import Mapping

from msgspec import Struct

from shop import countries
from shop.pricing import rate_text

STANDARD, REDUCED, ZERO = "standard", "reduced", "zero"

ELSEWHERE = "*"
"""In place of a country: every one that has no rates of its own."""


class TaxClass(Struct, frozen=True):
    """What things are taxed as; products and ways to travel name it by its code."""

    code: str
    name: str


BUILT_IN = (TaxClass(STANDARD, "Standard"), TaxClass(REDUCED, "Reduced"), TaxClass(ZERO, "No tax"))


class Rates(Struct, frozen=True):
    """The rates of a country by class. A class that isn't named is taxed as standard; `zero` never is."""

    country: str
    rates: tuple[tuple[str, int], ...]


class Taxes(Struct, frozen=True):
    """All of it. The default is the sample shop's."""

    included: bool = True
    """Whether prices have their tax in them, as shoppers see them."""
    home: str = "BE"
    """Where the shop is."""
    own: tuple[TaxClass, ...] = ()
    """The merchant's own classes, beside the three that there always are."""
    countries: tuple[Rates, ...] = (
        Rates("BE", ((STANDARD, 21_000), (REDUCED, 6_000))),
        Rates("NL", ((STANDARD, 21_000), (REDUCED, 9_000))),
        Rates("LU", ((STANDARD, 17_000), (REDUCED, 8_000))),
        Rates("FR", ((STANDARD, 20_000), (REDUCED, 5_500))),
        Rates("DE", ((STANDARD, 19_000), (REDUCED, 7_000))),
        Rates(ELSEWHERE, ((STANDARD, 0),)),
    )

    @property
    def classes(self) -> tuple[TaxClass, ...]:
        return (*BUILT_IN, *self.own)


def described(taxes: Taxes) -> dict[str, str]:
    """Each part in words, for whoever wants to know what was changed."""
    names = {found.code: found.name for found in taxes.classes}
    said = {"Prices": "with tax" if taxes.included else "without tax", "Where the shop is": countries.name(taxes.home)}
    said["Classes"] = ", ".join(found.name for found in taxes.own)
    for row in taxes.countries:
        where = "Everywhere else" if row.country == ELSEWHERE else countries.name(row.country)
        said[where] = ", ".join(f"{names.get(code, code).lower()} {rate_text(rate)}" for code, rate in row.rates)
    return said


class Levy(Struct, frozen=True):
    """The taxes of one country, ready to be asked."""

    included: bool = True
    rates: Mapping[str, int] = {}

    def rate(self, tax_class: str) -> int:
        """The class's rate. One that was never named here is taxed as standard, so that nothing goes untaxed by a slip."""
        found = self.rates.get(tax_class)
        return self.rates.get(STANDARD, 0) if found is None else found


UNTAXED = Levy()


def levies(taxes: Taxes) -> dict[str, Levy]:
    """The taxes of every country that has rates, and of everywhere else."""
    found = {rates.country: Levy(taxes.included, dict(rates.rates) | {ZERO: 0}) for rates in taxes.countries}
    found.setdefault(ELSEWHERE, Levy(taxes.included, {ZERO: 0}))
    return found
