"""A product's editor: all of it in one form, which comes back whole when something is wrong, or somebody was faster."""

import re
from collections.abc import Mapping, Sequence

from aiohttp import web
from msgspec import Struct, json
from msgspec.structs import replace

from handlers import pictures, uploads
from handlers.bodies import base_of
from handlers.keys import CLOCK, DB, LIMITS, SHOP
from handlers.pages import NO_STORE, render
from handlers.uploads import Upload
from handlers.visitors import require_staff
from shop import product_form
from shop.errors import BadPicture, InvalidFields, ShopError, StaleEdit
from shop.ids import VariantId
from shop.imports import words
from shop.product_check import checked
from shop.product_form import MAX_PICTURES, FactRow, PictureRow, ProductForm
from shop.product_sheet import Difference, Sheet, differences, edition, merged
from shop.stock import Level
from storage import catalogue, products
from storage.products import NewSheet, Opened, SheetEdit

FILES = "files"
"""The name of the field for files."""

ADDED_ROWS = {"facts": (2, 0), "variants": (0, 1)}
"""Empty rows of facts and variants that the buttons for more of them add."""

_FIELDS = {
    "name": "Name",
    "slug": "Address",
    "line": "Line",
    "maker": "Maker",
    "category": "Category",
    "tax_class": "Taxed as",
    "heading": "Heading",
    "text": "Text",
    "keywords": "Keywords",
    "per_customer": "Most that a customer can buy",
    "variants": "Variants",
    "pictures": "Pictures",
    FILES: "Pictures",
}
_ROWS = {"v": "Variant", "fact": "Fact", "pic": "Picture", "option": "Option"}


class Said(Struct, frozen=True):
    """What the page says above the form: faults by field, and what somebody else changed meanwhile."""

    refusal: ShopError | None = None
    faults: Mapping[str, str] = {}
    changes: Sequence[Difference] = ()
    focus: str = ""
    """The id of the field where the reader goes on."""


async def show(request: web.Request) -> web.Response:
    """GET /dashboard/products/{slug}; raises NotFound."""
    await require_staff(request)
    opened = await request.app[DB].read(products.opened, request.match_info["slug"])
    return await _page(request, product_form.of(opened.sheet, request.app[SHOP].currency), opened, Said())


async def show_new(request: web.Request) -> web.Response:
    """GET /dashboard/new-product"""
    await require_staff(request)
    category = request.query.get("category", "")
    return await _page(request, ProductForm(category=category).with_spares(), None, Said())


async def edition_of(request: web.Request) -> web.Response:
    """GET /dashboard/products/{slug}/edition: a digest of what stands in the books, for pages that show it."""
    await require_staff(request)
    found = await request.app[DB].read(products.sheet, request.match_info["slug"])
    return web.json_response({"edition": edition(found)}, headers={"Cache-Control": NO_STORE})


async def save(request: web.Request) -> web.Response:
    """POST /dashboard/products/{slug}: changes the product, or only gives the form more rows and its files.

    The form comes back with 422 (faults) or 409 (somebody else changed the product); nothing that was typed is lost.
    """
    who = await require_staff(request)
    assert who.customer is not None  # noqa: S101  require_staff promises it
    slug, db, currency = request.match_info["slug"], request.app[DB], request.app[SHOP].currency
    await db.read(products.sheet, slug)
    sent, form, faults = await _received(request)
    base = base_of(sent, Sheet)
    opened = replace(await db.read(products.opened, slug), sheet=base)
    if sent.get("do", "save") != "save":
        return await _more_rows(request, form, opened, sent["do"], faults)
    try:
        sheet, units = _checked(form, faults, currency, await _categories(request))
    except InvalidFields as refusal:
        return await _page(request, form, opened, Said(refusal, refusal.fields))
    edit = SheetEdit(slug, base, sheet, units, who.customer.email, request.app[CLOCK]())
    try:
        await db.write(products.save, edit)
    except InvalidFields as refusal:
        return await _page(request, form, opened, Said(refusal, refusal.fields))
    except StaleEdit as refusal:
        return await _page_beside(request, edit, refusal)
    return _to(f"/dashboard/products/{slug}?saved=1")


async def _page_beside(request: web.Request, edit: SheetEdit, refusal: StaleEdit) -> web.Response:
    """The form with what somebody else changed meanwhile beside what was typed; the next save is compared with theirs."""
    currency = request.app[SHOP].currency
    now = await request.app[DB].read(products.opened, edit.slug)
    both = product_form.of(merged(edit.base, edit.sheet, now.sheet), currency)
    for row in both.variants:
        row.new = row.id not in now.levels
        row.units = str(edit.units.get(row.id, "")) if row.new else ""
    return await _page(request, both, now, Said(refusal, changes=differences(edit.base, now.sheet, currency)))


async def create(request: web.Request) -> web.Response:
    """POST /dashboard/new-product: adds a product, or only gives the form more rows and its files."""
    who = await require_staff(request)
    assert who.customer is not None  # noqa: S101  require_staff promises it
    sent, form, faults = await _received(request)
    if sent.get("do", "save") != "save":
        return await _more_rows(request, form, None, sent["do"], faults)
    slug = words.slug(form.slug.strip() or form.name)
    try:
        if not slug:
            faults["slug"] = "Give it an address of small letters, digits and hyphens."
        sheet, units = _checked(form, faults, request.app[SHOP].currency, await _categories(request))
        command = NewSheet(slug, sheet, units, who.customer.email, request.app[CLOCK]())
        await request.app[DB].write(products.create, command)
    except InvalidFields as refusal:
        return await _page(request, form, None, Said(refusal, refusal.fields))
    return _to(f"/dashboard/products/{slug}?saved=new")


async def _received(request: web.Request) -> tuple[dict[str, str], ProductForm, dict[str, str]]:
    """The fields that were sent, the form in them, with the files that came along, and what is wrong with those."""
    request.app[LIMITS].change(request)
    sent = await uploads.read(request)
    form = product_form.read(sent.fields)
    return dict(sent.fields), form, await _take(request.app, form, [file for file in sent.files if file.field == FILES])


async def _take(app: web.Application, form: ProductForm, files: Sequence[Upload]) -> dict[str, str]:
    """Adds pictures to the form; answers what is wrong with those that it couldn't add."""
    bad = []
    for file in files:
        if len(form.pictures) >= MAX_PICTURES:
            bad.append(f"{file.name}: a product shows up to {MAX_PICTURES} pictures.")
            continue
        try:
            image = await pictures.take(app, file.body)
        except BadPicture as refusal:
            bad.append(f"{file.name}: {refusal.detail}")
            continue
        if image not in (row.image for row in form.pictures):
            form.pictures.append(PictureRow(image, place=str(len(form.pictures) + 1)))
    return {FILES: " ".join(bad)} if bad else {}


def _checked(
    form: ProductForm, faults: Mapping[str, str], currency: str, categories: Sequence[str]
) -> tuple[Sheet, dict[VariantId, int]]:
    """The sheet that the form asks for; raises InvalidFields with its faults and those that were found before."""
    try:
        found = checked(form, currency, categories)
    except InvalidFields as refusal:
        raise InvalidFields(fields={**refusal.fields, **faults}) from refusal
    if faults:
        raise InvalidFields(fields=dict(faults))
    return found


async def _categories(request: web.Request) -> list[str]:
    return [category.slug for category in await request.app[DB].read(catalogue.categories)]


async def _more_rows(
    request: web.Request, form: ProductForm, opened: Opened | None, wanted: str, faults: Mapping[str, str]
) -> web.Response:
    """The form with more empty rows, and the reader in the first of them."""
    facts, variants = ADDED_ROWS.get(wanted, (0, 0))
    more = form.with_spares(facts, variants)
    focus = {"facts": f"fact{len(more.facts) - facts}-label", "variants": f"v{len(more.variants) - 1}-price"}
    refusal = InvalidFields(fields=dict(faults)) if faults else None
    return await _page(request, more, opened, Said(refusal, faults, focus=focus.get(wanted, "")))


async def _page(request: web.Request, form: ProductForm, opened: Opened | None, said: Said) -> web.Response:
    """The form. `opened` is None for a new product; its sheet is what the next save is compared with."""
    levels: Mapping[VariantId, Level] = opened.levels if opened else {}
    used = [row.values for row in form.variants if not row.retired]
    options = max(
        (n for values in [form.options, *used] for n, text in enumerate(values, 1) if text.strip()), default=0
    )
    context = {
        "form": form,
        "opened": opened,
        "slug": request.match_info.get("slug", ""),
        "base": json.encode(opened.sheet).decode() if opened else "",
        "edition": edition(opened.sheet) if opened else "",
        "levels": levels,
        "options": options,
        "blank_fact": FactRow(),
        "blank_picture": PictureRow(""),
        "blank": product_form.blank_row(form.pictures[0].image if form.pictures else ""),
        "said": said,
        "faults": said.faults,
        "summary": [(name, _where(name), text) for name, text in said.faults.items()],
        "saved": request.query.get("saved", "") if said.refusal is None and request.method == "GET" else "",
        "all_categories": await request.app[DB].read(catalogue.categories),
        "tax_classes": [(found.code, found.name) for found in request.app[SHOP].terms.taxes.classes],
    }
    status = said.refusal.status if said.refusal else 200
    return await render(request, "dashboard/product.html", context, status=status, cache=NO_STORE)


def _where(name: str) -> str:
    """The field as people call it: "Variant 3" for v2-price."""
    found = re.match(r"(v|fact|pic|option)([0-9]+)", name)
    return f"{_ROWS[found[1]]} {int(found[2]) + 1}" if found else _FIELDS.get(name, "")


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": NO_STORE})
