"""Payments that don't match: a list that is normally empty, and what staff can do about each line of it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from aiohttp import web
from msgspec import Struct

from handlers import paying
from handlers.bodies import fingerprint, form_body
from handlers.dashboard.orders import clerk_of
from handlers.keys import CLOCK, DB, LIMITS, SHOP, WAKE
from handlers.pages import NO_STORE, money, render
from handlers.visitors import require_staff
from shop import mismatches as words
from shop.fulfilment import Clerk
from shop.ids import new_secret, parse_order_number, shown
from shop.mismatches import ACKNOWLEDGED, Kind, Mismatch, Words
from shop.payments import PaymentId
from storage import commands, mismatches, payments, refunds

F = TypeVar("F", bound=Struct)

NAMES = {
    Kind.AMOUNT: "Another amount",
    Kind.WORD: "Paid or not",
    Kind.GIVEN_ELSEWHERE: "Given back elsewhere",
    Kind.NOT_GIVEN: "Refund that failed",
    Kind.REFUND: "Refund not made yet",
    Kind.SILENT: "No answer",
    Kind.STUCK: "Still open",
    Kind.DISPUTE: "Dispute",
    Kind.UNKNOWN: "Unknown payment",
}
SAID = {
    "answered": ("", "The provider has answered about order {order}. This list is as it stands now."),
    "silent": ("wait", "No answer about order {order} yet. We go on asking."),
    "asked": ("wait", "The provider is being asked to give back the money of order {order}. Look again in a moment."),
    "done": ("", "Noted for order {order}."),
    "changed": ("bad", "What the provider says of order {order} has changed meanwhile. Nothing was noted."),
    "dismissed": ("", "Noted: that payment is none of ours."),
}
"""What the page says after a button, by the address: the class of the notice, and its words."""


class Line(Struct, frozen=True):
    """A mismatch as it is drawn."""

    facts: Mismatch
    name: str
    words: Words
    can_ask: bool
    can_note: bool


class PaymentForm(Struct, frozen=True, forbid_unknown_fields=True):
    """The payment of a line, and the command's id; `mark` is what the line showed."""

    command: str
    payment: str
    mark: str = ""


class RefundForm(Struct, frozen=True, forbid_unknown_fields=True):
    command: str
    refund: str


class UnknownForm(Struct, frozen=True, forbid_unknown_fields=True):
    command: str
    provider: str
    ref: str


class Done(Struct, frozen=True):
    """What a command answered: the order that it was about, and whether it did what it says."""

    order: str
    done: bool = True


async def show(request: web.Request) -> web.Response:
    """GET /dashboard/payments"""
    await require_staff(request)
    app = request.app
    found = await app[DB].read(mismatches.found, app[CLOCK]())

    def written(amount: int, currency: str) -> str:
        return money(amount, currency or app[SHOP].currency, app[SHOP].locale)

    context = {
        "lines": [_line(one, words.words(one, written)) for one in found],
        "command": new_secret(),
        "said": _said(request),
        "Kind": Kind,
    }
    return await render(request, "dashboard/payments.html", context, cache=NO_STORE)


async def ask(request: web.Request) -> web.Response:
    """POST /dashboard/payments/ask: asks the provider about a payment now, and says whether it answered.

    Asking changes nothing there, so a second press simply asks again.
    """
    _, form = await _asked(request, PaymentForm)
    payment = PaymentId(form.payment)
    asked: payments.Try = await request.app[DB].write(payments.ask_now, payment, request.app[CLOCK]())
    answered = await paying.ask(request.app, asked, "staff")
    request.app[WAKE]()
    return _back("answered" if answered else "silent", asked.order)


async def known(request: web.Request) -> web.Response:
    """POST /dashboard/payments/known: somebody has dealt with a difference."""
    clerk, form = await _asked(request, PaymentForm)

    def act(tx: Any, at: datetime) -> Done:
        noted = mismatches.known(tx, PaymentId(form.payment), form.mark, clerk, at)
        return Done(payments.order_of(tx, PaymentId(form.payment)), noted)

    done = await _once(request, clerk, form, act)
    return _back("done" if done.done else "changed", done.order)


async def refund(request: web.Request) -> web.Response:
    """POST /dashboard/payments/refund: asks the provider for a refund now."""
    clerk, form = await _asked(request, RefundForm)

    def act(tx: Any, at: datetime) -> Done:
        return Done(refunds.order_of(tx, form.refund), refunds.ask_now(tx, form.refund, at))

    done = await _once(request, clerk, form, act)
    request.app[WAKE]()
    return _back("asked" if done.done else "done", done.order)


async def by_hand(request: web.Request) -> web.Response:
    """POST /dashboard/payments/by-hand: somebody has given the money back another way."""
    clerk, form = await _asked(request, RefundForm)
    done = await _once(request, clerk, form, lambda tx, at: Done(mismatches.given_by_hand(tx, form.refund, clerk, at)))
    return _back("done", done.order)


async def dismiss(request: web.Request) -> web.Response:
    """POST /dashboard/payments/dismiss: news of a payment is none of ours."""
    clerk, form = await _asked(request, UnknownForm)

    def act(tx: Any, at: datetime) -> Done:
        mismatches.dismiss(tx, form.provider, form.ref, at)
        return Done("")

    await _once(request, clerk, form, act)
    return _back("dismissed", "")


async def after(request: web.Request) -> web.Response:
    """GET of any of these: back to the list."""
    await require_staff(request)
    return web.Response(status=303, headers={"Location": "/dashboard/payments", "Cache-Control": NO_STORE})


FORMS = {"ask": ask, "known": known, "refund": refund, "by-hand": by_hand, "dismiss": dismiss}
"""The buttons of the list, by the last part of their address."""


def _line(found: Mismatch, said: Words) -> Line:
    asks = found.kind not in (Kind.REFUND, Kind.UNKNOWN)
    return Line(found, NAMES[found.kind], said, asks, found.kind in ACKNOWLEDGED)


def _said(request: web.Request) -> tuple[str, str] | None:
    """What has just become of a button, as the address tells it."""
    number = parse_order_number(request.query.get("order", ""))
    shape, text = SAID.get(request.query.get("said", ""), ("", ""))
    if not text or ("{order}" in text and number is None):
        return None
    return shape, text.format(order=shown(number) if number else "")


async def _asked(request: web.Request, kind: type[F]) -> tuple[Clerk, F]:
    clerk = clerk_of(await require_staff(request))
    request.app[LIMITS].change(request)
    return clerk, await form_body(request, kind)


async def _once(request: web.Request, clerk: Clerk, form: Any, act: Callable[[Any, datetime], Done]) -> Done:
    """Carries the button's command out, once for each time that the page was drawn."""
    asked = fingerprint(request.path, form)
    command = commands.Id(f"staff {clerk.id}", f"{form.command[:64]} {asked[:32]}", asked)
    at = request.app[CLOCK]()

    def verb(tx: Any) -> Done:
        return commands.once(tx, command, at, Done, lambda: act(tx, at))

    return await request.app[DB].write(verb)


def _back(said: str, order: str) -> web.Response:
    query = urlencode({"said": said} | ({"order": order} if order else {}))
    return web.Response(status=303, headers={"Location": f"/dashboard/payments?{query}", "Cache-Control": NO_STORE})
