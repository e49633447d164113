"""The shapes of checking out over the API. They keep to what handlers.api.shapes says."""

from typing import Annotated

from msgspec import Meta, Struct

from handlers.api.shapes import Sums
from shop.checkout import Details
from shop.money import Money


class CountryOption(Struct, frozen=True):
    code: str
    name: str
    postcode: Annotated[str, Meta(description="What its postcodes look like.")]


class ShippingOption(Struct, frozen=True):
    code: str
    name: str
    line: str
    price: Money
    collected: bool


class NoShipping(Struct, frozen=True):
    code: str
    name: str
    why: str


class CheckoutOptions(Struct, frozen=True):
    """Where things are sent, and the ways to `country` for what is in the cart now."""

    countries: list[CountryOption]
    country: Annotated[str, Meta(description="The one that was asked about, else the shop's own.")]
    shipping: list[ShippingOption]
    not_offered: Annotated[list[NoShipping], Meta(description="Ways that can't take what is in the cart, and why.")]
    hold_minutes: int


class DeliveryQuery(Struct, frozen=True, forbid_unknown_fields=True):
    country: Annotated[str, Meta(description="ISO 3166 code; without it, the shop's own.")] = ""
    shipping: Annotated[str, Meta(description="The code of a way; without it, the first.")] = ""


class CheckoutQuote(Struct, frozen=True):
    """What placing an order for the cart would cost now."""

    country: str
    shipping: str
    shipping_name: str
    sums: Sums


class OrderWish(Details, frozen=True, forbid_unknown_fields=True):
    """`total`, where it is sent, is what the shopper saw: an order that would cost anything else is refused."""

    total: Money | None = None

    @property
    def details(self) -> Details:
        return Details(**{name: getattr(self, name) for name in Details.__struct_fields__})
