"""Orders keep how their total came about: discounts, taxes, and what the way to travel was called.

Orders from before had neither discounts nor taxes, and two ways to travel.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TOTAL = "total = items_amount + shipping_amount - discount_amount + CASE WHEN tax_included THEN 0 ELSE tax_amount END"
BEFORE = "total = items_amount + shipping_amount"
NOTHING = sa.text("''")
NONE = sa.text("0")
AMOUNTS = ("discount_amount", "shipping_discount", "tax_amount", "shipping_tax")


def upgrade() -> None:
    op.add_column("orders", sa.Column("shipping_name", sa.Text(), server_default=NOTHING, nullable=False))
    op.add_column("orders", sa.Column("collected", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("orders", sa.Column("code", sa.Text(), server_default=NOTHING, nullable=False))
    for amount in AMOUNTS:
        op.add_column("orders", sa.Column(amount, sa.BigInteger(), server_default=NONE, nullable=False))
    op.add_column("orders", sa.Column("tax_included", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("orders", sa.Column("shipping_rate", sa.Integer(), server_default=NONE, nullable=False))
    for amount in ("discount", "tax"):
        op.add_column("order_lines", sa.Column(amount, sa.BigInteger(), server_default=NONE, nullable=False))
    op.add_column("order_lines", sa.Column("rate", sa.Integer(), server_default=NONE, nullable=False))
    for code, name, collected in (("door", "To the door", False), ("collect", "Collect in Ghent", True)):
        named = sa.text("UPDATE orders SET shipping_name = :name, collected = :collected WHERE shipping = :code")
        op.execute(named.bindparams(name=name, collected=collected, code=code))
    _total_is(TOTAL)


def downgrade() -> None:
    _total_is(BEFORE)
    for column in (*AMOUNTS, "shipping_name", "collected", "code", "tax_included", "shipping_rate"):
        op.drop_column("orders", column)
    for column in ("discount", "tax", "rate"):
        op.drop_column("order_lines", column)


def _total_is(rule: str) -> None:
    """Puts this rule in the place of the one that stands; SQLite makes the table anew for it."""
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("orders", recreate="always") as orders:
            orders.create_check_constraint(op.f("ck_orders_total"), sa.text(rule))
        return
    op.drop_constraint(op.f("ck_orders_total"), "orders")
    op.create_check_constraint(op.f("ck_orders_total"), "orders", rule)
