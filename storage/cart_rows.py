"""The rows of carts: made, locked in one order, and with the promotion code that each of them wishes to use."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from shop.codes import Wish
from shop.ids import CartId
from storage.statements import Found, many, one, rows, run
from storage.tables import Cart

_ROW = select(Cart.version, Cart.code, Cart.code_edition).where(Cart.id == bindparam("cart"))
_LOCK_ONE = select(Cart.version).where(Cart.id == bindparam("cart")).with_for_update(key_share=True)
_LOCK = (
    select(Cart.id, Cart.code, Cart.code_edition)
    .where(Cart.id.in_(bindparam("carts", expanding=True)))
    .order_by(Cart.id)
    .with_for_update(key_share=True)
)
_NEW = insert(Cart)
_WISH = (
    update(Cart)
    .where(Cart.id == bindparam("cart"))
    .values(code=bindparam("to_code"), code_edition=bindparam("to_edition"))
)


def read(tx: Connection, cart_id: CartId) -> tuple[int, Wish | None]:
    """The cart's version and its code; 0 and None of one that doesn't exist yet."""
    row = one(tx, _ROW, cart=cart_id)
    return (0, None) if row is None else (row.version, _wish(row))


def own(tx: Connection, cart_id: CartId, at: datetime) -> None:
    """Locks the cart, making it first when it is new, so that changes from two tabs come one after the other."""
    if one(tx, _LOCK_ONE, cart=cart_id) is None:
        run(tx, _NEW, id=cart_id, version=0, changed_at=at)


def locked(tx: Connection, carts: Collection[CartId]) -> dict[CartId, Wish | None]:
    """Locks those of these carts that exist, in one order; answers the code of each."""
    return {CartId(row.id): _wish(row) for row in rows(tx, _LOCK, carts=sorted(carts))}


def wish(tx: Connection, wishes: Mapping[CartId, Wish | None]) -> None:
    """Writes which code each of these carts wishes to use; no carts are fine. The caller announces."""
    many(
        tx,
        _WISH,
        [
            {"cart": cart_id, "to_code": wished.code if wished else "", "to_edition": wished.edition if wished else 0}
            for cart_id, wished in wishes.items()
        ],
    )


def merge_wishes(tx: Connection, kept: CartId, brought: CartId) -> None:
    """Gives the kept cart the brought one's code, where it has none itself; both are locked."""
    wishes = locked(tx, (kept, brought))
    if wishes[brought]:
        wish(tx, {kept: wishes[kept] or wishes[brought], brought: None})


def _wish(row: Found) -> Wish | None:
    return Wish(row.code, row.code_edition) if row.code else None
