"""A shelf: one category's variants as rows of bits, so that narrowing and counting are a few operations on integers.

Every variant has a slot; the slots of a product lie side by side, and one more above them, its guard, is free. So sums work on
all products at once: a set of variants plus all slots carries into the guards of just those products that have one in the
set, which counts products; less the first slots, it borrows the first variant of each.
"""

from array import array
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import NamedTuple

from shop.catalogue import Order
from shop.facets import Chosen, Tally
from shop.options import Attribute
from storage.search.bits import Codes, Numbers, row_where, slots_in

COUNTED_VALUES = 64
"""Values of an option, and makers, that are counted: those that most products have. Of few products all makers are."""

FEW = 2_048
"""Products that are looked at one by one; of more, rows of bits select those that a page needs."""

REMEMBERED = 256
"""Answers that a shelf remembers until something on it changes."""

MAX_VARIANTS = 4_095
"""Variants of a product that a shelf looks at."""

_WIDTH_BITS = 12
_LARGEST = 2**32 - 1
_DEAD, _FIRST, _FURTHER, _GUARD = range(4)


Attributes = tuple[tuple[Attribute, ...], ...]


class Narrowed(NamedTuple):
    """What is left of a shelf: its variants, its products (by their guards), and what was counted."""

    variants: int
    products: int
    tally: Tally


class Shelf:
    """The products of one category. Row numbers are those of the books; prices are in minor units."""

    def __init__(self) -> None:
        self._places: dict[int, int] = {}
        self._kinds = bytearray()
        self._buyable = bytearray()
        self._ids = array("I")
        self._prices, self._loved, self._added = Numbers(), Numbers(), Numbers()
        self._makers = Codes()
        self._options: dict[str, Codes] = {}
        self._made = 0
        self._slots = self._guards = self._firsts = self._available = 0
        self._dropped: list[tuple[int, int]] = []
        self._dead = 0
        self._answers: OrderedDict[Chosen, Narrowed] = OrderedDict()

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, product: int) -> bool:
        return product in self._places

    # What changes -----------------------------------------------------------------------------------------------------

    def put(
        self,
        product: int,
        popularity: int,
        added: int,
        maker: str,
        variants: Sequence[tuple[int, bool]],
        attributes: Attributes,
    ) -> None:
        """Adds a product in place of what was known of it. `added` in seconds since 1970; a variant is its price and
        whether it can be bought, with its attributes."""
        self.drop(product)
        variants = variants[:MAX_VARIANTS]
        width, low = len(variants), len(self._kinds)
        self._places[product] = low << _WIDTH_BITS | width
        self._kinds += bytes([_FIRST, *[_FURTHER] * (width - 1), _GUARD])
        self._buyable += bytes([*[available for _, available in variants], 0])
        self._prices.values.extend([*[price for price, _ in variants], 0])
        for numbers, value in ((self._ids, product), (self._loved.values, popularity), (self._added.values, added)):
            numbers.extend(_nothing(width))
            numbers.append(min(max(0, value), _LARGEST))
        self._makers.repeat(maker, width + 1)
        self._extend_options(low, attributes[:width])
        self._answers.clear()

    def drop(self, product: int) -> None:
        """Takes a product away; an unknown one is fine."""
        place = self._places.pop(product, None)
        if place is None:
            return
        low, width = place >> _WIDTH_BITS, place & MAX_VARIANTS
        self._kinds[low : low + width + 1] = bytes(width + 1)
        self._dead += width + 1
        if low < self._made:
            self._dropped.append((low, width))
        self._answers.clear()

    def move(self, product: int, rank: int, *, available: bool) -> None:
        """Says whether the product's variant of this rank can be bought."""
        slot = self._slot(product, rank)
        if slot is not None and bool(self._buyable[slot]) != available:
            self._buyable[slot] = available
            if slot < self._made:
                self._available ^= 1 << slot
            self._answers.clear()

    def reprice(self, product: int, rank: int, price: int) -> None:
        slot = self._slot(product, rank)
        if slot is not None:
            self._prices.put(slot, price)
            self._answers.clear()

    def forget(self) -> None:
        """Forgets every answer that is remembered."""
        self._answers.clear()

    @property
    def slots(self) -> int:
        return len(self._kinds)

    def anew(self) -> "Shelf":
        """The same products on a shelf without waste."""
        fresh = Shelf()
        for product, place in self._places.items():
            low, guard = place >> _WIDTH_BITS, (place >> _WIDTH_BITS) + (place & MAX_VARIANTS)
            attributes = tuple(
                tuple(
                    Attribute(key, word) for key, codes in self._options.items() if (word := codes.at(slot)) is not None
                )
                for slot in range(low, guard)
            )
            sides = [(self._prices.values[slot], bool(self._buyable[slot])) for slot in range(low, guard)]
            loved, added = self._loved.values[guard], self._added.values[guard]
            fresh.put(product, loved, added, self._makers.at(guard) or "", sides, attributes)
        return fresh

    def warm(self) -> None:
        """Makes the rows of bits that nearly every question needs, so that none has to wait for them."""
        found = self.narrowed(Chosen())
        for order in Order:
            self.first(found, order, 1)

    @property
    def wasted(self) -> float:
        """The share of its slots that nothing lies in any more."""
        return self._dead / max(1, len(self._kinds))

    # What is asked ----------------------------------------------------------------------------------------------------

    def narrowed(self, chosen: Chosen, within: Collection[int] | None = None) -> Narrowed:
        """What these choices leave, of the whole shelf or of products that lie on it. Categories are not looked at."""
        if within is None and (known := self._answers.get(chosen)) is not None:
            self._answers.move_to_end(chosen)
            return known
        self._grow()
        found = self._narrowed(chosen, self._slots if within is None else self._slots_of(within))
        if within is None:
            self._answers[chosen] = found
            if len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
        return found

    def ids(self, products: int) -> list[int]:
        """The row numbers of products that `narrowed` found."""
        return [self._ids[slot] for slot in slots_in(products)]

    def parted(self, found: Narrowed) -> tuple[Narrowed, Narrowed]:
        """What is left, as what can be bought and what can't."""
        there = self._products(found.variants & self._available)
        return found._replace(products=there), found._replace(products=found.products ^ there)

    def first(self, found: Narrowed, order: Order, count: int) -> list[tuple[int, int]]:
        """The first `count` products in this order, as what they are sorted by (rising) and a slot (signed, so that it sorts
        equals): as they were put, or the other way round."""
        if order in (Order.CHEAPEST, Order.DEAREST):
            numbers, row = self._prices, self._shown(found.variants)
        else:
            numbers, row = self._loved if order is Order.POPULAR else self._added, found.products
        falling = order is not Order.CHEAPEST
        slots: list[int]
        if row.bit_count() <= 2 * count:
            slots = list(slots_in(row))
        else:
            surely, equals = numbers.first(row, count, falling=falling)
            slots = list(slots_in(surely))
            slots += islice(slots_in(equals, falling=falling), count - len(slots))
        sign = -1 if falling else 1
        values = numbers.values
        return sorted([(sign * values[slot], sign * slot) for slot in slots])[:count]

    def at(self, slot: int) -> int:
        """The row number of the product in this slot, of whatever sign."""
        return self._ids[self._kinds.index(_GUARD, abs(slot))]

    # How --------------------------------------------------------------------------------------------------------------

    def _narrowed(self, chosen: Chosen, base: int) -> Narrowed:
        masks = self._masks(chosen, base)
        left = base
        for mask in masks.values():
            left &= mask

        def without(way: str) -> int:
            """What all the others leave."""
            if way not in masks:
                return left
            others = base
            for name, mask in masks.items():
                if name != way:
                    others &= mask
            return others

        products = self._products(left)
        in_stock = self._products(without("stock") & self._available)
        any_price = without("price")
        tally = Tally(
            total=products.bit_count(),
            categories=Counter(),
            makers=self._counted_makers(self._products(without("maker")), chosen.makers),
            values=self._counted_values(chosen, without),
            in_stock=in_stock.bit_count(),
            lowest=self._prices.lowest(any_price) if any_price else None,
            highest=self._prices.highest(any_price) if any_price else None,
        )
        return Narrowed(left, products, tally)

    def _masks(self, chosen: Chosen, base: int) -> dict[str, int]:
        """The slots that each way that was chosen leaves."""
        masks = {}
        if chosen.makers:
            masks["maker"] = _any_of([self._makers.of(maker) for maker in chosen.makers])
        if chosen.in_stock:
            masks["stock"] = self._available
        if chosen.price_min is not None or chosen.price_max is not None:
            low, high = chosen.price_min, chosen.price_max
            masks["price"] = base if low is None else self._prices.at_least(base, low)
            masks["price"] = masks["price"] if high is None else self._prices.at_most(masks["price"], high)
        for key, values in chosen.options:
            codes = self._options.get(key)
            masks[f"option {key}"] = 0 if codes is None else _any_of([codes.of(value) for value in values])
        return masks

    def _counted_values(self, chosen: Chosen, without: Callable[[str], int]) -> Counter[tuple[str, str]]:
        counted: Counter[tuple[str, str]] = Counter()
        slots, guards = self._slots, self._guards
        wanted = dict(chosen.options)
        for key, codes in self._options.items():
            others = without(f"option {key}")
            for value in _commonest(codes, wanted.get(key, ())):
                having = others & codes.of(value)
                if having:
                    counted[key, value] = (having + slots & guards).bit_count()
        return counted

    def _counted_makers(self, products: int, chosen: Sequence[str]) -> Counter[str]:
        few = products.bit_count() <= FEW and len(self._makers.uses) > COUNTED_VALUES
        if few or products.bit_count() < len(self._makers.uses):
            return self._makers.counted(products)
        found = {maker: (products & self._makers.of(maker)).bit_count() for maker in _commonest(self._makers, chosen)}
        return Counter({maker: count for maker, count in found.items() if count})

    def _products(self, variants: int) -> int:
        """The guards of the products that have one of these variants: only their sums carry."""
        return (variants + self._slots) & self._guards

    def _shown(self, variants: int) -> int:
        """Of each product the variant that its card shows: its first that can be bought, else its first."""
        buyable = variants & self._available
        others = self._products(variants) ^ self._products(buyable)
        return self._first_of(buyable) | self._first_of(variants & self._variants_of(others))

    def _first_of(self, variants: int) -> int:
        """The first of these variants of each product: a first slot taken away borrows no further than there."""
        return variants ^ (variants & ((variants | self._guards) - self._firsts))

    def _variants_of(self, guards: int) -> int:
        return self._marked([(self._kinds.rindex(_FIRST, 0, guard), guard) for guard in slots_in(guards)])

    def _slots_of(self, products: Collection[int]) -> int:
        places = [place for product in products if (place := self._places.get(product)) is not None]
        lows = [(place >> _WIDTH_BITS, place & MAX_VARIANTS) for place in places]
        return self._marked([(low, low + width) for low, width in lows])

    def _marked(self, ranges: Sequence[tuple[int, int]]) -> int:
        """The set of the slots in these ranges, each without its end."""
        if not ranges:
            return 0
        marks = bytearray(max([end for _, end in ranges]))
        for low, end in ranges:
            marks[low:end] = b"\1" * (end - low)
        return row_where(marks, 1)

    def _slot(self, product: int, rank: int) -> int | None:
        place = self._places.get(product)
        return None if place is None or rank >= place & MAX_VARIANTS else (place >> _WIDTH_BITS) + rank

    def _extend_options(self, low: int, attributes: Attributes) -> None:
        columns = _columns(attributes)
        for key in columns:
            if key not in self._options:
                self._options[key] = Codes(low)
        nothing = [None] * (len(attributes) + 1)
        for key, codes in self._options.items():
            codes.extend(columns.get(key, nothing))

    def _grow(self) -> None:
        """Takes what was put and dropped since the last question into the sets of all slots, guards and first slots."""
        if self._dropped:
            gone = ~self._marked([(low, low + width + 1) for low, width in self._dropped])
            self._slots &= gone
            self._guards &= gone
            self._firsts &= gone
            self._dropped.clear()
        if self._made < len(self._kinds):
            made, fresh = self._made, self._kinds[self._made :]
            firsts = row_where(fresh, _FIRST)
            self._slots |= (firsts | row_where(fresh, _FURTHER)) << made
            self._guards |= row_where(fresh, _GUARD) << made
            self._firsts |= firsts << made
            self._available |= row_where(self._buyable[made:], 1) << made
            self._made = len(self._kinds)


@cache
def _nothing(width: int) -> "array[int]":
    return array("I", [0]) * width


@lru_cache(maxsize=16_384)
def _columns(attributes: Attributes) -> dict[str, list[str | None]]:
    """By option, the value of each variant and none for their guard."""
    keys = dict.fromkeys([attribute.option for some in attributes for attribute in some])
    found: dict[str, list[str | None]] = {key: [None] * (len(attributes) + 1) for key in keys}
    for place, some in enumerate(attributes):
        for attribute in some:
            found[attribute.option][place] = attribute.value
    return found


def _any_of(rows: Sequence[int]) -> int:
    found = 0
    for row in rows:
        found |= row
    return found


def _commonest(codes: Codes, chosen: Sequence[str]) -> list[str]:
    """The words that are counted: those that are used most, and those that were chosen."""
    if len(codes.uses) <= COUNTED_VALUES:
        return list(codes.uses)
    return list(dict.fromkeys([*[word for word, _ in codes.uses.most_common(COUNTED_VALUES)], *chosen]))
