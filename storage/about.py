"""The pages about the shop in the books: what a merchant saved stands in for the starting text of the same address."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from shop.about import STARTING, Page
from storage import tables
from storage.statements import rows

_PAGES = select(
    tables.AboutPage.slug,
    tables.AboutPage.title,
    tables.AboutPage.description,
    tables.AboutPage.text,
    tables.AboutPage.rank,
    tables.AboutPage.visible,
    tables.AboutPage.version,
)


def pages(tx: Connection) -> Mapping[str, Page]:
    """The pages by address, in their order: what was saved, and starting texts for the rest."""
    saved = {row.slug: _page(row) for row in rows(tx, _PAGES)}
    return {
        page.slug: page for page in sorted(({**STARTING, **saved}).values(), key=lambda page: (page.rank, page.slug))
    }


def _page(row: Any) -> Page:
    return Page(row.slug, row.title, row.description, row.text, row.rank, bool(row.visible), row.version)
