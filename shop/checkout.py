"""Checking out: who and where to, how it gets there, what it costs, and whether it can be placed."""

import re
from collections.abc import Iterable, Mapping, MutableMapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from shop import pricing
from shop.cart import Line
from shop.codes import NOTHING_OFF, Off
from shop.customers import email_fault, name_fault, normal_email
from shop.errors import EmptyCart, InvalidFields, PriceChanged, SoldOut
from shop.ids import CartId, CustomerId, OrderNumber, VariantId
from shop.pricing import Charge, Cost

HOLD_MINUTES = 15
"""How long a placed order keeps its stock while it is not paid (a setting)."""

BANK_SLACK = timedelta(minutes=5)
"""How much longer than the hold the bank's page stays open; who pays in it gets stock again or the money back."""


class Country(Struct, frozen=True):
    code: str
    name: str
    postcode: str
    """A regular expression for its postcodes."""
    example: str


COUNTRIES = {
    country.code: country
    for country in (
        Country("BE", "Belgium", r"[1-9]\d{3}", "Four digits, like 9000."),
        Country("NL", "Netherlands", r"[1-9]\d{3} ?[A-Za-z]{2}", "Four digits and two letters, like 1012 AB."),
        Country("LU", "Luxembourg", r"(L-)?\d{4}", "Four digits, like 1009."),
        Country("FR", "France", r"\d{5}", "Five digits, like 59000."),
        Country("DE", "Germany", r"\d{5}", "Five digits, like 50667."),
    )
}


class Shipping(Struct, frozen=True):
    """A way for the goods to travel; `amount` in minor units."""

    code: str
    name: str
    line: str
    amount: int
    collected: bool = False
    """Whether shoppers come for the goods, so that nothing travels."""


SHIPPING = {
    way.code: way
    for way in (
        Shipping("door", "To the door", "Two working days", 650),
        Shipping("collect", "Collect in Ghent", "Tomorrow after ten", 0, collected=True),
    )
}


class Details(Struct, frozen=True, forbid_unknown_fields=True):
    """What a shopper fills in."""

    email: str
    name: str
    street: str
    postcode: str
    town: str
    country: str
    shipping: str


class Placement(Struct, frozen=True):
    """The command to place an order. `scope` and `key` are its command id, `fingerprint` a digest of what it asked."""

    number: OrderNumber
    token_hash: bytes
    cart: CartId
    customer: CustomerId | None
    details: Details
    currency: str
    scope: str
    key: str
    fingerprint: str
    at: datetime
    hold_until: datetime
    code: str | None = None
    """The promotion code that the shopper was shown, "" for none; None takes whichever the cart has."""


class Placed(Struct, frozen=True):
    """The answer to a placement. `again` says that the order stood already and the answer is a repetition."""

    number: OrderNumber
    again: bool = False


def checked(details: Details) -> Details:
    """The details, trimmed and in normal form; raises InvalidFields naming every field that needs another look."""
    faults = {
        "email": email_fault(details.email),
        "name": name_fault(details.name, "the name on the parcel"),
        "street": name_fault(details.street, "a street and number", 200),
        "postcode": _postcode_fault(details),
        "town": name_fault(details.town, "a town"),
        "country": None if details.country in COUNTRIES else "We don't send there yet.",
        "shipping": None if details.shipping in SHIPPING else "Choose how it should travel.",
    }
    fields = {field: fault for field, fault in faults.items() if fault}
    if fields:
        raise InvalidFields(fields=fields)
    return replace(
        details,
        email=normal_email(details.email),
        name=details.name.strip(),
        street=details.street.strip(),
        postcode=details.postcode.strip().upper(),
        town=details.town.strip(),
    )


def _postcode_fault(details: Details) -> str | None:
    country = COUNTRIES.get(details.country)
    if country and not re.fullmatch(country.postcode, details.postcode.strip(), re.ASCII):
        return country.example
    return name_fault(details.postcode, "a postcode", 20)


def cost(lines: Iterable[Line], way: Shipping, *, off: Off = NOTHING_OFF) -> Cost:
    """What these lines cost when they travel so, and a code takes this `off`."""
    items = [Charge(line.total) for line in lines]
    return pricing.cost(items, Charge(way.amount), discount=off.items, shipping_off=off.shipping, included=True)


def take(lines: Iterable[Line], free: MutableMapping[VariantId, int]) -> None:
    """Takes the lines' units out of `free` (units that can be bought, by variant), all of them or none.

    Raises EmptyCart, PriceChanged (a price is above the one agreed to) or SoldOut, and then takes nothing.
    """
    wanted = tuple(lines)
    if not wanted:
        raise EmptyCart("There is nothing in the cart to order.")
    raised = [line for line in wanted if line.raised]
    if raised:
        changes = [
            {"variant": line.variant, "name": line.name, "was": line.agreed, "now": line.price} for line in raised
        ]
        raise PriceChanged("A price went up. Look at the cart and decide.", changes=changes)
    short = _short(wanted, free)
    if short:
        raise SoldOut(_sold_out_sentence(short), short=short)
    for line in wanted:
        free[line.variant] -= line.quantity


def _short(lines: Iterable[Line], free: Mapping[VariantId, int]) -> list[dict[str, str | int]]:
    found: list[dict[str, str | int]] = []
    for line in lines:
        left = max(0, free.get(line.variant, 0)) if line.visible else 0
        if line.quantity > left:
            found.append({"variant": line.variant, "name": line.name, "wanted": line.quantity, "left": left})
    return found


def _sold_out_sentence(short: list[dict[str, str | int]]) -> str:
    first = short[0]
    left = f"only {first['left']} left" if first["left"] else "sold out"
    more = f", and {len(short) - 1} more" if len(short) > 1 else ""
    return f"{first['name']} is {left}{more}. Nothing was ordered."
