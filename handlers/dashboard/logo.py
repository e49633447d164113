"""The shop's logo: taken in as pictures are, with its words, and a second one for dark screens."""

from collections.abc import Mapping

from aiohttp import web
from msgspec import structs

from handlers import pictures, uploads
from handlers.bodies import MOST
from handlers.dashboard.settings import actor, draw, to
from handlers.keys import CLOCK, DB, LIMITS, SHOP
from handlers.uploads import Form
from handlers.visitors import require_staff
from shop.customers import name_fault
from shop.errors import BadPicture, InvalidFields, StaleEdit
from shop.pictures import uploaded
from shop.shopfront import Details, Logo
from storage import pictures as kept
from storage import shopfront
from storage.shopfront import Edit

FIELDS = frozenset({"version", "alt", "act"})
FILES = ("logo", "logo_dark")
MAX_ALT_LENGTH = 100
LONGEST_SHAPE = 8
"""How many times wider than high a logo may be, to stand in the header of a phone."""


async def change(request: web.Request) -> web.Response:
    """POST /dashboard/settings/logo: a new logo, other words for it, or none. A refusal is shown beside its field."""
    who = await require_staff(request)
    request.app[LIMITS].change(request)
    form = await uploads.read(request)
    fields = dict(form.fields)
    db = request.app[DB]
    now = await db.read(shopfront.read)
    try:
        if not (fields.keys() <= FIELDS and _version(fields) is not None):
            raise InvalidFields(fields={"logo": "The form can't be read. Please load the page again."})
        details = await _wanted(request.app, now.details, form, fields)
        edit = Edit(details, _version(fields) or 0, actor(who), request.app[CLOCK]())
        await db.write(shopfront.change, edit)
    except (InvalidFields, StaleEdit) as refusal:
        return await draw(request, refusal=refusal)
    return to("/dashboard/settings?saved=1#the-logo")


def _version(fields: Mapping[str, str]) -> int | None:
    text = fields.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < len(str(MOST)) else None


async def _wanted(app: web.Application, now: Details, form: Form, fields: Mapping[str, str]) -> Details:
    if fields.get("act") == "remove":
        return structs.replace(now, logo=None, logo_dark=None)
    files = {file.field: file.body for file in form.files}
    if unknown := files.keys() - set(FILES):
        raise InvalidFields(fields={"logo": f"There is no field {min(unknown)}."})
    alt = fields.get("alt", "").strip() or app[SHOP].name
    if fault := name_fault(alt, "a word or two", MAX_ALT_LENGTH):
        raise InvalidFields(fields={"alt": fault})
    logos = {name: await _taken(app, name, files[name], alt) for name in files}
    logo = logos.get("logo") or (now.logo and structs.replace(now.logo, alt=alt))
    dark = logos.get("logo_dark") or (now.logo_dark and structs.replace(now.logo_dark, alt=alt))
    if logo is None:
        raise InvalidFields(fields={"logo": "Choose a picture first."})
    return structs.replace(now, logo=logo, logo_dark=dark)


async def _taken(app: web.Application, field: str, raw: bytes, alt: str) -> Logo:
    try:
        digest = uploaded(await pictures.take(app, raw)) or ""
    except BadPicture as bad:
        raise InvalidFields(fields={field: bad.detail}) from bad
    size = await app[DB].read(kept.size_of, digest)
    assert size is not None  # noqa: S101  it was just kept
    width, height = size
    if width > LONGEST_SHAPE * height:
        raise InvalidFields(
            fields={field: f"At most {LONGEST_SHAPE} times as wide as high. Cut the edges off, please."}
        )
    return Logo(digest, width, height, alt)
