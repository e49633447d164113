"""Screens on the wall as staff keep them: making one, its code, and signing it out."""

from datetime import datetime
from typing import Literal

from aiohttp import web
from msgspec import Struct

from handlers.bodies import form_body
from handlers.keys import CLOCK, DB, HERE, LIMITS, SECRET, SHOP
from handlers.pages import NO_STORE, render
from handlers.visitors import require_staff
from shop.customers import name_fault
from shop.errors import InvalidFields
from shop.ids import crockford
from shop.screens import CODE_GOOD, MAX_NAME_LENGTH, Screen, Standing, code_hash, code_of
from storage import screens
from storage.screens import Code, NewScreen

ID_LENGTH = 10


class NewForm(Struct, frozen=True, forbid_unknown_fields=True):
    name: str = ""


class WhatForm(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to happen to a screen: a new code, signing it out, or removing it."""

    do: Literal["code", "out", "remove"]


class Row(Struct, frozen=True):
    """A screen as the page draws it, with its code while that is good, and whether its page is open right now."""

    screen: Screen
    standing: Standing
    code: str
    open: bool


async def show(request: web.Request) -> web.Response:
    """GET /dashboard/screens; raises Unauthenticated or Forbidden."""
    await require_staff(request)
    return await _page(request)


async def make(request: web.Request) -> web.Response:
    """POST /dashboard/screens: makes a screen and shows its code. A refusal is shown beside the field."""
    who = await require_staff(request)
    assert who.customer is not None  # noqa: S101  require_staff promises it
    request.app[LIMITS].change(request)
    form = await form_body(request, NewForm)
    now = request.app[CLOCK]()
    fault = name_fault(form.name, "a name, such as where it hangs", MAX_NAME_LENGTH)
    screen = crockford(ID_LENGTH)
    try:
        if fault:
            raise InvalidFields(fields={"name": fault})
        new = NewScreen(form.name.strip(), who.customer.email, now, _code(request, screen, now))
        await request.app[DB].write(screens.make, new)
    except InvalidFields as refusal:
        return await _page(request, form.name, refusal)
    return _to(f"/dashboard/screens#s-{screen}")


async def change(request: web.Request) -> web.Response:
    """POST /dashboard/screens/{screen}: gives it a new code, signs it out or removes it; raises NotFound."""
    await require_staff(request)
    request.app[LIMITS].change(request)
    form = await form_body(request, WhatForm)
    screen, now = request.match_info["screen"], request.app[CLOCK]()
    if form.do == "code":
        await request.app[DB].write(screens.give_code, _code(request, screen, now))
    elif form.do == "out":
        await request.app[DB].write(screens.sign_out, screen, now)
    else:
        await request.app[DB].write(screens.remove, screen, now)
        return _to("/dashboard/screens")
    return _to(f"/dashboard/screens#s-{screen}")


def _code(request: web.Request, screen: str, now: datetime) -> Code:
    secret = request.app[SECRET]
    until = (now + CODE_GOOD).replace(microsecond=0)
    return Code(screen, code_hash(secret, code_of(secret, screen, until)), until)


async def _page(request: web.Request, name: str = "", refusal: InvalidFields | None = None) -> web.Response:
    now, secret = request.app[CLOCK](), request.app[SECRET]
    found = await request.app[DB].read(screens.listed, now)
    here = await request.app[HERE]([screen.mark for screen in found if screen.mark is not None])
    rows = [
        Row(
            screen,
            standing := screen.standing(now),
            code_of(secret, screen.id, screen.code_until)
            if standing is Standing.WAITING and screen.code_until is not None
            else "",
            screen.mark in here,
        )
        for screen in found
    ]
    context = {
        "rows": rows,
        "name": name,
        "fault": refusal.fields.get("name", "") if refusal else "",
        "longest": MAX_NAME_LENGTH,
        "address": f"{request.app[SHOP].public_url}/screen",
    }
    status = refusal.status if refusal else 200
    return await render(request, "dashboard/screens.html", context, status=status, cache=NO_STORE)


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": NO_STORE})
