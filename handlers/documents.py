"""Invoices, receipts and credit notes, as a page to print: for whoever may see the order."""

from aiohttp import web

from handlers.keys import DB
from handlers.pages import NO_STORE, render
from handlers.visitors import own_order
from shop import countries
from shop.documents import path, title
from shop.errors import NotFound
from shop.orders import Order
from shop.refunds import Refund
from storage import documents

LONGEST_RANK = 6


async def invoice(request: web.Request) -> web.Response:
    """GET /orders/{number}/invoice: the invoice of a paid order, or its receipt; raises NotFound."""
    return await _page(request, await own_order(request), 0)


async def credit_note(request: web.Request) -> web.Response:
    """GET /orders/{number}/credit-notes/{rank}: the credit note of one of its refunds; raises NotFound."""
    typed = request.match_info["rank"]
    order = await own_order(request)
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= LONGEST_RANK and int(typed)):
        raise NotFound("This order has no such credit note.")
    return await _page(request, order, int(typed))


async def _page(request: web.Request, order: Order, rank: int) -> web.Response:
    db = request.app[DB]
    found = {paper.refund: paper for paper in await db.read(documents.of, order.number)}
    if rank not in found:
        raise NotFound(
            "This order has no such credit note." if rank else "This order is not paid, so it has no invoice."
        )
    paper = found[rank]
    context = {
        "order": order,
        "paper": paper,
        "title": title(paper),
        "invoice": found.get(0),
        "invoice_title": title(found[0]) if 0 in found else "",
        "others": [(other, title(other), path(other)) for other in found.values() if other is not paper],
        "refund": _refund(order, rank),
        "taxes": order.cost.taxes if paper.said.taxes is None and not rank else paper.said.taxes or (),
        "by": await db.read(documents.paid_through, order.number),
        "country": countries.name(order.country),
    }
    return await render(request, "document.html", context, cache=NO_STORE)


def _refund(order: Order, rank: int) -> Refund | None:
    return next((refund for refund in order.refunds if refund.rank == rank), None)
