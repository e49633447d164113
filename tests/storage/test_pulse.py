"""A PostgreSQL that is slow is waited for, while it is asked whether it answers at all. (One that hangs: test_books_away.)"""

import pytest
from sqlalchemy import Connection

from storage import pulse
from storage.database import Database


def slow(tx: Connection) -> str:
    tx.exec_driver_sql("SELECT pg_sleep(0.5)")
    return "done"


async def test_who_is_slow_is_waited_for(on_postgresql: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pulse, "LATE_SECONDS", 0.01)
    monkeypatch.setattr(pulse, "LOOK_SECONDS", 0.02)
    assert await on_postgresql.read(slow) == "done"
    assert await on_postgresql.write(slow) == "done"
