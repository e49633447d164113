"""The shop's own settings: what it is called and says of itself, how it writes numbers and mails, and in what it sells."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from msgspec import Struct, structs

from handlers.bodies import Version, form_body
from handlers.dashboard.choices import (
    currencies,
    currency_choices,
    currency_name,
    locale_choices,
    timezone_choices,
    timezones,
)
from handlers.keys import CLOCK, DB, LIMITS, SHOP
from handlers.pages import NO_STORE, money, render
from handlers.visitors import Visitor, require_staff
from shop.delivery import Delivery
from shop.delivery import restated as restated_delivery
from shop.errors import InvalidFields, ShopError, StaleEdit, WrongState
from shop.money import exponent, restated
from shop.shopfront import LABELS, Details, faults, merged
from storage import about, currency, shopfront
from storage.currency import NewCurrency
from storage.shopfront import Edit

HISTORY_SHOWN = 20
MOST_MERGED = 200
"""Changes that a stale page can be brought up to date over; an older one is drawn anew."""

SUBJECTS = {"delivery": "Delivery", "tax": "Tax"}
"""What has a page of its own, by how its changes begin in the history."""

VARIABLES = {
    "name": "SHOPWIRE_SHOP_NAME",
    "locale": "SHOPWIRE_LOCALE",
    "timezone": "SHOPWIRE_TIMEZONE",
    "hold_minutes": "SHOPWIRE_HOLD_MINUTES",
}
"""Which variable fixes which setting, where the shop runs."""


class SettingsForm(Struct, frozen=True, forbid_unknown_fields=True):
    """What the page sends. A setting that is fixed is not on the page, and keeps what the books have."""

    version: Version
    name: str | None = None
    headline: str = ""
    line: str = ""
    locale: str | None = None
    timezone: str | None = None
    contact: str = ""
    sender_name: str = ""
    sender_address: str = ""
    colophon: str = ""
    sample_note: str = ""
    hold_minutes: str | None = None
    company: str = ""
    company_address: str = ""
    vat_number: str = ""
    bank_line: str = ""
    invoice_prefix: str | None = None
    credit_prefix: str | None = None


class CurrencyForm(Struct, frozen=True, forbid_unknown_fields=True):
    version: Version
    to: str


async def show(request: web.Request) -> web.Response:
    """GET /dashboard/settings; raises Unauthenticated or Forbidden."""
    await require_staff(request)
    return await draw(request)


async def change(request: web.Request) -> web.Response:
    """POST /dashboard/settings: changes them, and goes back to the page. A refusal is shown beside its field."""
    who = await _changing(request)
    form = await form_body(request, SettingsForm)
    now = await request.app[DB].read(shopfront.read)
    typed, wrong = _typed(form, now.details)
    wrong |= {field: fault for field, fault in faults(typed, timezones()).items() if field not in wrong}
    wrong = {field: fault for field, fault in wrong.items() if field not in request.app[SHOP].fixed}
    if wrong:
        return await draw(request, form, typed, InvalidFields(fields=wrong))
    edit = Edit(typed, form.version, actor(who), request.app[CLOCK]())
    try:
        await request.app[DB].write(shopfront.change, edit)
    except StaleEdit as refusal:
        return await _stale(request, form, typed, refusal)
    return to("/dashboard/settings?saved=1")


async def ask_currency(request: web.Request) -> web.Response:
    """GET /dashboard/settings/currency?to=: what selling in another currency would mean, before it is done."""
    await require_staff(request)
    return await _currency_page(request, request.query.get("to", ""))


async def change_currency(request: web.Request) -> web.Response:
    """POST /dashboard/settings/currency: sells in another currency from now on. A refusal is shown with the way out."""
    who = await _changing(request)
    form = await form_body(request, CurrencyForm)
    if form.to not in currencies():
        return await _currency_page(request, form.to)
    try:
        command = NewCurrency(form.to, form.version, actor(who), request.app[CLOCK]())
        await request.app[DB].write(currency.change, command)
    except (WrongState, StaleEdit, InvalidFields) as refusal:
        return await _currency_page(request, form.to, refusal)
    return to("/dashboard/settings?saved=1#currency")


def actor(who: Visitor) -> str:
    """Whose change it is, in the history."""
    assert who.customer is not None  # noqa: S101  require_staff promises it
    return who.customer.email


def to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": NO_STORE})


async def _changing(request: web.Request) -> Visitor:
    who = await require_staff(request)
    request.app[LIMITS].change(request)
    return who


def _typed(form: SettingsForm, now: Details) -> tuple[Details, dict[str, str]]:
    """The settings as the form has them, over what a form doesn't speak of, and what can't even be read."""
    wrong: dict[str, str] = {}
    minutes = now.hold_minutes
    if form.hold_minutes is not None:
        text = form.hold_minutes.strip()
        if text.isascii() and text.isdecimal() and len(text) <= len("1440"):
            minutes = int(text)
        else:
            wrong["hold_minutes"] = "A whole number of minutes, please."
    typed = structs.replace(
        now,
        name=now.name if form.name is None else form.name.strip(),
        headline=form.headline.strip(),
        line=" ".join(form.line.split()),
        locale=now.locale if form.locale is None else form.locale,
        timezone=now.timezone if form.timezone is None else form.timezone,
        contact=form.contact.strip(),
        sender_name=form.sender_name.strip(),
        sender_address=form.sender_address.strip(),
        colophon=form.colophon.strip(),
        sample_note=form.sample_note == "shown",
        hold_minutes=minutes,
        company=form.company.strip(),
        company_address="\n".join(line.strip() for line in form.company_address.strip().splitlines()),
        vat_number=" ".join(form.vat_number.split()),
        bank_line=" ".join(form.bank_line.split()),
        invoice_prefix=now.invoice_prefix if form.invoice_prefix is None else form.invoice_prefix.strip(),
        credit_prefix=now.credit_prefix if form.credit_prefix is None else form.credit_prefix.strip(),
    )
    return typed, wrong


async def _stale(request: web.Request, form: SettingsForm, typed: Details, refusal: ShopError) -> web.Response:
    """The page again, brought up to date by what only the other person changed; nothing that was typed is lost."""
    db = request.app[DB]
    now = await db.read(shopfront.read)
    since = await db.read(shopfront.history, MOST_MERGED, form.version)
    fresh, both = merged(typed, now.details, list(reversed(since)))
    who = since[0].actor if since else "Somebody"
    again = structs.replace(form, version=now.version, hold_minutes=None)
    why = f"{who} changed the settings since you opened this page. Theirs are filled in; look, and save again."
    asked = {
        name: f"{who} wrote: {getattr(now.details, name)}. Yours stands here now; save to keep it." for name in both
    }
    return await draw(request, again, fresh, StaleEdit(why, fields=asked, version=refusal.extra.get("version")))


async def draw(
    request: web.Request,
    form: SettingsForm | None = None,
    typed: Details | None = None,
    refusal: ShopError | None = None,
) -> web.Response:
    """The page, as the books have the settings or as they were typed, with what was wrong with them."""
    db, shop = request.app[DB], request.app[SHOP]
    now = await db.read(shopfront.read)
    context = {
        "version": form.version if form else now.version,
        "details": typed or now.details,
        "typed_minutes": form.hold_minutes if form else None,
        "refusal": refusal,
        "faults": refusal.fields if refusal else {},
        "saved": "saved" in request.query,
        "fixed": {name: (VARIABLES[name], shop.fixed[name]) for name in shop.fixed},
        "locales": locale_choices(now.currency),
        "timezones": timezone_choices(),
        "currencies": currency_choices(),
        "currency_name": currency_name(now.currency),
        "sender": shop.sender,
        "about_pages": (await db.read(about.pages)).values(),
        "history": await db.read(shopfront.history, HISTORY_SHOWN),
        "label_of": label_of,
    }
    status = refusal.status if refusal else 200
    return await render(request, "dashboard/settings.html", context, status=status, cache=NO_STORE)


async def _currency_page(request: web.Request, wanted: str, refusal: ShopError | None = None) -> web.Response:
    db, shop = request.app[DB], request.app[SHOP]
    now = await db.read(shopfront.read)
    if wanted not in currencies():
        refusal = InvalidFields(fields={"to": "Choose a currency of the list."})
        wanted = now.currency
    context: Mapping[str, Any] = {
        "version": now.version,
        "now": request.app[CLOCK](),
        "wanted": wanted,
        "same": wanted == now.currency,
        "names": (currency_name(now.currency), currency_name(wanted)),
        "priced": await db.read(currency.priced, wanted),
        "too_many": currency.MAX_RESTATED,
        "example": _example(now.currency, wanted, shop.locale),
        "ways": _flat_ways(restated_delivery(now.delivery, now.currency, wanted)),
        "fewer": exponent(wanted) < exponent(now.currency),
        "currencies": currency_choices(),
        "refusal": refusal,
    }
    status = refusal.status if refusal else 200
    return await render(request, "dashboard/currency.html", context, status=status, cache=NO_STORE)


def _flat_ways(found: Delivery) -> Sequence[tuple[str, int]]:
    """What each way costs at its first step, each name once."""
    return list({way.name: way.steps[0].amount for zone in found.zones for way in zone.ways}.items())


def _example(before: str, after: str, locale: str) -> tuple[str, str]:
    """A price of 28.50 before and after."""
    amount = restated(28_50, "EUR", before)
    return money(amount, before, locale), money(restated(amount, before, after), after, locale)


def label_of(field: str) -> str:
    """What a changed setting is called in the history; a page's field is named by its address."""
    page, _, name = field.partition(": ")
    if page in SUBJECTS and name:
        return f"{SUBJECTS[page]}, {name}"
    return f"Page {page}, {name}" if name else LABELS.get(field, field)
