"""The bank's API for merchants: JSON, a bearer key, amounts in minor units, unknown members refused."""

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import orjson
from aiohttp import web
from msgspec import Struct

from server.bank import audit, payments, records
from server.bank.appkeys import BOOKS, SETTINGS
from server.bank.books import Tx
from server.bank.idempotency import Answer, once
from server.bank.records import Amount, Payment, Wish
from server.bank.refusals import Invalid, Unauthenticated, Unreadable

BODY_SECONDS = 10.0

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_HOST = re.compile(r"(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.ASCII)
_FIELD = re.compile(r"`\$\.(?P<at>\w+)|field `(?P<named>\w+)`")


class GiveBack(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /v1/payments/{id}/refunds."""

    amount: Amount


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of cancel: none, or an empty object."""


S = TypeVar("S", bound=Struct)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def for_merchants(handler: Handler) -> Handler:
    """Lets only requests with the API key through."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        wanted = request.app[SETTINGS].api_key.encode()
        fits = hmac.compare_digest(given.strip().encode(errors="replace"), wanted)
        if scheme.lower() != "bearer" or not fits:
            raise Unauthenticated("wrong_api_key", "Send your API key as a bearer token.")
        return await handler(request)

    return guarded


async def create(request: web.Request) -> web.Response:
    """POST /v1/payments: 201 and the payment, or the first answer again."""
    key = _key(request)
    wish = await _body(request, Wish)
    _check_return_url(wish.return_url)
    return _answer(await request.app[BOOKS].run(_create, key, wish))


async def read(request: web.Request) -> web.Response:
    """GET /v1/payments/{id}."""
    payment = await request.app[BOOKS].run(records.read, request.match_info["id"])
    return _json(_public(request, payment))


async def find(request: web.Request) -> web.Response:
    """GET /v1/payments?key=…: `{"payments": […]}`, with the one made by this key, or none."""
    key = request.query.get("key", "")
    if not key:
        raise Invalid("key_missing", "Say which creation key to look for.", field="key")
    found = await request.app[BOOKS].run(records.find, key)
    return _json({"payments": [_public(request, payment) for payment in found]})


async def cancel(request: web.Request) -> web.Response:
    """POST /v1/payments/{id}/cancel: the payment, or 409 with the payment in the body."""
    return await _change(request, "cancel", payments.cancel)


async def refund(request: web.Request) -> web.Response:
    """POST /v1/payments/{id}/refunds: 201 and `{id, payment, amount}`."""
    key = _key(request)
    wish = await _body(request, GiveBack)
    return _answer(await request.app[BOOKS].run(_refund, key, request.match_info["id"], wish.amount))


async def books(request: web.Request) -> web.Response:
    """GET /v1/books: every payment with its charges and refunds, for auditors."""
    return _json(await request.app[BOOKS].run(audit.whole_books))


async def health(request: web.Request) -> web.Response:
    """GET /healthz: 200 once the books answer."""
    await request.app[BOOKS].run(lambda tx: tx.sql.execute("SELECT 1").fetchone())
    return _json({"ok": True})


def _create(tx: Tx, key: str, wish: Wish) -> Answer:
    def effect() -> tuple[int, Any]:
        return 201, payments.create(tx, key, wish).public(tx.settings.public_url)

    return once(tx, "create", key, msgspec.to_builtins(wish), effect)


async def _change(request: web.Request, operation: str, verb: Callable[[Tx, str], Payment]) -> web.Response:
    key = _key(request)
    await _body(request, Nothing)

    def keyed(tx: Tx, payment_id: str) -> Answer:
        def effect() -> tuple[int, Any]:
            return 200, verb(tx, payment_id).public(tx.settings.public_url)

        return once(tx, operation, key, payment_id, effect)

    return _answer(await request.app[BOOKS].run(keyed, request.match_info["id"]))


def _refund(tx: Tx, key: str, payment_id: str, amount: int) -> Answer:
    def effect() -> tuple[int, Any]:
        return 201, {"id": payments.refund(tx, payment_id, amount), "payment": payment_id, "amount": amount}

    return once(tx, "refund", key, [payment_id, amount], effect)


def _key(request: web.Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise Unreadable(
            "key_missing", "Send an Idempotency-Key of 1 to 255 visible characters.", field="Idempotency-Key"
        )
    return key


async def _body(request: web.Request, form: type[S]) -> S:
    try:
        # A body that never ends must not hold its connection for ever.
        async with asyncio.timeout(BODY_SECONDS):
            raw = await request.read()
        return msgspec.json.decode(raw or b"{}", type=form)
    except TimeoutError:
        raise Unreadable("too_slow", "The body took too long to arrive.") from None
    except msgspec.ValidationError as fault:
        found = _FIELD.search(str(fault))
        field = (found["at"] or found["named"]) if found else ""
        raise Invalid("invalid_field", str(fault), field=field) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unreadable("not_json", "The body is not JSON.") from None


def _check_return_url(return_url: str) -> None:
    """The browser is sent there, and its origin goes into a header: it must be plain http or https."""
    try:
        parts = urlsplit(return_url)
    except ValueError:
        parts = urlsplit("")
    printable = return_url.isascii() and return_url.isprintable() and " " not in return_url
    on_the_web = parts.scheme in {"http", "https"} and _HOST.fullmatch(parts.netloc.lower())
    if not (printable and on_the_web) or parts.fragment:
        raise Invalid("invalid_field", "Give a complete http or https address without a fragment.", field="return_url")


def _public(request: web.Request, payment: Payment) -> dict[str, Any]:
    return payment.public(request.app[SETTINGS].public_url)


def _answer(answer: Answer) -> web.Response:
    headers = {"Idempotent-Replayed": "true"} if answer.replayed else {}
    return web.Response(status=answer.status, body=answer.body, content_type="application/json", headers=headers)


def _json(told: Any) -> web.Response:
    return web.Response(body=orjson.dumps(told), content_type="application/json")
