"""Alembic's way in: runs migrations on the connection that storage.migrate hands over."""

from typing import Any, Literal

from alembic import context

from storage import code_tables, mail_tables, picture_tables  # noqa: F401
from storage.column_types import Instant

TABLES = mail_tables.Base
"""Of all the tables, which the modules above declare."""


def render_item(kind: str, item: Any, _autogenerate: Any) -> str | Literal[False]:
    """An instant is a number to the database, so migrations stay free of the shop's own types."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Instant) else False


connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=TABLES.metadata, render_item=render_item)
with context.begin_transaction():
    context.run_migrations()
