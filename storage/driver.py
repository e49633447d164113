"""SQLite without SQLAlchemy between: a Core statement becomes driver text once, then runs on the driver's own connection.

Values go through the same type processors as in Core, and faults come out as SQLAlchemy's own errors. What can't be
prepared (ORM loading, an empty IN list, column defaults) is left to Core: `prepared` answers None.
"""

import re
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Delete, Executable, Insert, LargeBinary, Select, Update, exc
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TupleType, TypeEngine

from storage import wire
from storage.column_types import Instant, from_millis, to_millis

Processor = Callable[[Any], Any]

WRITING = "BEGIN IMMEDIATE"
"""How a transaction opens that writes: nobody else's write comes between what it reads and what it writes."""

MAX_LISTED = 8_192
"""Values in one IN list; SQLite takes 32,766 parameters, and a longer list is left to Core."""

_DIALECT: Dialect = sqlite.dialect(paramstyle="qmark")
_EXPANDING = re.compile(r"__\[POSTCOMPILE_(\w+)\]")
_known: WeakKeyDictionary[Executable, dict[tuple[str, ...], "Prepared | None"]] = WeakKeyDictionary()


class Bind:
    """A parameter: its name, its type's processors (one, or one an element of a tuple), and what it is unless given."""

    __slots__ = ("default", "name", "one", "several")

    def __init__(self, name: str, kind: TypeEngine[Any], default: object, dialect: Dialect = _DIALECT) -> None:
        self.name = name
        self.default = default
        self.one = _binding(kind, dialect)
        self.several = [_binding(part, dialect) for part in kind.types] if isinstance(kind, TupleType) else None

    @property
    def width(self) -> int:
        """How many parameters one element of an IN list has."""
        return 1 if self.several is None else len(self.several)

    def parameter(self, values: Mapping[str, Any]) -> Any:
        value = values.get(self.name, self.default)
        return value if self.one is None else self.one(value)

    def parameters(self, listed: Sequence[Any]) -> list[Any]:
        """The parameters of an IN list, one after the other."""
        if self.several is not None:
            return [
                part if fit is None else fit(part)
                for row in listed
                for fit, part in zip(self.several, row, strict=True)
            ]
        return list(listed) if self.one is None else [self.one(value) for value in listed]

    def marks(self, count: int) -> str:
        if self.several is None:
            return ", ".join("?" * count)
        row = f"({', '.join('?' * len(self.several))})"
        # Not the bare VALUES: SQLite would not look for them in an index, but through the whole table.
        return f"SELECT * FROM (VALUES {', '.join([row] * count)})"  # noqa: S608  marks only


class Picked:
    """What makes mappings rows of parameters."""

    def __init__(self, binds: Sequence[Bind]) -> None:
        self._fitted = [(place, bind.one) for place, bind in enumerate(binds) if bind.one is not None]
        self._defaults = {bind.name: bind.default for bind in binds if bind.default is not None}
        self._pick = _picked([bind.name for bind in binds])

    def parameters(self, values: Iterable[Mapping[str, Any]]) -> list[Any]:
        """One sequence of parameters for each mapping, in the order of the binds."""
        given = [{**self._defaults, **row} for row in values] if self._defaults else values
        parameters: list[Any] = list(map(self._pick, given))
        if self._fitted:
            parameters = list(map(list, parameters))
            for place, fit in self._fitted:
                _fit(parameters, place, fit)
        return parameters


class Answer:
    """What makes the driver's rows named ones, their values of the types that the columns have."""

    def __init__(self, results: Iterable[TypeEngine[Any]], dialect: Dialect = _DIALECT) -> None:
        self._results = [
            (place, fit) for place, kind in enumerate(results) if (fit := _reading(kind, dialect)) is not None
        ]
        self._named: Callable[[Iterable[Any]], Any] | None = None

    def rows(self, found: Iterable[Sequence[Any]], names: Callable[[], Sequence[str]]) -> list[Any]:
        """The rows. Their names, which the driver makes anew for each answer, are asked for once."""
        if self._results:
            changed = list(map(list, found))
            for place, fit in self._results:
                for row in changed:
                    row[place] = fit(row[place])
            found = changed
        if self._named is None:
            self._named = _named(names())
        return list(map(self._named, found))


class Prepared:
    """A statement as driver text, with what turns values into parameters and the driver's rows into named ones."""

    def __init__(self, compiled: SQLCompiler, results: Sequence[TypeEngine[Any]]) -> None:
        self._text = compiled.string
        expanding = set(_EXPANDING.findall(self._text))
        found = [(name, compiled.binds[name]) for name in compiled.positiontup or ()]
        # What has to be given has a mark of Core's in the place of a value.
        self._binds = [Bind(name, b.type, None if b.required else b.effective_value) for name, b in found]
        self._listed = [bind for bind in self._binds if bind.name in expanding]
        self._expanded: dict[tuple[int, ...], str] = {}
        self._picked = Picked(self._binds)
        self._answer = Answer(results)

    def rows(self, tx: Connection, values: Mapping[str, Any]) -> list[Any] | None:
        """The named rows; None when a list of these values is one for Core."""
        ready = self.ready(values)
        if ready is None:
            return None
        cursor = _run(tx, *ready)
        try:
            found = cursor.fetchall()
        except sqlite3.Error as error:
            raise _told(error, ready[0], ready[1]) from error
        return self._answer.rows(found, lambda: [column[0] for column in cursor.description]) if found else []

    def run(self, tx: Connection, values: Mapping[str, Any]) -> int | None:
        """How many rows the statement met; None when a list of these values is one for Core."""
        ready = self.ready(values)
        return None if ready is None else _run(tx, *ready).rowcount

    def many(self, tx: Connection, values: Iterable[Mapping[str, Any]]) -> None:
        """Runs the statement for each mapping."""
        parameters = self._picked.parameters(values)
        connection = _connection(tx)
        try:
            connection.executemany(self._text, parameters)
        except sqlite3.Error as error:
            raise _told(error, self._text, parameters) from error

    def ready(self, values: Mapping[str, Any]) -> tuple[str, list[Any]] | None:
        """The driver's text and parameters for these values; None when a list of them is one for Core."""
        if not self._listed:
            return self._text, [bind.parameter(values) for bind in self._binds]
        lists = {bind.name: _padded(values[bind.name]) for bind in self._listed}
        if not all(0 < len(found) <= MAX_LISTED for found in lists.values()):
            return None
        parameters: list[Any] = []
        for bind in self._binds:
            if bind.name in lists:
                parameters += bind.parameters(lists[bind.name])
            else:
                parameters.append(bind.parameter(values))
        lengths = tuple(map(len, lists.values()))  # powers of two, so there are few
        text = self._expanded.get(lengths)
        if text is None:
            marks = {bind.name: bind.marks(len(lists[bind.name])) for bind in self._listed}
            text = self._expanded[lengths] = _EXPANDING.sub(lambda found: marks[found[1]], self._text)
        return text, parameters


def prepared(tx: Connection, statement: Executable, keys: Iterable[str] = ()) -> Prepared | None:
    """The statement made ready for the driver, once; None on PostgreSQL, and for what only Core can do.

    `keys` are the columns that an INSERT fills, when the statement doesn't say so itself.
    """
    if tx.dialect.name != "sqlite":
        return None
    wanted = tuple(keys) if isinstance(statement, Insert) else ()
    try:
        return _known[statement][wanted]
    except KeyError:
        ready = _known.setdefault(statement, {})[wanted] = _prepare(statement, wanted)
        return ready


def start(tx: Connection, opening: str) -> None:
    """Opens a transaction with this very statement, on the driver; for SQLAlchemy's own hook, so it says nothing of it."""
    _execute(tx.connection.driver_connection, opening)


def start_over(tx: Connection) -> None:
    """Undoes everything that the open transaction has written, and opens it again; SQLAlchemy needs to know nothing of it."""
    if tx.dialect.name != "sqlite":
        wire.run(tx, "ROLLBACK; BEGIN", ())
        return
    connection = _connection(tx)
    if connection.in_transaction:  # after a fault of the disk SQLite has rolled back by itself
        _execute(connection, "ROLLBACK")
    _execute(connection, WRITING)


def savepoint(tx: Connection, command: str) -> None:
    """Runs a SAVEPOINT command, as text."""
    if tx.dialect.name == "sqlite":
        _run(tx, command, ())
    else:
        wire.run(tx, command, ())


def _prepare(statement: Executable, keys: Sequence[str]) -> Prepared | None:
    if not isinstance(statement, Select | Insert | Update | Delete):
        return None
    compiled = statement.compile(dialect=_DIALECT, column_keys=list(keys) or None, for_executemany=bool(keys))
    if compiled.literal_execute_params or any(compiled.prefetch):
        return None
    return Prepared(compiled, [column.type for column in statement.exported_columns])


def _named(names: Sequence[str]) -> Callable[[Iterable[Any]], Any]:
    """Makes a row of the driver a tuple whose columns have these names."""
    made: Any = namedtuple("Found", list(names), rename=True)  # type: ignore[misc]  # they are known here only
    make: Callable[[Iterable[Any]], Any] = made._make
    return make


def _picked(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """Takes the values of these names out of a mapping."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda row: [row[name] for name in names]


def column(bind: Bind, values: Iterable[Mapping[str, Any]]) -> list[Any]:
    """One parameter of many rows."""
    name, default, fit = bind.name, bind.default, bind.one
    given = [row.get(name, default) for row in values]
    return given if fit is None else [fit(value) for value in given]


def _fit(parameters: Iterable[list[Any]], place: int, fit: Processor) -> None:
    """Makes one column's values parameters. The rows of a commit mostly share them, and its instants above all."""
    before = after = object()
    for row in parameters:
        value = row[place]
        if value is not before:
            before, after = value, fit(value)
        row[place] = after


def _padded(found: Iterable[Any]) -> list[Any]:
    """The list, its last value repeated up to a power of two, so that few texts are ever parsed."""
    listed = list(found)
    if listed:
        listed += listed[-1:] * ((1 << (len(listed) - 1).bit_length()) - len(listed))
    return listed


def _connection(tx: Connection) -> sqlite3.Connection:
    if not tx.in_transaction():
        tx.begin()
    connection = tx.connection.driver_connection
    assert isinstance(connection, sqlite3.Connection)  # noqa: S101  its dialect was asked
    return connection


def _run(tx: Connection, text: str, parameters: Sequence[Any]) -> sqlite3.Cursor:
    return _execute(_connection(tx), text, parameters)


def _execute(connection: Any, text: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
    try:
        found: sqlite3.Cursor = connection.execute(text, parameters)
    except sqlite3.Error as error:
        raise _told(error, text, parameters) from error
    return found


def _told(error: sqlite3.Error, text: str, parameters: Sequence[Any]) -> BaseException:
    """The driver's error as Core would have raised it."""
    return exc.DBAPIError.instance(text, list(parameters), error, sqlite3.Error, dialect=_DIALECT)


def _binding(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    """What makes a value of the type a parameter; None where the driver takes it as it is (bytes, too)."""
    if isinstance(kind, Instant):
        return _millis
    return None if isinstance(kind, LargeBinary) else kind.dialect_impl(dialect).bind_processor(dialect)


def _reading(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    """What makes the driver's value one of the type; None where it is one already."""
    if isinstance(kind, Instant):
        return _instant
    return None if isinstance(kind, LargeBinary) else kind.dialect_impl(dialect).result_processor(dialect, None)


def _instant(value: int | None) -> datetime | None:
    """What an Instant reads, without the two calls of a TypeDecorator: an order has nine of them."""
    return None if value is None else from_millis(value)


@lru_cache(maxsize=4_096)
def _millis(value: datetime | None) -> int | None:
    """Instant's parameter without the two calls of a TypeDecorator: most rows of a commit share one instant."""
    return None if value is None else to_millis(value)
