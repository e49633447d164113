"""Giving back, as staff do it: choose what, see exactly how much, and then do it. One page, without scripts.

What was chosen is sent twice: first to be worked out, then to be done, if it still comes to the amount that was shown.
"""

import re
from collections.abc import Mapping

from aiohttp import web
from msgspec import Struct

from handlers.bodies import MAX_KEY_LENGTH, MAX_NAME_LENGTH, fingerprint, form_fields
from handlers.dashboard.orders import clerk_of, number_of
from handlers.keys import CLOCK, DB, LIMITS, WAKE
from handlers.pages import NO_STORE, render
from handlers.visitors import require_staff
from shop import prices, refunds
from shop.cart import MAX_LINES
from shop.errors import CommandReused, Conflict, InvalidFields, MalformedBody, ShopError, StaleEdit
from shop.fulfilment import Clerk, Fulfilment
from shop.ids import crockford
from shop.money import decimal_text
from shop.orders import Order
from shop.refunds import SENT, Pick, Wish, Worked
from storage import orders
from storage import refunds as books
from storage.commands import Id

MOST_FIELDS = 3 * MAX_LINES + 20
LONGEST_NUMBER = 6
_FIELD = re.compile("step|command|seen|agreed|delivery|amount|reason|(units|back|shelf)_[0-9]{1,4}")

Fields = dict[str, str]


class Typed(Struct, frozen=True):
    """What the form says. Numbers that can't be read are faults, each by its field."""

    wish: Wish
    faults: Mapping[str, str]


async def show(request: web.Request) -> web.Response:
    """GET /dashboard/orders/{number}/refund: what can be given back of an order; raises NotFound."""
    await require_staff(request)
    order = await request.app[DB].read(orders.view, number_of(request))
    return await _page(request, order, _blank(order))


async def change(request: web.Request) -> web.Response:
    """POST /dashboard/orders/{number}/refund: works out what was chosen, or does it. A refusal is shown with what was typed."""
    clerk = clerk_of(await require_staff(request))
    request.app[LIMITS].change(request)
    number = number_of(request)
    fields: Fields = dict(await form_fields(request, MOST_FIELDS))
    if strange := next((name for name in fields if not _FIELD.fullmatch(name)), ""):
        raise MalformedBody(fields={strange[:MAX_NAME_LENGTH]: "We don't know this field."})
    order = await request.app[DB].read(orders.view, number)
    if fields.get("step") == "all":
        fields = _everything(order, fields)
    typed = _typed(order, fields)
    if typed.faults:
        return await _page(request, order, fields, refusal=InvalidFields(fields=dict(typed.faults)))
    try:
        if fields.get("step") == "make":
            done = await _make(request, order, fields, typed.wish, clerk=clerk)
            if done is not None:
                return done
        worked = _worked(order, typed.wish)
    except (InvalidFields, Conflict, CommandReused) as refusal:
        newest = await request.app[DB].read(orders.view, number)
        stale = isinstance(refusal, StaleEdit | CommandReused)
        return await _page(request, newest, _blank(newest) if stale else fields, refusal=_by_field(refusal))
    return await _page(request, order, fields, worked=worked)


async def _make(request: web.Request, order: Order, fields: Fields, wish: Wish, *, clerk: Clerk) -> web.Response | None:
    """Does it; None when by now it comes to another amount than the one that was shown."""
    chosen = {name: value for name, value in fields.items() if name not in ("step", "command")}
    command = Id(
        f"refund {clerk.id}",
        (fields.get("command") or crockford(16))[:MAX_KEY_LENGTH],
        fingerprint(order.number, chosen),
    )
    seen = _whole(fields.get("seen", ""))
    if seen is None:
        raise StaleEdit("The page did not say what it was drawn from. Here it is as the order stands now.")
    # What was done already is answered again, though by now the order says something else.
    known = await request.app[DB].read(books.known, command)
    if known is None and seen == len(order.refunds) and str(_worked(order, wish).amount) != fields.get("agreed"):
        return None
    await request.app[DB].write(
        books.make, books.Command(order.number, wish, clerk, command, seen, request.app[CLOCK]())
    )
    request.app[WAKE]()
    return web.Response(
        status=303, headers={"Location": f"/dashboard/orders/{order.number}", "Cache-Control": NO_STORE}
    )


def _worked(order: Order, wish: Wish) -> Worked:
    if not order.sold:
        raise StaleEdit("This order is not paid, so there is nothing to give back.")
    return refunds.work_out(order.bill, wish)


def _typed(order: Order, fields: Fields) -> Typed:
    faults: dict[str, str] = {}

    def number(name: str) -> int:
        found = _whole(fields.get(name, "").strip() or "0")
        if found is None:
            faults[name] = "A whole number, please."
        return found or 0

    picks = []
    for line in range(len(order.lines)):
        units = number(f"units_{line}")
        back = number(f"back_{line}") if order.fulfilment in SENT else 0
        picks.append(Pick(line, units, back, f"shelf_{line}" in fields))
    free = 0
    if text := fields.get("amount", "").strip():
        try:
            free = prices.typed(text, order.currency)
        except prices.BadCell as fault:
            faults["amount"] = f"{str(fault)[:1].upper()}{str(fault)[1:]}."
    return Typed(Wish(tuple(picks), "delivery" in fields, free, reason=fields.get("reason", "")), faults)


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else None


def _by_field(refusal: ShopError) -> ShopError:
    """The refusal, its faults named as the form names its fields."""
    fields = {}
    for name, fault in refusal.fields.items():
        line, dot, part = name.removeprefix("lines[").partition("].")
        fields[f"{part}_{line}" if dot else name] = fault
    refusal.fields = fields
    return refusal


def _blank(order: Order) -> Fields:
    shelf = {f"shelf_{line}": "on" for line in range(len(order.lines))}
    return {"command": crockford(16), "seen": str(len(order.refunds)), **shelf}


def _everything(order: Order, fields: Fields) -> Fields:
    """The fields with all that is left filled in."""
    bill = order.bill
    units = {f"units_{line}": str(bill.left(line)) for line in range(len(order.lines))}
    delivery = {"delivery": "on"} if bill.delivery_left else {}
    return {**fields, **(units if order.fulfilment is not Fulfilment.PACKED else {}), **delivery, "amount": ""}


async def _page(
    request: web.Request,
    order: Order,
    fields: Fields,
    *,
    worked: Worked | None = None,
    refusal: ShopError | None = None,
) -> web.Response:
    bill = order.bill
    context = {
        "order": order,
        "bill": bill,
        "fields": {"command": crockford(16), "seen": ""} | fields,
        "worked": worked,
        "what": refunds.what(order.names, worked) if worked else "",
        "refusal": refusal,
        "faults": refusal.fields if refusal else {},
        "sent": order.fulfilment in SENT,
        "packed": order.fulfilment is Fulfilment.PACKED,
        "open": order.sold and (bill.rest or any(line.out for line in order.lines)),
        "rest_text": decimal_text(bill.rest, order.currency),
    }
    status = refusal.status if refusal else 200
    return await render(request, "dashboard/refund.html", context, status=status, cache=NO_STORE)
