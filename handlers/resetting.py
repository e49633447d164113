"""A new password by mail: asking tells nothing of who is known here, and a link works once."""

from aiohttp import web
from msgspec import Struct

from handlers import entering
from handlers.bodies import form_body
from handlers.keys import CLOCK, DB, LIMITS, PASSWORDS
from handlers.pages import NO_STORE, render
from shop.customers import MIN_PASSWORD_LENGTH, email_fault, normal_email, password_fault
from shop.errors import Busy, InvalidFields, NotFound, ShopError, TooManyRequests
from storage import tokens
from storage.sessions import hash_of
from storage.tokens import Link, Purpose

MAX_SECRET_LENGTH = 64


class AskForm(Struct, frozen=True, forbid_unknown_fields=True):
    email: str = ""


class NewPasswordForm(Struct, frozen=True, forbid_unknown_fields=True):
    password: str = ""


async def ask_page(request: web.Request) -> web.Response:
    """GET /reset"""
    return await _ask(request, AskForm())


async def ask(request: web.Request) -> web.Response:
    """POST /reset: the same answer for everybody, in the same time; a letter goes to whoever has an account."""
    form = await form_body(request, AskForm)
    email = normal_email(form.email)
    try:
        if fault := email_fault(email):
            raise InvalidFields(fields={"email": fault})
        request.app[LIMITS].reset(request, email)
    except (InvalidFields, TooManyRequests) as refusal:
        return await _ask(request, form, refusal)
    await request.app[DB].write(tokens.ask_password, email, request.app[CLOCK]())
    return await render(request, "reset_sent.html", {"email": email}, cache=NO_STORE)


async def choose_page(request: web.Request) -> web.Response:
    """GET /reset/{token}: choosing the new password. Looking uses nothing up, since mail programs look at links, too."""
    try:
        link = await found(request, Purpose.PASSWORD)
    except NotFound:
        return await _over(request)
    return await _choose(request, link)


async def choose(request: web.Request) -> web.Response:
    """POST /reset/{token}: the new password holds, every session of that person ends, and this browser is signed in."""
    form = await form_body(request, NewPasswordForm)
    try:
        link = await found(request, Purpose.PASSWORD)
    except NotFound:
        return await _over(request)
    try:
        if fault := password_fault(form.password):
            raise InvalidFields(fields={"password": fault})
        password_hash = await request.app[PASSWORDS].hash(form.password)
        person = await request.app[DB].write(tokens.set_password, _hash(request), password_hash, request.app[CLOCK]())
    except NotFound:  # another tab was first
        return await _over(request)
    except (InvalidFields, Busy) as refusal:
        return await _choose(request, link, refusal)
    await entering.enter(request, person)
    return web.Response(status=303, headers={"Location": "/account/details?done=password"})


async def found(request: web.Request, purpose: Purpose) -> Link:
    """Whose link the address is; raises NotFound and TooManyRequests."""
    request.app[LIMITS].link(request)
    return await request.app[DB].read(tokens.look, _hash(request), purpose, request.app[CLOCK]())


def _hash(request: web.Request) -> bytes:
    """The hash of the secret in the address; one that can't be a secret is nobody's."""
    return hash_of(request.match_info["token"][: MAX_SECRET_LENGTH + 1])


async def _ask(request: web.Request, form: AskForm, refusal: ShopError | None = None) -> web.Response:
    return await _page(request, "reset.html", {"form": form}, refusal)


async def _choose(request: web.Request, link: Link, refusal: ShopError | None = None) -> web.Response:
    context = {"email": link.customer.email, "min_password": MIN_PASSWORD_LENGTH}
    return await _page(request, "reset_choose.html", context, refusal)


async def _over(request: web.Request) -> web.Response:
    return await render(request, "reset_over.html", status=NotFound.status, cache=NO_STORE)


async def _page(request: web.Request, name: str, context: dict[str, object], refusal: ShopError | None) -> web.Response:
    more = {"refusal": refusal, "faults": refusal.fields if refusal else {}}
    response = await render(request, name, context | more, status=refusal.status if refusal else 200, cache=NO_STORE)
    if refusal is not None and refusal.retry_seconds is not None:
        response.headers["Retry-After"] = str(max(1, round(refusal.retry_seconds)))
    return response
