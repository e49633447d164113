"""The two ways to SQL of a verb: `rows` reads, `many` writes. A faster driver path can replace either without touching a verb."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Executable, Row

Rows = Sequence[Row[Any]]


def rows(tx: Connection, statement: Executable, **values: Any) -> Rows:
    """All rows that the statement answers, with these values for its bind parameters."""
    return tx.execute(statement, values).all()


def one(tx: Connection, statement: Executable, **values: Any) -> Row[Any] | None:
    """The only row that the statement answers, or None."""
    return tx.execute(statement, values).one_or_none()


def run(tx: Connection, statement: Executable, **values: Any) -> int:
    """Runs one writing statement; answers how many rows it met."""
    return tx.execute(statement, values).rowcount


def many(tx: Connection, statement: Executable, values: Sequence[Mapping[str, Any]]) -> None:
    """Runs one writing statement for each mapping of values, in one go; none at all is fine."""
    if values:
        tx.execute(statement, list(values))
