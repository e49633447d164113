"""Delivery and taxes are the merchant's to set; products say what they are taxed as, and variants what they weigh."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shopfront", sa.Column("delivery", sa.LargeBinary(), nullable=True))
    op.add_column("shopfront", sa.Column("taxes", sa.LargeBinary(), nullable=True))
    op.add_column("products", sa.Column("tax_class", sa.Text(), server_default="standard", nullable=False))
    op.add_column("variants", sa.Column("weight", sa.BigInteger(), server_default=sa.text("0"), nullable=False))


def downgrade() -> None:
    op.drop_column("variants", "weight")
    op.drop_column("products", "tax_class")
    op.drop_column("shopfront", "taxes")
    op.drop_column("shopfront", "delivery")
