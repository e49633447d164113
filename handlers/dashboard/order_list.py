"""The list of all orders: searched, filtered and paged by the address, and the same as a file for a spreadsheet."""

import csv
import io
from collections.abc import AsyncIterator, Iterator, Sequence
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
from shop.errors import Busy, InvalidFields, MalformedBody
from shop.ids import parse_order_number
from shop.order_search import Place, Show, Wish
from shop.orders import Order
from storage import order_search as books
from storage import order_words
from storage.database import Database

PAGE_ORDERS = 40
FILE_ORDERS = 200
"""Orders that are read at once for a file."""

WORDS_SECONDS = 0.25
"""How long a search makes the words of orders that have none yet, before it says that some are missing."""

PATIENT_SECONDS = 10.0
"""The same for answers that have no place to say so."""

SHOWN = {
    Show.ALL: "All",
    Show.PACK: "To pack",
    Show.SHIP: "To ship",
    Show.WAITING: "Waiting",
    Show.SHIPPED: "Shipped",
    Show.DELIVERED: "Delivered",
    Show.CANCELLED: "Ended unpaid",
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
    refusal, found, to_go = None, None, 0
    try:
        wish = order_search.wish(fields.q, fields.show, fields.first, fields.last, zone)
    except InvalidFields as fault:
        refusal = fault
    else:
        to_go = await catch_up(request.app[DB], wish.words, WORDS_SECONDS)
        found = await request.app[DB].read(books.page, wish, place_of(fields.after), PAGE_ORDERS)
    context = {
        "fields": fields,
        "refusal": refusal,
        "found": found,
        "to_go": to_go,
        "shown": SHOWN,
        "next": fields.address(after=after_text(found.next)) if found and found.next else None,
        **feed_context(request.app, day_of(request.app[CLOCK](), zone).start),
    }
    status = refusal.status if refusal else 200
    return await render(request, "dashboard/orders.html", context, status=status, cache=NO_STORE)


async def file(request: web.Request) -> web.Response:
    """GET /dashboard/orders.csv: the same list as CSV, a row for each order line, streamed.

    Raises InvalidFields, and Busy while orders are still to be read that it might have to hold.
    """
    await require_staff(request)
    fields = _fields(request)
    zone = request.app[SHOP].zone
    wish = order_search.wish(fields.q, fields.show, fields.first, fields.last, zone)
    await all_read(request.app[DB], wish.words)
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


async def catch_up(db: Database, words: Sequence[str], seconds: float) -> int:
    """Makes the words of the newest orders first, when words are asked for; answers how many orders are still to go."""
    return await order_words.read_on(db, seconds) if words else 0


async def all_read(db: Database, words: Sequence[str]) -> None:
    """Raises Busy while an answer by words would miss orders that are still to be read."""
    if to_go := await catch_up(db, words, PATIENT_SECONDS):
        some = "1 order is" if to_go == 1 else f"{to_go:,} orders are"
        raise Busy(
            f"{some} still to be read before words can be looked for. Try again in some minutes, or ask without words.",
            retry_seconds=60,
        )


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


def after_text(place: Place | None) -> str:
    """Where the next page begins, as it stands in an address."""
    return "" if place is None else f"{round(place.at.timestamp() * 1000)}-{place.number}"


def place_of(text: str) -> Place | None:
    """The place in an address; None, the start of the list, for what is none."""
    millis, _, typed = text.partition("-")
    number = parse_order_number(typed)
    if number is None or not (millis.isascii() and millis.isdecimal() and len(millis) <= len("9999999999999")):
        return None
    return Place(datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(millis)), number)
