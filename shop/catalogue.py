"""The catalogue as pages and the API read it."""

from enum import StrEnum

from msgspec import Struct

from shop.ids import VariantId
from shop.stock import Level


class Order(StrEnum):
    """The orders of a shelf, as its address names them."""

    POPULAR = "popular"
    NEWEST = "new"
    CHEAPEST = "price"
    DEAREST = "-price"


class Category(Struct, frozen=True):
    slug: str
    name: str
    line: str
    image: str
    count: int = 0
    """How many visible products it has."""


class Variant(Struct, frozen=True):
    """One thing that can be bought. Prices are in minor units of the shop's currency."""

    id: VariantId
    value: str
    """The value of the product's option, such as "Rain"."""
    sku: str | None
    price: int
    was: int | None
    image: str
    level: Level


class Product(Struct, frozen=True):
    slug: str
    name: str
    line: str
    maker: str
    category: Category
    heading: str
    text: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    option: str
    """What its variants differ in, such as "Glaze"."""
    variants: tuple[Variant, ...]
    version: int

    def first_choice(self) -> Variant:
        """The variant that a page offers first: the first that can be bought, else the first."""
        return next((v for v in self.variants if v.level.available > 0), self.variants[0])


class Card(Struct, frozen=True):
    """A product on a shelf, with the variant that it shows."""

    slug: str
    name: str
    category: str
    variant: Variant
    choices: int
    """How many variants the product has."""


class Offer(Struct, frozen=True):
    """Price and availability of one variant, as the topic product/{slug} carries them."""

    id: VariantId
    price: int
    was: int | None
    available: bool


class ProductState(Struct, frozen=True):
    """The value of the topic product/{slug}. It has at least one variant."""

    currency: str
    variants: tuple[Offer, ...]

    def shown(self) -> Offer:
        """The variant that the product's card shows: the first that can be bought, else the first."""
        return next((offer for offer in self.variants if offer.available), self.variants[0])
