"""A catalogue of any size, made up from a seed: product n of a seed is always the same one, whoever makes it.

Each product is modelled on one of Marl's own: its form, category and price level, with other words and numbers. Prices are
log-normal, stock and popularity fall off like real shops' do, and some things are sold out.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from shop.art import FORMS
from shop.ids import VARIANT_ID_LENGTH, VARIANT_LETTERS, VariantId
from storage.catalogue import NewProduct, NewVariant
from storage.sample import words
from storage.sample.catalogue import PRODUCTS, SampleProduct

MAX_PRODUCTS = 1_000_000
SEEDS = 1_000
NEWEST = datetime(2026, 11, 1, tzinfo=UTC)
DAYS_BETWEEN = 300.0
"""The mean age of a product, in days before NEWEST."""

CHOICES = (1, 2, 3, 4, 5, 6)
CHOICE_WEIGHTS = (20, 25, 25, 15, 10, 5)
MAX_CHOICES = 8
"""Room for variants in the numbering of their ids."""

PRICE_SPREAD = 0.45
"""The standard deviation of the logarithm of a price."""
ENDINGS = (0, 50, 90, 95)
ENDING_WEIGHTS = (40, 15, 25, 20)
MIN_PRICE, MAX_PRICE = 300, 250_000
LARGE, LARGER_PRICE = "large", 1.35
REDUCED_SHARE, SOLD_OUT_SHARE = 0.12, 0.09
MAX_UNITS = 500
MAX_POPULARITY = 100

_IDS = len(VARIANT_LETTERS) ** VARIANT_ID_LENGTH
_STRIDE = 618_033_988_751
"""Shares no factor with _IDS, so multiplying by it scatters variant ids and never gives one twice."""


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
            ("Weighs", f"{chance.randint(8, 400) * 10} g"),
            ("Made in", town),
        ],
        keywords=model.like.keywords,
        option=model.like.option,
        popularity=int((MAX_POPULARITY + 1) * chance.random() ** 7),
        added_at=NEWEST - timedelta(seconds=int(chance.expovariate(1 / DAYS_BETWEEN) * 86_400)),
        variants=list(_variants(seed, n, model, chance)),
    )


def _variants(seed: int, n: int, model: Model, chance: Random) -> Iterator[NewVariant]:
    [count] = chance.choices(CHOICES, CHOICE_WEIGHTS)
    colours = list(FORMS[model.form].colours)
    chance.shuffle(colours)
    price = model.like.variants[0].price * chance.lognormvariate(0, PRICE_SPREAD)
    sizes = [(colour, "") for colour in colours] + [(colour, LARGE) for colour in colours]
    reduced = chance.random() < REDUCED_SHARE
    for rank, (colour, size) in enumerate(sizes[:count]):
        now = _ending(price * LARGER_PRICE if size else price, chance)
        yield NewVariant(
            id=_variant_id(seed, n * MAX_CHOICES + rank),
            value=f"{colour.capitalize()}, {size}" if size else colour.capitalize(),
            sku=f"{model.form[:3].upper()}-{seed}{n:06}-{rank + 1}",
            price=now,
            was=_ending(now * 1.25, chance) if reduced else None,
            image=f"{model.form}-{colour}",
            units=_units(chance),
        )


def _variant_id(seed: int, number: int) -> VariantId:
    left = (seed * MAX_PRODUCTS * MAX_CHOICES + number + 1) * _STRIDE % _IDS
    letters = ""
    for _ in range(VARIANT_ID_LENGTH):
        left, place = divmod(left, len(VARIANT_LETTERS))
        letters += VARIANT_LETTERS[place]
    return VariantId(letters)


def _ending(price: float, chance: Random) -> int:
    """A price in cents near this one, that ends as prices do."""
    [ending] = chance.choices(ENDINGS, ENDING_WEIGHTS)
    return min(max(int(price) // 100 * 100 + ending, MIN_PRICE), MAX_PRICE)


def _units(chance: Random) -> int:
    """Units on hand: nothing now and then, mostly a few, seldom many."""
    if chance.random() < SOLD_OUT_SHARE:
        return 0
    return min(MAX_UNITS, int(3 * (1 - chance.random()) ** -0.8))


def _early(chance: Random, names: tuple[str, ...]) -> str:
    """One of the names, the early ones more often: a few makers make much."""
    return names[int(len(names) * chance.random() ** 2)]
