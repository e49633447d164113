"""Figures of a day stay in their indexes, each variant says when it runs low, and screens on the wall have a table."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SOLD = sa.text("kind = 'sold'")


def upgrade() -> None:
    op.add_column("stock", sa.Column("low_at", sa.BigInteger(), server_default="5", nullable=False))
    op.drop_index(op.f("ix_orders_paid_at"), table_name="orders")
    op.create_index(op.f("ix_orders_status_paid_at_total"), "orders", ["status", "paid_at", "total"])
    op.drop_index(op.f("ix_ledger_variant_id"), table_name="ledger")
    op.create_index(op.f("ix_ledger_variant_id_id"), "ledger", ["variant_id", "id"])
    op.create_index(
        op.f("ix_ledger_at_variant_id_on_hand_kind"),
        "ledger",
        ["at", "variant_id", "on_hand", "kind"],
        sqlite_where=SOLD,
        postgresql_where=SOLD,
    )
    op.create_table(
        "screens",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("code_until", sa.BigInteger(), nullable=True),
        sa.Column("session_hash", sa.LargeBinary(), nullable=True),
        sa.Column("mark", sa.Text(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screens")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_screens_code_hash")),
        sa.UniqueConstraint("session_hash", name=op.f("uq_screens_session_hash")),
    )


def downgrade() -> None:
    op.drop_table("screens")
    op.drop_index(op.f("ix_ledger_at_variant_id_on_hand_kind"), table_name="ledger")
    op.drop_index(op.f("ix_ledger_variant_id_id"), table_name="ledger")
    op.create_index(op.f("ix_ledger_variant_id"), "ledger", ["variant_id"])
    op.drop_index(op.f("ix_orders_status_paid_at_total"), table_name="orders")
    op.create_index(op.f("ix_orders_paid_at"), "orders", ["paid_at"])
    op.drop_column("stock", "low_at")
