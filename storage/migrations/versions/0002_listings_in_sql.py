"""Products know the price that their card shows and whether they can be bought, so that the database lists them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SORTED = ("popularity", "price", "added_at")


def upgrade() -> None:
    op.add_column("products", sa.Column("price", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("products", sa.Column("available", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(
        """
        UPDATE products SET
            price = coalesce((
                SELECT v.price FROM variants v JOIN stock s ON s.variant_id = v.id
                WHERE v.product_id = products.id
                ORDER BY CASE WHEN s.on_hand > s.held THEN 0 ELSE 1 END, v.rank LIMIT 1
            ), 0),
            available = EXISTS (
                SELECT 1 FROM variants v JOIN stock s ON s.variant_id = v.id
                WHERE v.product_id = products.id AND s.on_hand > s.held
            )
        """
    )
    op.drop_index(op.f("ix_products_category"), table_name="products")
    op.drop_index(op.f("ix_products_added_at"), table_name="products")
    for column in SORTED:
        op.create_index(
            op.f(f"ix_products_{column}_id_visible_available"), "products", [column, "id", "visible", "available"]
        )
        op.create_index(
            op.f(f"ix_products_category_{column}_id_visible_available"),
            "products",
            ["category", column, "id", "visible", "available"],
        )


def downgrade() -> None:
    for column in SORTED:
        op.drop_index(op.f(f"ix_products_category_{column}_id_visible_available"), table_name="products")
        op.drop_index(op.f(f"ix_products_{column}_id_visible_available"), table_name="products")
    op.create_index(op.f("ix_products_added_at"), "products", ["added_at"])
    op.create_index(op.f("ix_products_category"), "products", ["category"])
    op.drop_column("products", "available")
    op.drop_column("products", "price")
