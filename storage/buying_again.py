"""Buying an order again: its lines go into a cart, as far as they can be had, once for each command."""

from datetime import datetime

from msgspec import json
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, select

from shop import buying, holds
from shop.buying import Bought, Offer
from shop.errors import ShopError
from shop.ids import CartId, OrderNumber
from shop.stock import Level
from storage import carts, commands, orders
from storage.carts import Change
from storage.commands import Id
from storage.statements import one, rows
from storage.tables import Command, Product, Stock, Variant

_OFFERS = (
    select(Variant.id, Product.visible, Stock.on_hand, Stock.held, Stock.backorder)
    .join(Product, Product.id == Variant.product_id)
    .join(Stock, Stock.variant_id == Variant.id)
    .where(Variant.id.in_(bindparam("variants", expanding=True)))
)
_KNOWN = select(Command.fingerprint, Command.answer).where(
    Command.scope == bindparam("scope"), Command.key == bindparam("key")
)


def put(tx: Connection, number: OrderNumber, cart: CartId, command: Id, at: datetime) -> Bought:
    """Puts what can still be bought into the cart, at today's prices; raises NotFound or CommandReused.

    The same command again answers what became of the first, and puts nothing.
    """
    return commands.once(tx, command, at, Bought, lambda: _put(tx, number, cart, at))


def known(tx: Connection, command: Id) -> Bought | None:
    """What became of a command; None when there was none, or another one by this key."""
    row = one(tx, _KNOWN, scope=command.scope, key=command.key)
    return None if row is None or row.fingerprint != command.fingerprint else json.decode(row.answer, type=Bought)


def _put(tx: Connection, number: OrderNumber, cart: CartId, at: datetime) -> Bought:
    lines = orders.view(tx, number).lines
    offers = {
        row.id: Offer(Level(row.on_hand, row.held, backorder=bool(row.backorder)).orderable, bool(row.visible))
        for row in rows(tx, _OFFERS, variants=[line.variant for line in lines])
    }
    own = holds.units_of(orders.unpaid_of(tx, cart))
    offers = {variant: replace(offer, available=offer.available + own[variant]) for variant, offer in offers.items()}
    there = {line.variant: line.quantity for line in carts.view(tx, cart).lines}
    adding, missing = buying.again(lines, offers, there)
    for answer in carts.add(tx, [Change(cart, variant, count, at) for variant, count in adding.items()]):
        if isinstance(answer, ShopError):
            raise answer
    return Bought(sum(adding.values()), missing)
