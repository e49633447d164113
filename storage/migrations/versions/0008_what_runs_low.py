"""What runs low has an index of its own, so that counting it doesn't go through all counters."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

LOW = sa.text("low_at >= on_hand - held")


def upgrade() -> None:
    op.create_index(
        "ix_stock_low", "stock", [sa.text("(on_hand - held)"), "variant_id"], sqlite_where=LOW, postgresql_where=LOW
    )


def downgrade() -> None:
    op.drop_index("ix_stock_low", table_name="stock")
