"""Fewer trees to write: indexes leave out what nobody asks them for, and on SQLite some tables stand in the order of their key.

Nobody asks for all events of carts, which are half of all events, nor for the sessions of nobody. SQLite keeps events by their
position, sessions, carts and their lines by their key: one tree each, not two.
"""

from alembic import op
from sqlalchemy import text

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BY_KEY = ("sessions", "carts", "cart_lines")
NARROWED = (
    ("ix_outbox_kind_position", "outbox", ["kind", "position"], "kind <> 'cart'"),
    ("ix_sessions_customer_id", "sessions", ["customer_id"], "customer_id IS NOT NULL"),
)


def upgrade() -> None:
    for name, table, columns, asked in NARROWED:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns, sqlite_where=text(asked), postgresql_where=text(asked))
    if op.get_context().dialect.name == "sqlite":
        _made_anew("outbox", "position BIGINT NOT NULL", "position INTEGER NOT NULL")
        for table in BY_KEY:
            _made_anew(table, ")", ") WITHOUT ROWID")


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        for table in BY_KEY:
            _made_anew(table, ") WITHOUT ROWID", ")")
        _made_anew("outbox", "position INTEGER NOT NULL", "position BIGINT NOT NULL")
    for name, table, columns, _ in NARROWED:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns)


def _made_anew(table: str, old: str, new: str) -> None:
    """Makes the table as it was but for its last `old`, which becomes `new`: its rows, constraints and indexes are kept."""
    connection = op.get_bind()
    asked = "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type = 'table' DESC"
    first, *indexes = connection.exec_driver_sql(asked, (table,)).scalars()
    _, _, body = first.partition("(")
    before, found, after = body.rpartition(old)
    if not found:
        raise RuntimeError(f"{table} is not as expected: {first}")
    op.execute(f"CREATE TABLE anew ({before}{new}{after}")
    op.execute(f"INSERT INTO anew SELECT * FROM {table}")  # noqa: S608  one of the names above
    op.execute(f"DROP TABLE {table}")
    op.execute(f"ALTER TABLE anew RENAME TO {table}")
    for index in indexes:
        op.execute(index)
