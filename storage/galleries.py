"""Galleries in the books: which pictures products show on their pages, in their order."""

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

from sqlalchemy import Connection, bindparam, delete, insert, select

from shop.catalogue import PagePicture
from storage.picture_tables import ProductPicture
from storage.statements import many, rows

_OF = (
    select(ProductPicture.product_id, ProductPicture.image, ProductPicture.alt)
    .where(ProductPicture.product_id.in_(bindparam("products", expanding=True)))
    .order_by(ProductPicture.product_id, ProductPicture.rank)
)
_CLEAR = delete(ProductPicture).where(ProductPicture.product_id == bindparam("product"))
_ADD = insert(ProductPicture)


def of(tx: Connection, products: Collection[int]) -> dict[int, tuple[PagePicture, ...]]:
    """The galleries of those of these products, by their row numbers, that have one."""
    found = rows(tx, _OF, products=list(products))
    return {
        product: tuple(PagePicture(row.image, row.alt) for row in group)
        for product, group in groupby(found, key=lambda row: row.product_id)
    }


def put(tx: Connection, wanted: Mapping[int, Sequence[PagePicture]]) -> None:
    """Gives products these galleries in place of what they had; for a verb that tells of them."""
    many(tx, _CLEAR, [{"product": product} for product in wanted])
    many(
        tx,
        _ADD,
        [
            {"product_id": product, "rank": rank, "image": picture.image, "alt": picture.alt}
            for product, pictures in wanted.items()
            for rank, picture in enumerate(pictures)
        ],
    )
