"""The index: an SQLite database in the memory of this process, for the loop's thread only; calls take microseconds.

`words` is a full-text table whose row numbers sort by popularity (shop.search.place), so the first rows that SQLite
finds are the most popular ones and it need not look at the rest. Its text was folded before, so its tokenizer only has
to split at spaces, and a query can't contain an operator.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import structs

from shop.ids import VariantId
from shop.search import Hit, fold, place
from shop.stock import Level
from storage.search.documents import Document, DocumentVariant

_SCHEMA = """
CREATE TABLE products (
    id INTEGER PRIMARY KEY, place INTEGER NOT NULL, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    category TEXT NOT NULL, maker TEXT NOT NULL, popularity INTEGER NOT NULL, price INTEGER NOT NULL,
    added INTEGER NOT NULL, folded TEXT NOT NULL, choices TEXT NOT NULL, codes TEXT NOT NULL
);
CREATE TABLE variants (
    id TEXT PRIMARY KEY, product INTEGER NOT NULL, rank INTEGER NOT NULL, value TEXT NOT NULL, words TEXT NOT NULL,
    image TEXT NOT NULL, price INTEGER NOT NULL, on_hand INTEGER NOT NULL, held INTEGER NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX variants_of ON variants (product, rank);
CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'ascii', prefix = '1 2 3', detail = 'none');
"""
_HIT = """
SELECT p.place, p.slug, p.name, p.folded, p.choices, p.codes, p.category, p.maker, p.price, p.added
FROM words w JOIN products p ON p.id = w.rowid & 4294967295
"""
_FIND = _HIT + "WHERE words MATCH ? ORDER BY w.rowid LIMIT ?"
_POPULAR = _HIT + "ORDER BY w.rowid LIMIT ?"
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)"
_CHOICES = "SELECT id, value, words, image, price, on_hand, held, version FROM variants WHERE product = ? ORDER BY rank"
_PUT_PRODUCT = """
INSERT INTO products VALUES (
    :id, :place, :slug, :name, :category, :maker, :popularity, :price, :added, :folded, :choices, :codes
)
"""
_PUT_VARIANT = """
INSERT OR REPLACE INTO variants
VALUES (:id, :product, :rank, :value, :words, :image, :price, :on_hand, :held, :version)
"""
_PUT_WORDS = "INSERT INTO words (rowid, text) VALUES (?, ?)"
_DROP = "DELETE FROM products WHERE slug = ? OR id = ? RETURNING id, place, category, maker"
_STOCK = "SELECT product, on_hand > held, version FROM variants WHERE id = ?"
_MOVE_STOCK = "UPDATE variants SET on_hand = ?, held = ?, version = ? WHERE id = ?"
_REPRICE = "UPDATE variants SET price = ? WHERE id = ? AND price <> ? RETURNING product"


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

    @property
    def level(self) -> Level:
        return Level(self.on_hand, self.held, self.version)


class Index:
    """Products by their words. `in_category` and `of_maker` count the visible ones."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:", isolation_level=None)
        self._db.executescript(_SCHEMA)
        self.in_category: Counter[str] = Counter()
        self.of_maker: Counter[str] = Counter()

    def find(self, words: Sequence[str], limit: int) -> list[Hit]:
        """Up to `limit` products that have all the words, each word perhaps unfinished, the most popular first."""
        return list(map(Hit._make, self._db.execute(_FIND, (_expression(words), limit))))

    def popular(self, limit: int) -> list[Hit]:
        return list(map(Hit._make, self._db.execute(_POPULAR, (limit,))))

    def count(self, words: Sequence[str], limit: int) -> int:
        """How many products have all the words; counting stops at `limit`."""
        return int(self._db.execute(_COUNT, (_expression(words), limit)).fetchone()[0])

    def choices(self, product_id: int) -> list[Choice]:
        """The product's variants in their order."""
        return [Choice(*row) for row in self._db.execute(_CHOICES, (product_id,))]

    def slugs_in(self, category: str) -> list[str]:
        """The slugs of the products in a category."""
        return [slug for (slug,) in self._db.execute("SELECT slug FROM products WHERE category = ?", (category,))]

    def put(self, documents: Iterable[Document], categories: Mapping[str, str]) -> None:
        """Adds products, each in place of what was known of it; `categories` are names by slug."""
        with self._db:
            self._db.execute("BEGIN")
            for document in documents:
                self._drop(document.slug, document.id)
                self._put(document, categories.get(document.category, ""))

    def drop(self, slug: str) -> None:
        """Forgets a product; an unknown one is fine."""
        with self._db:
            self._db.execute("BEGIN")
            self._drop(slug)

    def move_stock(self, variant: VariantId, level: Level) -> None:
        """Takes over counters, unless newer ones are known. The product goes to its new bucket."""
        known = self._db.execute(_STOCK, (variant,)).fetchone()
        if known is None:
            return
        product, available, version = known
        if version < level.version:
            self._db.execute(_MOVE_STOCK, (level.on_hand, level.held, level.version, variant))
            if bool(available) != (level.available > 0):
                self._settle(product)

    def reprice(self, variant: VariantId, price: int) -> None:
        """Takes over a price, in minor units."""
        for (product,) in self._db.execute(_REPRICE, (price, variant, price)).fetchall():
            self._settle(product)

    def close(self) -> None:
        self._db.close()

    def _put(self, document: Document, category: str) -> None:
        shown = next((v for v in document.variants if v.on_hand > v.held), None)
        row = place(document.id, document.popularity, shown is not None)
        own = {
            "place": row,
            "price": (shown or document.variants[0]).price,
            "folded": fold(document.name),
            "choices": " ".join([fold(v.value) for v in document.variants]),
            "codes": " ".join([_codes(v) for v in document.variants]),
        }
        self._db.execute(_PUT_PRODUCT, structs.asdict(document) | own)
        self._db.executemany(
            _PUT_VARIANT,
            [
                structs.asdict(v) | {"product": document.id, "rank": rank, "words": f"{fold(v.value)} {_codes(v)}"}
                for rank, v in enumerate(document.variants)
            ],
        )
        other = fold(f"{document.maker} {category} {document.keywords} {document.about}")
        self._db.execute(_PUT_WORDS, (row, f"{own['folded']} {own['choices']} {own['codes']} {other}"))
        self.in_category[document.category] += 1
        self.of_maker[document.maker] += 1

    def _drop(self, slug: str, product_id: int = -1) -> None:
        dropped = self._db.execute(_DROP, (slug, product_id))
        for product, row, category, maker in dropped.fetchall():
            self._db.execute("DELETE FROM words WHERE rowid = ?", (row,))
            self._db.execute("DELETE FROM variants WHERE product = ?", (product,))
            self.in_category[category] -= 1
            self.of_maker[maker] -= 1

    def _settle(self, product: int) -> None:
        """Puts a product where its stock says, with the price of the variant that its card shows now."""
        choices = self.choices(product)
        shown = next((choice for choice in choices if choice.level.available > 0), None)
        [before, popularity] = self._db.execute(
            "SELECT place, popularity FROM products WHERE id = ?", (product,)
        ).fetchone()
        after = place(product, popularity, shown is not None)
        self._db.execute(
            "UPDATE products SET place = ?, price = ? WHERE id = ?", (after, (shown or choices[0]).price, product)
        )
        if after != before:
            self._db.execute("UPDATE words SET rowid = ? WHERE rowid = ?", (after, before))


def _expression(words: Sequence[str]) -> str:
    """An FTS5 query for products with all the words. Folded words hold no quote, so quoting them is safe."""
    return " AND ".join(f'"{word}"*' for word in words)


def _codes(variant: DocumentVariant) -> str:
    """The words of a SKU, and all of it as one word: HM-RAIN is found by "hm rain", "rain" and "hmrain"."""
    parts = fold(variant.sku or "").split()
    return " ".join([*parts, "".join(parts)] if len(parts) > 1 else parts)
