"""The bank's hosted pages: the card form, the 3-D Secure challenge, and how it went. They work without JavaScript.

Every form posts to the page itself; what is decided answers 303, so that the browser goes back to the shop by GET.
"""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from multidict import MultiMapping

from server.bank import payments, records, writing
from server.bank.appkeys import BOOKS, SETTINGS, TEMPLATES
from server.bank.cards import CHALLENGE_CODE, TEST_CARDS, Card, CardForm, handed_out
from server.bank.records import Payment, State
from server.bank.refusals import ForeignForm, Unreadable

BODY_SECONDS = 10.0
OWN_SITES = frozenset({"same-origin", "none"})
FIRST_FORM = CardForm(TEST_CARDS[0].spaced, "12 / 34", "123")


async def show(request: web.Request) -> web.Response:
    """GET /pay/{id}: the card form, or how the payment stands."""
    payment = await _payment(request)
    if payment.state is State.NEEDS_ACTION:
        return _card_page(request, payment, FIRST_FORM, {})
    template = "checking.html" if payment.state is State.PROCESSING else "ended.html"
    return _page(request, template, payment)


async def submit(request: web.Request) -> web.Response:
    """POST /pay/{id}: pays with the typed card, or with the test card whose button was pressed. Once is enough."""
    typed = await _form(request)
    payment = await _payment(request)
    card, form, errors = _read_card(request, typed)
    if payment.state is State.NEEDS_ACTION:
        if errors:
            return _card_page(request, payment, form, errors)
        payment = await request.app[BOOKS].run(payments.pay, payment.id, card)
    return _onward(request, payment)


async def show_challenge(request: web.Request) -> web.Response:
    """GET /pay/{id}/challenge: asks for the code, if this payment is being challenged."""
    payment = await _payment(request)
    if payment.state is not State.NEEDS_ACTION or not payment.challenged:
        raise web.HTTPSeeOther(f"/pay/{payment.id}")
    return _page(request, "challenge.html", payment, error="", code=CHALLENGE_CODE)


async def submit_challenge(request: web.Request) -> web.Response:
    """POST /pay/{id}/challenge: the right code pays, any other declines; an empty one is asked for again."""
    typed = await _form(request)
    payment = await _payment(request)
    code = _text(typed, "code").replace(" ", "")
    if payment.state is State.NEEDS_ACTION and payment.challenged and not code:
        page = _page(request, "challenge.html", payment, error="Enter the code.", code=CHALLENGE_CODE)
        page.set_status(422)
        return page
    return _onward(request, await request.app[BOOKS].run(payments.answer_challenge, payment.id, code))


async def cancel(request: web.Request) -> web.Response:
    """POST /pay/{id}/cancel: ends the payment if nothing was decided, and goes back to the shop either way."""
    await _form(request)
    return _onward(request, await request.app[BOOKS].run(payments.give_up, request.match_info["id"]))


def check_own_form(request: web.Request) -> None:
    """Raises ForeignForm for a form that another site sends. Clients that are no browsers name no site: they pass."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None:
        own = site in OWN_SITES
    elif origin is not None:
        own = origin == request.app[SETTINGS].public_url or urlsplit(origin).netloc == request.host
    else:
        own = True
    if not own:
        raise ForeignForm("foreign_form", "This form was sent from another site.")


def _read_card(request: web.Request, typed: MultiMapping[Any]) -> tuple[Card, CardForm, dict[str, str]]:
    button = handed_out(_text(typed, "test_card"))
    if button is not None:
        return button, FIRST_FORM, {}
    form = CardForm(_text(typed, "number"), _text(typed, "valid_to"), _text(typed, "code"))
    return form.card(), form, form.errors(request.app[SETTINGS].clock())


def _onward(request: web.Request, payment: Payment) -> web.Response:
    """Where the browser goes after a form: back to the shop, unless the bank has something to ask or to say."""
    if payment.silent_until_ms > request.app[SETTINGS].clock().timestamp() * 1000:
        return _cut_off(request)
    if payment.state is State.EXPIRED:
        raise web.HTTPSeeOther(f"/pay/{payment.id}")
    if payment.state is State.NEEDS_ACTION:
        raise web.HTTPSeeOther(f"/pay/{payment.id}/challenge" if payment.challenged else f"/pay/{payment.id}")
    raise web.HTTPSeeOther(payment.back_url)


def _cut_off(request: web.Request) -> web.Response:
    """The lost answer: the money is taken and on disk, and the connection ends without a word."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _payment(request: web.Request) -> Payment:
    return await request.app[BOOKS].run(records.read, request.match_info["id"])


async def _form(request: web.Request) -> MultiMapping[Any]:
    check_own_form(request)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.post()
    except (TimeoutError, ValueError):
        raise Unreadable("not_a_form", "The form did not arrive whole.") from None


def _text(typed: MultiMapping[Any], field: str) -> str:
    value = typed.get(field, "")
    return value if isinstance(value, str) else ""


def _card_page(request: web.Request, payment: Payment, form: CardForm, errors: dict[str, str]) -> web.Response:
    page = _page(request, "pay.html", payment, form=form, errors=errors, cards=TEST_CARDS)
    page.set_status(422 if errors else 200)
    return page


def _page(request: web.Request, template: str, payment: Payment, **more: Any) -> web.Response:
    settings = request.app[SETTINGS]
    text = (
        request.app[TEMPLATES]
        .get_template(template)
        .render(
            payment=payment,
            amount=writing.amount(payment.amount, payment.currency),
            refunded=writing.amount(payment.refunded, payment.currency),
            merchant=settings.merchant,
            **more,
        )
    )
    parts = urlsplit(payment.return_url)
    # Chromium holds form-action against every redirect of a form, so the way back to the shop must be named.
    headers = {"Content-Security-Policy": content_policy(f"{parts.scheme}://{parts.netloc}")}
    return web.Response(text=text, content_type="text/html", headers=headers)


def content_policy(form_target: str = "") -> str:
    """The pages' Content-Security-Policy; `form_target` is a further origin that forms may end at."""
    targets = f"'self' {form_target}".strip()
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        f"form-action {targets}; base-uri 'none'; frame-ancestors 'none'"
    )
