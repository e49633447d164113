"""Categories, for staff: all of them in the shop's order, and a form for each."""

from aiohttp import web
from msgspec import json

from handlers import pictures, uploads
from handlers.bodies import base_of
from handlers.keys import CLOCK, DB, LIMITS
from handlers.pages import NO_STORE, render
from handlers.visitors import require_staff
from shop import category_form
from shop.category_form import CategoryForm, CategorySheet
from shop.errors import BadPicture, Conflict, InvalidFields, ShopError, StaleEdit
from shop.imports import words
from storage import categories
from storage.categories import CategoryEdit, Standing

RESERVED = frozenset({"new"})
"""Addresses under /dashboard/categories/ that are no category's."""


async def show(request: web.Request) -> web.Response:
    """GET /dashboard/categories"""
    await require_staff(request)
    return await _list(request)


async def edit(request: web.Request) -> web.Response:
    """GET /dashboard/categories/{slug}; raises NotFound."""
    await require_staff(request)
    standing = await request.app[DB].read(categories.one, request.match_info["slug"])
    return await _page(request, category_form.of(standing.sheet), standing)


async def edit_new(request: web.Request) -> web.Response:
    """GET /dashboard/categories/new"""
    await require_staff(request)
    return await _page(request, CategoryForm(), None)


async def save(request: web.Request) -> web.Response:
    """POST /dashboard/categories/{slug}: changes it, or deletes it when nothing stands in it.

    The form comes back with 422 (faults) or 409 (somebody was faster, or it isn't empty).
    """
    await require_staff(request)
    slug, db = request.match_info["slug"], request.app[DB]
    standing = await db.read(categories.one, slug)
    sent, form, faults = await _received(request)
    if sent.get("do") == "delete":
        try:
            await db.write(categories.remove, slug, request.app[CLOCK]())
        except Conflict as refusal:
            return await _page(request, form, standing, refusal)
        return _to("/dashboard/categories")
    base = base_of(sent, CategorySheet)
    try:
        command = CategoryEdit(slug, base, _checked(form, faults), request.app[CLOCK]())
        await db.write(categories.save, command)
    except InvalidFields as refusal:
        return await _page(request, form, Standing(slug, base, standing.products), refusal)
    except StaleEdit as refusal:
        return await _page(request, form, await db.read(categories.one, slug), refusal)
    return _to("/dashboard/categories")


async def create(request: web.Request) -> web.Response:
    """POST /dashboard/categories/new"""
    await require_staff(request)
    _, form, faults = await _received(request)
    slug = words.slug(form.slug.strip() or form.name)
    try:
        if not slug or slug in RESERVED:
            faults["slug"] = "Give it an address of small letters, digits and hyphens."
        command = CategoryEdit(slug, None, _checked(form, faults), request.app[CLOCK]())
        await request.app[DB].write(categories.create, command)
    except InvalidFields as refusal:
        return await _page(request, form, None, refusal)
    return _to("/dashboard/categories")


async def _received(request: web.Request) -> tuple[dict[str, str], CategoryForm, dict[str, str]]:
    """The fields that were sent, the form in them with the picture that came along, and what is wrong with that one."""
    request.app[LIMITS].change(request)
    sent = await uploads.read(request)
    said = dict(sent.fields)
    form = CategoryForm(
        **{name: said.get(name, "") for name in ("name", "slug", "line", "image", "place")}, remove="remove" in said
    )
    for file in sent.files:
        try:
            form.image = await pictures.take(request.app, file.body)
            form.remove = False
        except BadPicture as bad:
            return said, form, {"picture": f"{file.name}: {bad.detail}"}
    return said, form, {}


def _checked(form: CategoryForm, faults: dict[str, str]) -> CategorySheet:
    try:
        found = category_form.checked(form)
    except InvalidFields as refusal:
        raise InvalidFields(fields={**refusal.fields, **faults}) from refusal
    if faults:
        raise InvalidFields(fields=faults)
    return found


async def _list(request: web.Request) -> web.Response:
    found = await request.app[DB].read(categories.listed)
    return await render(request, "dashboard/categories.html", {"found": found}, cache=NO_STORE)


async def _page(
    request: web.Request, form: CategoryForm, standing: Standing | None, refusal: ShopError | None = None
) -> web.Response:
    context = {
        "form": form,
        "standing": standing,
        "base": json.encode(standing.sheet).decode() if standing else "",
        "refusal": refusal,
        "faults": refusal.fields if refusal else {},
    }
    status = refusal.status if refusal else 200
    return await render(request, "dashboard/category.html", context, status=status, cache=NO_STORE)


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": NO_STORE})
