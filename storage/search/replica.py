"""The replica: fills the index from the books, follows the outbox, and answers keystrokes and pages from memory.

Register `hear` as a listener of the database first, then `load`, then keep `follow` running.
"""

import asyncio
import gc
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from msgspec import json

from shop.catalogue import Order
from shop.errors import SearchLoading, ShopError
from shop.events import CategoriesChanged, ProductChanged, Recorded, ShopfrontChanged, StockChanged
from shop.facets import EVERYTHING, NO_FACETS, Chosen, Results
from shop.ids import VariantId
from shop.search import Sort, Suggestion, parse
from shop.stock import PUBLIC_LIMIT, Level
from storage import catalogue
from storage.database import Database
from storage.search import documents
from storage.search.answers import Answers
from storage.search.documents import Document
from storage.search.index import Index
from storage.search.spelling import Spelling
from storage.search.words import Words, words_of

READ_PRODUCTS = 1_000
"""Products read from the books at once."""

REREAD_PRODUCTS = 200
"""Products read again at once: an import changes some hundreds a second, and reading them is work for the loop's thread, too."""

SLICE_PRODUCTS = 8
"""Products taken up before the loop gets its turn again: some milliseconds."""

RETRY_SECONDS = 1

SELDOM = (20_000, 10, 1_000_000)
"""How seldom Python looks for cycles in each generation of objects while the replica is filled."""

_log = logging.getLogger(__name__)
_encode = json.Encoder().encode


class Replica:
    """This process's own copy of what search needs. All but the first filling runs on the loop's thread."""

    def __init__(self, limit: int = PUBLIC_LIMIT) -> None:
        """`limit`: units up to which stock is told exactly."""
        self._limit = limit
        self._begun = False
        self._spelling = Spelling()
        self._index = Index()
        self._answers = Answers(self._index, self._spelling, limit)
        # Products to be read again, each with the number of the last news of it: what is heard while a product is being
        # read gives it a higher number, and it stays.
        self._stale: dict[str, int] = {}
        # Categories that were changed: products are found by their names, too.
        self._renamed: set[str] = set()
        self._news = 0
        self._loading = True
        self._something_stale = asyncio.Event()
        self._reading = asyncio.Lock()

    @property
    def stale(self) -> frozenset[str]:
        """Slugs of products that must be read again."""
        return frozenset(self._stale)

    @property
    def settled(self) -> bool:
        """Whether it answers from all that it has heard: nothing waits to be read again."""
        return not (self._loading or self._stale or self._renamed)

    @property
    def loaded(self) -> bool:
        """Whether the replica is filled. Until then it suggests nothing and knows nothing to narrow to."""
        return not self._loading

    def suggest(self, q: str) -> bytes:
        """The answer to a keystroke, a shop.search.Suggestion as JSON. Any text will do."""
        if self._loading:
            return _encode(Suggestion(parse(q).text, None, (), (), (), ()))
        return self._answers.suggested(q, _encode)

    def results(
        self, query: str, chosen: Chosen = EVERYTHING, *, sort: Sort = Sort.BEST, limit: int = 24, offset: int = 0
    ) -> Results:
        """A page of results, and what they can be narrowed to; an empty query finds everything. Raises SearchLoading."""
        if self._loading:
            raise SearchLoading("It takes a moment. The shelves are open meanwhile.", retry_seconds=RETRY_SECONDS)
        return self._answers.results(query, chosen, sort, limit, offset)

    async def prepare(self, chosen: Chosen) -> None:
        """Makes ready what narrowing the whole of a very large shop needs, some milliseconds at a time."""
        if not self._loading:
            await self._answers.prepare(chosen)

    def listed(
        self, category: str | None, chosen: Chosen, order: Order, *, limit: int = 24, offset: int = 0
    ) -> Results:
        """A page of a category, or of everything there is, in one of a listing's orders, and what it can be narrowed to."""
        if self._loading:
            return Results(0, (), NO_FACETS)
        return self._answers.listed(category, chosen, order, limit, offset)

    @property
    def names(self) -> Mapping[tuple[str, str], str]:
        """The words for every (option, "") and (option, value) that something in the shop has."""
        return self._index.names

    def knows(self, way: str, value: str) -> bool:
        """Whether something could be narrowed to this: a category, a maker, or a value of an option."""
        if self._loading:
            return False
        if way == "category":
            return value in self._answers.categories
        return value in self._index.of_maker if way == "maker" else (way, value) in self._index.names

    def hear(self, recorded: Sequence[Recorded], /) -> None:
        """Follows a commit: stock and prices at once; words, new and removed products when they are read again."""
        levels: dict[VariantId, Level] = {}
        for position, event in recorded:
            if isinstance(event, StockChanged):
                levels[event.variant] = Level(event.on_hand, event.held, position, event.backorder)
                if self._loading or event.product in self._stale:
                    self._read_again(event.product)
            elif isinstance(event, ProductChanged):
                self._hear_product(event)
            elif isinstance(event, CategoriesChanged):
                self._renamed.add(event.category)
                self._something_stale.set()
            elif isinstance(event, ShopfrontChanged):
                self._answers.currency = event.standing.currency
        if not self._loading:
            for variant, level in levels.items():
                self._index.move_stock(variant, level)

    def _hear_product(self, event: ProductChanged) -> None:
        self._read_again(event.product)
        if self._loading:
            return
        if event.state is None:
            self._index.drop(event.product)
            return
        for offer in event.state.variants:
            self._index.reprice(offer.id, offer.price)

    async def load(self, db: Database) -> None:
        """Fills the replica from the books. Raises Unavailable.

        What is read is taken up in a thread, which has the index to itself until it is whole; what happens
        meanwhile is read again.
        """
        if self._begun:
            # A filling that failed half-way is begun anew.
            self._index.close()
            self._index, self._spelling = Index(), Spelling()
            self._answers = Answers(self._index, self._spelling, self._limit)
        self._begun = True
        self._answers.currency = await db.read(catalogue.currency)
        known = self._answers.categories = dict(await db.read(documents.categories))
        after = 0
        with _seldom_collecting():
            while found := await db.read(documents.documents, after, READ_PRODUCTS):
                await asyncio.to_thread(_fill, self._index, self._spelling, found, known)
                after = found[-1].id
            await asyncio.to_thread(_finish, self._index, self._spelling)
        self._loading = False
        await self.refresh(db)

    async def refresh(self, db: Database) -> None:
        """Reads the stale products again. What it couldn't read stays stale. Raises Unavailable."""
        async with self._reading:
            self._answers.categories = dict(await db.read(documents.categories))
            self._take_names()
            waiting = list(self._stale.items())
            for start in range(0, len(waiting), REREAD_PRODUCTS):
                await self._reread(db, dict(waiting[start : start + REREAD_PRODUCTS]))

    def _take_names(self) -> None:
        """Has the products of changed categories read again."""
        for category in self._renamed:
            for product in self._index.slugs_in(category):
                self._read_again(product)
        self._renamed.clear()

    async def follow(self, db: Database) -> None:
        """Refreshes whenever something is stale, until cancelled; while the books are unavailable it tries again."""
        while True:
            await self._something_stale.wait()
            self._something_stale.clear()
            try:
                await self.refresh(db)
            except ShopError as error:
                _log.warning("search: the catalogue could not be read: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
                self._something_stale.set()

    def forget(self) -> None:
        """Forgets every answer that is remembered, for who measures what making one costs."""
        self._answers.forget()
        for shelf in self._index.shelves.values():
            shelf.forget()

    def close(self) -> None:
        self._index.close()

    async def _reread(self, db: Database, waiting: dict[str, int]) -> None:
        found = await db.read(documents.documents_of, waiting)
        for slug in waiting.keys() - {document.slug for document in found if document.variants}:
            self._index.drop(slug)
        worded = _worded(found, self._answers.categories)
        for start in range(0, len(worded), SLICE_PRODUCTS):
            some = worded[start : start + SLICE_PRODUCTS]
            self._index.put(some)
            for document, words in some:
                self._spelling.learn(_raw(document, self._answers.categories), words.spelt)
            await asyncio.sleep(0)
        for slug, number in waiting.items():
            if self._stale.get(slug) == number:
                del self._stale[slug]

    def _read_again(self, product: str) -> None:
        self._news += 1
        self._stale[product] = self._news
        self._something_stale.set()


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Has Python look for cycles seldom, and never among all objects: filling makes many objects and no cycle, and a full round
    held up the loop for a tenth of a second and more, again and again."""
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _fill(index: Index, spelling: Spelling, found: Sequence[Document], categories: Mapping[str, str]) -> None:
    worded = _worded(found, categories)
    index.fill(worded)
    for document, words in worded:
        spelling.read(_raw(document, categories), words.spelt)


def _finish(index: Index, spelling: Spelling) -> None:
    index.finish()
    spelling.finish()


def _worded(found: Sequence[Document], categories: Mapping[str, str]) -> list[tuple[Document, Words]]:
    return [(one, words_of(one, categories.get(one.category, ""))) for one in found if one.variants]


def _raw(document: Document, categories: Mapping[str, str]) -> str:
    values = " ".join([variant.value for variant in document.variants])
    category = categories.get(document.category, "")
    return f"{document.name} {values} {document.maker} {category} {document.keywords} {document.about}"
