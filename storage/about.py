"""The pages about the shop in the books: what a merchant saved stands in for the starting text of the same address."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from shop.about import STARTING, Page
from storage import tables
from storage.statements import rows, run

_PAGES = select(
    tables.AboutPage.slug,
    tables.AboutPage.title,
    tables.AboutPage.description,
    tables.AboutPage.text,
    tables.AboutPage.rank,
    tables.AboutPage.visible,
    tables.AboutPage.version,
)
_ADD = insert(tables.AboutPage)
_CHANGE = (
    update(tables.AboutPage)
    .where(tables.AboutPage.slug == bindparam("which"), tables.AboutPage.version == bindparam("seen"))
    .values(
        title=bindparam("to_title"),
        description=bindparam("to_description"),
        text=bindparam("to_text"),
        rank=bindparam("to_rank"),
        visible=bindparam("to_visible"),
        version=bindparam("to_version"),
    )
)


def pages(tx: Connection) -> Mapping[str, Page]:
    """The pages by address, in their order: what was saved, and starting texts for the rest."""
    saved = {row.slug: _page(row) for row in rows(tx, _PAGES)}
    found = {**STARTING, **saved}.values()
    return {page.slug: page for page in sorted(found, key=lambda page: (page.rank, page.slug))}


def put(tx: Connection, page: Page, seen: int) -> bool:
    """Writes a page over its version `seen` (0: it was not saved before); False when it has another by now."""
    if seen == 0:
        values = {name: getattr(page, name) for name in page.__struct_fields__}
        return bool(run(tx, _ADD, **values))
    return bool(
        run(
            tx,
            _CHANGE,
            which=page.slug,
            seen=seen,
            to_title=page.title,
            to_description=page.description,
            to_text=page.text,
            to_rank=page.rank,
            to_visible=page.visible,
            to_version=page.version,
        )
    )


def _page(row: Any) -> Page:
    return Page(row.slug, row.title, row.description, row.text, row.rank, bool(row.visible), row.version)
