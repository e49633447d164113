"""The replica: fills the index from the books, follows the outbox, and answers keystrokes and pages from memory.

Register `hear` as a listener of the database first, then `load`, then keep `follow` running.
"""

import asyncio
import logging
from collections.abc import Sequence

from msgspec import json

from shop.errors import ShopError
from shop.events import CategoriesChanged, ProductChanged, Recorded, StockChanged
from shop.ids import VariantId
from shop.search import Filters, Results, Sort
from shop.stock import PUBLIC_LIMIT, Level
from storage import catalogue
from storage.database import Database
from storage.search import documents
from storage.search.answers import Answers
from storage.search.documents import Document
from storage.search.index import Index
from storage.search.spelling import Spelling

READ_PRODUCTS = 500
"""Products read from the books at once."""

SLICE_PRODUCTS = 8
"""Products taken up before the loop gets its turn again: a few milliseconds."""

RETRY_SECONDS = 1.0

_log = logging.getLogger(__name__)
_encode = json.Encoder().encode


class Replica:
    """This process's own copy of what search needs. Everything here runs on the loop's thread."""

    def __init__(self, limit: int = PUBLIC_LIMIT) -> None:
        """`limit`: units up to which stock is told exactly."""
        self._index = Index()
        self._spelling = Spelling()
        self._answers = Answers(self._index, self._spelling, limit)
        # Products to be read again, each with the number of the last news of it: what is heard while a product is being
        # read gives it a higher number, and it stays.
        self._stale: dict[str, int] = {}
        self._news = 0
        self._loading = False
        self._something_stale = asyncio.Event()
        self._reading = asyncio.Lock()

    @property
    def stale(self) -> frozenset[str]:
        """Slugs of products that must be read again."""
        return frozenset(self._stale)

    def suggest(self, q: str) -> bytes:
        """The answer to a keystroke, a shop.search.Suggestion as JSON. Any text will do."""
        return _encode(self._answers.suggest(q))

    def results(  # noqa: PLR0913  A search has this many sides, each with a name.
        self,
        query: str,
        *,
        category: str | None = None,
        in_stock: bool = False,
        price_min: int | None = None,
        price_max: int | None = None,
        maker: str | None = None,
        sort: Sort = Sort.BEST,
        limit: int = 24,
        offset: int = 0,
    ) -> Results:
        """A page of results. Prices are in minor units, both ends included; an empty query finds everything."""
        filters = Filters(category, in_stock, price_min, price_max, maker)
        return self._answers.results(query, filters, sort, limit, offset)

    def hear(self, recorded: Sequence[Recorded], /) -> None:
        """Follows a commit: stock and prices at once; words, new and removed products when they are read again."""
        levels: dict[VariantId, Level] = {}
        for position, event in recorded:
            if isinstance(event, StockChanged):
                levels[event.variant] = Level(event.on_hand, event.held, position)
                if self._loading or event.product in self._stale:
                    self._read_again(event.product)
            elif isinstance(event, ProductChanged):
                self._read_again(event.product)
                if event.state is None:
                    self._index.drop(event.product)
                    continue
                for offer in event.state.variants:
                    self._index.reprice(offer.id, offer.price)
            elif isinstance(event, CategoriesChanged):
                # Its products are found by its name, too.
                for product in self._index.slugs_in(event.category):
                    self._read_again(product)
                self._something_stale.set()
        for variant, level in levels.items():
            self._index.move_stock(variant, level)

    async def load(self, db: Database) -> None:
        """Fills the replica from the books, a few products a turn of the loop. Raises Unavailable."""
        self._loading = True
        try:
            self._answers.currency = await db.read(catalogue.currency)
            self._answers.categories = dict(await db.read(documents.categories))
            after = 0
            while found := await db.read(documents.documents, after, READ_PRODUCTS):
                await self._take(found)
                after = found[-1].id
        finally:
            self._loading = False
        await self.refresh(db)

    async def refresh(self, db: Database) -> None:
        """Reads the stale products again. What it couldn't read stays stale. Raises Unavailable."""
        async with self._reading:
            self._answers.categories = dict(await db.read(documents.categories))
            waiting = list(self._stale.items())
            for start in range(0, len(waiting), READ_PRODUCTS):
                await self._reread(db, dict(waiting[start : start + READ_PRODUCTS]))

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

    def close(self) -> None:
        self._index.close()

    async def _reread(self, db: Database, waiting: dict[str, int]) -> None:
        found = await db.read(documents.documents_of, waiting)
        for slug in waiting.keys() - {document.slug for document in found if document.variants}:
            self._index.drop(slug)
        await self._take(found)
        for slug, number in waiting.items():
            if self._stale.get(slug) == number:
                del self._stale[slug]

    async def _take(self, found: Sequence[Document]) -> None:
        known = self._answers.categories
        sellable = [document for document in found if document.variants]
        for start in range(0, len(sellable), SLICE_PRODUCTS):
            some = sellable[start : start + SLICE_PRODUCTS]
            self._index.put(some, known)
            for document in some:
                self._learn(document)
            await asyncio.sleep(0)

    def _learn(self, document: Document) -> None:
        values = " ".join(variant.value for variant in document.variants)
        category = self._answers.categories.get(document.category, "")
        text = f"{document.name} {values} {document.maker} {category} {document.keywords} {document.about}"
        self._spelling.learn(text, anew=self._loading)

    def _read_again(self, product: str) -> None:
        self._news += 1
        self._stale[product] = self._news
        self._something_stale.set()
