"""Answers: suggestions for a keystroke and pages of results, and a better spelling where nothing is found."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from shop import search, stock
from shop.money import Money
from shop.search import Filters, Hit, Query, Results, Sort, Suggested, SuggestedCategory, SuggestedMaker, Suggestion
from storage.search.index import Choice, Index
from storage.search.spelling import Spelling

MAX_RESULTS = 1_000
"""Hits that a results page looks through, the most popular."""

RANKED_RESULTS = 256
"""Hits of a results page that are weighed by how well they match; the others follow by popularity."""

_FEW_HITS = 3
_MAKERS_FROM_HITS = 20
_MANY_MORE = 4
"""A better spelling is offered for words with few hits if it finds this many times as much."""

_folded = lru_cache(4_096)(search.fold)


class Understood(NamedTuple):
    """What a query was taken for: the words that were looked for, and their hits by popularity."""

    words: tuple[str, ...]
    hits: list[Hit]
    did_you_mean: str | None = None
    instead: bool = False


class Answers:
    """`categories` are names by slug, in the shop's order; `limit` is the units up to which stock is told exactly."""

    def __init__(self, index: Index, spelling: Spelling, limit: int) -> None:
        self.categories: dict[str, str] = {}
        self.currency = ""
        self._index = index
        self._spelling = spelling
        self._limit = limit

    def suggest(self, typed: str) -> Suggestion:
        query = search.parse(typed)
        found = self._understood(query, search.RANKED_HITS, finished=False)
        hits = search.ranked(found.words, found.hits) if found.words else found.hits
        return Suggestion(
            q=query.text,
            did_you_mean=found.did_you_mean,
            completions=[self._spelling.shown(words) for words in search.completions(found.words, hits)],
            products=[self._suggested(found.words, hit) for hit in hits[: search.MAX_PRODUCTS]],
            categories=self._suggested_categories(query, found.words, hits),
            makers=self._suggested_makers(found.words, hits),
        )

    def results(self, typed: str, filters: Filters, sort: Sort, limit: int, offset: int) -> Results:
        query = search.parse(typed)
        # One more than is shown tells whether there are more.
        found = self._understood(query, MAX_RESULTS + 1, finished=True)
        hits = found.hits[:MAX_RESULTS]
        kept, facets = search.narrow(hits, filters, list(self.categories.items()))
        ordered = search.in_order(found.words, kept, sort, RANKED_RESULTS)
        return Results(
            total=len(kept),
            slugs=[hit.slug for hit in ordered[offset : offset + limit]],
            facets=facets,
            did_you_mean=found.did_you_mean,
            instead=found.instead,
            capped=len(found.hits) > MAX_RESULTS,
        )

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
        """The likeliest reading whose words occur together in at least so many products."""
        for reading in self._spelling.readings(words):
            if self._index.count(reading.words, at_least) >= at_least:
                return reading.words
        return None

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

        def fitness(choice: Choice) -> tuple[int, bool]:
            own = f" {choice.words}"
            return sum(f" {word}" in own for word in words), choice.level.available > 0

        return max(self._index.choices(search.product_at(hit.place)), key=fitness)

    def _suggested_categories(self, query: Query, words: Sequence[str], hits: Sequence[Hit]) -> list[SuggestedCategory]:
        """Those that the words name, then those that most hits are in; for an empty query the first of the shop."""
        counts = self._index.in_category
        if query.text:
            named = [slug for slug, name in self.categories.items() if words and search.matching(words, _folded(name))]
            common = [slug for slug, _ in Counter(hit.category for hit in hits).most_common()]
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
        named = [maker for maker in makers if search.matching(words, _folded(maker))]
        return [SuggestedMaker(maker, self._index.of_maker[maker]) for maker in named[: search.MAX_MAKERS]]
