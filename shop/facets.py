"""Facets: what a shelf or results can be narrowed to, and what each choice would leave.

Everything is said of variants: rain *and* large *and* in stock means one variant that is all three, and prices are those of
the variants that are left. Values of one way are taken together (or), ways one after the other (and). A product is
left if one of its variants is; a card shows the first that can be bought, else the first.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from shop import options

MAX_VALUES = 20
"""Values of one way that are offered."""

MAX_WAYS = 4
"""Options that are offered: those that most of what is left has."""

MAX_CHOSEN = 32
"""Values that one address can choose; further ones are not looked at."""


class Chosen(Struct, frozen=True):
    """What somebody narrows to. Categories by slug, makers by name, options and their values by key; minor units."""

    categories: tuple[str, ...] = ()
    makers: tuple[str, ...] = ()
    options: tuple[tuple[str, tuple[str, ...]], ...] = ()
    price_min: int | None = None
    price_max: int | None = None
    in_stock: bool = False

    @property
    def of_variants(self) -> bool:
        """Whether it can keep out one variant of a product and not another."""
        return bool(self.options or self.in_stock or self.price_min is not None or self.price_max is not None)


EVERYTHING = Chosen()
"""Nothing is chosen."""


class Facet(Struct, frozen=True):
    """A value to narrow by, and how many products it would leave."""

    value: str
    name: str
    count: int
    chosen: bool


class Way(Struct, frozen=True):
    """An option with the values that can be chosen of it."""

    option: str
    name: str
    facets: tuple[Facet, ...]


class Facets(Struct, frozen=True):
    """Ways to narrow; each counts what the others leave. Prices in minor units, None where nothing is left."""

    categories: tuple[Facet, ...]
    makers: tuple[Facet, ...]
    options: tuple[Way, ...]
    in_stock: int
    lowest_price: int | None
    highest_price: int | None


NO_FACETS = Facets((), (), (), 0, None, None)


class Results(Struct, frozen=True):
    """A page of what was found: the row numbers of its products in order, of `total`.

    `did_you_mean` is a better spelling; with `instead`, nothing has the words as typed and these results are for it.
    `capped`: there are more, but only the most popular ones were looked through.
    """

    total: int
    ids: Sequence[int]
    facets: Facets
    did_you_mean: str | None = None
    instead: bool = False
    capped: bool = False


class Tally(Struct, frozen=True):
    """What was counted: products by category, maker and (option, value), those in stock, and the ends of the prices."""

    total: int
    categories: Counter[str]
    makers: Counter[str]
    values: Counter[tuple[str, str]]
    in_stock: int
    lowest: int | None
    highest: int | None


def added_up(tallies: Sequence[Tally]) -> Tally:
    """The tallies of things apart, as one."""
    if len(tallies) == 1:
        return tallies[0]
    categories: Counter[str] = Counter()
    makers: Counter[str] = Counter()
    values: Counter[tuple[str, str]] = Counter()
    for tally in tallies:
        categories.update(tally.categories)
        makers.update(tally.makers)
        values.update(tally.values)
    return Tally(
        total=sum([tally.total for tally in tallies]),
        categories=categories,
        makers=makers,
        values=values,
        in_stock=sum([tally.in_stock for tally in tallies]),
        lowest=min([tally.lowest for tally in tallies if tally.lowest is not None], default=None),
        highest=max([tally.highest for tally in tallies if tally.highest is not None], default=None),
    )


def offered(
    tally: Tally,
    chosen: Chosen,
    categories: Iterable[tuple[str, str]],
    names: Mapping[tuple[str, str], str],
    before: Facets = NO_FACETS,
) -> Facets:
    """The facets to show. `categories` are slugs and names in the shop's order, `names` the words for (option, "") and
    (option, value). What was there `before` anything was chosen stays where it is, even with nothing left of it, as long as
    it takes no place from what something is left of."""
    counted = {maker: count for maker, count in tally.makers.items() if count}
    makers = _most(_without_any(before.makers) | counted, chosen.makers)
    there = {facet.value for facet in before.categories}.union(chosen.categories)
    return Facets(
        categories=tuple(
            Facet(slug, name, tally.categories[slug], slug in chosen.categories)
            for slug, name in categories
            if tally.categories[slug] or slug in there
        ),
        makers=tuple(Facet(maker, maker, tally.makers[maker], maker in chosen.makers) for maker in sorted(makers)),
        options=_ways(tally, dict(chosen.options), names, before.options),
        in_stock=tally.in_stock,
        lowest_price=tally.lowest,
        highest_price=tally.highest,
    )


def shown(chosen: Chosen, option: str, variants: Sequence[tuple[str, int, bool]]) -> int:
    """Which variant a card shows: the first of those left that can be bought, else the first left, else as if nothing
    were chosen. A variant is its value, its price in minor units, and whether it can be bought."""
    left = range(len(variants))
    if chosen.of_variants:
        fit = suiting(chosen, option, variants)
        left = fit or left  # type: ignore[assignment]
    return next((place for place in left if variants[place][2]), left[0])


def suiting(chosen: Chosen, option: str, variants: Sequence[tuple[str, int, bool]]) -> list[int]:
    """The places of the variants that are left."""
    low = 0 if chosen.price_min is None else chosen.price_min
    high = chosen.price_max
    found = []
    apart = options.attributes(option, tuple([value for value, _, _ in variants])) if chosen.options else None
    for place, (_, price, available) in enumerate(variants):
        if price < low or (high is not None and price > high) or (chosen.in_stock and not available):
            continue
        if apart is not None:
            has = {attribute.option: attribute.value for attribute in apart[place]}
            if any(has.get(key) not in values for key, values in chosen.options):
                continue
        found.append(place)
    return found


def _ways(
    tally: Tally,
    chosen: Mapping[str, tuple[str, ...]],
    names: Mapping[tuple[str, str], str],
    before: Sequence[Way],
) -> tuple[Way, ...]:
    """The options that most of what is left has, and every one of which a value is chosen."""
    by_option: dict[str, dict[str, int]] = {way.option: _without_any(way.facets) for way in before}
    for (option, value), count in tally.values.items():
        if count:
            by_option.setdefault(option, {})[value] = count
    for option, values in chosen.items():
        by_option[option] = dict.fromkeys(values, 0) | by_option.get(option, {})
    common = sorted(by_option, key=lambda option: (-sum(by_option[option].values()), option))
    worth = {option for option in common if option in chosen or len(by_option[option]) > 1}
    most = [option for option in common if option in worth][:MAX_WAYS]
    # In an order that counts don't change, colour first.
    found = sorted({*most, *chosen}, key=lambda option: (option != options.COLOUR, option))
    return tuple(_way(option, by_option[option], chosen.get(option, ()), names) for option in found)


def _way(option: str, counts: Mapping[str, int], chosen: Sequence[str], names: Mapping[tuple[str, str], str]) -> Way:
    ordered = sorted(_most(counts, chosen), key=lambda value: options.value_order(option, value))
    return Way(
        option=option,
        name=names.get((option, ""), option),
        facets=tuple(
            Facet(value, names.get((option, value), value), counts[value], value in chosen) for value in ordered
        ),
    )


def _without_any(facets: Sequence[Facet]) -> dict[str, int]:
    """The values with nothing left of them."""
    return dict.fromkeys([facet.value for facet in facets], 0)


def _most(counts: Mapping[str, int], chosen: Sequence[str]) -> list[str]:
    """Those that were chosen, and the commonest."""
    fewer = sorted(counts, key=lambda value: (value not in chosen, -counts[value], value))[:MAX_VALUES]
    return list(dict.fromkeys([*chosen, *fewer]))
