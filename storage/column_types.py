"""What columns hold that no database has a type for: instants, row numbers of both engines, and words to look up."""

from datetime import UTC, datetime

from sqlalchemy import BigInteger, Dialect, Integer, String, TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as milliseconds since 1970: the same number on both engines."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_millis(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_millis(value)


def to_millis(value: datetime) -> int:
    return round(value.timestamp() * 1000)


def from_millis(value: int) -> datetime:
    return datetime.fromtimestamp(value / 1000, UTC)


Serial = BigInteger().with_variant(Integer, "sqlite")
"""A row number that the database gives: SQLite numbers INTEGER keys only."""


Word = String(40).with_variant(String(40, collation="C"), "postgresql")
"""Text that is compared letter by letter on both engines, so that words of one beginning stand together."""
