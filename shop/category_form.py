"""The form of a category: as it was typed, and as it would stand."""

import re

from msgspec import Struct

from shop.errors import InvalidFields
from shop.imports import words

MAX_NAME = 60
MAX_LINE = 200
MAX_PLACE = 9999


class CategorySheet(Struct, frozen=True):
    """What staff can change of a category; `place` counts from 1 in the shop's order."""

    name: str
    line: str = ""
    image: str = ""
    place: int = 1


class CategoryForm(Struct):
    """The form; `slug` is asked for new categories only."""

    name: str = ""
    slug: str = ""
    line: str = ""
    image: str = ""
    place: str = ""
    remove: bool = False
    """Whether its picture is to be taken off."""


def of(sheet: CategorySheet) -> CategoryForm:
    return CategoryForm(name=sheet.name, line=sheet.line, image=sheet.image, place=str(sheet.place))


def checked(form: CategoryForm) -> CategorySheet:
    """The category that the form asks for; raises InvalidFields, naming each field."""
    faults: dict[str, str] = {}
    name, line = words.plain(form.name), words.plain(form.line)
    if not name:
        faults["name"] = "Give it a name."
    elif len(name) > MAX_NAME:
        faults["name"] = f"Up to {MAX_NAME} characters, please; these are {len(name)}."
    if len(line) > MAX_LINE:
        faults["line"] = f"Up to {MAX_LINE} characters, please; these are {len(line)}."
    place = form.place.strip() or str(MAX_PLACE)
    if not re.fullmatch(r"[0-9]{1,4}", place):
        faults["place"] = "A whole number, please."
    if faults:
        raise InvalidFields(fields=faults)
    return CategorySheet(name, line, "" if form.remove else form.image, int(place))
