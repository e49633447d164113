"""Listings: what a page of many things shows, in which order, and the addresses of its other views."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Self
from urllib.parse import urlencode

from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace

PAGE_SIZE = 24
MAX_PAGE = 1000
MAX_LISTED = MAX_PAGE * PAGE_SIZE
"""Things that can be reached page by page; whoever wants the rest must narrow, or search."""

MAX_NARROWED = 100 * PAGE_SIZE
"""Things that can be reached where choices were made, or words searched for."""


class Listing(Struct, frozen=True):
    """One view of a listing. `query` is what its address says, without empty values; `found` counts things."""

    path: str
    query: tuple[tuple[str, str], ...]
    sort: str
    labels: Mapping[str, str]
    page: int = 1
    found: int = 0
    capped: bool = False
    """Whether there are more than can be listed; then `found` counts those that can."""

    @classmethod
    def of(cls, request: web.Request, sorts: Mapping[str, str], query: Sequence[tuple[str, str]]) -> Self:
        """The view that the address asks for, `query` being what it narrows to; what makes no sense is taken as not said.

        The first of the sorts is the usual one.
        """
        sort = request.query.get("sort", "")
        page = request.query.get("page", "")
        return cls(
            path=request.path,
            query=tuple(query),
            sort=sort if sort in sorts else next(iter(sorts)),
            labels=sorts,
            page=min(max(1, int(page)), MAX_PAGE)
            if page.isascii() and page.isdigit() and len(page) <= len(str(MAX_PAGE))
            else 1,
        )

    def showing(self, found: int, most: int = MAX_LISTED) -> Self:
        """The view, once it is known how many things were found, of which `most` are listed; a page past the end is the
        last one."""
        listed = min(found, most)
        page = min(self.page, max(1, math.ceil(listed / PAGE_SIZE)))
        return replace(self, found=listed, page=page, capped=found > most)

    @property
    def pages(self) -> int:
        return math.ceil(self.found / PAGE_SIZE)

    @property
    def offset(self) -> int:
        return (self.page - 1) * PAGE_SIZE

    @property
    def slice(self) -> slice:
        return slice(self.offset, self.offset + PAGE_SIZE)

    @property
    def first(self) -> int:
        return self.offset + 1

    @property
    def last(self) -> int:
        return min(self.found, self.offset + PAGE_SIZE)

    @property
    def kept_sort(self) -> list[tuple[str, str]]:
        """The order as a field of a form, unless it is the usual one."""
        return [] if self.sort == next(iter(self.labels)) else [("sort", self.sort)]

    @property
    def sorts(self) -> list[tuple[str, str, str]]:
        """Every order that can be asked for: its name, its label, its address."""
        return [(sort, label, self._address(self.query, sort)) for sort, label in self.labels.items()]

    def without(self, name: str, value: str | None = None) -> str:
        """The address without one choice, or all of that name."""
        kept = [pair for pair in self.query if pair[0] != name or (value is not None and pair[1] != value)]
        return self._address(tuple(kept), self.sort)

    def cleared(self, *kept: str) -> str:
        """The address without any choice but those of these names."""
        return self._address(tuple([pair for pair in self.query if pair[0] in kept]), self.sort)

    def page_address(self, page: int) -> str:
        return self._address(self.query, self.sort, page)

    def _address(self, query: tuple[tuple[str, str], ...], sort: str, page: int = 1) -> str:
        pairs = list(query)
        if sort != next(iter(self.labels)):
            pairs.append(("sort", sort))
        if page > 1:
            pairs.append(("page", str(page)))
        return f"{self.path}?{_encoded(tuple(pairs))}" if pairs else self.path


@lru_cache(maxsize=512)
def _encoded(pairs: tuple[tuple[str, str], ...]) -> str:
    """The pairs as in an address. A page has some ten of them, the same each time that it is made anew."""
    return urlencode(pairs)
