"""The index: an SQLite database in the memory of this process, and a shelf of bits for each category.

`words` is a full-text table whose row numbers sort by popularity (shop.search.place), so the first rows that SQLite
finds are the most popular ones and it need not look at the rest. Its text was folded before, so its tokenizer only has
to split at spaces, and a query can't contain an operator. One thread at a time: whoever fills it hands it over whole.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec import json

from shop import options
from shop.ids import VariantId
from shop.search import Hit, place, product_at
from shop.stock import Level
from storage.search.documents import Document
from storage.search.shelf import Attributes, Shelf
from storage.search.words import Words

MAX_REMEMBERED = 50_000
"""Products whose hits and choices are remembered as objects, of some kilobyte each, before all are forgotten."""

MAX_WASTED = 0.5
FEW_SLOTS = 4_096
"""A shelf is laid out anew when half of it is waste, unless it is small."""

_SCHEMA = """
CREATE TABLE products (
    id INTEGER PRIMARY KEY, place INTEGER NOT NULL, slug TEXT NOT NULL, name TEXT NOT NULL,
    category TEXT NOT NULL, maker TEXT NOT NULL, popularity INTEGER NOT NULL, price INTEGER NOT NULL,
    added INTEGER NOT NULL, folded TEXT NOT NULL, choices TEXT NOT NULL, codes TEXT NOT NULL
);
CREATE TABLE variants (
    id TEXT NOT NULL, product INTEGER NOT NULL, rank INTEGER NOT NULL, value TEXT NOT NULL, words TEXT NOT NULL,
    image TEXT NOT NULL, price INTEGER NOT NULL, on_hand INTEGER NOT NULL, held INTEGER NOT NULL,
    version INTEGER NOT NULL, backorder INTEGER NOT NULL, PRIMARY KEY (product, rank)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'ascii', prefix = '1 2 3 4 5 6 7 8 9 10', detail = 'none', columnsize = 0);
CREATE TABLE waiting (place INTEGER PRIMARY KEY, text TEXT NOT NULL);
"""
_FINISH = """
BEGIN;
INSERT INTO words (rowid, text) SELECT place, text FROM waiting ORDER BY place;
DROP TABLE waiting;
CREATE UNIQUE INDEX products_by_slug ON products (slug);
CREATE UNIQUE INDEX variants_by_id ON variants (id);
COMMIT;
"""
_FIND = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid LIMIT ?"
_POPULAR = "SELECT rowid FROM words ORDER BY rowid LIMIT ?"
_HITS = """
SELECT place, slug, name, category, maker, ' ' || folded || ' ', ' ' || choices, ' ' || folded || ' ' || choices || ' ' || codes
FROM products WHERE id IN (SELECT value FROM json_each(?))
"""
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)"
_CHOICES = """
SELECT id, value, words, image, price, on_hand, held, version, backorder FROM variants WHERE product = ? ORDER BY rank
"""
_PUT_PRODUCT = "INSERT INTO products VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PUT_VARIANT = "INSERT OR REPLACE INTO variants VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PUT_WAITING = "INSERT INTO waiting VALUES (?, ?)"
_PUT_WORDS = "INSERT INTO words (rowid, text) VALUES (?, ?)"
_DROP = "DELETE FROM products WHERE slug = ? OR id = ? RETURNING id, place, category, maker"
_STOCK = """
SELECT v.product, v.rank, v.on_hand > v.held OR v.backorder, v.version, p.category
FROM variants v JOIN products p ON p.id = v.product WHERE v.id = ?
"""
_MOVE_STOCK = "UPDATE variants SET on_hand = ?, held = ?, version = ?, backorder = ? WHERE id = ?"
_REPRICE = "UPDATE variants SET price = ? WHERE id = ? AND price <> ? RETURNING product, rank"


class Choice(NamedTuple):
    """A variant as a suggestion shows it; `words` are its folded value and SKU."""

    id: VariantId
    value: str
    words: str
    image: str
    price: int
    on_hand: int
    held: int
    version: int
    backorder: bool

    @property
    def level(self) -> Level:
        return Level(self.on_hand, self.held, self.version, bool(self.backorder))


class Index:
    """Products by their words and by their shelves. `in_category` and `of_maker` count the visible ones, `names` are
    the words for (option, "") and (option, value)."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._db.executescript(_SCHEMA)
        self._filling = True
        self._hits: dict[int, Hit] = {}
        self._choices: dict[int, list[Choice]] = {}
        self.changed: Callable[[int | None], None] = lambda _product: None
        """Told of a product whose price or stock moved, or None: anything may have."""
        self.in_category: Counter[str] = Counter()
        self.of_maker: Counter[str] = Counter()
        self.names: dict[tuple[str, str], str] = {}
        self.shelves: dict[str, Shelf] = {}
        self._named: set[Attributes] = set()

    # What is asked ----------------------------------------------------------------------------------------------------

    def find(self, words: Sequence[str], limit: int) -> list[Hit]:
        """Up to `limit` products that have all the words, each word perhaps unfinished, the most popular first."""
        return self._hits_at(self._db.execute(_FIND, (_expression(words), limit)).fetchall())

    def popular(self, limit: int) -> list[Hit]:
        return self._hits_at(self._db.execute(_POPULAR, (limit,)).fetchall())

    def count(self, words: Sequence[str], limit: int) -> int:
        """How many products have all the words; counting stops at `limit`."""
        return int(self._db.execute(_COUNT, (_expression(words), limit)).fetchone()[0])

    def choices(self, product_id: int) -> list[Choice]:
        """The product's variants in their order."""
        found = self._choices.get(product_id)
        if found is None:
            found = self._choices[product_id] = [Choice(*row) for row in self._db.execute(_CHOICES, (product_id,))]
        return found

    def slugs_in(self, category: str) -> list[str]:
        """The slugs of the products in a category."""
        return [slug for (slug,) in self._db.execute("SELECT slug FROM products WHERE category = ?", (category,))]

    # What changes -----------------------------------------------------------------------------------------------------

    def fill(self, documents: Sequence[tuple[Document, Words]]) -> None:
        """Adds products to an index that is not finished yet, none of them twice."""
        rows = [self._rows(document, words) for document, words in documents]
        self._db.execute("BEGIN")
        self._db.executemany(_PUT_PRODUCT, [product for product, _ in rows])
        self._db.executemany(_PUT_VARIANT, [variant for _, variants in rows for variant in variants])
        texts = [(product[1], words.all) for (product, _), (_, words) in zip(rows, documents, strict=True)]
        self._db.executemany(_PUT_WAITING, texts)
        self._db.execute("COMMIT")

    def finish(self) -> None:
        """Makes what was filled in ready to be asked. Words that come in their order cost a fifth."""
        self._db.executescript(_FINISH)
        for shelf in self.shelves.values():
            shelf.warm()

    def put(self, documents: Sequence[tuple[Document, Words]]) -> None:
        """Adds products, each in place of what was known of it."""
        with self._db:
            self._db.execute("BEGIN")
            for document, words in documents:
                self._drop(document.slug, document.id)
                product, variants = self._rows(document, words)
                self._db.execute(_PUT_PRODUCT, product)
                self._db.executemany(_PUT_VARIANT, variants)
                self._db.execute(_PUT_WORDS, (product[1], words.all))
        self._forget(None)

    def drop(self, slug: str) -> None:
        """Forgets a product; an unknown one is fine."""
        with self._db:
            self._db.execute("BEGIN")
            self._drop(slug)
        self._forget(None)

    def move_stock(self, variant: VariantId, level: Level) -> None:
        """Takes over counters, unless newer ones are known. The product goes to its new bucket."""
        known = self._db.execute(_STOCK, (variant,)).fetchone()
        if known is None:
            return
        product, rank, available, version, category = known
        if version < level.version:
            self._db.execute(_MOVE_STOCK, (level.on_hand, level.held, level.version, level.backorder, variant))
            self._forget(product)
            if bool(available) != (level.orderable > 0):
                self.shelves[category].move(product, rank, available=level.orderable > 0)
                self._settle(product)

    def reprice(self, variant: VariantId, price: int) -> None:
        """Takes over a price, in minor units."""
        for product, rank in self._db.execute(_REPRICE, (price, variant, price)).fetchall():
            self._forget(product)
            [category] = self._db.execute("SELECT category FROM products WHERE id = ?", (product,)).fetchone()
            self.shelves[category].reprice(product, rank, price)
            self._settle(product)

    def close(self) -> None:
        self._db.close()

    # How --------------------------------------------------------------------------------------------------------------

    def _hits_at(self, rows: Sequence[tuple[int]]) -> list[Hit]:
        ids = [product_at(row) for (row,) in rows]
        known = self._hits
        missing = [product for product in ids if product not in known]
        if missing:
            if len(known) + len(missing) > MAX_REMEMBERED:
                known.clear()
                self._choices.clear()
                missing = ids
            for row in self._db.execute(_HITS, (json.encode(missing).decode(),)):
                known[product_at(row[0])] = Hit._make(row)
        return [known[product] for product in ids]

    def _rows(self, document: Document, words: Words) -> tuple[tuple[object, ...], list[tuple[object, ...]]]:
        """The rows of a product and its variants; it is also counted, and put on its shelf."""
        sides = [(variant.price, variant.level.orderable > 0) for variant in document.variants]
        price, available = sides[0]
        if not available:
            price, available = next((side for side in sides if side[1]), sides[0])
        self._shelve(document, sides)
        own = (document.id, place(document.id, document.popularity, available), document.slug, document.name)
        more = (document.category, document.maker, document.popularity, price, document.added)
        variants: list[tuple[object, ...]] = [
            (v.id, document.id, rank, v.value, said, v.image, v.price, v.on_hand, v.held, v.version, v.backorder)
            for rank, (v, said) in enumerate(zip(document.variants, words.variants, strict=True))
        ]
        return (*own, *more, words.name, words.choices, words.codes), variants

    def _shelve(self, document: Document, sides: Sequence[tuple[int, bool]]) -> None:
        self.in_category[document.category] += 1
        self.of_maker[document.maker] += 1
        attributes = options.attributes(document.option, tuple([variant.value for variant in document.variants]))
        if attributes not in self._named:
            if len(self._named) >= MAX_REMEMBERED:
                self._named.clear()
            self._named.add(attributes)
            for some in attributes:
                for option, value, option_name, value_name in some:
                    self.names.setdefault((option, value), value_name)
                    self.names.setdefault((option, ""), option_name)
        shelf = self.shelves.get(document.category)
        if shelf is None:
            shelf = self.shelves[document.category] = Shelf()
        shelf.put(document.id, document.popularity, document.added // 1000, document.maker, sides, attributes)

    def _drop(self, slug: str, product_id: int = -1) -> None:
        dropped = self._db.execute(_DROP, (slug, product_id))
        for product, row, category, maker in dropped.fetchall():
            self._db.execute("DELETE FROM words WHERE rowid = ?", (row,))
            self._db.execute("DELETE FROM variants WHERE product = ?", (product,))
            self.in_category[category] -= 1
            self.of_maker[maker] -= 1
            shelf = self.shelves[category]
            shelf.drop(product)
            if shelf.wasted > MAX_WASTED and shelf.slots > FEW_SLOTS:
                self.shelves[category] = shelf.anew()

    def _settle(self, product: int) -> None:
        """Puts a product where its stock says, with the price of the variant that its card shows now."""
        choices = self.choices(product)
        shown = next((choice for choice in choices if choice.level.orderable > 0), None)
        [before, popularity] = self._db.execute(
            "SELECT place, popularity FROM products WHERE id = ?", (product,)
        ).fetchone()
        after = place(product, popularity, shown is not None)
        self._db.execute(
            "UPDATE products SET place = ?, price = ? WHERE id = ?", (after, (shown or choices[0]).price, product)
        )
        if after != before:
            self._db.execute("UPDATE words SET rowid = ? WHERE rowid = ?", (after, before))
            self.changed(None)

    def _forget(self, product: int | None) -> None:
        """Forgets what is remembered of a product, or all of it."""
        if product is None:
            self._hits.clear()
            self._choices.clear()
        else:
            self._hits.pop(product, None)
            self._choices.pop(product, None)
        self.changed(product)


def _expression(words: Sequence[str]) -> str:
    """An FTS5 query for products with all the words. Folded words hold no quote, so quoting them is safe."""
    return " AND ".join([f'"{word}"*' for word in words])
