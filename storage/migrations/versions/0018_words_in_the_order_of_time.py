"""Orders know the position of their placing, and the words that staff find them by lie in its order, in blocks.

The words are made again from the first order on, as the shop runs; a search says how many orders are still to be read.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KEY = "order_words_position"
WORD = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")

_COUNTED = sa.text(
    "SELECT outbox_head.position, (SELECT count(*) FROM orders) AS orders FROM outbox_head WHERE outbox_head.id = 1"
)
_PLACE = sa.text(
    "UPDATE orders SET position = counted.place * :apart FROM "
    "(SELECT number, row_number() OVER (ORDER BY placed_at, number) AS place FROM orders) AS counted "
    "WHERE counted.number = orders.number"
)
_FORGET = sa.text("DELETE FROM meta WHERE key = :key").bindparams(key=KEY)
_BEGIN = sa.text("INSERT INTO meta (key, value) VALUES (:key, '0')").bindparams(key=KEY)


def upgrade() -> None:
    op.drop_table("order_words")
    op.create_table(
        "order_words",
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("word", WORD, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("block", "word", "position", name=op.f("pk_order_words")),
        sqlite_with_rowid=False,
    )
    op.execute(_FORGET)
    op.execute(_BEGIN)
    op.drop_index(op.f("ix_orders_version"), table_name="orders")
    op.add_column("orders", sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    _place()
    op.create_index(op.f("ix_orders_position"), "orders", ["position"], unique=True)


def _place() -> None:
    """Gives the orders there are positions in their order, spread over those that the outbox has given to anything."""
    books = op.get_bind()
    counted = books.execute(_COUNTED).one_or_none()
    if counted is not None and counted.orders:
        books.execute(_PLACE, {"apart": counted.position // counted.orders})


def downgrade() -> None:
    op.drop_index(op.f("ix_orders_position"), table_name="orders")
    op.drop_column("orders", "position")
    op.create_index(op.f("ix_orders_version"), "orders", ["version"])
    op.execute(_FORGET)
    op.drop_table("order_words")
    op.create_table(
        "order_words",
        sa.Column("order_number", sa.String(16), nullable=False),
        sa.Column("word", WORD, nullable=False),
        sa.PrimaryKeyConstraint("order_number", "word", name=op.f("pk_order_words")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_order_words_word_order_number"), "order_words", ["word", "order_number"])
