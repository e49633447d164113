"""What staff do over the API: see orders and stock, count stock, change prices."""

from datetime import UTC

from aiohttp import web

from handlers.api import shapes, work_shapes
from handlers.api.orders import brief
from handlers.dashboard.order_list import all_read
from handlers.keys import CLOCK, DB, SHOP
from handlers.visitors import require_staff
from shop import order_search
from shop.customers import name_fault
from shop.errors import InvalidFields
from shop.ids import VariantId
from shop.money import MAX_AMOUNT, Money
from shop.stock import MAX_REASON_LENGTH
from storage import catalogue, stock, topics
from storage import order_search as books
from storage.catalogue import Reprice
from storage.stock import Edit


async def list_orders(request: web.Request, asked: work_shapes.OrdersQuery) -> shapes.OrderList:
    """Lists the shop's newest orders, of all or of one state, and those that have the words."""
    db = request.app[DB]
    wish = order_search.wish(asked.q, asked.show, "", "", UTC)
    await all_read(db, wish.words)
    found = await db.read(books.page, wish, None, asked.limit)
    return shapes.OrderList([brief(request.app, order) for order in found.orders])


async def list_stock(request: web.Request, asked: shapes.StockQuery) -> shapes.StockList:
    """Lists what is on hand and held of each variant, the scarcest first."""
    currency = request.app[SHOP].currency
    _, found = await request.app[DB].read(topics.stock_snapshot, asked.limit)
    return shapes.StockList(
        [
            shapes.StockCount(
                variant=count.variant,
                product=count.product,
                name=count.name,
                value=count.value,
                on_hand=count.on_hand,
                held=count.held,
                available=count.on_hand - count.held,
                price=Money(count.price, currency),
            )
            for count in found
        ]
    )


async def set_stock(request: web.Request, wish: shapes.StockEdit) -> shapes.StockLevel:
    """Sets what is on hand of a variant, if it still is what you saw.

    If it isn't, the refusal (`stale_edit`) carries the newest `on_hand` and `held`, and nothing is changed.
    """
    who = await require_staff(request)
    assert who.customer is not None  # noqa: S101  require_staff promises it
    fault = name_fault(wish.reason, "a reason", MAX_REASON_LENGTH) if wish.reason else None
    if fault:
        raise InvalidFields(fields={"reason": fault})
    variant = VariantId(request.match_info["variant"])
    edit = Edit(variant, wish.on_hand, wish.expected, who.customer.email, wish.reason.strip(), request.app[CLOCK]())
    level = await request.app[DB].write(stock.set_on_hand, edit)
    return shapes.StockLevel(variant, level.on_hand, level.held, level.available)


async def set_price(request: web.Request, wish: shapes.NewPrice) -> shapes.ProductOffers:
    """Changes a variant's price. Carts that saw a lower one ask their shoppers first."""
    currency = request.app[SHOP].currency
    if wish.currency != currency:
        raise InvalidFields(fields={"currency": f"This shop sells in {currency}."})
    if not 0 <= wish.amount <= MAX_AMOUNT:
        raise InvalidFields(fields={"amount": f"From 0 to {MAX_AMOUNT}, in minor units."})
    command = Reprice(VariantId(request.match_info["variant"]), wish.amount, request.app[CLOCK]())
    changed = await request.app[DB].write(catalogue.reprice, command)
    return shapes.ProductOffers(
        [
            shapes.VariantOffer(
                id=offer.id,
                price=Money(offer.price, changed.currency),
                was=None if offer.was is None else Money(offer.was, changed.currency),
                available=offer.available,
            )
            for offer in changed.variants
        ]
    )
