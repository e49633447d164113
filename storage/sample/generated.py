"""A catalogue of any size, made up from a seed: product n of a seed is always the same one, whoever makes it.

Each product is modelled on one of Marl's own: its form, category and price level, with other words and numbers. Prices are
log-normal, popularity falls off as Zipf says, stock like real shops' does; some things are sold out, and some are the last.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from msgspec.structs import replace

from shop.art import FORMS
from shop.ids import VARIANT_ID_LENGTH, VARIANT_LETTERS, VariantId
from shop.options import SEPARATOR
from storage.additions import NewProduct, NewVariant
from storage.sample import words
from storage.sample.catalogue import PRODUCTS, SampleProduct

MAX_PRODUCTS = 1_000_000
SEEDS = 1_000
NEWEST = datetime(2026, 11, 1, tzinfo=UTC)
DAYS_BETWEEN = 300.0
"""The mean age of a product, in days before NEWEST."""

CHOICES = tuple(range(1, 13))
CHOICE_WEIGHTS = (20, 22, 20, 12, 8, 7, 3, 3, 2, 1, 1, 1)
MAX_CHOICES = 16
"""Room for variants in the numbering of their ids."""
SIZES = {"S": 0.85, "M": 1.0, "L": 1.2, "XL": 1.35}
"""What a size costs, of the price of M."""
SIZED_SHARE = 0.25
"""How many of the products that could do without come in sizes, too."""
COLOUR_AND_SIZE = f"Colour{SEPARATOR}Size"

PRICE_SPREAD = 0.45
"""The standard deviation of the logarithm of a price."""
ENDINGS = (0, 50, 90, 99)
ENDING_WEIGHTS = (40, 15, 25, 20)
MIN_PRICE, MAX_PRICE = 300, 250_000
REDUCED_SHARE, SOLD_OUT_SHARE = 0.12, 0.09
MAX_UNITS = 500
LAST_ONE_SHARE = 0.06
MAX_POPULARITY = 100
LOVED_SHARE = 0.005
"""The share of products with the highest popularity; of the others, the n-th has an n-th of what the first has."""

_IN_ORDER = "".join(sorted(VARIANT_LETTERS))
_FIRST_ID = len(VARIANT_LETTERS) ** VARIANT_ID_LENGTH // 2


class Model(NamedTuple):
    """What a made-up product is like: a form of Marl's with its noun, and the product that shows it there."""

    form: str
    noun: str
    like: SampleProduct


MODELS = tuple(Model(p.variants[0].art.rsplit("-", 1)[0], p.name.split(",")[0].rsplit(" ", 1)[1], p) for p in PRODUCTS)


def products(seed: int, first: int, count: int) -> Iterator[NewProduct]:
    """The products number `first` to `first + count - 1` of this seed."""
    return (_product(seed, n) for n in range(first, first + count))


def _product(seed: int, n: int) -> NewProduct:
    chance = Random(seed * MAX_PRODUCTS + n)  # noqa: S311  (nothing secret: made-up words and numbers)
    model = chance.choice(MODELS)
    mood, scene = chance.choice(words.MOODS), chance.choice(words.SCENES)
    maker = f"{_early(chance, words.FIRST_NAMES)} {_early(chance, words.LAST_NAMES)}"
    town = chance.choice(words.TOWNS)
    option, variants = _variants(seed, n, model, chance)
    return NewProduct(
        slug=f"{mood}-{scene}-{model.noun}-{seed}-{n}".lower(),
        name=f"{mood} {scene} {model.noun}",
        line=f"{chance.choice(words.WAYS)} by {maker} in {town}",
        maker=maker,
        category=model.like.category,
        heading=chance.choice(words.HEADINGS),
        text=[f"{one} {other}" for one, other in (chance.sample(words.SENTENCES, 2), chance.sample(words.CARE, 2))],
        facts=[
            ("Stands", f"{chance.randint(5, 42)} cm"),
            ("Weighs", f"{(weight := chance.randint(8, 400) * 10)} g"),
            ("Made in", town),
        ],
        keywords=model.like.keywords,
        option=option,
        popularity=min(MAX_POPULARITY, int(MAX_POPULARITY * LOVED_SHARE / (1 - chance.random()))),
        added_at=NEWEST - timedelta(seconds=int(chance.expovariate(1 / DAYS_BETWEEN) * 86_400)),
        variants=[replace(variant, weight=weight) for variant in variants],
    )


def _variants(seed: int, n: int, model: Model, chance: Random) -> tuple[str, list[NewVariant]]:
    """What the variants differ in, and the variants: a colour each, or a colour and a size."""
    [count] = chance.choices(CHOICES, CHOICE_WEIGHTS)
    colours = list(FORMS[model.form].colours)
    chance.shuffle(colours)
    price = model.like.variants[0].price * chance.lognormvariate(0, PRICE_SPREAD)
    if count > len(colours) or (count > 1 and chance.random() < SIZED_SHARE):
        option = COLOUR_AND_SIZE
        choices = [
            (colour, f"{colour.capitalize()}{SEPARATOR}{size}", factor)
            for colour in colours
            for size, factor in SIZES.items()
        ]
        if chance.getrandbits(1):
            # Some shops lay out the sizes of one colour before the next, some the colours of one size.
            choices = [choice for place in range(len(SIZES)) for choice in choices[place :: len(SIZES)]]
        choices = choices[:count]
    else:
        option = model.like.option
        choices = [(colour, colour.capitalize(), 1.0) for colour in colours[:count]]
    reduced = chance.random() < REDUCED_SHARE
    found = []
    for rank, (colour, value, factor) in enumerate(choices):
        now = _ending(price * factor, chance)
        found.append(
            NewVariant(
                id=_variant_id(seed, n * MAX_CHOICES + rank),
                value=value,
                sku=f"{model.form[:3].upper()}-{seed}{n:06}-{rank + 1}",
                price=now,
                was=_ending(now * 1.25, chance) if reduced else None,
                image=f"{model.form}-{colour}",
                units=_units(chance),
            )
        )
    return option, found


def _variant_id(seed: int, number: int) -> VariantId:
    """Ids that follow each other, so that indexes of a million grow at their ends; a merchant's are drawn by lot."""
    left = _FIRST_ID + seed * MAX_PRODUCTS * MAX_CHOICES + number
    letters = ""
    for _ in range(VARIANT_ID_LENGTH):
        left, place = divmod(left, len(VARIANT_LETTERS))
        letters = _IN_ORDER[place] + letters
    return VariantId(letters)


def _ending(price: float, chance: Random) -> int:
    """A price in cents near this one, that ends as prices do."""
    [ending] = chance.choices(ENDINGS, ENDING_WEIGHTS)
    return min(max(int(price) // 100 * 100 + ending, MIN_PRICE), MAX_PRICE)


def _units(chance: Random) -> int:
    """Units on hand: nothing or the last one now and then, mostly a few, seldom many."""
    luck = chance.random()
    if luck < SOLD_OUT_SHARE + LAST_ONE_SHARE:
        return int(luck >= SOLD_OUT_SHARE)
    return min(MAX_UNITS, int(3 * (1 - chance.random()) ** -0.8))


def _early(chance: Random, names: tuple[str, ...]) -> str:
    """One of the names, the early ones more often: a few makers make much."""
    return names[int(len(names) * chance.random() ** 2)]
