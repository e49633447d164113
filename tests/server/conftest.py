"""The engine room over the books of a small shop, with a clock that the test moves and a provider that it plays."""

from datetime import datetime, timedelta

import pytest

from tests.server.provider import FakeProvider
from tests.storage.books import AT
from tests.storage.conftest import (
    db,
    empty_sqlite,
    on_postgresql,
    on_sqlite,
    place,
    postgresql_books,
    postgresql_template,
    sqlite_file,
)

__all__ = [
    "db",
    "empty_sqlite",
    "on_postgresql",
    "on_sqlite",
    "place",
    "postgresql_books",
    "postgresql_template",
    "sqlite_file",
]


class Clock:
    """The time, which only the test moves."""

    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()
