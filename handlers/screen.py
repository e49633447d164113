"""The door by which a browser becomes a screen on the wall: it types the code that staff were given."""

from aiohttp import web
from msgspec import Struct

from handlers.bodies import form_body
from handlers.keys import CLOCK, DB, LIMITS, SECRET
from handlers.pages import NO_STORE, render
from handlers.visitors import visitor
from shop.errors import InvalidFields, ShopError, TooManyRequests
from shop.ids import crockford, new_session_secret
from shop.screens import code_hash, parse_code
from storage import screens
from storage.screens import Pairing
from storage.sessions import hash_of

SCREEN_PAGE = "/dashboard?screen=1"
MARK_LENGTH = 16


class CodeForm(Struct, frozen=True, forbid_unknown_fields=True):
    code: str = ""


async def show(request: web.Request) -> web.Response:
    """GET /screen, where a code is typed; ?out=1 says that the screen was signed out."""
    if (await visitor(request)).screen is not None:
        return _to(SCREEN_PAGE)
    return await _page(request)


async def pair(request: web.Request) -> web.Response:
    """POST /screen: a code that is good makes this browser the screen, under a new session; who was signed in here is out."""
    who = await visitor(request)
    form = await form_body(request, CodeForm)
    try:
        request.app[LIMITS].pair(request)
        code = parse_code(form.code)
        if code is None:
            raise InvalidFields(fields={"code": "The code has eight letters and digits, such as K7QM-2X4D."})
        now = request.app[CLOCK]()
        secret, mark = new_session_secret(now), crockford(MARK_LENGTH)
        command = Pairing(code_hash(request.app[SECRET], code), hash_of(secret), mark, now)
        screen = await request.app[DB].write(screens.pair, command)
    except (InvalidFields, TooManyRequests) as refusal:
        return await _page(request, form.code, refusal)
    await who.become_screen(screen, secret, mark)
    return _to(SCREEN_PAGE)


async def _page(request: web.Request, typed: str = "", refusal: ShopError | None = None) -> web.Response:
    context = {
        "typed": typed,
        "fault": "" if refusal is None else refusal.fields.get("code", refusal.detail),
        "out": request.query.get("out") == "1",
    }
    response = await render(
        request, "dashboard/pair.html", context, status=refusal.status if refusal else 200, cache=NO_STORE
    )
    if refusal is not None and refusal.retry_seconds is not None:
        response.headers["Retry-After"] = str(max(1, round(refusal.retry_seconds)))
    return response


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": NO_STORE})
