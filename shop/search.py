"""Search without I/O: what somebody means by what they typed, how well a product matches it, and how answers look.

The words of products and of queries pass through the same `fold`, so an index sees letters, digits and spaces only.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
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

COMPLETING_HITS = 32
"""Completions come from the names and choices of this many hits, the best."""

MAX_PRODUCTS = 6
MAX_COMPLETIONS = 3
MAX_CATEGORIES = 3
MAX_MAKERS = 2

SOLD_OUT_BUCKET = 255
STEPS_PER_DOUBLING = 4
_ID_BITS = 32
_FIRST_SOLD_OUT = SOLD_OUT_BUCKET << _ID_BITS
_WORST = 2 * MAX_WORDS
"""A worse kind of match weighs more than all whole words."""

_SPELT = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "'": "", "’": "", "ʼ": ""})
_ASCII = {code: None if chr(code) == "'" else " " for code in range(128) if not chr(code).isalnum()}
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
    if text.isascii():
        # What nearly every text is: a fifth of the time.
        return " ".join(text.lower().translate(_ASCII).split())
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
    """A product that has all the words; what is folded here has a space before each word, and the name one behind it, too."""

    place: int
    slug: str
    name: str
    category: str
    maker: str
    named: str
    """Its name, folded."""
    choices: str
    """Its variants' values, folded."""
    near: str
    """Name, values and SKUs, folded."""

    @property
    def sold_out(self) -> bool:
        return self.place >= _FIRST_SOLD_OUT


def ranked(words: Sequence[str], hits: Sequence[Hit]) -> list[Hit]:
    """The best match first: the name begins so, has the words, a choice has them, anything; between equals whole words
    decide, then popularity. What is sold out comes last."""
    begun = beginnings(words)
    whole = [f"{word} " for word in begun]
    starts = tuple(begun)
    keys = []
    # One loop without calls, for it runs for 64 hits of every keystroke.
    for n, (place, _, _, _, _, named, _, near) in enumerate(hits):
        key = 0 if place < _FIRST_SOLD_OUT else _WORST * 4
        for part in begun:
            if part not in named:
                break
        else:
            key += (0 if named.startswith(starts) else _WORST) - sum([word in named for word in whole])
            keys.append((key, place, n))
            continue
        for part in begun:
            if part not in near:
                key += _WORST
                break
        keys.append((key + _WORST * 2, place, n))
    keys.sort()
    return [hits[n] for _, _, n in keys]


def beginnings(words: Sequence[str]) -> list[str]:
    """The words as they stand at the beginning of a word, in text that has a space before each."""
    return [f" {word}" for word in words]


def matching(begun: Sequence[str], folded: str) -> bool:
    """Whether each of the beginnings is one of the text's words'."""
    text = f" {folded}"
    # A loop: a generator costs several times as much.
    for part in begun:  # noqa: SIM110
        if part not in text:
            return False
    return True


def completions(words: Sequence[str], hits: Sequence[Hit]) -> list[tuple[str, ...]]:
    """Longer queries that surely find something: the last word finished, then a choice added, the commonest first."""
    if not words:
        return []
    *head, last = words
    best = hits[:COMPLETING_HITS]
    # No pattern: making one for each new word costs more than looking at all words.
    begun = f" {last}"
    names = Counter([w for hit in best if begun in hit.named for w in hit.named.split() if w.startswith(last)])
    choices = Counter([w for hit in best if begun in hit.choices for w in hit.choices.split() if w.startswith(last)])
    names.pop(last, None)
    choices.pop(last, None)
    found = [(*head, word) for word in dict.fromkeys(_commonest(names) + _commonest(choices))]
    if len(found) < MAX_COMPLETIONS:
        finished = f" {last} "
        added = Counter("".join([hit.choices for hit in best if finished in hit.named]).split())
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


class Sort(StrEnum):
    """The orders of a results page, as its address names them."""

    BEST = "best"
    CHEAPEST = "cheapest"
    DEAREST = "dearest"
    NEWEST = "newest"


def in_order(words: Sequence[str], hits: list[Hit], ranked_hits: int) -> list[Hit]:
    """The hits by how well they match; only the first `ranked_hits`, the most popular, are weighed."""
    return ranked(words, hits[:ranked_hits]) + hits[ranked_hits:] if words else hits
