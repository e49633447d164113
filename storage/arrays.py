"""PostgreSQL: one writing statement for many rows, its values sent as an array for each column and taken apart by `unnest`.

Many new rows are sent as a stream (COPY) in place of arrays, for less than half of our work.
An IN list is an array as well, so that the text is the same for lists of any length, and is prepared once. A statement
that isn't of the plain kinds here (ON CONFLICT, RETURNING of many, values without a type) is left to Core.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Delete, Executable, Insert, Select, Update
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TupleType, TypeEngine

from storage import wire
from storage.driver import Answer, Bind, Picked, column

MANY = 16
"""From so many rows on, a stream is less work than arrays, and what is sent without waiting for its answer is worth a task."""

_MARK = re.compile(r"\$(\d+)(?:::([A-Z]+))?")
_STREAM = re.compile(r"INSERT INTO (\w+) \(([^()]*)\) VALUES \((\$\d+(?:::[A-Z]+)?(?:, )?)+\)")
_PLAIN = (
    (re.compile(r"(INSERT INTO [^;]*?) VALUES \(([^()]*)\)"), r"\1 SELECT \2 FROM {given}"),
    (re.compile(r"(UPDATE \w+ SET (?:(?! FROM ).)*?) WHERE (.*)"), r"\1 FROM {given} WHERE \2"),
    (re.compile(r"(DELETE FROM \w+) WHERE (.*)"), r"\1 USING {given} WHERE \2"),
)
_known: WeakKeyDictionary[Executable, dict[tuple[str, ...], "Arrays | None"]] = WeakKeyDictionary()


_LISTS = re.compile(r"(NOT )?IN \(__\[POSTCOMPILE_(\w+)\]\)")
_listing: WeakKeyDictionary[Executable, "Listing | None"] = WeakKeyDictionary()


class Arrays:
    """A statement whose parameters are arrays; `copied` are the table and columns of one that only inserts its parameters."""

    def __init__(self, text: str, binds: Sequence[Bind], copied: tuple[str, Sequence[str]] | None) -> None:
        self._text = text
        self._binds = binds
        self._copied = copied
        self._picked = Picked(binds)

    def many(self, tx: Connection, values: Sequence[Mapping[str, Any]]) -> None:
        """Runs the statement once, for all mappings."""
        if len(values) < MANY:
            wire.run(tx, self._text, self._columns(values))
        elif self._copied:
            wire.copy(tx, *self._copied, self._picked.parameters(values))
        else:
            wire.send(tx, self._text, self._columns(values))

    def _columns(self, values: Sequence[Mapping[str, Any]]) -> list[Any]:
        return [column(bind, values) for bind in self._binds]


class Listing:
    """A statement as text, its IN lists arrays."""

    def __init__(self, text: str, binds: Sequence[Bind], lists: Sequence[Bind], answer: Answer) -> None:
        self._text = text
        self._binds = binds
        self._lists = lists
        self._answer = answer

    def rows(self, tx: Connection, values: Mapping[str, Any]) -> list[Any]:
        """The named rows."""
        found = wire.rows(tx, self._text, self._parameters(values))
        return self._answer.rows(found, lambda: tuple(found[0].keys())) if found else []

    def run(self, tx: Connection, values: Mapping[str, Any]) -> int:
        """How many rows the statement met."""
        return wire.run(tx, self._text, self._parameters(values))

    def _parameters(self, values: Mapping[str, Any]) -> list[Any]:
        parameters = [bind.parameter(values) for bind in self._binds]
        for bind in self._lists:
            listed, width = bind.parameters(values[bind.name]), bind.width
            parameters += [listed[place::width] for place in range(width)]
        return parameters


def listing(tx: Connection, statement: Executable) -> Listing | None:
    """The statement made ready, once; None on SQLite, and for one that only Core can do."""
    if tx.dialect.driver != "asyncpg" or not isinstance(statement, Select | Update | Delete):
        return None
    if statement not in _listing:
        _listing[statement] = _prepare_lists(statement, tx.dialect)
    return _listing[statement]


def _prepare_lists(statement: Select[Any] | Update | Delete, dialect: Dialect) -> Listing | None:
    compiled = statement.compile(dialect=dialect)
    found = _LISTS.findall(compiled.string)
    names = dict.fromkeys(name for _, name in found)  # one list may be looked in twice
    lists = [Bind(name, compiled.binds[name].type, None, dialect) for name in names]
    if any(negated for negated, _ in found) or "POSTCOMPILE" in _LISTS.sub("", compiled.string):
        return None
    plain = [name for name in compiled.positiontup or () if name not in {bind.name for bind in lists}]
    binds = [Bind(name, compiled.binds[name].type, compiled.binds[name].value, dialect) for name in plain]
    text, place = compiled.string, len(binds) + 1
    for bind in lists:
        kind = compiled.binds[bind.name].type
        marks = [f"${place + n}::{_name(part, dialect)}[]" for n, part in enumerate(_parts(kind))]
        place += len(marks)
        one = len(marks) == 1
        given = f"= ANY ({marks[0]})" if one else f"IN (SELECT * FROM unnest({', '.join(marks)}))"  # noqa: S608  marks only
        text = text.replace(f"IN (__[POSTCOMPILE_{bind.name}])", given)
    return Listing(text, binds, lists, Answer([column.type for column in statement.exported_columns], dialect))


def _parts(kind: TypeEngine[Any]) -> Sequence[TypeEngine[Any]]:
    return kind.types if isinstance(kind, TupleType) else [kind]


def _name(kind: TypeEngine[Any], dialect: Dialect) -> str:
    """The type's name without its length: a cast to VARCHAR(16) would cut off what is longer, and find what is shorter."""
    return dialect.type_compiler_instance.process(kind).partition("(")[0]


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
    binds = [Bind(name, compiled.binds[name].type, compiled.binds[name].value, dialect) for name in names]
    return Arrays(text, binds, _copied(compiled.string))


def _copied(text: str) -> tuple[str, Sequence[str]] | None:
    """The table and columns of an INSERT of bare parameters, one a column."""
    found = _STREAM.fullmatch(text)
    return (found[1], [name.strip('"') for name in found[2].split(", ")]) if found else None


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
