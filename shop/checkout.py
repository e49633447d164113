"""Checking out: who and where to, how it gets there, what it costs, and whether it can be placed."""

from collections.abc import Iterable, Mapping, MutableMapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from shop import countries, pricing
from shop.cart import Line
from shop.codes import NOTHING_OFF, Off
from shop.customers import email_fault, name_fault, normal_email
from shop.delivery import Shipping
from shop.errors import EmptyCart, InvalidFields, PriceChanged, SoldOut, TotalChanged
from shop.ids import CartId, CustomerId, OrderNumber, VariantId
from shop.pricing import Charge, Cost
from shop.taxes import UNTAXED, Levy
from shop.terms import SAMPLE, Terms

HOLD_MINUTES = 15
"""How long a placed order keeps its stock while it is not paid (a setting)."""

BANK_SLACK = timedelta(minutes=5)
"""How much longer than the hold the bank's page stays open; who pays in it gets stock again or the money back."""


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
    terms: Terms = SAMPLE
    """What delivery and taxes come to, as the door that takes the command knows them."""
    total: int | None = None
    """What the shopper saw that it costs, in minor units. Another total is refused, never taken."""
    code: str | None = None
    """The promotion code that the shopper was shown, "" for none; None takes whichever the cart has."""


class Placed(Struct, frozen=True):
    """The answer to a placement. `again` says that the order stood already and the answer is a repetition."""

    number: OrderNumber
    again: bool = False


def checked(details: Details, terms: Terms = SAMPLE) -> Details:
    """The details, trimmed and in normal form; raises InvalidFields naming every field that needs another look.

    Whether the chosen way can take the goods is for the placing to say, which knows them.
    """
    faults = {
        "email": email_fault(details.email),
        "name": name_fault(details.name, "the name on the parcel"),
        "street": name_fault(details.street, "a street and number", 200),
        "postcode": _postcode_fault(details, terms),
        "town": name_fault(details.town, "a town"),
        "country": None if terms.sends_to(details.country) else f"We don't send there yet. {terms.where()}",
        "shipping": _shipping_fault(details, terms),
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


def _postcode_fault(details: Details, terms: Terms) -> str | None:
    """What is wrong with the postcode; how it is written in a country that we don't send to is nobody's trouble."""
    country = countries.everyone().get(details.country) if terms.sends_to(details.country) else None
    return country.postcode_fault(details.postcode) if country else name_fault(details.postcode, "a postcode", 20)


def _shipping_fault(details: Details, terms: Terms) -> str | None:
    ways = terms.ways(details.country)
    good = any(way.code == details.shipping for way in ways) if ways else terms.names(details.shipping)
    return None if good else "Choose how it should travel."


def cost(lines: Iterable[Line], way: Shipping, levy: Levy = UNTAXED, *, off: Off = NOTHING_OFF) -> Cost:
    """What these lines cost when they travel so, with the taxes of where they go, and a code takes this `off`."""
    items = [Charge(line.total, levy.rate(line.tax_class)) for line in lines]
    shipping = Charge(way.amount, levy.rate(way.tax_class))
    return pricing.cost(items, shipping, discount=off.items, shipping_off=off.shipping, included=levy.included)


def agreed(total: int, seen: int | None, currency: str) -> None:
    """Raises TotalChanged when the shopper saw another total than the one that would be placed."""
    if seen is not None and total != seen:
        raise TotalChanged(
            "The total has changed since you saw it. Nothing was ordered yet: look at it, and order again if it is right.",
            seen={"amount": seen, "currency": currency},
            now={"amount": total, "currency": currency},
        )


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
