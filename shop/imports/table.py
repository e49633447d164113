"""CSV text as rows of named cells; a row that doesn't fit the header is a fault, and columns are found whatever their case."""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator
from difflib import get_close_matches
from typing import TypeVar

from msgspec import Struct

from shop.imports.cells import BadCell
from shop.imports.draft import Fault, Unreadable
from shop.imports.words import unguarded

T = TypeVar("T")

MAX_ROWS = 250_000
DELIMITERS = ",;\t"
MAX_CELL = 131_072
_HINT = re.compile(r"\Asep=[,;\t]\r?\n")


class Line(Struct, frozen=True):
    """A row: its number as a spreadsheet counts, and its cells by the names of columns in small letters, trimmed."""

    row: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def any_of(self, columns: Collection[str]) -> bool:
        return any(self.cells.get(column) for column in columns)

    def take(self, column: str, parse: Callable[[str], T], default: T, faults: list[Fault]) -> T:
        """The cell's value, or `default` for an empty one; a bad one is noted among the faults."""
        text = self[column]
        if not text:
            return default
        try:
            return parse(text)
        except BadCell as bad:
            faults.append(Fault(self.row, column, str(bad)))
            return default


def without_hint(text: str) -> str:
    """The table without Excel's own line about the delimiter ("sep=;"), which no spreadsheet shows or counts."""
    return _HINT.sub("", text, count=1)


def header(text: str) -> tuple[list[str], str]:
    """The first row's names in small letters, and the delimiter that gives most of them; raises Unreadable."""
    if not text.partition("\n")[0].strip(DELIMITERS + " \r"):
        raise Unreadable("The first row is empty. The names of the columns must stand there.")
    best: tuple[list[str], str] = ([], DELIMITERS[0])
    for delimiter in DELIMITERS:
        first = next(_reader(text, delimiter), [])
        if len(first) > len(best[0]):
            best = ([unguarded(name.strip()).lower() for name in first], delimiter)
    return best


def lines(text: str, names: list[str], delimiter: str) -> tuple[list[Line], list[Fault]]:
    """All rows that fit the header, and a fault for each that doesn't. Rows without a word in them are passed over."""
    found: list[Line] = []
    faults: list[Fault] = []
    for row, cells in enumerate(_reader(text, delimiter), start=1):
        if row > MAX_ROWS:
            raise Unreadable(f"The file has more than {MAX_ROWS} rows. Split it.")
        if row == 1 or not any(cells):
            continue
        named = dict(zip(names, (unguarded(cell.strip()) for cell in cells), strict=False))
        if len(cells) != len(names):
            faults.append(Fault(row, "", f"has {len(cells)} cells, and the header has {len(names)}"))
        found.append(Line(row, named))
    if not found:
        raise Unreadable("There is a header and no row below it.")
    return found, faults


def require(names: Collection[str], required: Collection[str]) -> None:
    """Raises Unreadable unless all of these columns are there."""
    missing = [name for name in required if name not in names]
    if missing:
        raise Unreadable(
            f"There is no column called {', '.join(repr(name) for name in missing)}; the file can't be used."
        )


def check_columns(names: list[str], known: Collection[str], extra: Callable[[str], bool]) -> list[Fault]:
    """Faults of the header: doubled columns, and those that are neither known nor `extra`."""
    doubled = sorted({name for name in names if name and names.count(name) > 1})
    faults = [Fault(1, name, "the column is there twice") for name in doubled]
    for name in names:
        if name and name not in known and not extra(name):
            near = get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            faults.append(Fault(1, name, f"the column is not known{hint}"))
    return faults


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    rows = 0
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            rows += 1
            yield cells
    except csv.Error as error:
        what = f"a quote is never closed, or a cell has more than {MAX_CELL} characters"
        raise Unreadable(f"Row {rows + 1} can't be read, probably since {what} ({error}).") from None
