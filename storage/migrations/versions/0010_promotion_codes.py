"""Promotion codes, their uses and their history; a cart remembers the one that its shopper wishes to use."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NOTHING = sa.text("''")
NONE = sa.text("0")


def upgrade() -> None:
    op.add_column("carts", sa.Column("code", sa.Text(), server_default=NOTHING, nullable=False))
    op.add_column("carts", sa.Column("code_edition", sa.Integer(), server_default=NONE, nullable=False))
    op.create_table(
        "codes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("delivery", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("minimum", sa.BigInteger(), server_default=NONE, nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("max_uses", sa.BigInteger(), nullable=True),
        sa.Column("max_each", sa.BigInteger(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("used", sa.BigInteger(), server_default=NONE, nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_codes")),
        sa.CheckConstraint("used >= 0 AND (max_uses IS NULL OR used <= max_uses)", name=op.f("ck_codes_used")),
        sa.CheckConstraint("value >= 0 AND minimum >= 0", name=op.f("ck_codes_amounts")),
    )
    op.create_index("ix_codes_made_at", "codes", ["made_at"])
    op.create_table(
        "code_uses",
        sa.Column("order_number", sa.String(16), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.String(16), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("max_each", sa.BigInteger(), nullable=True),
        sa.Column("given_back_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("order_number", name=op.f("pk_code_uses")),
        sa.ForeignKeyConstraint(["order_number"], ["orders.number"], name=op.f("fk_code_uses_order_number")),
        sa.ForeignKeyConstraint(["code"], ["codes.code"], name=op.f("fk_code_uses_code")),
    )
    op.create_index("ix_code_uses_code_email", "code_uses", ["code", "email"])
    op.create_index("ix_code_uses_code_customer_id", "code_uses", ["code", "customer_id"])
    op.create_table(
        "code_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_changes")),
        sa.ForeignKeyConstraint(["code"], ["codes.code"], name=op.f("fk_code_changes_code")),
    )
    op.create_index("ix_code_changes_code", "code_changes", ["code"])


def downgrade() -> None:
    for table in ("code_changes", "code_uses", "codes"):
        op.drop_table(table)
    for column in ("code", "code_edition"):
        op.drop_column("carts", column)
