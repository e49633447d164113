"""What staff do to an order: claim, pack, send, follow and cancel it, each a plain form on the order's page.

A refusal is shown on that page, as it stands now, with what was typed.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from aiohttp import web
from msgspec import Struct

from handlers.bodies import form_body
from handlers.dashboard.orders import Refused, clerk_of, number_of, page
from handlers.keys import CLOCK, DB, LIMITS, WAKE
from handlers.pages import NO_STORE
from handlers.visitors import require_staff
from shop.errors import Conflict, InvalidFields, ShopError
from shop.fulfilment import Clerk, Parcel
from shop.ids import CustomerId, OrderNumber
from shop.orders import Order
from storage import fulfilment, orders

F = TypeVar("F", bound=Struct)


class NoForm(Struct, frozen=True, forbid_unknown_fields=True):
    """A form that is only a button."""


class TakeOverForm(Struct, frozen=True, forbid_unknown_fields=True):
    """Who had the order when the button was pressed, so that nobody takes it from a third."""

    before: str


class ParcelForm(Struct, frozen=True, forbid_unknown_fields=True):
    carrier: str = ""
    tracking: str = ""
    link: str = ""


async def claim(request: web.Request) -> web.Response:
    """POST /dashboard/orders/{number}/claim"""
    number, clerk, _ = await _asked(request, NoForm)
    return await _act(request, number, "claim", fulfilment.claim, clerk)


async def take_over(request: web.Request) -> web.Response:
    """POST /dashboard/orders/{number}/take-over"""
    number, clerk, form = await _asked(request, TakeOverForm)
    return await _act(request, number, "take-over", fulfilment.take_over, clerk, CustomerId(form.before))


async def release(request: web.Request) -> web.Response:
    """POST /dashboard/orders/{number}/release"""
    number, clerk, _ = await _asked(request, NoForm)
    return await _act(request, number, "release", fulfilment.release, clerk)


async def pack(request: web.Request) -> web.Response:
    """POST /dashboard/orders/{number}/pack"""
    number, clerk, _ = await _asked(request, NoForm)
    return await _act(request, number, "pack", fulfilment.pack, clerk)


async def unpack(request: web.Request) -> web.Response:
    """POST /dashboard/orders/{number}/unpack"""
    number, clerk, _ = await _asked(request, NoForm)
    return await _act(request, number, "unpack", fulfilment.unpack, clerk)


async def ship(request: web.Request) -> web.Response:
    """POST /dashboard/orders/{number}/ship"""
    number, clerk, form = await _asked(request, ParcelForm)
    return await _act(request, number, "ship", fulfilment.ship, clerk, _parcel(form))


async def deliver(request: web.Request) -> web.Response:
    """POST /dashboard/orders/{number}/deliver"""
    number, clerk, _ = await _asked(request, NoForm)
    return await _act(request, number, "deliver", fulfilment.deliver, clerk)


async def track(request: web.Request) -> web.Response:
    """POST /dashboard/orders/{number}/track"""
    number, clerk, form = await _asked(request, ParcelForm)
    return await _act(request, number, "track", fulfilment.track, clerk, _parcel(form))


async def cancel(request: web.Request) -> web.Response:
    """POST /dashboard/orders/{number}/cancel. The reconciler ends the payment at the provider, right away."""
    number, clerk, _ = await _asked(request, NoForm)
    answer = await _act(request, number, "cancel", orders.cancel, clerk)
    request.app[WAKE]()
    return answer


async def after_refusal(request: web.Request) -> web.Response:
    """GET of any of these: a page that showed a refusal can be loaded again."""
    await require_staff(request)
    return _to(number_of(request))


FORMS = {
    "claim": claim,
    "take-over": take_over,
    "release": release,
    "pack": pack,
    "unpack": unpack,
    "ship": ship,
    "track": track,
    "deliver": deliver,
    "cancel": cancel,
}
"""The forms of an order's page, by the last part of their address."""


async def _asked(request: web.Request, kind: type[F]) -> tuple[OrderNumber, Clerk, F]:
    clerk = clerk_of(await require_staff(request))
    request.app[LIMITS].change(request)
    return number_of(request), clerk, await form_body(request, kind)


async def _act(
    request: web.Request, number: OrderNumber, form: str, verb: Callable[..., Order], clerk: Clerk, *more: Any
) -> web.Response:
    try:
        await request.app[DB].write(verb, number, clerk, *more, request.app[CLOCK]())
    except (Conflict, InvalidFields) as refusal:
        return await page(request, number, _refused(refusal, form, more))
    return _to(number)


def _refused(refusal: ShopError, form: str, more: tuple[Any, ...]) -> Refused:
    typed = more[0] if more and isinstance(more[0], Parcel) else Parcel()
    return Refused(refusal, form, typed)


def _parcel(form: ParcelForm) -> Parcel:
    return Parcel(form.carrier, form.tracking, form.link)


def _to(number: OrderNumber) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/dashboard/orders/{number}", "Cache-Control": NO_STORE})
