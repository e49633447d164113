"""Editing categories: their order, names and pictures, told to everybody, and never one deleted with products in it."""

import asyncio

import pytest
from msgspec.structs import replace

from shop.category_form import CategorySheet
from shop.errors import Conflict, InvalidFields, NotFound, StaleEdit
from shop.events import CategoriesChanged
from storage import catalogue, categories, outbox
from storage.categories import CategoryEdit
from storage.database import Database
from storage.search import Replica
from tests.storage.books import AT


def new(slug: str, name: str = "", place: int = 9999) -> CategoryEdit:
    return CategoryEdit(slug, None, CategorySheet(name or slug.title(), "A line.", "", place), AT)


async def names(db: Database) -> list[str]:
    return [category.name for category in await db.read(catalogue.categories)]


async def test_categories_stand_in_the_order_that_staff_give(either: Database):
    for edit in (new("bath"), new("garden", place=1), new("desk", place=2)):
        await either.write(categories.create, edit)
    assert await names(either) == ["Garden", "Desk", "Table", "Bath"]
    bath = (await either.read(categories.one, "bath")).sheet
    assert bath.place == 4
    before = await either.read(outbox.head)
    await either.write(categories.save, CategoryEdit("bath", bath, replace(bath, place=1, name="Bathroom"), AT))
    assert await names(either) == ["Bathroom", "Garden", "Desk", "Table"]
    [(_, event)] = await either.read(outbox.after, before, 9)
    assert event == CategoriesChanged("bath")
    garden = (await either.read(categories.one, "garden")).sheet
    await either.write(categories.save, CategoryEdit("garden", garden, replace(garden, place=99), AT))
    assert await names(either) == ["Bathroom", "Desk", "Table", "Garden"]


async def test_adding_twice_is_once_and_names_and_addresses_are_taken_once(either: Database):
    assert await asyncio.gather(*(either.write(categories.create, new("bath")) for _ in range(4))) == ["bath"] * 4
    assert await names(either) == ["Table", "Bath"]
    for edit, where in ((new("bath", "Other"), "slug"), (new("other", "BATH"), "name")):
        with pytest.raises(InvalidFields) as refusal:
            await either.write(categories.create, edit)
        assert list(refusal.value.fields) == [where]


async def test_a_stale_edit_changes_nothing_and_the_same_edit_again_is_fine(either: Database):
    base = (await either.read(categories.one, "table")).sheet
    first = CategoryEdit("table", base, replace(base, line="First."), AT)
    await either.write(categories.save, first)
    await either.write(categories.save, first)
    with pytest.raises(StaleEdit):
        await either.write(categories.save, CategoryEdit("table", base, replace(base, line="Second."), AT))
    assert (await either.read(categories.one, "table")).sheet.line == "First."
    stands = (await either.read(categories.one, "table")).sheet
    foreign = CategoryEdit("table", stands, replace(stands, image="https://evil.example/x.png"), AT)
    with pytest.raises(InvalidFields):
        await either.write(categories.save, foreign)


async def test_only_an_empty_category_is_deleted(either: Database):
    with pytest.raises(Conflict):
        await either.write(categories.remove, "table", AT)
    await either.write(categories.create, new("bath"))
    for _ in range(2):
        await either.write(categories.remove, "bath", AT)
    assert await names(either) == ["Table"]
    with pytest.raises(NotFound):
        await either.read(categories.one, "bath")


async def test_search_finds_products_by_the_new_name_of_their_category(db: Database):
    replica = Replica()
    db.listen(replica.hear)
    await replica.load(db)
    assert replica.results("crockery").total == 0
    base = (await db.read(categories.one, "table")).sheet
    await db.write(categories.save, CategoryEdit("table", base, replace(base, name="Crockery"), AT))
    await replica.refresh(db)
    assert replica.results("crockery").total == 3
    replica.close()
