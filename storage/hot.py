"""Hot reads: statements compiled to SQL text once, and run on the driver without SQLAlchemy between."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Dialect, Select


class Hot:
    """A select whose columns are plain numbers, text and bytes; its text is made once for each dialect."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self.statement = statement
        self._texts: dict[str, tuple[str, Sequence[str]]] = {}

    def text(self, dialect: Dialect) -> tuple[str, Sequence[str]]:
        """The SQL with positional parameters, and the names of the parameters in their order."""
        known = self._texts.get(dialect.name)
        if known is None:
            compiled = self.statement.compile(dialect=dialect)
            known = self._texts[dialect.name] = (str(compiled), tuple(compiled.positiontup or ()))
        return known
