"""Three indexes that no question is asked of go; each cost every order or cart a place in a tree.

Guests' orders are found by the index of customer and email, and nobody looks for carts by age or for movements by order.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

UNASKED = (
    ("ix_carts_changed_at", "carts", "changed_at"),
    ("ix_ledger_order_number", "ledger", "order_number"),
    ("ix_orders_email", "orders", "email"),
)


def upgrade() -> None:
    for name, table, _ in UNASKED:
        op.drop_index(name, table_name=table)


def downgrade() -> None:
    for name, table, column in UNASKED:
        op.create_index(name, table, [column])
