"""Pictures are kept in the books, products show several of them, and a variant can be retired."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pictures",
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_pictures")),
    )
    op.create_index(op.f("ix_pictures_added_at"), "pictures", ["added_at"])
    op.create_table(
        "picture_files",
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["pictures.digest"], name=op.f("fk_picture_files_digest")),
        sa.PrimaryKeyConstraint("digest", "size", name=op.f("pk_picture_files")),
    )
    op.create_table(
        "picture_sources",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["pictures.digest"], name=op.f("fk_picture_sources_digest")),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_picture_sources")),
    )
    op.create_table(
        "product_pictures",
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("image", sa.Text(), nullable=False),
        sa.Column("alt", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_pictures_product_id")),
        sa.PrimaryKeyConstraint("product_id", "rank", name=op.f("pk_product_pictures")),
    )
    op.add_column("variants", sa.Column("retired", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("variants", "retired")
    op.drop_table("product_pictures")
    op.drop_table("picture_sources")
    op.drop_table("picture_files")
    op.drop_index(op.f("ix_pictures_added_at"), table_name="pictures")
    op.drop_table("pictures")
