"""The shop's currency, and what changing it means: prices keep their numbers, carts are emptied, orders forbid it."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, func, select, update

from shop import delivery
from shop.catalogue import ProductState
from shop.errors import InvalidFields, StaleEdit, WrongState
from shop.events import CartChanged, Event, ProductChanged, ShopfrontChanged
from shop.ids import CartId
from shop.money import exponent, restated
from shop.shopfront import Difference, Standing
from storage import carts, catalogue, codes, outbox, shopfront, tables
from storage.placing import emptied
from storage.statements import many, rows, run, scalar

MAX_RESTATED = 2_000
"""Products whose prices can be restated in one short verb; a larger catalogue is imported anew in its new currency."""

_SET_CURRENCY = update(tables.Meta).where(tables.Meta.key == "currency").values(value=bindparam("to"))
_ORDERS = select(func.count()).select_from(tables.Order)
_PRODUCTS = select(func.count()).select_from(tables.Product)
_PRICES = select(
    tables.Variant.id, tables.Variant.price, tables.Variant.was, tables.Product.slug, tables.Product.visible
).join(tables.Product, tables.Product.id == tables.Variant.product_id)
_RESTATE = (
    update(tables.Variant)
    .where(tables.Variant.id == bindparam("variant"))
    .values(price=bindparam("to_price"), was=bindparam("to_was"))
)
_FILLED_CARTS = select(tables.CartLine.cart_id).distinct()


class NewCurrency(Struct, frozen=True):
    """The command to sell in another currency."""

    currency: str
    seen: int
    actor: str
    at: datetime


class Priced(Struct, frozen=True):
    """What has a price in it."""

    orders: int
    products: int
    carts: int
    rounded: int = 0
    """Prices that have decimals which the other currency has not."""


def priced(tx: Connection, to: str) -> Priced:
    """What stands in the way of another currency, and what it would mean."""
    lost = exponent(catalogue.currency(tx)) - exponent(to)
    odd = 0
    products = int(scalar(tx, _PRODUCTS))
    if lost > 0 and products <= MAX_RESTATED:
        odd = sum(row.price % 10**lost != 0 for row in rows(tx, _PRICES))
    return Priced(int(scalar(tx, _ORDERS)), products, len(rows(tx, _FILLED_CARTS)), odd)


def change(tx: Connection, command: NewCurrency) -> Standing:
    """Sells in another currency from now on: a price keeps its number as people read it, and every cart is emptied.

    Raises WrongState once there is an order, InvalidFields for a catalogue that is too large, and StaleEdit.
    """
    now = shopfront.read(tx)
    if command.currency == now.currency:
        return now
    if command.seen != now.version:
        raise StaleEdit(shopfront.STALE, version=now.version)
    standing = priced(tx, command.currency)
    if standing.orders:
        raise WrongState(
            f"There are orders in {now.currency}, and what was paid stays what it was. "
            "To sell in another currency, open a new shop: export the products and import them there."
        )
    if standing.products > MAX_RESTATED:
        why = f"With more than {MAX_RESTATED} products, export them and import them into a new shop in {command.currency}."
        raise InvalidFields(fields={"currency": why})
    run(tx, _SET_CURRENCY, to=command.currency)
    shown = _restate(tx, now.currency, command.currency)
    codes.restate(tx, now.currency, command.currency)
    emptied_carts = [CartId(row.cart_id) for row in rows(tx, _FILLED_CARTS)]
    carts.empty(tx, emptied_carts)
    first = outbox.reserve(tx, len(shown) + len(emptied_carts) + 1)
    after = replace(
        now,
        version=first + len(shown) + len(emptied_carts),
        currency=command.currency,
        delivery=delivery.restated(now.delivery, now.currency, command.currency),
    )
    catalogue.touch(tx, {slug: (first + place, state) for place, (slug, state) in enumerate(shown.items())})
    carts.touch(tx, {cart: first + len(shown) + place for place, cart in enumerate(emptied_carts)}, command.at)
    shopfront.save(
        tx, now.version, after, command.actor, [Difference("currency", now.currency, command.currency)], command.at
    )
    told: list[Event] = [ProductChanged(slug, state) for slug, state in shown.items()]
    told += [CartChanged(cart, emptied(command.currency)) for cart in emptied_carts]
    outbox.record(tx, first, [*told, ShopfrontChanged(after)], command.at)
    return after


def _restate(tx: Connection, before: str, after: str) -> dict[str, ProductState]:
    """Writes every price as the same number in the other currency; answers the new states of what can be seen."""
    found = rows(tx, _PRICES)
    slugs = {row.slug for row in found if row.visible}
    catalogue.lock(tx, slugs)
    if exponent(before) != exponent(after):
        many(
            tx,
            _RESTATE,
            [
                {
                    "variant": row.id,
                    "to_price": restated(row.price, before, after),
                    "to_was": None if row.was is None else restated(row.was, before, after),
                }
                for row in found
            ],
        )
    return catalogue.states(tx, sorted(slugs)) if slugs else {}
