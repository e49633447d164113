"""Promotion codes, for staff: all of them with what came of each, and a form for each."""

from urllib.parse import quote

from aiohttp import web
from msgspec.structs import replace

from handlers.bodies import fingerprint, form_body
from handlers.dashboard.settings import actor, to
from handlers.keys import CLOCK, DB, LIMITS, SHOP
from handlers.pages import NO_STORE, render
from handlers.visitors import require_staff
from shop import code_form
from shop.code_form import CodeForm
from shop.codes import Terms, fold, standing
from shop.errors import CommandReused, InvalidFields, ShopError, StaleEdit
from shop.ids import crockford
from storage import codes
from storage.codes import CodeEdit, Listed, NewCode
from storage.commands import Id

SHOWN = 200
HISTORY_SHOWN = 20
COMMAND_LENGTH = 20
MAX_COMMAND_LENGTH = 64


class SentForm(CodeForm, frozen=True, forbid_unknown_fields=True):
    """The form with the button that sent it: save, or switch on or off."""

    do: str = "save"


async def show(request: web.Request) -> web.Response:
    """GET /dashboard/codes?q=: codes with these letters in their name, those in use first."""
    await require_staff(request)
    asked = request.query.get("q", "")[:100].replace("\0", "")
    found = await request.app[DB].read(codes.listed, fold(asked), SHOWN + 1)
    now = request.app[CLOCK]()
    context = {
        "asked": asked,
        "found": [(row, standing(row.code, now)) for row in found[:SHOWN]],
        "more": len(found) > SHOWN,
    }
    return await render(request, "dashboard/codes.html", context, cache=NO_STORE)


async def show_new(request: web.Request) -> web.Response:
    """GET /dashboard/new-code"""
    await require_staff(request)
    return await _page(request, CodeForm(command=crockford(COMMAND_LENGTH)), None)


async def create(request: web.Request) -> web.Response:
    """POST /dashboard/new-code: makes a code, once however often it is sent. A refusal is shown beside its field."""
    who = await require_staff(request)
    request.app[LIMITS].change(request)
    form = await form_body(request, SentForm)
    if not 0 < len(form.command) <= MAX_COMMAND_LENGTH:
        form = replace(form, command=crockford(COMMAND_LENGTH))
    name, fault = code_form.name(form)
    try:
        terms = _terms(request, form, {"code": fault} if fault else {})
        command = Id(f"new code {actor(who)}", form.command, fingerprint(name, terms))
        new = NewCode(name, terms, actor(who), request.app[CLOCK](), command)
        try:
            await request.app[DB].write(codes.make, new)
        except CommandReused:
            # The page was gone back to, and something else was typed: that is another command.
            again = replace(new, command=replace(command, key=crockford(COMMAND_LENGTH)))
            await request.app[DB].write(codes.make, again)
    except InvalidFields as refusal:
        return await _page(request, form, None, refusal)
    return to(f"/dashboard/codes#c-{quote(name)}")


async def show_one(request: web.Request) -> web.Response:
    """GET /dashboard/codes/{code}; raises NotFound."""
    await require_staff(request)
    found = await request.app[DB].read(codes.view, fold(request.match_info["code"]))
    return await _page(request, _form(request, found), found)


async def save(request: web.Request) -> web.Response:
    """POST /dashboard/codes/{code}: changes it, or switches it on or off; raises NotFound.

    The form comes back with 422 (faults) or 409 (somebody was faster), and nothing that was typed is lost.
    """
    who = await require_staff(request)
    request.app[LIMITS].change(request)
    form = await form_body(request, SentForm)
    db, name, now = request.app[DB], fold(request.match_info["code"]), request.app[CLOCK]()
    if form.do in ("on", "off"):
        await db.write(codes.switch, name, actor(who), now, active=form.do == "on")
        return to(f"/dashboard/codes/{quote(name)}")
    try:
        await db.write(codes.edit, CodeEdit(name, _terms(request, form, {}), form.version, actor(who), now))
    except InvalidFields as refusal:
        return await _page(request, form, await db.read(codes.view, name), refusal)
    except StaleEdit as refusal:
        found = await db.read(codes.view, name)
        return await _page(request, replace(form, version=found.code.version), found, refusal)
    return to(f"/dashboard/codes#c-{quote(name)}")


def _terms(request: web.Request, form: CodeForm, faults: dict[str, str]) -> Terms:
    shop = request.app[SHOP]
    try:
        found = code_form.terms(form, shop.currency, shop.zone)
    except InvalidFields as refusal:
        raise InvalidFields(fields={**faults, **refusal.fields}) from refusal
    if faults:
        raise InvalidFields(fields=faults)
    return found


def _form(request: web.Request, found: Listed) -> CodeForm:
    shop, code = request.app[SHOP], found.code
    return code_form.of(code.code, code.version, code.terms, shop.currency, shop.zone)


async def _page(
    request: web.Request, form: CodeForm, found: Listed | None, refusal: ShopError | None = None
) -> web.Response:
    db, now = request.app[DB], request.app[CLOCK]()
    context = {
        "form": form,
        "found": found,
        "stands": standing(found.code, now) if found else None,
        "history": await db.read(codes.history, found.code.code, HISTORY_SHOWN) if found else [],
        "refusal": refusal,
        "faults": refusal.fields if refusal else {},
        "there": _form(request, found) if found and isinstance(refusal, StaleEdit) else None,
    }
    status = refusal.status if refusal else 200
    return await render(request, "dashboard/code.html", context, status=status, cache=NO_STORE)
