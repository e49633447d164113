"""Kept pages: a page that anybody may see is made once, and made again only when something that it shows has changed.

A page is kept without anybody's name or cart: its template is not even told of them, and leaves a hole for them. Every
commit is heard. One that touches a kept page drops it, and one that was being made meanwhile is not kept at all, so what
is given out is never older than the last commit that this process has heard of.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from hashlib import blake2b
from typing import Any, get_type_hints

import msgspec
from aiohttp import web
from markupsafe import Markup

from handlers import packing
from handlers.packing import Part
from shop.catalogue import Card, Product
from shop.events import (
    CartChanged,
    DayBegan,
    FiguresMoved,
    LetterDue,
    OrderChanged,
    ProductChanged,
    Recorded,
    SessionEnded,
    StockChanged,
)

MAX_BYTES = 32 * 1024 * 1024
"""Memory that kept pages may take, about; which is some 1,200 of them."""

MAX_PAGE_BYTES = 256 * 1024
MAX_KEY_CHARACTERS = 300
"""A longer address is answered, and nothing of it is kept."""

ASKED_SHARE = 0.8
"""Of the memory, what belongs to pages that were asked for again. A crawler that asks for everything once leaves them be."""

TRACKING = ("utm_", "gclid", "fbclid", "msclkid", "mc_eid", "mc_cid")
"""Beginnings of the names that advertisements and newsletters add to an address. No page of ours looks at them."""

_PLAIN = frozenset((str, int, bool, float, bytes, type(None), Markup))
"""Types of most of what templates are given, in which no product can be."""

_OVERHEAD_BYTES = 2_000
_PLACE_BYTES = 200

Key = tuple[str, tuple[tuple[str, str], ...]]
Handler = Callable[[web.Request], Awaitable[web.Response]]
Known = Callable[[web.Request, str, str], bool]


class Page:
    """A finished page in two parts, between which stands what each visitor is told of themselves."""

    __slots__ = ("_packed", "head", "listing", "shows", "size", "tag", "tail")

    def __init__(self, head: bytes, tail: bytes, shows: frozenset[str], *, listing: bool) -> None:
        self.head = head
        self.tail = tail
        self.shows = shows
        """Slugs of the products on it."""
        self.listing = listing
        self.tag = blake2b(head + b"\0" + tail, digest_size=9).hexdigest()
        # The packed form, which comes later, is a third of the page at most.
        self.size = (len(head) + len(tail)) * 4 // 3 + len(shows) * _PLACE_BYTES + _OVERHEAD_BYTES
        self._packed: tuple[Part, Part] | None = None

    @property
    def packed(self) -> tuple[Part, Part]:
        """Both parts, compressed when they are first asked for."""
        if self._packed is None:
            self._packed = packing.part(self.head), packing.part(self.tail, last=True)
        return self._packed


class Making:
    """A page that is being made, and what was heard meanwhile."""

    __slots__ = ("all_missed", "listing", "missed", "page")

    def __init__(self, *, listing: bool, in_vain: bool) -> None:
        self.listing = listing
        self.page: Page | None = None
        self.missed: set[str] = set()
        self.all_missed = in_vain

    def finished(self, head: bytes, tail: bytes, context: Mapping[str, Any]) -> Page:
        """Takes the page over as it was made from this context."""
        self.page = Page(head, tail, frozenset(shown(context)), listing=self.listing)
        return self.page


MAKING: web.RequestKey[Making] = web.RequestKey("making", Making)
"""There while a page is made that may be kept."""


_NO_PAGE = frozenset({CartChanged, OrderChanged, SessionEnded, DayBegan, FiguresMoved, LetterDue})
"""Events that mean nothing for a page that all see."""


class News:
    """What some commits mean for pages."""

    __slots__ = ("all", "offers", "products", "touched")

    def __init__(self) -> None:
        self.touched: set[str] = set()
        """Products of which a price or the stock that shoppers see has changed."""
        self.offers = False
        """Whether a listing may have another order."""
        self.products = False
        """Whether a product came, went, or says something else."""
        self.all = False

    def add(self, event: object) -> None:
        """Takes an event in. One that is not known here may mean anything."""
        if type(event) in _NO_PAGE:
            return
        match event:
            case StockChanged(seen=None):
                pass
            case StockChanged():
                self.touched.add(event.product)
            case ProductChanged(offers_only=True):
                self.touched.add(event.product)
                self.offers = True
            case ProductChanged():
                self.products = True
            case _:
                self.all = True


class Kept:
    """The kept pages of one process, in bounded memory. Everything here runs on the loop's thread."""

    def __init__(self, settled: Callable[[], bool], max_bytes: int = MAX_BYTES, *, on: bool = True) -> None:
        """`settled`: whether search knows all that was heard, so that a listing made from it may be kept."""
        self.on = on
        self.with_products: list[Callable[[], None]] = []
        """Called when more than the offers of a product has changed."""
        self.with_all: list[Callable[[], None]] = []
        """Called when anything may have changed."""
        self._settled = settled
        self._max = max_bytes
        # Pages that were asked for once and again, each list the longest unasked first.
        self._once: OrderedDict[Key, Page] = OrderedDict()
        self._again: OrderedDict[Key, Page] = OrderedDict()
        self.size = 0
        self._again_size = 0
        self._showing: dict[str, set[Key]] = {}
        self._listings: set[Key] = set()
        self._making: set[Making] = set()

    def __len__(self) -> int:
        return len(self._once) + len(self._again)

    def find(self, key: Key) -> Page | None:
        """The page as it is right now, or None."""
        page = self._again.get(key)
        if page is not None:
            self._again.move_to_end(key)
            return page
        page = self._once.pop(key, None)
        if page is not None:
            self._again[key] = page
            self._again_size += page.size
            while self._again_size > self._max * ASKED_SHARE:
                oldest, demoted = self._again.popitem(last=False)
                self._again_size -= demoted.size
                self._once[oldest] = demoted
        return page

    @contextmanager
    def making(self, key: Key, *, listing: bool) -> Iterator[Making]:
        """Keeps the page that is finished inside, unless something came between. Enter it before the first read."""
        made = Making(listing=listing, in_vain=not self.on or (listing and not self._settled()))
        self._making.add(made)
        try:
            yield made
        finally:
            self._making.discard(made)
        if made.page is not None and not made.all_missed and made.missed.isdisjoint(made.page.shows):
            self._keep(key, made.page)

    def hear(self, recorded: Sequence[Recorded], /) -> None:
        """Drops what a commit has touched; hearing one twice is harmless."""
        news = News()
        for _, event in recorded:
            news.add(event)
        if news.all:
            self.forget_all()
        elif news.products:
            self._forget_pages()
        elif news.touched:
            self._forget(news)

    def forget_all(self) -> None:
        """Drops everything, and keeps nothing that is being made: for what changes every page, such as a setting."""
        self._forget_pages()
        for forget in self.with_all:
            forget()

    def _forget_pages(self) -> None:
        for forget in self.with_products:
            forget()
        self._once.clear()
        self._again.clear()
        self._showing.clear()
        self._listings.clear()
        self.size = self._again_size = 0
        for made in self._making:
            made.all_missed = True

    def _forget(self, news: "News") -> None:
        keys = set().union(*[self._showing.get(slug, ()) for slug in news.touched])
        if news.offers:
            keys |= self._listings
        for key in keys:
            self._drop(key)
        for made in self._making:
            made.missed |= news.touched
            made.all_missed = made.all_missed or (news.offers and made.listing)

    def _keep(self, key: Key, page: Page) -> None:
        self._drop(key)
        if page.size > MAX_PAGE_BYTES:
            return
        self._once[key] = page
        self.size += page.size
        for slug in page.shows:
            self._showing.setdefault(slug, set()).add(key)
        if page.listing:
            self._listings.add(key)
        while self.size > self._max:
            self._drop(next(iter(self._once or self._again)))

    def _drop(self, key: Key) -> None:
        page = self._once.pop(key, None)
        if page is None:
            page = self._again.pop(key, None)
            if page is None:
                return
            self._again_size -= page.size
        self.size -= page.size
        self._listings.discard(key)
        for slug in page.shows:
            showing = self._showing[slug]
            showing.discard(key)
            if not showing:
                del self._showing[slug]


KEPT = web.AppKey("kept", Kept)


def kept(*names: str, also: Known | None = None, listing: bool = False) -> Callable[[Handler], Handler]:
    """Keeps the pages of a handler that only depend on the path and these parameters of the address.

    `also` tells of further parameters, by name and value, whether they mean something; with any other one the page is made
    anew. `listing`: what stands on it depends on prices, stock or words of things that it doesn't show.
    """

    def door(handler: Handler) -> Handler:
        known = frozenset(names)

        @wraps(handler)
        async def answer(request: web.Request) -> web.Response:
            key = key_of(request, known, also)
            if key is None:
                return await handler(request)
            pages = request.app[KEPT]
            page = pages.find(key)
            if page is not None:
                return await request.app[GIVE](request, page)
            with pages.making(key, listing=listing) as made:
                request[MAKING] = made
                try:
                    return await handler(request)
                finally:
                    del request[MAKING]

        return answer

    return door


GIVE: web.AppKey[Callable[[web.Request, Page], Awaitable[web.Response]]] = web.AppKey("give", Callable)  # type: ignore[arg-type]
"""Fills a page's hole for this visitor and answers it."""


def key_of(request: web.Request, names: frozenset[str], also: Known | None = None) -> Key | None:
    """What the page depends on; None when it can't be told, or is too long to be kept."""
    if not request.query_string:
        return request.path, ()
    if len(request.path) + len(request.query_string) > MAX_KEY_CHARACTERS:
        return None
    asked = tuple([pair for pair in request.query.items() if not pair[0].startswith(TRACKING)])
    for name, value in asked:
        if name not in names and (also is None or not also(request, name, value)):
            return None
    return request.path, asked


@cache
def _telling(kind: type) -> tuple[str, ...]:
    """The fields of a struct in which a product may be: those that aren't declared as something plain."""
    return tuple([name for name, declared in get_type_hints(kind).items() if declared not in _PLAIN])


def shown(context: object) -> set[str]:
    """The slugs of the products in what a template is given, however deep."""
    slugs: set[str] = set()
    waiting = [context]
    while waiting:
        value = waiting.pop()
        kind = type(value)
        if kind in _PLAIN:
            continue
        if kind is Card or kind is Product:
            slugs.add(value.slug)  # type: ignore[attr-defined]
        elif isinstance(value, list | tuple):
            waiting += value
        elif isinstance(value, msgspec.Struct):
            waiting += [getattr(value, name) for name in _telling(type(value))]
        elif isinstance(value, Mapping):
            waiting += value.values()
    return slugs
