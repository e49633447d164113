"""Forms as a browser without scripts has them: read out of a page, changed, and sent as multipart/form-data."""

from collections.abc import Mapping
from html.parser import HTMLParser
from io import BytesIO

import aiohttp


class _Reader(HTMLParser):
    """The fields of the form with an enctype, as a browser would send them; buttons and templates send nothing."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: dict[str, str] = {}
        self.ids: set[str] = set()
        self._inside = False
        self._template = 0
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self._template += tag == "template"
        if "id" in said and not self._template:
            self.ids.add(said["id"])
        if tag == "form":
            self._inside = "enctype" in said
        if self._template or not self._inside:
            return
        name = said.get("name", "")
        if tag == "input" and name and said.get("type") != "file":
            if said.get("type") not in ("checkbox", "radio") or "checked" in said:
                self.fields[name] = said.get("value", "on")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and (self._select not in self.fields or "selected" in said):
            self.fields[self._select] = said.get("value", "")
        elif tag == "textarea":
            self._area = name
            self.fields[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._template -= 1
        elif tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            # A browser drops the first line's end.
            self.fields[self._area] = self.fields[self._area].removeprefix("\n")
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data


def fields_of(page: str) -> dict[str, str]:
    """What the page's form would send as it stands."""
    reader = _Reader()
    reader.feed(page)
    return reader.fields


def ids_of(page: str) -> set[str]:
    """The ids of all elements of the page."""
    reader = _Reader()
    reader.feed(page)
    return reader.ids


def multipart(
    fields: Mapping[str, str], files: Mapping[str, bytes] | None = None, field: str = "files"
) -> aiohttp.FormData:
    """The fields and files, by their names, as a form with files sends them."""
    sent = aiohttp.FormData(default_to_multipart=True)
    for name, value in fields.items():
        sent.add_field(name, value)
    for name, body in (files or {}).items():
        sent.add_field(field, BytesIO(body), filename=name, content_type="image/jpeg")
    return sent


async def send(
    client: aiohttp.ClientSession, path: str, fields: Mapping[str, str], files: Mapping[str, bytes] | None = None
) -> tuple[int, str]:
    """Sends the form; answers the status and the page, or where it leads."""
    async with client.post(path, data=multipart(fields, files), allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location") or await answer.text()
