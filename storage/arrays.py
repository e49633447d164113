"""PostgreSQL: one writing statement for many rows, its values sent as an array for each column and taken apart by `unnest`.

A statement that isn't of the plain kinds here (ON CONFLICT, RETURNING, values without a type) is left to Core.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Delete, Executable, Insert, Update
from sqlalchemy.engine import Dialect

from storage.driver import Bind

_MARK = re.compile(r"\$(\d+)(?:::([A-Z]+))?")
_PLAIN = (
    (re.compile(r"(INSERT INTO [^;]*?) VALUES \(([^()]*)\)"), r"\1 SELECT \2 FROM {given}"),
    (re.compile(r"(UPDATE \w+ SET (?:(?! FROM ).)*?) WHERE (.*)"), r"\1 FROM {given} WHERE \2"),
    (re.compile(r"(DELETE FROM \w+) WHERE (.*)"), r"\1 USING {given} WHERE \2"),
)
_known: WeakKeyDictionary[Executable, dict[tuple[str, ...], "Arrays | None"]] = WeakKeyDictionary()


class Arrays:
    """A statement whose parameters are arrays."""

    def __init__(self, text: str, binds: Sequence[Bind]) -> None:
        self._text = text
        self._binds = binds

    def many(self, tx: Connection, values: Sequence[Mapping[str, Any]]) -> None:
        """Runs the statement once, for all mappings."""
        columns = tuple([bind.parameter(row) for row in values] for bind in self._binds)
        tx.exec_driver_sql(self._text, columns)


def prepared(tx: Connection, statement: Executable, keys: Iterable[str]) -> Arrays | None:
    """The statement made ready, once; None on SQLite, and for what only Core can do."""
    if tx.dialect.driver != "asyncpg" or not isinstance(statement, Insert | Update | Delete):
        return None
    wanted = tuple(keys) if isinstance(statement, Insert) else ()
    known = _known.get(statement)
    if known is None:
        known = _known[statement] = {}
    if wanted not in known:
        known[wanted] = _prepare(statement, wanted, tx.dialect)
    return known[wanted]


def _prepare(statement: Insert | Update | Delete, keys: Sequence[str], dialect: Dialect) -> Arrays | None:
    compiled = statement.compile(dialect=dialect, column_keys=list(keys) or None, for_executemany=True)
    names: Sequence[str] = compiled.positiontup or ()
    text = _rewritten(compiled.string, len(names))
    if text is None or any(compiled.prefetch):
        return None
    return Arrays(text, [Bind(name, compiled.binds[name].type, compiled.binds[name].value, dialect) for name in names])


def _rewritten(text: str, count: int) -> str | None:
    """The statement with each parameter a column of `given`; None when it isn't plain."""
    marks = dict(_MARK.findall(text))
    if len(marks) != count or not all(marks.values()):
        return None
    arrays = ", ".join(f"${place}::{marks[str(place)]}[]" for place in range(1, count + 1))
    given = f"unnest({arrays}) AS given({', '.join(f'p{place}' for place in range(1, count + 1))})"
    body = " ".join(_MARK.sub(r"given.p\1", text).split())
    for shape, wanted in _PLAIN:
        if shape.fullmatch(body):
            return shape.sub(wanted, body).format(given=given)
    return None
