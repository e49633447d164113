"""Search without I/O: what somebody means by what they typed, how well a product matches it, and how answers look.

The words of products and of queries pass through the same `fold`, so an index sees letters, digits and spaces only.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import IntEnum, StrEnum
from math import log2
from typing import NamedTuple

from msgspec import Struct

from shop.ids import VariantId
from shop.money import Money
from shop.stock import Public

MAX_QUERY_CHARACTERS = 64
MAX_WORDS = 8
RANKED_HITS = 64
"""A suggestion ranks this many hits, the most popular ones, by how well they match."""

MAX_PRODUCTS = 6
MAX_COMPLETIONS = 3
MAX_CATEGORIES = 3
MAX_MAKERS = 2
MAX_FACET_VALUES = 20

SOLD_OUT_BUCKET = 255
STEPS_PER_DOUBLING = 4
_ID_BITS = 32
_FIRST_SOLD_OUT = SOLD_OUT_BUCKET << _ID_BITS

_SPELT = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "'": "", "’": "", "ʼ": ""})
_BETWEEN_WORDS = re.compile(r"[\W_]+")


# What was typed -------------------------------------------------------------------------------------------------------


class Query(Struct, frozen=True):
    """What somebody typed, tidied, and its folded words. No text finds what is popular; text without words, nothing."""

    text: str
    words: tuple[str, ...]


def parse(typed: str) -> Query:
    """The query in any text at all: at most 64 characters and 8 words are looked at."""
    text = " ".join(typed.encode(errors="replace").decode().split())[:MAX_QUERY_CHARACTERS].strip()
    return Query(text, tuple(fold(text).split()[:MAX_WORDS]))


def fold(text: str) -> str:
    """The words of a text as search compares them: no case, no accents, letters and digits, one space between words."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_SPELT)
    if not plain.isascii():
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _BETWEEN_WORDS.sub(" ", plain).strip()


# Where a product stands -----------------------------------------------------------------------------------------------


def bucket(popularity: int, available: bool) -> int:
    """From 0, the most popular, to 255, sold out; four buckets for each doubling, so a sale seldom moves a product."""
    if not available:
        return SOLD_OUT_BUCKET
    return max(0, SOLD_OUT_BUCKET - 1 - round(STEPS_PER_DOUBLING * log2(1 + max(0, popularity))))


def place(product_id: int, popularity: int, available: bool) -> int:
    """A row number that sorts by bucket and still names the product: reading rows in order is ranking by popularity."""
    return bucket(popularity, available) << _ID_BITS | product_id


def product_at(row: int) -> int:
    """The product's id in its place."""
    return row & ((1 << _ID_BITS) - 1)


# How well it matches --------------------------------------------------------------------------------------------------


class Hit(NamedTuple):
    """A product that has all the words. Its name, its variants' values and their SKUs are also there folded."""

    place: int
    slug: str
    name: str
    folded: str
    choices: str
    codes: str
    category: str
    maker: str
    price: int
    """Of the variant that its card shows, in minor units."""
    added: int
    """When it came into the shop, in milliseconds since 1970."""

    @property
    def sold_out(self) -> bool:
        return self.place >= _FIRST_SOLD_OUT


class Match(IntEnum):
    """Where the words were found, the best first."""

    NAME_START = 0
    NAME = 1
    CHOICE = 2
    ELSEWHERE = 3


def ranked(words: Sequence[str], hits: Iterable[Hit]) -> list[Hit]:
    """The best match first; between equals whole words decide, then popularity. What is sold out comes last."""
    begun = _begun(words)
    starts, whole = tuple(words), [f"{word} " for word in begun]

    def order(hit: Hit) -> tuple[bool, Match, int, int]:
        name = f" {hit.folded} "
        if not _all_in(begun, name):
            near = f"{name}{hit.choices} {hit.codes}"
            return hit.sold_out, Match.CHOICE if _all_in(begun, near) else Match.ELSEWHERE, 0, hit.place
        best = Match.NAME_START if hit.folded.startswith(starts) else Match.NAME
        return hit.sold_out, best, -sum([word in name for word in whole]), hit.place

    return sorted(hits, key=order)


def matching(words: Sequence[str], folded: str) -> bool:
    """Whether each word begins one of the text's words."""
    return _all_in(_begun(words), f" {folded}")


def _begun(words: Sequence[str]) -> list[str]:
    """The words as they stand at the beginning of a word, in text that has a space before each."""
    return [f" {word}" for word in words]


def _all_in(parts: Sequence[str], text: str) -> bool:
    # A loop: a generator costs several times as much, and this runs for every hit of every keystroke.
    for part in parts:  # noqa: SIM110
        if part not in text:
            return False
    return True


def completions(words: Sequence[str], hits: Sequence[Hit]) -> list[tuple[str, ...]]:
    """Longer queries that surely find something: the last word finished, then a choice added, the commonest first."""
    if not words:
        return []
    *head, last = words
    unfinished = re.compile(rf"\b{re.escape(last)}\w+")
    names = Counter(unfinished.findall(" ".join([hit.folded for hit in hits])))
    choices = Counter(unfinished.findall(" ".join([hit.choices for hit in hits])))
    found = [(*head, word) for word in dict.fromkeys(_commonest(names) + _commonest(choices))]
    if len(found) < MAX_COMPLETIONS:
        called_so = [hit.choices for hit in hits if f" {last} " in f" {hit.folded} "]
        added = Counter(" ".join(called_so).split())
        found += [(*words, word) for word in _commonest(added) if word not in words]
    return found[:MAX_COMPLETIONS]


def _commonest(counted: Counter[str]) -> list[str]:
    """The most counted words; between equals those that were met first, so those of better hits."""
    return [word for word, _ in counted.most_common(MAX_COMPLETIONS + MAX_WORDS)]


# Suggestions ----------------------------------------------------------------------------------------------------------


class Suggested(Struct, frozen=True):
    """A product in the suggestions, as the variant that suits the query best."""

    slug: str
    name: str
    value: str
    image: str
    price: Money
    variant: VariantId
    stock: Public


class SuggestedCategory(Struct, frozen=True):
    slug: str
    name: str
    count: int


class SuggestedMaker(Struct, frozen=True):
    name: str
    count: int


class Suggestion(Struct, frozen=True):
    """The answer to a keystroke. With `did_you_mean` and no hit for what was typed, the rest answers what was meant."""

    q: str
    did_you_mean: str | None
    completions: Sequence[str]
    products: Sequence[Suggested]
    categories: Sequence[SuggestedCategory]
    makers: Sequence[SuggestedMaker]


# Results --------------------------------------------------------------------------------------------------------------


_CATEGORY, _MAKER, _IN_STOCK, _PRICE = 1, 2, 4, 8


class Sort(StrEnum):
    """The orders of a results page, as its address names them."""

    BEST = "best"
    CHEAPEST = "cheapest"
    DEAREST = "dearest"
    NEWEST = "newest"


class Filters(Struct, frozen=True):
    """What the results are narrowed to. Prices are those that cards show, in minor units, both ends included."""

    category: str | None = None
    in_stock: bool = False
    price_min: int | None = None
    price_max: int | None = None
    maker: str | None = None

    def missed(self, hit: Hit) -> int:
        """The filters that keep this hit out, as bits."""
        missed = 0
        if self.category is not None and hit.category != self.category:
            missed |= _CATEGORY
        if self.maker is not None and hit.maker != self.maker:
            missed |= _MAKER
        if self.in_stock and hit.sold_out:
            missed |= _IN_STOCK
        if self.price_min is not None and hit.price < self.price_min:
            missed |= _PRICE
        if self.price_max is not None and hit.price > self.price_max:
            missed |= _PRICE
        return missed


class Facet(Struct, frozen=True):
    """A value to narrow by, and how many results it would leave."""

    value: str
    name: str
    count: int
    chosen: bool


class Facets(Struct, frozen=True):
    """Ways to narrow the results; each counts what the others leave. Prices in minor units, None without hits."""

    categories: Sequence[Facet]
    makers: Sequence[Facet]
    in_stock: int
    lowest_price: int | None
    highest_price: int | None


class Results(Struct, frozen=True):
    """A page of results: the slugs in order, of `total`.

    `did_you_mean` is a better spelling; with `instead`, nothing has the words as typed and these results are for it.
    `capped`: there are more, but only the most popular ones were looked through.
    """

    total: int
    slugs: Sequence[str]
    facets: Facets
    did_you_mean: str | None
    instead: bool
    capped: bool


def narrow(hits: Iterable[Hit], filters: Filters, categories: Sequence[tuple[str, str]]) -> tuple[list[Hit], Facets]:
    """The hits that pass, in their order, and the facets; `categories` are slugs and names in the shop's order."""
    judged = [(hit, filters.missed(hit)) for hit in hits]
    in_category = Counter([hit.category for hit, missed in judged if not missed & ~_CATEGORY])
    of_maker = Counter([hit.maker for hit, missed in judged if not missed & ~_MAKER])
    prices = [hit.price for hit, missed in judged if not missed & ~_PRICE]
    in_stock = sum([not hit.sold_out for hit, missed in judged if not missed & ~_IN_STOCK])
    names = [(maker, maker) for maker, _ in of_maker.most_common(MAX_FACET_VALUES)]
    if filters.maker and (filters.maker, filters.maker) not in names:
        names.append((filters.maker, filters.maker))
    return [hit for hit, missed in judged if not missed], Facets(
        categories=_facets(categories, in_category, filters.category),
        makers=_facets(names, of_maker, filters.maker),
        in_stock=in_stock,
        lowest_price=min(prices, default=None),
        highest_price=max(prices, default=None),
    )


def in_order(words: Sequence[str], hits: list[Hit], sort: Sort, ranked_hits: int) -> list[Hit]:
    """The hits as the page shows them; by match, only the first `ranked_hits`, the most popular, are weighed."""
    if sort is Sort.CHEAPEST:
        return sorted(hits, key=lambda hit: (hit.price, hit.place))
    if sort is Sort.DEAREST:
        return sorted(hits, key=lambda hit: (-hit.price, hit.place))
    if sort is Sort.NEWEST:
        return sorted(hits, key=lambda hit: (-hit.added, hit.place))
    return ranked(words, hits[:ranked_hits]) + hits[ranked_hits:] if words else hits


def _facets(values: Iterable[tuple[str, str]], counted: Counter[str], chosen: str | None) -> tuple[Facet, ...]:
    return tuple(
        Facet(value, name, counted[value], value == chosen)
        for value, name in values
        if counted[value] or value == chosen
    )
