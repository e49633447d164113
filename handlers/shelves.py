"""The shelves: the categories that the navigation of every page shows."""

from collections.abc import Sequence

from aiohttp import web

from handlers.keys import DB
from shop.catalogue import Category
from storage import catalogue


class Row(tuple[Category, ...]):
    """Categories as they were read once, known by that reading and not by each that stands there: frames and pieces are
    looked up by them for every page."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


class Shelves:
    """The categories in the navigation, read again when a commit may have changed them."""

    def __init__(self) -> None:
        self.remembered: Sequence[Category] = Row()
        """As they were read last, for when the books can't be read."""
        self._known = False
        self._news = 0

    async def read(self, app: web.Application) -> Sequence[Category]:
        """The categories that have something on them, in their order; nothing is counted."""
        if self._known:
            return self.remembered
        news = self._news
        found = self.remembered = Row(await app[DB].read(catalogue.shelves))
        self._known = news == self._news
        return found

    def forget(self) -> None:
        """Has them read again, also by whoever is reading them right now."""
        self._known = False
        self._news += 1


SHELVES = web.AppKey("shelves", Shelves)
