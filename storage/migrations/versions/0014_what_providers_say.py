"""Payments keep what their provider last said beside what the books say, and disputes are rows of their own."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

AMISS = sa.text("told_state <> state OR told_amount <> amount OR told_currency <> currency OR told_refunded > 0")
SILENT = sa.text("silent_since IS NOT NULL")


def columns() -> list[sa.Column[Any]]:
    """What payments get."""
    return [
        sa.Column("also_ref", sa.Text(), nullable=True),
        sa.Column("told_state", sa.String(length=16), nullable=True),
        sa.Column("told_amount", sa.BigInteger(), nullable=True),
        sa.Column("told_currency", sa.String(length=3), nullable=True),
        sa.Column("told_refunded", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("silent_since", sa.BigInteger(), nullable=True),
        sa.Column("silent_reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("known_amiss", sa.Text(), server_default=sa.text("''"), nullable=False),
    ]


def upgrade() -> None:
    for column in columns():
        op.add_column("payments", column)
    op.create_index(op.f("ix_payments_provider_also_ref"), "payments", ["provider", "also_ref"], unique=False)
    op.create_index("ix_payments_amiss", "payments", ["told_at"], sqlite_where=AMISS, postgresql_where=AMISS)
    op.create_index(
        op.f("ix_payments_silent_since"), "payments", ["silent_since"], sqlite_where=SILENT, postgresql_where=SILENT
    )
    op.create_index(op.f("ix_webhooks_provider_ref"), "webhooks", ["provider", "ref"], unique=False)
    op.add_column("refunds", sa.Column("last_reason", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("orders", sa.Column("dispute", sa.String(length=8), server_default=sa.text("''"), nullable=False))
    op.create_table(
        "disputes",
        sa.Column("provider", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("answer_by", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_disputes_payment_id")),
        sa.PrimaryKeyConstraint("provider", "ref", name=op.f("pk_disputes")),
    )
    op.create_index(op.f("ix_disputes_payment_id"), "disputes", ["payment_id"], unique=False)
    op.create_index(op.f("ix_disputes_state_opened_at"), "disputes", ["state", "opened_at"], unique=False)


def downgrade() -> None:
    op.drop_table("disputes")
    op.drop_column("orders", "dispute")
    op.drop_column("refunds", "last_reason")
    op.drop_index(op.f("ix_webhooks_provider_ref"), table_name="webhooks")
    op.drop_index(op.f("ix_payments_silent_since"), table_name="payments")
    op.drop_index("ix_payments_amiss", table_name="payments")
    op.drop_index(op.f("ix_payments_provider_also_ref"), table_name="payments")
    for column in reversed(columns()):
        op.drop_column("payments", column.name)
