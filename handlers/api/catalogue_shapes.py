"""The shapes of products and categories over the API. They keep to what handlers.api.shapes says."""

from typing import Annotated

from msgspec import Meta, Struct

from handlers.api.shapes import Limit, Offset, Several
from shop.facets import Facets
from shop.ids import VariantId
from shop.money import Money
from shop.search import Sort
from shop.stock import Public


class ProductQuery(Struct, frozen=True, forbid_unknown_fields=True):
    q: Annotated[str, Meta(description="Words to search for; without them, everything.")] = ""
    category: Annotated[str | None, Meta(description="The slug of a category.")] = None
    maker: Annotated[Several, Meta(description="Names of makers, one a parameter.")] = ()
    option: Annotated[Several, Meta(description="Options and values by their keys: colour:rain. One a parameter.")] = ()
    price_min: Annotated[int | None, Meta(description="In minor units, both ends included.")] = None
    price_max: int | None = None
    in_stock: Annotated[bool, Meta(description="Only what can be bought now.")] = False
    sort: Sort = Sort.BEST
    limit: Limit = 24
    offset: Offset = 0


class CategoryName(Struct, frozen=True):
    slug: str
    name: str


class CategoryShelf(Struct, frozen=True):
    slug: str
    name: str
    line: str
    image: str | None
    count: int


class CategoryList(Struct, frozen=True):
    categories: list[CategoryShelf]


class ProductCard(Struct, frozen=True):
    """A product in a list, as one of its variants: the first of those that were chosen that can be bought."""

    slug: str
    name: str
    category: str
    variant: VariantId
    value: str
    price: Money
    was: Money | None
    image: str | None
    stock: Public
    choices: Annotated[int, Meta(description="How many variants the product has.")]
    url: str


class ProductPage(Struct, frozen=True):
    """A page of products. `instead`: nothing has the words as typed, and this is what `did_you_mean` finds. Facets count
    what the other filters leave, and a count of 0 keeps the place of what was there without them; prices are in minor units."""

    products: list[ProductCard]
    total: int
    limit: int
    offset: int
    did_you_mean: str | None
    instead: bool
    capped: Annotated[bool, Meta(description="There are more, but only the most popular were looked through.")]
    facets: Facets


class Fact(Struct, frozen=True):
    label: str
    value: str


class ProductVariant(Struct, frozen=True):
    id: VariantId
    value: str
    sku: str | None
    price: Money
    was: Money | None
    image: str | None
    stock: Public
    weight: Annotated[int, Meta(description="Of one, in grams; 0 when it isn't known.")]


class ProductImage(Struct, frozen=True):
    url: str
    alt: Annotated[str, Meta(description="What it shows, in words.")]


class ProductDetail(Struct, frozen=True):
    """`version` is the one of the topic product/{slug} on /live."""

    slug: str
    name: str
    line: str
    maker: str
    category: CategoryName
    heading: str
    text: list[str]
    facts: list[Fact]
    option: str
    images: Annotated[
        list[ProductImage], Meta(description="The gallery of its page in order, the images of its variants among them.")
    ]
    variants: list[ProductVariant]
    url: str
    version: int
    per_customer: Annotated[
        int | None,
        Meta(description="How many units, of all variants together, one customer can buy; null for any number."),
    ]
