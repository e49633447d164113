"""Delivery, as a merchant sets it: where things are sent, by which ways, and what each costs by weight or by total.

A zone is some countries and the ways to them. A way's price stands in steps; what is heavier (or dearer) than its last step
can't travel so, and the shopper is told in words. Amounts are minor units, weights grams.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from shop import countries, money
from shop.money import decimal_text
from shop.taxes import STANDARD

EVERYWHERE = "*"
"""In place of a country: every one that no other zone has."""


class By(StrEnum):
    """What a way's price goes by: the weight of the things, or what they cost."""

    WEIGHT = "weight"
    TOTAL = "total"


class Step(Struct, frozen=True):
    """Up to so much (grams, or minor units; None is no end) it costs this."""

    upto: int | None
    amount: int


class Way(Struct, frozen=True):
    """A way for things to travel. Its code is what orders name it by; the same way in several zones has the same one."""

    code: str
    name: str
    line: str = ""
    """How long it takes, or where to come to."""
    by: By = By.WEIGHT
    steps: tuple[Step, ...] = (Step(None, 0),)
    free_from: int | None = None
    """From this total of the things on it costs nothing."""
    collected: bool = False
    """Whether shoppers come for the goods, so that nothing travels."""
    tax_class: str = STANDARD


class Zone(Struct, frozen=True):
    name: str
    countries: tuple[str, ...]
    ways: tuple[Way, ...]


class Delivery(Struct, frozen=True):
    """All of it. The default is the sample shop's."""

    zones: tuple[Zone, ...] = (
        Zone(
            "Belgium and its neighbours",
            ("BE", "NL", "LU", "FR", "DE"),
            (
                Way("door", "To the door", "Two working days", steps=(Step(None, 650),)),
                Way("collect", "Collect in Ghent", "Tomorrow after ten", collected=True),
            ),
        ),
    )


class Goods(Struct, frozen=True):
    """What is to travel: its weight in grams, and what it costs in minor units before a code takes anything off."""

    weight: int
    total: int


class Shipping(Struct, frozen=True):
    """A way at what it costs for some goods; `amount` in minor units."""

    code: str
    name: str
    line: str
    amount: int
    collected: bool = False
    tax_class: str = STANDARD


class Refused(Struct, frozen=True):
    """A way that can't take the goods, and why, in a sentence."""

    code: str
    name: str
    why: str


class Offers(Struct, frozen=True):
    """The ways to a country for some goods, in the merchant's order, and those that can't take them."""

    ways: tuple[Shipping, ...] = ()
    refused: tuple[Refused, ...] = ()

    def way(self, code: str) -> Shipping | None:
        return next((way for way in self.ways if way.code == code), None)


def offers(ways: Iterable[Way], goods: Goods, currency: str) -> Offers:
    """What each of the ways costs for these goods."""
    found: list[Shipping] = []
    refused: list[Refused] = []
    for way in ways:
        amount = price(way, goods)
        if amount is None:
            refused.append(Refused(way.code, way.name, _too_much(way, goods, currency)))
        else:
            found.append(priced(way, amount))
    return Offers(tuple(found), tuple(refused))


def price(way: Way, goods: Goods) -> int | None:
    """What it costs for these goods; None when it can't take them."""
    measure = goods.weight if way.by is By.WEIGHT else goods.total
    step = next((step for step in way.steps if step.upto is None or measure <= step.upto), None)
    if step is None:
        return None
    return 0 if way.free_from is not None and goods.total >= way.free_from else step.amount


def priced(way: Way, amount: int) -> Shipping:
    """The way at what it costs."""
    return Shipping(way.code, way.name, way.line, amount, way.collected, way.tax_class)


def restated(found: Delivery, before: str, after: str) -> Delivery:
    """The same numbers in another currency, as `money.restated` has them."""
    return Delivery(
        tuple(replace(zone, ways=tuple(_restated(way, before, after) for way in zone.ways)) for zone in found.zones)
    )


def _restated(way: Way, before: str, after: str) -> Way:
    def amount(found: int) -> int:
        return money.restated(found, before, after)

    steps = tuple(
        Step(amount(s.upto) if s.upto is not None and way.by is By.TOTAL else s.upto, amount(s.amount))
        for s in way.steps
    )
    return replace(way, steps=steps, free_from=None if way.free_from is None else amount(way.free_from))


def described(found: Delivery, currency: str) -> dict[str, str]:
    """Each part in words, for whoever wants to know what was changed: the zones' countries, and their ways."""
    said: dict[str, str] = {}
    for zone in found.zones:
        codes = ["everywhere else" if code == EVERYWHERE else countries.name(code) for code in zone.countries]
        said[zone.name] = ", ".join(codes)
        for way in zone.ways:
            said[f"{zone.name}, {way.name}"] = _way_in_words(way, currency)
    return said


def _way_in_words(way: Way, currency: str) -> str:
    def step(found: Step) -> str:
        amount = decimal_text(found.amount, currency) if found.amount else "free"
        if found.upto is None:
            return amount
        most = weight_text(found.upto) if way.by is By.WEIGHT else decimal_text(found.upto, currency)
        return f"{amount} up to {most}"

    parts = [", then ".join(map(step, way.steps))]
    parts += [] if way.free_from is None else [f"free from {decimal_text(way.free_from, currency)}"]
    parts += [way.line] if way.line else []
    parts += ["collected"] if way.collected else []
    parts += [f"taxed as {way.tax_class}"] if way.tax_class != STANDARD else []
    return "; ".join(parts)


def weight_text(grams: int) -> str:
    """A weight as people read it: 340 g, 2 kg, 12.5 kg."""
    return f"{grams} g" if grams < 1000 else f"{kilos(grams)} kg"  # noqa: PLR2004  grams in a kilogram


def kilos(grams: int) -> str:
    """Grams as plain decimal kilograms: 2500 is "2.5"."""
    whole, part = divmod(grams, 1000)
    return f"{whole}.{part:03d}".rstrip("0").rstrip(".")


def _too_much(way: Way, goods: Goods, currency: str) -> str:
    most = way.steps[-1].upto or 0
    if way.by is By.WEIGHT:
        return f"{way.name} takes up to {weight_text(most)}, and this weighs {weight_text(goods.weight)}."
    return f"{way.name} is for orders up to {decimal_text(most, currency)} {currency}."
