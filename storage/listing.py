"""Listings: one page of a shelf at a time, sorted by the database; no page reads more than it shows."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select

from shop.catalogue import Card, Order
from shop.catalogue import Product as Shown
from storage import catalogue
from storage.statements import rows, scalar
from storage.tables import Product

_ORDERS: Mapping[Order, tuple[ColumnElement[Any], ColumnElement[int]]] = {
    # Both columns run the same way, so one index serves an order and its opposite.
    Order.POPULAR: (Product.popularity.desc(), Product.id.desc()),
    Order.NEWEST: (Product.added_at.desc(), Product.id.desc()),
    Order.CHEAPEST: (Product.price.asc(), Product.id.asc()),
    Order.DEAREST: (Product.price.desc(), Product.id.desc()),
}


class Shelf(Struct, frozen=True):
    """What is listed: a category (None: the whole shop), in an order."""

    category: str | None = None
    order: Order = Order.POPULAR


def _visible(columns: Select[int], *, category: bool) -> Select[int]:
    found = columns.where(Product.visible)
    return found.where(Product.category == bindparam("category")) if category else found


_PAGES = {
    (order, category): _visible(select(Product.id), category=category)
    .order_by(*by)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
    for order, by in _ORDERS.items()
    for category in (False, True)
}
_COUNTS = {
    category: select(func.count()).select_from(
        _visible(select(Product.id), category=category).limit(bindparam("limit")).subquery()
    )
    for category in (False, True)
}
_BESIDE = (
    select(Product.id)
    .where(Product.visible, Product.slug != bindparam("slug"))
    .order_by(*_ORDERS[Order.POPULAR])
    .limit(bindparam("limit"))
)


def look(tx: Connection, shelf: Shelf, limit: int, offset: int, at_most: int) -> tuple[int, list[Card]]:
    """How many there are, counted up to `at_most`, and the cards of one page."""
    return count(tx, shelf, at_most), page(tx, shelf, limit, offset)


def page(tx: Connection, shelf: Shelf, limit: int, offset: int = 0) -> list[Card]:
    """The cards of one page. Its cost grows with `offset`, by some tenths of a microsecond a place; callers bound it."""
    statement = _PAGES[shelf.order, shelf.category is not None]
    found = rows(tx, statement, limit=limit, offset=offset, category=shelf.category)
    return catalogue.cards_of(tx, [row.id for row in found])


def count(tx: Connection, shelf: Shelf, at_most: int) -> int:
    """How many products stand on the shelf; counting stops at `at_most`."""
    statement = _COUNTS[shelf.category is not None]
    return int(scalar(tx, statement, limit=at_most, category=shelf.category))


def product_and_beside(tx: Connection, slug: str, limit: int) -> tuple[Shown, list[Card]]:
    """A product with what stands beside it, on one snapshot; raises NotFound."""
    return catalogue.product(tx, slug), beside(tx, slug, limit)


def beside(tx: Connection, slug: str, limit: int) -> list[Card]:
    """Popular products that are not this one, for its page."""
    return catalogue.cards_of(tx, [row.id for row in rows(tx, _BESIDE, slug=slug, limit=limit)])
