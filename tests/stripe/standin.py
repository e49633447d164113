"""A stand-in for Stripe on real HTTP: what its documentation says, and every fault that a test asks for.

It keeps books of its own: sessions, intents, charges, refunds and disputes, as the objects that the API shows. Keys are
idempotent as Stripe's are: the first answer comes again, failures included, for a day; other parameters are refused.
"""

import asyncio
import contextlib
import re
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
from aiohttp import web

from shop.judge import BankFacts
from tests.bank.stage import listening
from tests.stripe import books, wire
from tests.stripe.books import Books
from tests.stripe.wire import Answer, Refusal

KEY = "sk_test_standin_of_stripe"
SECRET = "whsec_standin_of_stripe"
KEYS_KEPT_SECONDS = 24 * 3600

Alter = Callable[[dict[str, Any]], Any]


@dataclass
class Fault:
    """Something that goes wrong with the next requests of this method whose path fits.

    before: 500, and nothing done · after: done, and 500 · cut: done, and the connection ends · half: done, and half an
    answer · hang: done, and no answer while the test lasts · html: done, and a page · alter: done, and another answer
    """

    kind: str
    path: str = ""
    method: str = ""
    count: int = 1
    alter: Alter | None = None

    def hits(self, method: str, path: str) -> bool:
        fits = self.count > 0 and self.method in ("", method) and re.search(self.path, path) is not None
        self.count -= fits
        return fits


@dataclass
class Standin:
    """`url` is its API and the origin of its hosted page; `webhook_url` is where its events go."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    url: str = ""
    webhook_url: str = ""
    key: str = KEY
    secrets: tuple[str, ...] = (SECRET,)
    calls: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.books = Books(self.now, lambda: self.url)

    def now(self) -> int:
        return int(self.clock().timestamp())

    def fails(self, kind: str, path: str = "", method: str = "", count: int = 1, alter: Alter | None = None) -> None:
        """Plans a fault."""
        self.faults.append(Fault(kind, path, method, count, alter))

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/c/pay/{id}", self._page),
                web.post("/c/pay/{id}", self._paid),
                web.route("*", "/v1/{path:.*}", self._api),
            ]
        )
        return app

    # Webhooks

    async def deliver(
        self, event: dict[str, Any], *, at: int | None = None, raw: bytes | None = None, signature: str | None = None
    ) -> int:
        """Sends an event, with a stamp, body or signature of the test's own if need be; answers the status."""
        body = orjson.dumps(event) if raw is None else raw
        stamp = self.now() if at is None else at
        headers = {"Content-Type": "application/json; charset=utf-8"}
        headers["Stripe-Signature"] = wire.signed(body, stamp, *self.secrets) if signature is None else signature
        async with (
            aiohttp.ClientSession() as client,
            client.post(self.webhook_url, data=body, headers=headers) as response,
        ):
            return response.status

    async def deliver_all(self, *, times: int = 1, backwards: bool = False) -> None:
        """Sends everything that has not been sent, so often and in this order."""
        waiting, self.books.events = self.books.events, []
        for event in reversed(waiting) if backwards else waiting:
            for _ in range(times):
                assert await self.deliver(event) == 204

    # The page

    async def _page(self, request: web.Request) -> web.Response:
        session = self.books.session(request.match_info["id"])
        if session["status"] != "open":
            return _html("This Checkout Session has expired or is over.", status=410)
        target = f'<a href="{session["cancel_url"]}">Back</a>'
        buttons = "".join(f'<button name="test_card" value="{card}">{card}</button>' for card in books.CARDS)
        return _html(f'<form method="post">{buttons}</form>{target}')

    async def _paid(self, request: web.Request) -> web.Response:
        """A card pays the session once; a declined one leaves it open, as Stripe's page does."""
        session = self.books.session(request.match_info["id"])
        form = await request.post()
        if session["status"] == "open" and not self.books.pay(session["id"], str(form.get("test_card", ""))):
            return _html("Your card was declined.")
        if session["status"] == "expired":
            return _html("This Checkout Session has expired.", status=410)
        raise web.HTTPSeeOther(str(session["success_url"]))

    # The API

    async def _api(self, request: web.Request) -> web.StreamResponse:
        path = f"/v1/{request.match_info['path']}"
        self.calls.append(f"{request.method} {path}")
        pairs = request.query.items() if request.method == "GET" else (await request.post()).items()
        params = wire.nested((name, str(value)) for name, value in pairs)
        fault = next((one for one in self.faults if one.hits(request.method, path)), None)
        status, body, replayed = self._answer(request, path, params, fault)
        headers = {"Request-Id": f"req_{secrets.token_hex(7)}", "Stripe-Version": "2026-10-28.endive"}
        if replayed:
            headers["Idempotent-Replayed"] = "true"
        answer = web.Response(status=status, body=body, content_type="application/json", headers=headers)
        return answer if fault is None else await self._spoilt(request, answer, fault)

    def _answer(
        self, request: web.Request, path: str, params: dict[str, Any], fault: Fault | None
    ) -> tuple[int, bytes, bool]:
        """Status and body, and whether they were an answer before."""
        try:
            self._authenticate(request)
        except Refusal as refusal:
            return refusal.status, orjson.dumps(refusal.body), False
        key = request.headers.get("Idempotency-Key", "") if request.method == "POST" else ""
        self.keys += [key] if key else []
        fingerprint = wire.fingerprint(request.method, path, params)
        known = self.answers.get(key)
        if known is not None and self.now() - known.at < KEYS_KEPT_SECONDS:
            if known.fingerprint != fingerprint:
                said = f"Keys for idempotent requests can only be used with the same parameters they were first used with. {key}"
                return 400, orjson.dumps(Refusal(said, kind="idempotency_error").body), False
            return known.status, known.body, True
        status, body, kept = self._worked(request.method, path, params, fault)
        if key and kept:
            self.answers[key] = Answer(fingerprint, status, body, self.now())
        return status, body, False

    def _worked(self, method: str, path: str, params: dict[str, Any], fault: Fault | None) -> tuple[int, bytes, bool]:
        broken = Refusal("An unknown error occurred", status=500)
        if fault is not None and fault.kind == "before":
            return 500, orjson.dumps(broken.body), True
        try:
            told = self.books.ask(method, path, params)
        except Refusal as refusal:
            return refusal.status, orjson.dumps(refusal.body), refusal.kept
        if fault is not None and fault.kind == "after":
            return 500, orjson.dumps(broken.body), True
        return 200, orjson.dumps(told), True

    def _authenticate(self, request: web.Request) -> None:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or given != self.key:
            raise Refusal(f"Invalid API Key provided: {given[:8]}********", status=401)

    async def _spoilt(self, request: web.Request, answer: web.Response, fault: Fault) -> web.StreamResponse:
        assert request.transport is not None
        assert isinstance(answer.body, bytes)
        match fault.kind:
            case "cut":
                request.transport.abort()
            case "hang":
                await self.released.wait()
            case "half":
                stream = web.StreamResponse(headers={"Content-Length": str(len(answer.body))})
                await stream.prepare(request)
                await stream.write(answer.body[: len(answer.body) // 2])
                request.transport.abort()
                return stream
            case "html":
                return _html("<h1>Bad gateway</h1>", status=answer.status)
            case "alter":
                assert fault.alter is not None
                altered = fault.alter(orjson.loads(answer.body))
                answer.body = altered if isinstance(altered, bytes) else orjson.dumps(altered)
        return answer

    def facts(self) -> list[BankFacts]:
        """The books as the judge reads them."""
        return self.books.facts()


@contextlib.asynccontextmanager
async def standing_in() -> AsyncIterator[Standin]:
    """A stand-in on a free port."""
    standin = Standin()
    async with listening(standin.application()) as url:
        standin.url = url
        yield standin
        standin.released.set()


def _html(body: str, status: int = 200) -> web.Response:
    page = f"<!doctype html><html lang=en><title>Checkout</title><main>{body}</main>"
    return web.Response(status=status, text=page, content_type="text/html")
