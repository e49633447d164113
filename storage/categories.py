"""Editing categories: their words, pictures and order. One with products in it, hidden ones too, can't be deleted."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from shop.category_form import CategorySheet
from shop.errors import Conflict, InvalidFields, NotFound, StaleEdit
from shop.events import CategoriesChanged
from shop.pictures import uploaded
from storage import outbox, pictures, turns
from storage.statements import many, rows, run, scalar
from storage.tables import Category, Product

STALE = (
    "Somebody else changed the categories while you had this open. What you typed is still here: look, then save again."
)
TAKEN = "There is a category at this address already."
NAMED = "There is a category of this name already."

_ALL = (
    select(Category, func.count(Product.id).label("products"))
    .outerjoin(Product, Product.category == Category.slug)
    .group_by(Category.slug)
    .order_by(Category.rank, Category.slug)
)
_PRODUCTS = select(func.count()).select_from(Product).where(Product.category == bindparam("slug"))
_SET = (
    update(Category)
    .where(Category.slug == bindparam("category"))
    .values(
        name=bindparam("to_name"), line=bindparam("to_line"), image=bindparam("to_image"), rank=bindparam("to_rank")
    )
)
_ADD = insert(Category)
_DROP = delete(Category).where(Category.slug == bindparam("slug"))


class Standing(Struct, frozen=True):
    """A category as staff see it; `products` counts hidden ones too."""

    slug: str
    sheet: CategorySheet
    products: int


class CategoryEdit(Struct, frozen=True):
    """The command to add a category (`base` None) or change one that still is what its editor saw."""

    slug: str
    base: CategorySheet | None
    sheet: CategorySheet
    at: datetime


def listed(tx: Connection) -> list[Standing]:
    """All categories in their order."""
    return [
        Standing(row.slug, CategorySheet(row.name, row.line, row.image, place), row.products)
        for place, row in enumerate(rows(tx, _ALL), 1)
    ]


def one(tx: Connection, slug: str) -> Standing:
    """A category; raises NotFound."""
    return _found(listed(tx), slug)


def create(tx: Connection, edit: CategoryEdit) -> str:
    """A verb: adds a category and answers its slug; the same one again adds nothing. Raises InvalidFields."""
    turns.take(tx)
    standing = listed(tx)
    same = next((s.sheet for s in standing if s.slug == edit.slug), None)
    if same is not None:
        if replace(same, place=edit.sheet.place) == edit.sheet:
            return edit.slug
        raise InvalidFields(fields={"slug": TAKEN})
    _check(tx, edit, standing)
    _write(tx, [*standing, Standing(edit.slug, edit.sheet, 0)], edit.slug)
    outbox.note(tx, CategoriesChanged(edit.slug), edit.at)
    return edit.slug


def save(tx: Connection, edit: CategoryEdit) -> None:
    """A verb: changes a category. Raises NotFound, StaleEdit (nothing is done) or InvalidFields.

    What stands there already changes nothing.
    """
    turns.take(tx)
    standing = listed(tx)
    now = _found(standing, edit.slug).sheet
    wanted = replace(edit.sheet, place=min(max(1, edit.sheet.place), len(standing)))
    if now == wanted:
        return
    if now != edit.base:
        raise StaleEdit(STALE)
    _check(tx, edit, standing)
    _write(tx, [replace(s, sheet=wanted) if s.slug == edit.slug else s for s in standing], edit.slug)
    outbox.note(tx, CategoriesChanged(edit.slug), edit.at)


def remove(tx: Connection, slug: str, at: datetime) -> None:
    """A verb: deletes a category that nothing stands in; one that is gone already is fine. Raises Conflict."""
    turns.take(tx)
    standing = listed(tx)
    if slug not in (s.slug for s in standing):
        return
    if int(scalar(tx, _PRODUCTS, slug=slug)):
        raise Conflict("There are products in this category. Move them to another one first, hidden ones too.")
    run(tx, _DROP, slug=slug)
    outbox.note(tx, CategoriesChanged(slug), at)


def _found(standing: Sequence[Standing], slug: str) -> Standing:
    found = next((s for s in standing if s.slug == slug), None)
    if found is None:
        raise NotFound("There is no such category.")
    return found


def _check(tx: Connection, edit: CategoryEdit, standing: Sequence[Standing]) -> None:
    faults = {}
    others = {s.sheet.name.casefold() for s in standing if s.slug != edit.slug}
    if edit.sheet.name.casefold() in others:
        faults["name"] = NAMED
    image = edit.sheet.image
    if image and image not in (s.sheet.image for s in standing):
        digest = uploaded(image)
        if digest is None or not pictures.known(tx, digest):
            faults["picture"] = "The picture isn't there. Choose it again."
    if faults:
        raise InvalidFields(fields=faults)


def _write(tx: Connection, wanted: Sequence[Standing], moved: str) -> None:
    """Writes the categories in the order of their places; the one that was moved takes the place that it asks for."""
    others = [s for s in wanted if s.slug != moved]
    mine = _found(wanted, moved)
    others.insert(min(max(1, mine.sheet.place), len(wanted)) - 1, mine)
    known = {row.slug for row in rows(tx, _ALL)}
    values = [(s, rank) for rank, s in enumerate(others)]
    many(
        tx,
        _SET,
        [
            {"category": s.slug, "to_name": s.sheet.name, "to_line": s.sheet.line}
            | {"to_image": s.sheet.image, "to_rank": rank}
            for s, rank in values
            if s.slug in known
        ],
    )
    many(
        tx,
        _ADD,
        [
            {"slug": s.slug, "name": s.sheet.name, "line": s.sheet.line, "image": s.sheet.image, "rank": rank}
            for s, rank in values
            if s.slug not in known
        ],
    )
