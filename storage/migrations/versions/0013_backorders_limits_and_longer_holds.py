"""Backorders by variant, purchase limits by product, and orders that gave way to a newer one of the same shopper."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

LOW = sa.text("low_at >= on_hand - held")


def upgrade() -> None:
    op.drop_index("ix_stock_low", table_name="stock")
    with op.batch_alter_table("stock") as stock:
        stock.add_column(sa.Column("backorder", sa.Boolean(), server_default=sa.false(), nullable=False))
        stock.add_column(sa.Column("owing", sa.BigInteger(), server_default="0", nullable=False))
        stock.drop_constraint(op.f("ck_stock_on_hand"), type_="check")
        stock.drop_constraint(op.f("ck_stock_held"), type_="check")
        stock.create_check_constraint(op.f("ck_stock_held"), "held >= 0 AND on_hand - held >= -owing")
    _index_low()
    op.add_column("products", sa.Column("per_customer", sa.BigInteger(), nullable=True))
    op.add_column("orders", sa.Column("replaced_by", sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column("orders", "replaced_by")
    op.drop_column("products", "per_customer")
    op.drop_index("ix_stock_low", table_name="stock")
    with op.batch_alter_table("stock") as stock:
        stock.drop_constraint(op.f("ck_stock_held"), type_="check")
        stock.create_check_constraint(op.f("ck_stock_on_hand"), "on_hand >= 0")
        stock.create_check_constraint(op.f("ck_stock_held"), "held >= 0 AND held <= on_hand")
        stock.drop_column("owing")
        stock.drop_column("backorder")
    _index_low()


def _index_low() -> None:
    """SQLite makes a table with another constraint anew, and can't take an index over an expression along."""
    op.create_index(
        "ix_stock_low", "stock", [sa.text("(on_hand - held)"), "variant_id"], sqlite_where=LOW, postgresql_where=LOW
    )
