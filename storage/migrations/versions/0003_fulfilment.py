"""Orders know where their goods are, who packs them, and what staff did; and the words that staff find them by."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXTS = ("claimed_name", "carrier", "tracking", "tracking_link", "cancelled_by")
TIMES = ("claimed_at", "packed_at", "shipped_at")


def upgrade() -> None:
    op.add_column("orders", sa.Column("fulfilment", sa.String(length=16), server_default="none", nullable=False))
    op.add_column("orders", sa.Column("claimed_by", sa.String(length=16), nullable=True))
    for name in TEXTS:
        op.add_column("orders", sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False))
    for name in TIMES:
        op.add_column("orders", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_index(
        op.f("ix_orders_status_fulfilment_placed_at"), "orders", ["status", "fulfilment", "placed_at"], unique=False
    )
    op.create_index(op.f("ix_orders_customer_id_email"), "orders", ["customer_id", "email"], unique=False)
    op.create_index(op.f("ix_orders_email"), "orders", ["email"], unique=False)
    op.drop_index(op.f("ix_orders_customer_id"), table_name="orders")
    op.create_table(
        "order_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_number", sa.String(length=16), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("clerk_id", sa.String(length=16), nullable=False),
        sa.Column("clerk_name", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["order_number"], ["orders.number"], name=op.f("fk_order_events_order_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_events")),
    )
    op.create_index(op.f("ix_order_events_order_number"), "order_events", ["order_number"], unique=False)
    op.create_table(
        "order_words",
        sa.Column("order_number", sa.String(length=16), nullable=False),
        sa.Column(
            "word", sa.String(length=40).with_variant(sa.String(length=40, collation="C"), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("order_number", "word", name=op.f("pk_order_words")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_order_words_word_order_number"), "order_words", ["word", "order_number"], unique=False)


def downgrade() -> None:
    op.drop_table("order_words")
    op.drop_table("order_events")
    op.create_index(op.f("ix_orders_customer_id"), "orders", ["customer_id"], unique=False)
    op.drop_index(op.f("ix_orders_email"), table_name="orders")
    op.drop_index(op.f("ix_orders_customer_id_email"), table_name="orders")
    op.drop_index(op.f("ix_orders_status_fulfilment_placed_at"), table_name="orders")
    for name in (*TIMES, *TEXTS, "claimed_by", "fulfilment"):
        op.drop_column("orders", name)
