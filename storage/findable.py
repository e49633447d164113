"""What staff find products and variants by: their words as search folds them, kept beside them, so that neither case nor
accents matter and both engines find the same."""

from sqlalchemy import ColumnElement, SQLColumnExpression, false

from shop.search import fold


def product(name: str, slug: str) -> str:
    """The column `folded` of a product."""
    return fold(f"{name} {slug}")


def variant(value: str, sku: str | None) -> str:
    """The column `folded` of a variant."""
    return fold(f"{value} {sku or ''}")


def holding(folded: SQLColumnExpression[str], typed: str) -> ColumnElement[bool]:
    """Whether the folded text has what was typed somewhere; nothing has what is no letter or digit."""
    looked_for = fold(typed)
    return folded.contains(looked_for) if looked_for else false()
