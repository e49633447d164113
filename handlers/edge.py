"""The edge of the house: every request passes here once, coming in and going out.

It gives the request its id and log line, refuses what comes from other sites, turns refusals into answers, and puts the
security headers on. A bug is logged once with the request's id and answered 500.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from urllib.parse import quote, urlsplit

import orjson
from aiohttp import web

from handlers.answered import Answered
from handlers.keys import ASSETS, PROVIDER, SHOP
from shop.errors import (
    BadRequest,
    ForeignOrigin,
    MethodNotAllowed,
    NotFound,
    ShopError,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from shop.ids import crockford

log = logging.getLogger("shopwire.http")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Page = Callable[[web.Request, ShopError], Awaitable[web.Response]]

REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)
OBSERVE: web.AppKey[Callable[[Answered], None]] = web.AppKey("observe", Callable)  # type: ignore[arg-type]
"""Hears of every answer."""
ERROR_PAGE: web.AppKey[Page] = web.AppKey("error_page", Callable)  # type: ignore[arg-type]
"""Draws a refusal for people."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MACHINE_PREFIXES = (
    "/api/",
    "/live",
    "/load/",
    "/webhooks/",
    "/openapi.json",
    "/asyncapi.json",
    "/metrics",
    "/healthz",
    "/readyz",
)


UNAVAILABLE_SECONDS = 5.0
"""When to come back, where nobody knows better."""


class Oops(ShopError):
    """What people see of a bug."""

    status = 500
    code = "internal_error"
    title = "That did not work; our side, not yours"


@web.middleware
async def edge(request: web.Request, handler: Handler) -> web.StreamResponse:
    started = time.perf_counter()
    request[REQUEST_ID] = crockford(10)
    try:
        _refuse_other_sites(request)
        if "\0" in request.path:  # nothing is called so, and PostgreSQL can't even be asked
            raise NotFound
        response = await handler(request)
    except ShopError as refusal:
        response = await refused(request, refusal)
        if request.content.exception() is not None:
            _let_go(request, response)
        _forget_the_way(refusal)
    except web.HTTPException as raised:
        response = await _http(request, raised)
    except ConnectionError:  # the peer left in the middle; there is nobody to answer
        raise
    except Exception:  # the edge: a bug is logged once, here, and answered
        log.exception("bug", extra={"request_id": request[REQUEST_ID], "method": request.method, "path": request.path})
        response = await refused(request, Oops("We have been told. Please try again.", request_id=request[REQUEST_ID]))
    if not response.prepared:
        _dress(request, response)
    _note(request, response, time.perf_counter() - started)
    return response


def _let_go(request: web.Request, response: web.StreamResponse) -> None:
    """Ends the connection with this answer: its body can't be read, so nobody knows where another request would begin.

    aiohttp would first wait for the rest of the body, and trip over it.
    """
    request.content.feed_eof()
    response.force_close()


def _forget_the_way(refusal: BaseException) -> None:
    """Lets go of where a refusal came from, which nobody asks once it is answered.

    Frames hold what they raised, and that holds the frames: every refusal of a sold-out sale would be a circle around its
    request, with all that the request holds.
    """
    way: BaseException | None = refusal
    while way is not None:
        way.__traceback__ = None
        way = way.__context__


async def refused(request: web.Request, refusal: ShopError) -> web.Response:
    """A refusal as the reader needs it: a problem object for machines, a page for people, the way to log in for guests."""
    if wants_json(request):
        response = web.Response(
            body=orjson.dumps(refusal.problem()), status=refusal.status, content_type="application/problem+json"
        )
    elif isinstance(refusal, Unauthenticated) and request.method in ("GET", "HEAD"):
        response = web.Response(status=303, headers={"Location": f"/login?next={quote(request.path_qs, safe='/')}"})
    else:
        response = await _page(request, refusal)
    if refusal.status == Unauthenticated.status:
        response.headers["WWW-Authenticate"] = 'Bearer realm="shop"'
    retry = refusal.retry_seconds
    if retry is None and refusal.status == Unavailable.status:
        retry = UNAVAILABLE_SECONDS
    if retry is not None:
        response.headers["Retry-After"] = str(max(1, round(retry)))
    response.headers["Cache-Control"] = "no-store"
    return response


async def _page(request: web.Request, refusal: ShopError) -> web.Response:
    try:
        return await request.app[ERROR_PAGE](request, refusal)
    except Exception:  # a page that says what went wrong must not fail for its own reasons
        log.exception("error page", extra={"request_id": request[REQUEST_ID]})
        return web.Response(text=f"{refusal.title}. {refusal.detail}", status=refusal.status)


def wants_json(request: web.Request) -> bool:
    """Whether a machine is asking: by the address, or because it says that it reads JSON and not HTML."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith(MACHINE_PREFIXES) or ("json" in accept and "text/html" not in accept)


def _refuse_other_sites(request: web.Request) -> None:
    """Every request that may change something must come from the shop's own pages, or from no browser page at all.

    Webhooks are signed and exempt, and so is a bearer token without a cookie, which no browser adds by itself.
    """
    if request.method in SAFE_METHODS or request.path.startswith("/webhooks/"):
        return
    if "Authorization" in request.headers and "Cookie" not in request.headers:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site in ("same-origin", "none"):
            return
        raise ForeignOrigin("This form was sent from another site. Open the shop itself and try again.")
    origin = request.headers.get("Origin")
    if origin is not None and not _own(request, origin):
        raise ForeignOrigin("This form was sent from another site. Open the shop itself and try again.")


def _own(request: web.Request, origin: str) -> bool:
    try:
        return origin == request.app[SHOP].origin or urlsplit(origin).netloc == request.host
    except ValueError:  # not even an address, such as http://[
        return False


async def _http(request: web.Request, raised: web.HTTPException) -> web.StreamResponse:
    """aiohttp's own refusals in the shop's words; redirects and the like go out as they are."""
    match raised.status:
        case 404:
            return await refused(request, NotFound("We don't have this page any more, or never had it."))
        case 405:
            response = await refused(request, MethodNotAllowed(f"{request.method} can't be used here."))
            response.headers["Allow"] = raised.headers.get("Allow", "")
            return response
        case 413:
            return await refused(request, TooLarge())
        case status if status >= Oops.status:
            return await refused(request, Unavailable(retry_seconds=5))
        case status if status >= BadRequest.status:
            return await refused(request, BadRequest())
    return web.Response(status=raised.status, headers={"Location": raised.headers.get("Location", "/")})


_DRESS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
_DRESS_OF_PAGES = {
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def _dress(request: web.Request, response: web.StreamResponse) -> None:
    app, headers = request.app, response.headers
    headers["X-Request-Id"] = request[REQUEST_ID]
    headers.update(_DRESS)
    headers.setdefault("Cache-Control", "no-store")
    if headers.get("Content-Type", "").startswith("text/html"):
        headers.update(_DRESS_OF_PAGES)
        headers["Content-Security-Policy"] = _csp(app[PROVIDER].origins)
        # Which links may be fetched before they are followed; not for those who pay for what they load.
        if request.headers.get("Save-Data") != "on":
            headers["Speculation-Rules"] = f'"{app[ASSETS].url("prefetch.speculationrules")}"'
    if app[SHOP].secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"


@lru_cache
def _csp(providers: Sequence[str]) -> str:
    """The policy: everything from the shop itself; forms may also end at the payment provider, where checkout redirects."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' https: data:; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {' '.join(providers)}"
    )


def _note(request: web.Request, response: web.StreamResponse, seconds: float) -> None:
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "-"
    answer = Answered(time.time(), request[REQUEST_ID], request.method, route, response.status, seconds)
    request.app[OBSERVE](answer)
