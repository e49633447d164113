"""Options: what the variants of a product differ in, taken apart, and named so that the same thing has one name everywhere.

A product's `option` is "Colour / Size", a variant's `value` "Red / S". Merchants write colours in many ways (Glaze, Finish,
Color); to a shopper who narrows a shelf they are one way, so they share the key `colour`.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from shop.art.colour import COLOURS, hexed
from shop.search import fold

SEPARATOR = " / "
MAX_OPTIONS = 3
MAX_KEY_CHARACTERS = 48

COLOUR = "colour"
SWATCHES: dict[str, str] = {name: hexed(tone) for name, tone in COLOURS.items()} | {
    "black": "#1d1d1b", "white": "#ffffff", "grey": "#8a8a8a", "gray": "#8a8a8a", "red": "#b3362b", "blue": "#3b5f94",
    "green": "#4d7a50", "yellow": "#e3b83d", "orange": "#d97b34", "pink": "#dfa0ab", "purple": "#75548d", "brown": "#76553d",
    "beige": "#dccfb6", "cream": "#f3ead7", "ivory": "#f6f1e2", "navy": "#28344f", "teal": "#39757a", "turquoise": "#59b3ae",
    "gold": "#c29f49", "silver": "#bcbec0", "charcoal": "#3d4043", "burgundy": "#6c2a35", "olive": "#6d6f3c", "khaki": "#9d936b",
    "lavender": "#b0a3cc", "mint": "#a9d3bd", "coral": "#e08066", "sand": "#d8c6a3", "natural": "#e0d3ba", "walnut": "#5f4632",
    "oak": "#c49a67", "copper": "#b2693f", "brass": "#b3924c", "terracotta": "#b3613f", "mustard": "#c9982c",
}  # fmt: skip
"""Colours that are drawn beside their word, as sRGB hex: Marl's own, then those that most shops have."""

_COLOUR_NAMES = frozenset(
    "colour color colours colors colourway glaze cloth yarn finish fabric lacquer farbe couleur".split()
)
_TAKEN = frozenset("q category maker from to stock sort page limit offset v in option".split())
_SIZES = (
    "xxs",
    "xs",
    "extra-small",
    "s",
    "small",
    "m",
    "medium",
    "l",
    "large",
    "xl",
    "extra-large",
    "xxl",
    "2xl",
    "xxxl",
    "3xl",
)
_SIZE_RANKS = {size: rank for rank, size in enumerate(_SIZES)}


class Attribute(NamedTuple):
    """One value of one option: their keys, as an address names them, and their names, as people read them."""

    option: str
    value: str
    option_name: str = ""
    value_name: str = ""


def apart(option: str, values: Sequence[str]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The names of a product's options, and the parts of each variant's value, one a name.

    They come apart only where every value has a part for each name; else it is one option.
    """
    names = tuple(option.split(SEPARATOR))
    if 1 < len(names) <= MAX_OPTIONS and all(names):
        parts = [tuple(value.split(SEPARATOR)) for value in values]
        if all(len(some) == len(names) and all(some) for some in parts):
            return names, parts
    return (option,), [(value,) for value in values]


@lru_cache(maxsize=16_384)
def attributes(option: str, values: tuple[str, ...]) -> tuple[tuple[Attribute, ...], ...]:
    """What can be chosen of each variant, in the variants' order; what has no name or no letters can't be."""
    names, parts = apart(option, values)
    ways = [_way(name, [some[place] for some in parts]) for place, name in enumerate(names)]
    return tuple(
        tuple(
            Attribute(key, value, name, written)
            for (key, name), written in zip(ways, some, strict=True)
            if key and (value := key_of(written))
        )
        for some in parts
    )


@lru_cache(maxsize=16_384)
def key_of(text: str) -> str:
    """A name or value as an address has it: "Dark blue" is dark-blue. Empty for what has no letter or digit."""
    return "-".join(fold(text).split())[:MAX_KEY_CHARACTERS]


def value_order(option: str, value: str) -> tuple[int, float, str]:
    """Sorts the values of an option: sizes and numbers as they grow, then words; so nothing moves when counts do."""
    if option != COLOUR and value in _SIZE_RANKS:
        return 0, _SIZE_RANKS[value], value
    number = value.split("-", 1)[0]
    if number.isascii() and number.isdecimal():
        return 1, float(number), value
    return 2, 0, value


def _way(name: str, values: Sequence[str]) -> tuple[str, str]:
    """Key and name of an option. One that only has colours for values is a colour, whatever it is called."""
    key = key_of(name)
    if key in _COLOUR_NAMES or all(key_of(value) in SWATCHES for value in values):
        return COLOUR, "Colour"
    return f"option-{key}" if key in _TAKEN else key, name
