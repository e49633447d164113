"""A customer's own details: name, email, password, and where they are signed in. Only the owner of the session gets here."""

import orjson
from aiohttp import web
from msgspec import Struct

from handlers import resetting
from handlers.bodies import form_body
from handlers.keys import CLOCK, DB, LIMITS, PASSWORDS, SHOP
from handlers.pages import NO_STORE, render
from handlers.sessions import cookie_name, secret_of
from handlers.visitors import BROWSER, Visitor, require_customer
from shop.browsers import OTHER
from shop.customers import (
    MAX_PASSWORD_LENGTH,
    MIN_PASSWORD_LENGTH,
    Customer,
    email_fault,
    name_fault,
    normal_email,
    password_fault,
)
from shop.errors import EmailTaken, InvalidFields, NotFound, ShopError, TooManyRequests
from storage import customers, sessions, tokens
from storage.sessions import Standing, hash_of
from storage.tokens import Purpose

DONE = {
    "name": "Your name is changed.",
    "email": "Almost: a mail is on its way to the new address. Its link makes the change.",
    "confirmed": "Your email is changed. You sign in with it from now on.",
    "password": "Your new password holds. You are signed out everywhere else.",
    "sessions": "Signed out there.",
}
"""What was done, by its word in the address."""

WRONG_PASSWORD = "This is not your password."  # noqa: S105  words for people


class NameForm(Struct, frozen=True, forbid_unknown_fields=True):
    name: str = ""


class EmailForm(Struct, frozen=True, forbid_unknown_fields=True):
    email: str = ""
    email_password: str = ""


class PasswordForm(Struct, frozen=True, forbid_unknown_fields=True):
    password: str = ""
    new_password: str = ""


class EndForm(Struct, frozen=True, forbid_unknown_fields=True):
    """Which session ends, by its public name; all others when it is empty."""

    mark: str = ""


class Place(Struct, frozen=True):
    """Where somebody is signed in, as the list shows it."""

    session: Standing
    browser: str
    here: bool


async def show(request: web.Request) -> web.Response:
    """GET /account/details; raises Unauthenticated."""
    await require_customer(request)
    return await _page(request)


async def rename(request: web.Request) -> web.Response:
    """POST /account/name"""
    me = await _me(request)
    form = await form_body(request, NameForm)
    if fault := name_fault(form.name):
        return await _page(request, InvalidFields(fields={"name": fault}), name=form.name)
    await request.app[DB].write(customers.rename, me.id, form.name.strip())
    return _done("name")


async def change_email(request: web.Request) -> web.Response:
    """POST /account/email: a letter goes to the new address; its link makes the change. The same answer for any address."""
    me = await _me(request)
    form = await form_body(request, EmailForm)
    email = normal_email(form.email)
    try:
        fault = email_fault(email) or (email == me.email and "This is your email already.")
        if fault:
            raise InvalidFields(fields={"email": fault})
        await _prove(request, me, form.email_password, "email_password")
        request.app[LIMITS].reset(request, email)
    except (InvalidFields, TooManyRequests) as refusal:
        return await _page(request, refusal, email=form.email)
    await request.app[DB].write(tokens.ask_email, me.id, email, request.app[CLOCK]())
    return _done("email")


async def confirm_email_page(request: web.Request) -> web.Response:
    """GET /account/email/{token}: a button that confirms. Looking changes nothing, since mail programs look at links, too."""
    try:
        link = await resetting.found(request, Purpose.EMAIL)
    except NotFound:
        return await render(request, "reset_over.html", {"what": "email"}, status=404, cache=NO_STORE)
    return await render(request, "confirm_email.html", {"email": link.data}, cache=NO_STORE)


async def confirm_email(request: web.Request) -> web.Response:
    """POST /account/email/{token}: the new email holds, and the old address hears of it."""
    try:
        await resetting.found(request, Purpose.EMAIL)
        await request.app[DB].write(tokens.set_email, hash_of(request.match_info["token"]), request.app[CLOCK]())
    except NotFound:
        return await render(request, "reset_over.html", {"what": "email"}, status=404, cache=NO_STORE)
    except EmailTaken as taken:
        return await render(
            request, "reset_over.html", {"what": "email", "why": taken.detail}, status=409, cache=NO_STORE
        )
    return _done("confirmed")


async def change_password(request: web.Request) -> web.Response:
    """POST /account/password: all other sessions end, and their sockets with them."""
    me = await _me(request)
    form = await form_body(request, PasswordForm)
    try:
        if fault := password_fault(form.new_password):
            raise InvalidFields(fields={"new_password": fault})
        await _prove(request, me, form.password, "password")
        new_hash = await request.app[PASSWORDS].hash(form.new_password)
    except (InvalidFields, TooManyRequests) as refusal:
        return await _page(request, refusal)
    await request.app[DB].write(tokens.change_password, me.id, new_hash, _own(request), request.app[CLOCK]())
    return _done("password")


async def end_sessions(request: web.Request) -> web.Response:
    """POST /account/sessions: signs out in one place, or everywhere but here."""
    me = await _me(request)
    form = await form_body(request, EndForm)
    if form.mark:
        await request.app[DB].write(sessions.end_one_of, me.id, form.mark, request.app[CLOCK]())
    else:
        await request.app[DB].write(sessions.end_others_of, me.id, _own(request), request.app[CLOCK]())
    return _done("sessions")


async def _me(request: web.Request) -> Customer:
    """The customer who changes something of theirs; raises Unauthenticated and TooManyRequests."""
    who = await require_customer(request)
    request.app[LIMITS].change(request)
    return _customer(who)


async def _prove(request: web.Request, me: Customer, password: str, field: str) -> None:
    """Makes sure that who sits here knows the password; tries count as tries to log in. Raises InvalidFields."""
    request.app[LIMITS].login(request, me.email)
    known = await request.app[DB].read(customers.password_of, me.id)
    if not await request.app[PASSWORDS].verify(known, password[: MAX_PASSWORD_LENGTH + 1]):
        raise InvalidFields(fields={field: WRONG_PASSWORD})


def _own(request: web.Request) -> bytes:
    """The hash of the session that this request came with."""
    return hash_of(secret_of(request, cookie_name(secure=request.app[SHOP].secure)) or "")


def _customer(who: Visitor) -> Customer:
    assert who.customer is not None  # noqa: S101  require_customer promises it
    return who.customer


async def _page(request: web.Request, refusal: ShopError | None = None, **typed: str) -> web.Response:
    who = await require_customer(request)
    me = _customer(who)
    standing = await request.app[DB].read(sessions.of_customer, me.id, request.app[CLOCK]())
    context = {
        "typed": typed,
        "refusal": refusal,
        "faults": refusal.fields if refusal else {},
        "done": DONE.get(request.query.get("done", "")) if refusal is None else None,
        "places": [_place(session, who) for session in standing],
        "min_password": MIN_PASSWORD_LENGTH,
    }
    status = refusal.status if refusal else 200
    response = await render(request, "details.html", context, status=status, cache=NO_STORE)
    if refusal is not None and refusal.retry_seconds is not None:
        response.headers["Retry-After"] = str(max(1, round(refusal.retry_seconds)))
    return response


def _place(session: Standing, who: Visitor) -> Place:
    return Place(session, orjson.loads(session.data).get(BROWSER, OTHER), session.mark == who.mark)


def _done(what: str) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/account/details?done={what}"})
