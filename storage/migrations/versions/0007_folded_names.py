"""Products and variants keep their words folded, so that staff find them whatever the case and accents."""

from collections.abc import Callable, Sequence

import sqlalchemy as sa
from alembic import op

from storage import findable

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ROWS_AT_ONCE = 2000

PRODUCTS = sa.table("products", sa.column("id"), sa.column("name"), sa.column("slug"), sa.column("folded"))
VARIANTS = sa.table("variants", sa.column("id"), sa.column("value"), sa.column("sku"), sa.column("folded"))


def upgrade() -> None:
    for table in ("products", "variants"):
        op.add_column(table, sa.Column("folded", sa.Text(), server_default=sa.text("''"), nullable=False))
    products, variants = PRODUCTS.c, VARIANTS.c
    _fill(PRODUCTS, [products.name, products.slug], findable.product)
    _fill(VARIANTS, [variants.value, variants.sku], findable.variant)


def downgrade() -> None:
    for table in ("products", "variants"):
        op.drop_column(table, "folded")


def _fill(table: sa.TableClause, columns: Sequence[sa.ColumnClause[str]], folded: Callable[[str, str], str]) -> None:
    """Fills the column in the order of ids, a few thousand rows in memory at once."""
    bind = op.get_bind()
    some = sa.select(table.c.id, *columns).order_by(table.c.id).limit(ROWS_AT_ONCE)
    change = table.update().where(table.c.id == sa.bindparam("row")).values(folded=sa.bindparam("to"))
    found = bind.execute(some).all()
    while found:
        bind.execute(change, [{"row": row[0], "to": folded(row[1], row[2])} for row in found])
        found = bind.execute(some.where(table.c.id > found[-1][0])).all()
