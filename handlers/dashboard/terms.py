"""Delivery and taxes, each on a page of the settings: one form, which comes back whole when something is wrong with it.

Buttons for more rows send the form and get it back with them, so that the pages need no script. Nothing is saved before Save.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from aiohttp import web
from msgspec import Struct

from handlers.bodies import form_fields
from handlers.dashboard.settings import HISTORY_SHOWN, actor, label_of, to
from handlers.keys import CLOCK, DB, LIMITS
from handlers.pages import NO_STORE, render
from handlers.visitors import require_staff
from shop import countries, delivery_form, tax_form
from shop.delivery import EVERYWHERE
from shop.errors import InvalidFields, MalformedBody, ShopError, StaleEdit
from shop.shopfront import Entry, Standing, touched
from shop.taxes import ELSEWHERE
from storage import shopfront
from storage.shopfront import MOST_SINCE, TermsEdit

MAX_FIELDS = 4_000
MAX_BYTES = 512 * 1024

F = TypeVar("F")

Fields = Sequence[tuple[str, str]]


class Subject(Struct, Generic[F], frozen=True):
    """One of the two pages: how its form is made, read, changed and looked over."""

    name: str
    """How its changes begin in the history."""
    address: str
    template: str
    of: Callable[[Standing], F]
    knows: Callable[[str], bool]
    read: Callable[[Fields], F]
    act: Callable[[F, str], str]
    edit: Callable[[F, Standing, int, str, datetime], TermsEdit]


DELIVERY = Subject(
    "delivery",
    "/dashboard/settings/delivery",
    "dashboard/delivery.html",
    lambda now: delivery_form.of(now.delivery, now.currency),
    delivery_form.knows,
    delivery_form.read,
    delivery_form.act,
    lambda form, now, seen, who, at: TermsEdit(
        delivery_form.checked(form, now.currency, [found.code for found in now.taxes.classes]), None, seen, who, at
    ),
)
TAXES = Subject(
    "tax",
    "/dashboard/settings/tax",
    "dashboard/taxes.html",
    lambda now: tax_form.of(now.taxes),
    tax_form.knows,
    tax_form.read,
    tax_form.act,
    lambda form, _now, seen, who, at: TermsEdit(None, tax_form.checked(form), seen, who, at),
)


class Said(Struct, frozen=True):
    """What the page says above the form: a refusal, what somebody else changed meanwhile, and where the reader goes on."""

    refusal: ShopError | None = None
    meanwhile: Sequence[Entry] = ()
    focus: str = ""


async def show_delivery(request: web.Request) -> web.Response:
    """GET /dashboard/settings/delivery; raises Unauthenticated or Forbidden."""
    return await _show(request, DELIVERY)


async def save_delivery(request: web.Request) -> web.Response:
    """POST /dashboard/settings/delivery: saves it, or only gives the form more rows or fewer."""
    return await _save(request, DELIVERY)


async def show_taxes(request: web.Request) -> web.Response:
    """GET /dashboard/settings/tax; raises Unauthenticated or Forbidden."""
    return await _show(request, TAXES)


async def save_taxes(request: web.Request) -> web.Response:
    """POST /dashboard/settings/tax: saves it, or only gives the form more rows or fewer."""
    return await _save(request, TAXES)


async def _show(request: web.Request, subject: Subject[F]) -> web.Response:
    await require_staff(request)
    now = await request.app[DB].read(shopfront.read)
    return await _page(request, subject, subject.of(now), now, now.version, Said())


async def _save(request: web.Request, subject: Subject[F]) -> web.Response:
    """Saves what was typed; a refusal is shown beside its field, and a stale page with what was changed meanwhile."""
    who, db = await require_staff(request), request.app[DB]
    request.app[LIMITS].change(request)
    fields = await form_fields(request, MAX_FIELDS, MAX_BYTES)
    said = _all_known(fields, subject.knows)
    seen, form, now = _version(said), subject.read(fields), await db.read(shopfront.read)
    if said["do"] != "save":
        return await _page(request, subject, form, now, seen, Said(focus=subject.act(form, said["do"])))
    try:
        await db.write(shopfront.change_terms, subject.edit(form, now, seen, actor(who), request.app[CLOCK]()))
    except InvalidFields as refusal:
        return await _page(request, subject, form, now, seen, Said(refusal))
    except StaleEdit as refusal:
        since = [
            entry for entry in await db.read(shopfront.history, MOST_SINCE, seen) if touched([entry], subject.name)
        ]
        now = await db.read(shopfront.read)
        return await _page(request, subject, form, now, now.version, Said(refusal, since))
    return to(f"{subject.address}?saved=1")


def _all_known(fields: Fields, knows: Callable[[str], bool]) -> dict[str, str]:
    """The fields by their names. A form without a zone is a shop that sends nowhere, so that none may pass by mistake.

    Raises MalformedBody, naming a field that the form doesn't have, or the button that is missing.
    """
    strange = next((name for name, _ in fields if name not in ("version", "do") and not knows(name)), None)
    if strange is not None:
        raise MalformedBody(
            "The form has a field that we don't know.", fields={strange[:60]: "We don't know this field."}
        )
    said = dict(fields)
    if "do" not in said:
        raise MalformedBody("The form does not say what to do.", fields={"do": "It says save, or which row to add."})
    return said


def _version(said: Mapping[str, str]) -> int:
    """The version that the page was drawn at; raises MalformedBody."""
    text = said.get("version", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(2**62))):
        raise MalformedBody("The form does not say which version it was opened at.", fields={"version": "A number."})
    return int(text)


async def _page(
    request: web.Request, subject: Subject[F], form: F, now: Standing, version: int, said: Said
) -> web.Response:
    history = await request.app[DB].read(shopfront.history, MOST_SINCE)
    context: dict[str, Any] = {
        "form": form,
        "version": version,
        "refusal": said.refusal,
        "faults": said.refusal.fields if said.refusal else {},
        "meanwhile": said.meanwhile,
        "focus": said.focus,
        "saved": "saved" in request.query and request.method == "GET",
        "everyone": countries.everyone(),
        "european_union": countries.EUROPEAN_UNION,
        "everywhere": EVERYWHERE,
        "elsewhere": ELSEWHERE,
        "classes": [(found.code, found.name) for found in now.taxes.classes],
        "subject": subject.name,
        "history": [entry for entry in history if touched([entry], subject.name)][:HISTORY_SHOWN],
        "label_of": label_of,
    }
    status = said.refusal.status if said.refusal else 200
    return await render(request, subject.template, context, status=status, cache=NO_STORE)
