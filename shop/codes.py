"""Promotion codes: what one takes off, for whom and until when; never more than there is, and each refusal has its reason.

A code on a cart is a wish. It is redeemed when the order is placed, and an order that ends unpaid gives its use back.
"""

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from shop.errors import (
    CodeBelowMinimum,
    CodeChanged,
    CodeEnded,
    CodeNotBegun,
    CodeRefused,
    CodeSwitchedOff,
    CodeUsedByYou,
    CodeUsedUp,
    UnknownCode,
)
from shop.ids import CustomerId
from shop.money import MAX_AMOUNT, decimal_text
from shop.pricing import percentage

MAX_LENGTH = 32
"""Characters of a code."""

WAY_OUT = "Go on without it, or try another."


class Kind(StrEnum):
    PERCENTAGE = "percentage"
    AMOUNT = "amount"
    DELIVERY = "delivery"
    """Nothing but free delivery."""


class Terms(Struct, frozen=True):
    """What staff decide about a code.

    `value` is in thousandths of a percent, or in minor units of the shop's currency; nothing when only delivery is free.
    """

    kind: Kind
    value: int = 0
    delivery: bool = False
    """Whether delivery is free as well."""
    minimum: int = 0
    """What the things have to come to before it counts, in minor units."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    """The first moment at which it is over."""
    limit: int | None = None
    """How often it can be used in all; None is as often as people like."""
    each: int | None = None
    """How often one customer can use it."""
    active: bool = True

    @property
    def promise(self) -> tuple[Kind, int, bool]:
        """What it takes off. When this changes, a cart that has the code is asked again."""
        return self.kind, self.value, self.delivery


class Code(Struct, frozen=True):
    """A code as it stands. `edition` counts the changes of its promise, `version` every change that staff made."""

    code: str
    terms: Terms
    used: int = 0
    edition: int = 1
    version: int = 1


class Off(Struct, frozen=True):
    """What comes off the things, and off the delivery, at most; minor units."""

    items: int = 0
    shipping: int = 0


NOTHING_OFF = Off()


class Wish(Struct, frozen=True):
    """A code on a cart, and the edition of it that the shopper saw."""

    code: str
    edition: int


class Use(Struct, frozen=True):
    """A use that stands: an account's, or a guest's, who is known by the email alone."""

    code: str
    customer: CustomerId | None
    email: str

    def by(self, customer: CustomerId | None, email: str) -> bool:
        """Whether it was this customer's: by account, or by email, so that logging out makes nobody another one."""
        return (customer is not None and self.customer == customer) or (bool(email) and self.email == email)


class OnCart(Struct, frozen=True):
    """The code of a cart as its page shows it: what it takes off, or why it takes nothing off now."""

    code: str
    off: Off = NOTHING_OFF
    trouble: CodeRefused | None = None
    terms: Terms | None = None


NO_CODE = OnCart("")


class Standing(StrEnum):
    """How a code stands, whatever a cart has in it."""

    GOOD = "good"
    OFF = "off"
    EARLY = "early"
    OVER = "over"
    USED_UP = "used_up"


def standing(found: Code, now: datetime) -> Standing:
    """How the code stands now, as staff see it."""
    try:
        check(found, Wish(found.code, found.edition), 0, now)
    except CodeRefused as why:
        return _STANDINGS[type(why)]
    return Standing.GOOD


_STANDINGS: dict[type[CodeRefused], Standing] = {
    CodeSwitchedOff: Standing.OFF,
    CodeNotBegun: Standing.EARLY,
    CodeEnded: Standing.OVER,
    CodeUsedUp: Standing.USED_UP,
}


def fold(text: str) -> str:
    """The code as it is stored and compared: capitals, without spaces and what can't be seen. "" when it can't be a code."""
    plain = unicodedata.normalize("NFKC", text[: 4 * MAX_LENGTH])
    seen = "".join(sign for sign in plain.upper() if not sign.isspace() and sign.isprintable())
    return seen if 0 < len(seen) <= MAX_LENGTH else ""


def off(terms: Terms, items: int) -> Off:
    """What the code takes off things that come to `items` minor units; never more than they do, and never below nothing."""
    items = max(0, items)
    less = percentage(items, terms.value) if terms.kind is Kind.PERCENTAGE else terms.value
    free_delivery = terms.delivery or terms.kind is Kind.DELIVERY
    return Off(max(0, min(less, items)), MAX_AMOUNT if free_delivery else 0)


def check(found: Code | None, wish: Wish | None, theirs: int, now: datetime) -> Code:
    """The code, when it can be used now by somebody who has used it `theirs` times; raises the refusal otherwise.

    Without a `wish` somebody types it: then one that is switched off is as good as unknown. The minimum is `reached`'s.
    """
    if found is None or (wish is None and not found.terms.active):
        raise UnknownCode("We don't know this code. Check how it is written.")
    terms, code = found.terms, found.code
    if not terms.active:
        raise CodeSwitchedOff(f"The code {code} is not good any more. {WAY_OUT}", promo=code)
    if terms.starts_at is not None and now < terms.starts_at:
        raise CodeNotBegun(f"The code {code} is not good yet. {WAY_OUT}", at=terms.starts_at, promo=code)
    if terms.ends_at is not None and now >= terms.ends_at:
        raise CodeEnded(f"The code {code} has ended. {WAY_OUT}", at=terms.ends_at, promo=code)
    if terms.each is not None and theirs >= terms.each:
        often = "already" if terms.each == 1 else f"{terms.each} times already"
        raise CodeUsedByYou(f"You have used the code {code} {often}. {WAY_OUT}", promo=code)
    if terms.limit is not None and found.used >= terms.limit:
        raise CodeUsedUp(f"The code {code} is used up. {WAY_OUT}", promo=code)
    if wish is not None and wish.edition != found.edition:
        raise CodeChanged(f"The code {code} gives something else now. Look at the cart and decide.", promo=code)
    return found


def reached(found: Code, items: int, currency: str) -> Off:
    """What the code takes off; raises CodeBelowMinimum with what is missing, in minor units."""
    missing = found.terms.minimum - items
    if missing > 0:
        least, more = (f"{decimal_text(amount, currency)} {currency}" for amount in (found.terms.minimum, missing))
        raise CodeBelowMinimum(
            f"The code {found.code} counts from {least} on. Add things for {more}.",
            promo=found.code,
            minimum={"amount": found.terms.minimum, "currency": currency},
            missing={"amount": missing, "currency": currency},
        )
    return off(found.terms, items)


def count(uses: Iterable[Use], code: str, customer: CustomerId | None, email: str) -> int:
    """How many of these uses are this customer's use of the code."""
    return sum(use.code == code and use.by(customer, email) for use in uses)
