"""Writing the pages about the shop: a text with a preview, an address, a place in the footer, shown or not."""

from aiohttp import web
from msgspec import Struct

from handlers.about import words
from handlers.bodies import Version, form_body
from handlers.dashboard.settings import actor, to
from handlers.keys import CLOCK, DB, LIMITS, SHOP
from handlers.pages import NO_STORE, render
from handlers.prose import markup
from handlers.visitors import require_staff
from shop.about import MAX_DESCRIPTION_LENGTH, MAX_TEXT_LENGTH, MAX_TITLE_LENGTH, STARTING, WORDS, Page, faults
from shop.errors import InvalidFields, NotFound, ShopError, StaleEdit
from storage import about, shopfront
from storage.shopfront import PageEdit

MAX_FORM_BYTES = 320 * 1024
"""A text of MAX_TEXT_LENGTH characters, each of which may take nine bytes in a form."""

LAST_RANK = 60


class PageForm(Struct, frozen=True, forbid_unknown_fields=True):
    """What the page sends. `act` says which button: save, or look at it first."""

    seen: Version = 0
    slug: str = ""
    title: str = ""
    description: str = ""
    text: str = ""
    rank: str = ""
    visible: str = ""
    act: str = "save"


async def show(request: web.Request) -> web.Response:
    """GET /dashboard/settings/pages/{slug}; raises NotFound."""
    await require_staff(request)
    page = await _there(request)
    return await _draw(request, page, page.version, new=False)


async def show_new(request: web.Request) -> web.Response:
    """GET /dashboard/settings/new-page"""
    await require_staff(request)
    return await _draw(request, Page("", "", "", "", LAST_RANK), 0, new=True)


async def save(request: web.Request) -> web.Response:
    """POST /dashboard/settings/pages/{slug}: saves the page, or shows what it would look like; raises NotFound."""
    await require_staff(request)
    return await _save(request, (await _there(request)).slug, new=False)


async def add(request: web.Request) -> web.Response:
    """POST /dashboard/settings/new-page: adds a page at an address of its own."""
    await require_staff(request)
    return await _save(request, "", new=True)


async def _save(request: web.Request, slug: str, *, new: bool) -> web.Response:
    who = await require_staff(request)
    request.app[LIMITS].change(request)
    form = await form_body(request, PageForm, at_most=MAX_FORM_BYTES)
    page, wrong = _typed(form, slug or form.slug.strip().lower())
    wrong = {**faults(page), **wrong}
    if wrong or form.act == "preview":
        refusal = InvalidFields(fields=wrong) if wrong else None
        return await _draw(request, page, form.seen, new=new, refusal=refusal, preview=form.act == "preview")
    edit = PageEdit(page, form.seen, actor(who), request.app[CLOCK](), new)
    try:
        saved = await request.app[DB].write(shopfront.save_page, edit)
    except InvalidFields as refusal:
        return await _draw(request, page, form.seen, new=new, refusal=refusal)
    except StaleEdit as refusal:
        theirs = (await request.app[DB].read(about.pages))[page.slug]
        return await _draw(request, page, theirs.version, new=False, refusal=refusal, theirs=theirs)
    return to(f"/dashboard/settings/pages/{saved.slug}?saved=1")


def _typed(form: PageForm, slug: str) -> tuple[Page, dict[str, str]]:
    rank, wrong = form.rank.strip() or str(LAST_RANK), {}
    if not (rank.isascii() and rank.isdecimal() and len(rank) <= len("999")):
        wrong["rank"] = "A whole number, please; the smallest stands first."
        rank = str(LAST_RANK)
    text = form.text.replace("\r\n", "\n").replace("\r", "\n")
    return Page(slug, form.title.strip(), form.description.strip(), text, int(rank), form.visible == "shown"), wrong


async def _there(request: web.Request) -> Page:
    found = (await request.app[DB].read(about.pages)).get(request.match_info["slug"])
    if found is None:
        raise NotFound("There is no such page. It can be added in the settings.")
    return found


async def _draw(
    request: web.Request,
    page: Page,
    seen: int,
    *,
    new: bool,
    refusal: ShopError | None = None,
    preview: bool = False,
    theirs: Page | None = None,
) -> web.Response:
    shop = request.app[SHOP]
    context = {
        "page": page,
        "seen": seen,
        "new": new,
        "starting": not new and seen == 0,
        "refusal": refusal,
        "faults": refusal.fields if refusal else {},
        "preview": markup(page.text, words(shop)) if preview else None,
        "theirs": theirs,
        "saved": "saved" in request.query,
        "fillings": WORDS,
        "in_use": page.slug in STARTING,
        "most": {"title": MAX_TITLE_LENGTH, "description": MAX_DESCRIPTION_LENGTH, "text": MAX_TEXT_LENGTH},
    }
    status = refusal.status if refusal else 200
    return await render(request, "dashboard/about_page.html", context, status=status, cache=NO_STORE)
