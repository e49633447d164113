"""What an order costs, to the last minor unit: discounts are allotted to lines, tax stands in each, and the lines make the total.

Amounts are minor units, rates thousandths of a percent (21 % is 21,000). There is one rule for rounding, halves away from
zero, and one for what remains when an amount is allotted: the largest remainders first, the earlier line before the later.
Everything that is worked out here is stored with the order, so that each total can be worked out again from its rows.
"""

from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

RATE_WHOLE = 100_000
"""A rate of 100 %."""


class Charge(Struct, frozen=True):
    """An amount as it is shown to the shopper, with or without tax as the shop shows its prices, and the rate of its tax."""

    amount: int
    rate: int = 0


class Share(Struct, frozen=True):
    """What becomes of one charge: its part of the discount, and the tax on (or within) what remains."""

    amount: int
    discount: int
    rate: int
    tax: int

    @property
    def net_of_discount(self) -> int:
        """What remains of it after its part of the discount, still as prices are shown."""
        return self.amount - self.discount


class TaxSum(Struct, frozen=True):
    """The tax at one rate, as an invoice lists it; `base` is without tax."""

    rate: int
    base: int
    tax: int


class Cost(Struct, frozen=True):
    """What an order costs and how that came about; `tax_included` says whether the amounts have their tax in them."""

    lines: tuple[Share, ...]
    shipping: Share
    tax_included: bool = True

    @property
    def items(self) -> int:
        return sum([line.amount for line in self.lines])

    @property
    def discount(self) -> int:
        """What a code takes off the things and the delivery."""
        return sum([line.discount for line in self.lines]) + self.shipping.discount

    @property
    def tax(self) -> int:
        return sum([line.tax for line in self.lines]) + self.shipping.tax

    @property
    def total(self) -> int:
        """What is to be paid."""
        shown = self.items + self.shipping.amount - self.discount
        return shown if self.tax_included else shown + self.tax

    @property
    def taxes(self) -> tuple[TaxSum, ...]:
        """The tax by rate, the highest first; rates of nothing and of no tax are left out."""
        return tax_sums((*self.lines, self.shipping), tax_included=self.tax_included)


def cost(
    items: Sequence[Charge], shipping: Charge, *, discount: int = 0, shipping_off: int = 0, included: bool
) -> Cost:
    """Works out an order. `discount` comes off the items and never makes them less than nothing; `shipping_off` likewise."""
    amounts = [item.amount for item in items]
    parts = allot(max(0, min(discount, sum(amounts))), amounts)
    lines = tuple([_share(item, part, included=included) for item, part in zip(items, parts, strict=True)])
    off = max(0, min(shipping_off, shipping.amount))
    return Cost(lines, _share(shipping, off, included=included), included)


def tax_sums(shares: Sequence[Share], *, tax_included: bool) -> tuple[TaxSum, ...]:
    """The tax of stored shares by rate."""
    found: dict[int, tuple[int, int]] = {}
    for share in shares:
        rate, shown = share.rate, share.amount - share.discount
        if rate and shown:
            base, tax = found.get(rate, (0, 0))
            found[rate] = (base + shown - share.tax if tax_included else base + shown, tax + share.tax)
    rates = sorted(found, reverse=True) if len(found) > 1 else found
    return tuple([TaxSum(rate, *found[rate]) for rate in rates])


def allot(amount: int, weights: Sequence[int]) -> list[int]:
    """The amount in parts that are proportional to the weights and add up to it; all weights nothing: all parts nothing.

    `amount` is at most the sum of the weights, and then no part exceeds its weight.
    """
    whole = sum(weights) if amount else 0
    if not whole:
        return [0] * len(weights)
    parts = [amount * weight // whole for weight in weights]
    remainders = sorted(range(len(weights)), key=lambda n: (-(amount * weights[n] % whole), n))
    for n in remainders[: amount - sum(parts)]:
        parts[n] += 1
    return parts


def percentage(amount: int, rate: int) -> int:
    """So much of the amount, rounded."""
    return _rounded(amount * rate, RATE_WHOLE)


def tax_of(amount: int, rate: int, *, included: bool) -> int:
    """The tax on an amount without it, or (`included`) the tax within an amount that has it."""
    return _rounded(amount * rate, RATE_WHOLE + rate if included else RATE_WHOLE) if rate else 0


@lru_cache(maxsize=1_024)
def rate_text(rate: int) -> str:
    """A rate as people read it: 21 %, 5.5 %, 8.875 %."""
    whole, part = divmod(rate, 1_000)
    return f"{whole}.{part:03d}".rstrip("0").rstrip(".") + " %"


def _share(charge: Charge, discount: int, *, included: bool) -> Share:
    tax = tax_of(charge.amount - discount, charge.rate, included=included)
    return Share(charge.amount, discount, charge.rate, tax)


def _rounded(dividend: int, divisor: int) -> int:
    """The quotient to the nearest whole, halves away from zero; `divisor` is above zero."""
    if dividend < 0:
        return -_rounded(-dividend, divisor)
    return (2 * dividend + divisor) // (2 * divisor)
