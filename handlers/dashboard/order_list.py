"""The list of all orders: searched, filtered and paged by the address, and the same as a file for a spreadsheet."""

import csv
import io
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from aiohttp import web
from msgspec import Struct

from handlers.bodies import converted
from handlers.dashboard.feed import feed_context
from handlers.keys import CLOCK, DB, SHOP
from handlers.pages import NO_STORE, render
from handlers.visitors import require_staff
from shop import order_search, orders_csv
from shop.days import day_of
from shop.errors import InvalidFields, MalformedBody
from shop.ids import parse_order_number
from shop.order_search import Place, Show, Wish
from shop.orders import Order
from storage import order_search as books
from storage import order_words
from storage.database import Database

PAGE_ORDERS = 40
FILE_ORDERS = 200
"""Orders that are read at once for a file."""

MOST_CATCHING_UP = 200
"""Verbs that one search may have carried out to make the words of new orders."""

SHOWN = {
    Show.ALL: "All",
    Show.PACK: "To pack",
    Show.SHIP: "To ship",
    Show.WAITING: "Waiting",
    Show.SHIPPED: "Shipped",
    Show.CANCELLED: "Cancelled",
    Show.REFUNDED: "Refunded",
}


class Fields(Struct, frozen=True, rename={"first": "from", "last": "to"}):
    """The address's query; fields that nobody knows are passed over, as in every address that people share."""

    q: str = ""
    show: str = ""
    first: str = ""
    last: str = ""
    after: str = ""

    def address(self, path: str = "/dashboard/orders", **changes: str) -> str:
        """The same list with these changes, from its start unless they say where."""
        values = {"q": self.q, "show": self.show, "from": self.first, "to": self.last} | changes
        query = urlencode({name: value for name, value in values.items() if value})
        return f"{path}?{query}" if query else path


async def show(request: web.Request) -> web.Response:
    """GET /dashboard/orders?q=&show=&from=&to=&after="""
    await require_staff(request)
    fields = _fields(request)
    zone = request.app[SHOP].zone
    refusal, found = None, None
    try:
        wish = order_search.wish(fields.q, fields.show, fields.first, fields.last, zone)
    except InvalidFields as fault:
        refusal = fault
    else:
        await catch_up(request.app[DB], wish)
        found = await request.app[DB].read(books.page, wish, _place(fields.after), PAGE_ORDERS)
    context = {
        "fields": fields,
        "refusal": refusal,
        "found": found,
        "shown": SHOWN,
        "next": fields.address(after=_after(found.next)) if found and found.next else None,
        **feed_context(request.app, day_of(request.app[CLOCK](), zone).start),
    }
    status = refusal.status if refusal else 200
    return await render(request, "dashboard/orders.html", context, status=status, cache=NO_STORE)


async def file(request: web.Request) -> web.Response:
    """GET /dashboard/orders.csv: the same list as CSV, a row for each order line, streamed; raises InvalidFields."""
    await require_staff(request)
    fields = _fields(request)
    zone = request.app[SHOP].zone
    wish = order_search.wish(fields.q, fields.show, fields.first, fields.last, zone)
    await catch_up(request.app[DB], wish)
    day = request.app[CLOCK]().astimezone(zone).date()
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="orders-{day}.csv"',
        "Cache-Control": NO_STORE,
    }
    return web.Response(body=_lines(request.app[DB], wish), headers=headers)


async def _lines(db: Database, wish: Wish) -> AsyncIterator[bytes]:
    """The file, some orders at a time, each time as the books are then; no order comes twice."""
    yield _text([orders_csv.HEADER])
    after: Place | None = None
    while True:
        page = await db.read(books.page, wish, after, FILE_ORDERS)
        yield _text(_rows(page.orders))
        after = page.next
        if after is None:
            return


async def catch_up(db: Database, wish: Wish) -> None:
    """Makes the words of the newest orders first, when words are asked for."""
    if not wish.words:
        return
    for _ in range(MOST_CATCHING_UP):
        if not await db.read(order_words.behind):
            return
        await db.write(order_words.catch_up)


def _fields(request: web.Request) -> Fields:
    try:
        return converted({name: value.replace("\0", "") for name, value in request.query.items()}, Fields)
    except MalformedBody:
        return Fields()


def _rows(orders: list[Order]) -> Iterator[list[str]]:
    for order in orders:
        yield from orders_csv.rows(order)


def _text(rows: Iterator[list[str]] | list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def _after(place: Place | None) -> str:
    """Where the next page begins, as it stands in an address."""
    return "" if place is None else f"{round(place.at.timestamp() * 1000)}-{place.number}"


def _place(text: str) -> Place | None:
    """The place in an address; None, the start of the list, for what is none."""
    millis, _, typed = text.partition("-")
    number = parse_order_number(typed)
    if number is None or not (millis.isascii() and millis.isdecimal() and len(millis) <= len("9999999999999")):
        return None
    return Place(datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(millis)), number)
