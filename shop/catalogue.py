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
    weight: int = 0
    """In grams; 0 when nobody has said."""


class PagePicture(Struct, frozen=True):
    """A picture that staff chose for a product's page; `alt` says what it shows, empty when the name says enough."""

    image: str
    alt: str


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
    pictures: tuple[PagePicture, ...] = ()
    """What staff chose for its page, in their order; none when its variants' images have to do."""
    per_customer: int | None = None
    """How many units, of all variants together, one customer can buy; None for any number."""

    def alt(self, image: str, value: str = "") -> str:
        """What an image on its page shows, in words: as staff said, else the name and the variant's value."""
        said = next((picture.alt for picture in self.pictures if picture.image == image), "")
        return said or (f"{self.name}, {value.lower()}" if value else self.name)

    def further(self) -> tuple[PagePicture, ...]:
        """The pictures that no variant shows."""
        shown = {variant.image for variant in self.variants}
        return tuple(picture for picture in self.pictures if picture.image not in shown)

    def first_choice(self) -> Variant:
        """The variant that a page offers first: the first that can be bought, else the first."""
        return next((v for v in self.variants if v.level.orderable > 0), self.variants[0])


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
