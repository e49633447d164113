"""Answers: suggestions for a keystroke and pages of results, and a better spelling where nothing is found."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from itertools import groupby
from operator import attrgetter, is_, itemgetter
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from shop import facets, search, stock
from shop.catalogue import Order
from shop.facets import EVERYTHING, NO_FACETS, Chosen, Facets, Results, Tally
from shop.money import Money
from shop.search import Hit, Query, Sort, Suggested, SuggestedCategory, SuggestedMaker, Suggestion
from storage.search.index import Choice, Index
from storage.search.shelf import Narrowed, Shelf
from storage.search.spelling import Spelling
from storage.search.words import fold

MAX_RESULTS = 1_000
"""Hits that a results page looks through, the most popular."""

RANKED_RESULTS = 256
"""Hits of a results page that are weighed by how well they match; the others follow by popularity."""

REMEMBERED_SUGGESTIONS = 4_096
"""Suggestions that are remembered, of some kilobyte each, until something in them changes."""

REMEMBERED_SUMS = 512
"""Sums of tallies, and pages of results, that are remembered before all are forgotten."""

MANY_SLOTS = 50_000
"""A shelf this large takes about a millisecond to count."""

_FEW_HITS = 3
_MAKERS_FROM_HITS = 20
_MANY_MORE = 4
"""A better spelling is offered for words with few hits if it finds this many times as much."""

_WEIGHED_HITS = 256
"""Readings that find this many are equal."""

_ORDERS = {Sort.CHEAPEST: Order.CHEAPEST, Sort.DEAREST: Order.DEAREST, Sort.NEWEST: Order.NEWEST}


class Understood(NamedTuple):
    """What a query was taken for: the words that were looked for, and their hits by popularity."""

    words: tuple[str, ...]
    hits: list[Hit]
    did_you_mean: str | None = None
    instead: bool = False


class Sum(Struct):
    """Tallies of shelves, added up, and the facets that were made of the sum."""

    tallies: list[Tally]
    sum: Tally
    facets: Facets | None = None


class Answers:
    """`categories` are names by slug, in the shop's order; `limit` is the units up to which stock is told exactly."""

    def __init__(self, index: Index, spelling: Spelling, limit: int) -> None:
        self._categories: dict[str, str] = {}
        self.currency = ""
        self._index = index
        self._spelling = spelling
        self._limit = limit
        self._remembered: dict[str, bytes] = {}
        self._showing: dict[int, set[str]] = {}
        self._sums: dict[tuple[str | None, Chosen], Sum] = {}
        self._results: dict[tuple[str, Chosen, Sort, int, int], Results] = {}
        # What the results of a query offer before anything is chosen.
        self._before: dict[str, Facets] = {}
        index.changed = self._forget

    @property
    def categories(self) -> dict[str, str]:
        return self._categories

    @categories.setter
    def categories(self, found: dict[str, str]) -> None:
        if found != self._categories:
            self._categories = found
            self._sums.clear()
            self._forget(None)

    def suggested(self, typed: str, encode: Callable[[Suggestion], bytes]) -> bytes:
        """The suggestion, encoded: remembered from before, if nothing in it has changed."""
        query = search.parse(typed)
        known = self._remembered.get(query.text)
        if known is None:
            if len(self._remembered) >= REMEMBERED_SUGGESTIONS:
                self._forget(None)
            answer, shown = self._suggestion(query)
            known = self._remembered[query.text] = encode(answer)
            for product in shown:
                self._showing.setdefault(product, set()).add(query.text)
        return known

    def results(self, typed: str, chosen: Chosen, sort: Sort, limit: int, offset: int) -> Results:
        """A page of results, remembered until anything at all changes."""
        query = search.parse(typed)
        if not query.text:
            return self._everything(chosen, sort, limit, offset)
        asked = (query.text, chosen, sort, limit, offset)
        known = self._results.get(asked)
        if known is None:
            if len(self._results) >= REMEMBERED_SUMS:
                self._forget_results()
            known = self._results[asked] = self._found(query, chosen, sort, limit, offset)
        return known

    def _found(self, query: Query, chosen: Chosen, sort: Sort, limit: int, offset: int) -> Results:
        # One more than is looked through tells whether there are more.
        found = self._understood(query, MAX_RESULTS + 1, finished=True)
        hits = found.hits[:MAX_RESULTS]
        left, tally = self._narrowed(chosen, hits)
        if sort is Sort.BEST:
            ids = self._left(left)
            kept = hits if len(ids) == len(hits) else [hit for hit in hits if search.product_at(hit.place) in ids]
            ordered = search.in_order(found.words, kept, RANKED_RESULTS)
            page = [search.product_at(hit.place) for hit in ordered[offset : offset + limit]]
        else:
            page = _page(left, _ORDERS[sort], limit, offset)
        return Results(
            total=tally.total,
            ids=page,
            facets=self._narrowed_facets(query.text, hits, chosen, tally),
            did_you_mean=found.did_you_mean,
            instead=found.instead,
            capped=len(found.hits) > MAX_RESULTS,
        )

    def _everything(self, chosen: Chosen, sort: Sort, limit: int, offset: int) -> Results:
        """What is sold out comes last in the usual order."""
        left, tally = self._narrowed(chosen, None)
        if sort is not Sort.BEST:
            page = _page(left, _ORDERS[sort], limit, offset)
        else:
            parts = [(shelf, *shelf.parted(found)) for shelf, found in left]
            page = _page([(shelf, there) for shelf, there, _ in parts], Order.POPULAR, limit, offset)
            if len(page) < limit:
                further = max(0, offset - sum([there.products.bit_count() for _, there, _ in parts]))
                page += _page([(shelf, gone) for shelf, _, gone in parts], Order.POPULAR, limit - len(page), further)
        return Results(
            total=tally.total,
            ids=page,
            facets=self._offered(None, chosen, tally),
        )

    def listed(self, category: str | None, chosen: Chosen, order: Order, limit: int, offset: int) -> Results:
        """A page of a category, or of everything, in one of a listing's orders."""
        left, tally = self._narrowed(chosen, None, category)
        return Results(
            total=tally.total,
            ids=_page(left, order, limit, offset) if limit else (),
            facets=self._offered(category, chosen, tally),
        )

    async def prepare(self, chosen: Chosen) -> None:
        """Counts the large shelves one by one, the loop having its turn between them, so that counting all of them finds
        them counted."""
        rest = replace(chosen, categories=()) if chosen.categories else chosen
        for shelf in list(self._index.shelves.values()):
            if shelf.slots > MANY_SLOTS:
                for some in dict.fromkeys([rest, EVERYTHING]):
                    shelf.narrowed(some)
                    await asyncio.sleep(0)

    def _narrowed(
        self, chosen: Chosen, hits: Sequence[Hit] | None, category: str | None = None
    ) -> tuple[list[tuple[Shelf, Narrowed]], Tally]:
        """What is left on each shelf, and what was counted on all. Categories count what all but they leave."""
        rest = replace(chosen, categories=()) if chosen.categories else chosen
        shelves = self._index.shelves
        lying: dict[str, Collection[int] | None] = dict.fromkeys(shelves if category is None else (category,))
        if hits is not None:
            on_shelf: dict[str, list[int]] = {}
            for hit in hits:
                on_shelf.setdefault(hit.category, []).append(search.product_at(hit.place))
            lying = dict(on_shelf)
        left, tallies, in_category = [], [], Counter[str]()
        for slug, within in lying.items():
            shelf = shelves.get(slug)
            if shelf is None:
                continue
            found = shelf.narrowed(rest, within)
            in_category[slug] = found.tally.total
            if not chosen.categories or slug in chosen.categories:
                left.append((shelf, found))
                tallies.append(found.tally)
        if hits is not None:
            return left, replace(facets.added_up(tallies), categories=in_category)
        # Shelves that have not changed answer with the very tallies of before, which were added up before.
        before = self._sums.get((category, chosen))
        if before is not None and _same(before.tallies, tallies) and before.sum.categories == in_category:
            return left, before.sum
        if len(self._sums) >= REMEMBERED_SUMS:
            self._sums.clear()
        total = replace(facets.added_up(tallies), categories=in_category)
        self._sums[category, chosen] = Sum(tallies, total)
        return left, total

    def _offered(self, category: str | None, chosen: Chosen, tally: Tally) -> Facets:
        """The facets to show, remembered with the sum that they come from."""
        known = self._sums.get((category, chosen))
        if known is None or known.sum is not tally or known.facets is None:
            before = NO_FACETS
            if chosen != EVERYTHING:
                _, whole = self._narrowed(EVERYTHING, None, category)
                before = self._offered(category, EVERYTHING, whole)
            made = self._facets(tally, chosen, before)
            # Counting the whole may have made room among the sums.
            known = self._sums.get((category, chosen))
            if known is None or known.sum is not tally:
                return made
            known.facets = made
        return known.facets

    def _narrowed_facets(self, text: str, hits: Sequence[Hit], chosen: Chosen, tally: Tally) -> Facets:
        """The facets of results; those of all the hits are remembered, for what is chosen next."""
        before = self._before.get(text)
        if before is None:
            whole = tally if chosen == EVERYTHING else self._narrowed(EVERYTHING, hits)[1]
            before = self._before[text] = self._facets(whole, EVERYTHING)
        return before if chosen == EVERYTHING else self._facets(tally, chosen, before)

    def _facets(self, tally: Tally, chosen: Chosen, before: Facets = NO_FACETS) -> Facets:
        return facets.offered(tally, chosen, self.categories.items(), self._index.names, before)

    @staticmethod
    def _left(left: Sequence[tuple[Shelf, Narrowed]]) -> set[int]:
        return {product for shelf, found in left for product in shelf.ids(found.products)}

    def _understood(self, query: Query, limit: int, *, finished: bool) -> Understood:
        """Words with few hits are doubted only when they are `finished`: while somebody types, they become others."""
        if not query.text:
            return Understood((), self._index.popular(limit))
        if not query.words:
            return Understood((), [])
        hits = self._index.find(query.words, limit)
        if hits and not (finished and len(hits) < _FEW_HITS and self._unfinished(query.words)):
            return Understood(query.words, hits)
        meant = self._meant(query.words, at_least=max(1, _MANY_MORE * len(hits)))
        if meant is None and not hits:
            meant = next((some for some in self._spelling.shorter(query.words) if self._index.count(some, 1)), None)
        if meant is None:
            return Understood(query.words, hits)
        shown = self._spelling.shown(meant)
        if hits:
            return Understood(query.words, hits, shown)
        return Understood(meant, self._index.find(meant, limit), shown, instead=True)

    def _unfinished(self, words: Sequence[str]) -> bool:
        """Whether one of them only begins a known word. (SKUs are not known words.)"""
        return any(self._spelling.knows(word) and not self._spelling.has(word) for word in words)

    def _meant(self, words: Sequence[str], at_least: int) -> tuple[str, ...] | None:
        """The reading with the fewest edits whose words occur together in at least so many products; between equals the one
        that finds most, for words that belong together are likelier than words that are common."""
        for _, equals in groupby(self._spelling.readings(words), key=attrgetter("edits")):
            found = [(self._index.count(one.words, _WEIGHED_HITS), one.words) for one in equals]
            most, meant = max(found, key=itemgetter(0))
            if most >= at_least:
                return meant
        return None

    # Suggestions ------------------------------------------------------------------------------------------------------

    def _suggestion(self, query: Query) -> tuple[Suggestion, list[int]]:
        """The answer, and the products that it shows."""
        found = self._understood(query, search.RANKED_HITS, finished=False)
        hits = search.ranked(found.words, found.hits) if found.words else found.hits
        shown = hits[: search.MAX_PRODUCTS]
        answer = Suggestion(
            q=query.text,
            did_you_mean=found.did_you_mean,
            completions=[self._spelling.shown(words) for words in search.completions(found.words, hits)],
            products=[self._suggested(found.words, hit) for hit in shown],
            categories=self._suggested_categories(query, found.words, hits),
            makers=self._suggested_makers(found.words, hits),
        )
        return answer, [search.product_at(hit.place) for hit in shown]

    def _suggested(self, words: Sequence[str], hit: Hit) -> Suggested:
        choice = self._choice(words, hit)
        return Suggested(
            slug=hit.slug,
            name=hit.name,
            value=choice.value,
            image=choice.image,
            price=Money(choice.price, self.currency),
            variant=choice.id,
            stock=stock.public(choice.level, self._limit),
        )

    def _choice(self, words: Sequence[str], hit: Hit) -> Choice:
        """The variant that most of the words speak of; between equals the first that can be bought."""
        choices = self._index.choices(search.product_at(hit.place))
        begun = [f" {word}" for word in words]

        def fitness(choice: Choice) -> tuple[int, bool]:
            own = f" {choice.words}"
            return sum([word in own for word in begun]), choice.level.orderable > 0

        return max(choices, key=fitness)

    def _suggested_categories(self, query: Query, words: Sequence[str], hits: Sequence[Hit]) -> list[SuggestedCategory]:
        """Those that the words name, then those that most hits are in; for an empty query the first of the shop."""
        counts = self._index.in_category
        if query.text:
            begun = search.beginnings(words)
            named = [slug for slug, name in self.categories.items() if words and search.matching(begun, fold(name))]
            common = [slug for slug, _ in Counter([hit.category for hit in hits]).most_common()]
            slugs = dict.fromkeys(named + common)
        else:
            slugs = dict.fromkeys(self.categories)
        found = [SuggestedCategory(slug, self.categories[slug], counts[slug]) for slug in slugs if counts[slug]]
        return found[: search.MAX_CATEGORIES]

    def _suggested_makers(self, words: Sequence[str], hits: Sequence[Hit]) -> list[SuggestedMaker]:
        """Makers of hits whose names have all the words."""
        if not words:
            return []
        makers = dict.fromkeys([hit.maker for hit in hits[:_MAKERS_FROM_HITS]])
        begun = search.beginnings(words)
        named = [maker for maker in makers if search.matching(begun, fold(maker))]
        return [SuggestedMaker(maker, self._index.of_maker[maker]) for maker in named[: search.MAX_MAKERS]]

    def forget(self) -> None:
        """Forgets every answer that is remembered."""
        self._forget(None)
        self._sums.clear()

    def _forget_results(self) -> None:
        self._results.clear()
        self._before.clear()

    def _forget(self, product: int | None) -> None:
        """Forgets all results, and the suggestions that show this product; of None, all."""
        self._forget_results()
        if product is None:
            self._remembered.clear()
            self._showing.clear()
        else:
            for text in self._showing.pop(product, ()):
                self._remembered.pop(text, None)


def _same(some: Sequence[Tally], others: Sequence[Tally]) -> bool:
    return len(some) == len(others) and all(map(is_, some, others))


def _page(left: Sequence[tuple[Shelf, Narrowed]], order: Order, limit: int, offset: int) -> list[int]:
    """The row numbers of one page of what is left on the shelves."""
    found = [
        (key, slot, number)
        for number, (shelf, narrowed) in enumerate(left)
        if narrowed.products
        for key, slot in shelf.first(narrowed, order, offset + limit)
    ]
    if len(left) > 1:
        found.sort()
    return [left[number][0].at(slot) for _, slot, number in found[offset : offset + limit]]
