"""Stock as staff keep it: the list with its fields, one variant with its ledger, and what they set."""

from datetime import datetime
from math import ceil
from urllib.parse import urlencode

from aiohttp import web
from msgspec import Struct

from handlers.bodies import converted, form_body
from handlers.keys import CLOCK, DB, LIMITS
from handlers.pages import NO_STORE, render
from handlers.visitors import require_staff
from shop.customers import name_fault
from shop.errors import InvalidFields, ShopError, StaleEdit
from shop.ids import VariantId
from shop.stock import MAX_ON_HAND, MAX_REASON_LENGTH, REASONS, Entry, Level, Said, public, say
from storage import stock, stocktaking
from storage.stock import Edit, Threshold
from storage.stocktaking import Counter, Show

PAGE_ROWS = 50
MAX_PAGE = 2_000
MAX_QUERY_LENGTH = 100
LEDGER_ROWS = 50
NEWEST = 2**62
NO_REASON = "set on the dashboard"

KINDS = {
    Entry.RECEIVED: "Came in",
    Entry.HELD: "Held for a payment",
    Entry.RELEASED: "Back from a hold",
    Entry.SOLD: "Sold",
    Entry.RETURNED: "Came back",
    Entry.CORRECTED: "Corrected",
    Entry.BACKORDER: "Backorders taken from here on",
    Entry.NO_BACKORDER: "No more backorders",
}
"""What each movement of the ledger is called."""


class StockQuery(Struct, frozen=True):
    q: str = ""
    show: Show = Show.ALL
    page: int = 1


class LedgerQuery(Struct, frozen=True):
    before: int = NEWEST


class StockForm(Struct, frozen=True, forbid_unknown_fields=True):
    """What a row of stock sends: the number typed, the one that stood there when the page was drawn, and perhaps why."""

    variant: str
    on_hand: str
    expected: int
    reason: str = ""
    back: str = ""


class ThresholdForm(Struct, frozen=True, forbid_unknown_fields=True):
    low_at: str
    expected: int


class StockLine(Struct, frozen=True):
    """A row of stock as a page draws it. `typed` is what its field holds, `why` what is wrong with that."""

    row: Counter
    typed: str
    why: str = ""

    @property
    def said(self) -> Said:
        """The level in words, exact up to where it runs low."""
        return say(public(Level(self.row.on_hand, self.row.held, backorder=self.row.backorder), self.row.low_at))


class Listed(Struct, frozen=True):
    """What a list was asked for, and how many pages of it there are."""

    q: str
    show: Show
    page: int
    pages: int
    found: int

    def address(self, page: int = 1, show: str | None = None) -> str:
        """The address of another page of this list, or of one that shows others."""
        asked = {"q": self.q, "show": show or self.show.value, "page": str(page)}
        usual = {"q": "", "show": Show.ALL.value, "page": "1"}
        query = urlencode({name: value for name, value in asked.items() if value != usual[name]})
        return "/dashboard/stock" + (f"?{query}" if query else "")


async def show(request: web.Request) -> web.Response:
    """GET /dashboard/stock?q=&show=&page=: every variant, the fewest first; raises Unauthenticated or Forbidden."""
    await require_staff(request)
    asked = converted(request.query, StockQuery)
    words = asked.q[:MAX_QUERY_LENGTH].replace("\0", " ").split()
    page = min(max(asked.page, 1), MAX_PAGE)
    found = await request.app[DB].read(stocktaking.shelf, words, asked.show, (page - 1) * PAGE_ROWS, PAGE_ROWS)
    pages = min(MAX_PAGE, max(1, ceil(found.found / PAGE_ROWS)))
    context = {
        "listed": Listed(" ".join(words), asked.show, page, pages, found.found),
        "counts": found.counts,
        "stock_at": found.position,
        "lines": lines(found.rows),
        "reasons": REASONS,
        "most": MAX_ON_HAND,
    }
    return await render(request, "dashboard/stock.html", context, cache=NO_STORE)


def lines(rows: tuple[Counter, ...]) -> list[StockLine]:
    """Rows as they are drawn, their fields holding what is on hand."""
    return [StockLine(row, str(row.on_hand)) for row in rows]


async def set_stock(request: web.Request) -> web.Response:
    """POST /dashboard/stock: sets what is on hand, and goes back to the row. A refusal is shown on the variant's page.

    Raises NotFound for a variant that isn't there.
    """
    who = await require_staff(request)
    assert who.customer is not None  # noqa: S101  require_staff promises it
    request.app[LIMITS].change(request)
    form = await form_body(request, StockForm)
    try:
        edit = _edit(form, who.customer.email, request.app[CLOCK]())
        await request.app[DB].write(stock.set_on_hand, edit)
    except (StaleEdit, InvalidFields) as refusal:
        return await _variant_page(request, form.variant, refusal, typed=form.on_hand, reason=form.reason)
    return _to(f"{_back(form.back)}#v-{form.variant}")


async def variant(request: web.Request) -> web.Response:
    """GET /dashboard/stock/{variant}?before=: its counters and its ledger, the newest first; raises NotFound."""
    await require_staff(request)
    return await _variant_page(request, request.match_info["variant"])


async def set_low_at(request: web.Request) -> web.Response:
    """POST /dashboard/stock/{variant}/low: says when it runs low; a refusal is shown beside the field."""
    await require_staff(request)
    request.app[LIMITS].change(request)
    name = request.match_info["variant"]
    form = await form_body(request, ThresholdForm)
    try:
        command = Threshold(VariantId(name), _count(form.low_at, "low_at"), form.expected, request.app[CLOCK]())
        await request.app[DB].write(stock.set_low_at, command)
    except (StaleEdit, InvalidFields) as refusal:
        return await _variant_page(request, name, refusal, low_at=form.low_at)
    return _to(f"/dashboard/stock/{name}")


async def _variant_page(
    request: web.Request,
    name: str,
    refusal: ShopError | None = None,
    *,
    typed: str | None = None,
    low_at: str | None = None,
    reason: str = "",
) -> web.Response:
    """One variant; with a refusal, what was typed stands in its field and why it was refused below it."""
    db = request.app[DB]
    query = {key: value for key, value in request.query.items() if key == "before"}
    before = min(max(converted(query, LedgerQuery).before, 0), NEWEST)
    position, found = await db.read(stocktaking.counter, name)
    movements = await db.read(stocktaking.ledger, name, before, LEDGER_ROWS)
    why = "" if refusal is None else next(iter(refusal.fields.values()), refusal.detail)
    line = StockLine(found, str(found.on_hand) if typed is None else typed, why if typed is not None else "")
    context = {
        "line": line,
        "stock_at": position,
        "low_at": found.low_at if low_at is None else low_at,
        "low_why": why if low_at is not None else "",
        "reason": reason,
        "movements": movements,
        "more": movements[-1].id if len(movements) == LEDGER_ROWS else None,
        "first": before == NEWEST,
        "kinds": KINDS,
        "reasons": REASONS,
        "longest_reason": MAX_REASON_LENGTH,
        "most": MAX_ON_HAND,
    }
    status = refusal.status if refusal else 200
    return await render(request, "dashboard/variant.html", context, status=status, cache=NO_STORE)


def _edit(form: StockForm, actor: str, at: datetime) -> Edit:
    fault = name_fault(form.reason, "a reason", MAX_REASON_LENGTH) if form.reason.strip() else None
    if fault:
        raise InvalidFields(fields={"reason": fault})
    reason = form.reason.strip() or NO_REASON
    return Edit(VariantId(form.variant), _count(form.on_hand, "on_hand", signed=True), form.expected, actor, reason, at)


def _count(text: str, field: str, *, signed: bool = False) -> int:
    """The number; below zero only where so many may be owed, which the verb knows."""
    typed = text.strip().replace("\N{MINUS SIGN}", "-")
    digits = typed.removeprefix("-") if signed else typed
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= len(str(MAX_ON_HAND))):
        raise InvalidFields(fields={field: f"A whole number from 0 to {MAX_ON_HAND}, please."})
    return int(typed)


def _back(address: str) -> str:
    """The page that the form stood on, if it is one that has rows of stock."""
    page = address.partition("?")[0]
    known = page in {"/dashboard", "/dashboard/stock"} or page.startswith("/dashboard/stock/")
    fits = known and address.isascii() and address.isprintable() and not set("#\\ ") & set(address)
    return address if fits else "/dashboard/stock"


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": NO_STORE})
