"""The bank's counterpart in tests: a shop that hears webhooks and greets returning browsers, and a clock to turn."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from aiohttp import web

from server.bank.app import running
from server.bank.settings import BankSettings
from server.payments.sandbox import SandboxProvider
from shop.payments import Created, Hint, ProviderPayment

API_KEY = "sk_sandbox_test"
SECRET = "whsec_test"
HEAR_SECONDS = 10


class Clock:
    """Runs like the real one, and can be turned forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def turn(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


@dataclasses.dataclass
class Heard:
    """A webhook as it came in."""

    raw: bytes
    headers: dict[str, str]

    @property
    def kind(self) -> str:
        return str(orjson.loads(self.raw)["kind"])

    @property
    def id(self) -> str:
        return str(orjson.loads(self.raw)["id"])

    @property
    def payment(self) -> str:
        return str(orjson.loads(self.raw)["payment"])


class Shop:
    """Takes webhooks; `answers` are the statuses it gives first, before it says 200 to all. While `open` is not set, it
    hears and doesn't answer."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answers: list[int] = []
        self._news = asyncio.Condition()
        self.open = asyncio.Event()
        self.open.set()

    async def webhook(self, request: web.Request) -> web.Response:
        heard = Heard(await request.read(), dict(request.headers))
        async with self._news:
            self.heard.append(heard)
            self._news.notify_all()
        await self.open.wait()
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def hears(self, count: int, kind: str = "") -> list[Heard]:
        """Waits until so many webhooks (of this kind) have come."""

        def found() -> list[Heard]:
            return [heard for heard in self.heard if kind in ("", heard.kind)]

        async with asyncio.timeout(HEAR_SECONDS), self._news:
            await self._news.wait_for(lambda: len(found()) >= count)
        return found()


@contextlib.asynccontextmanager
async def listening(app: web.Application) -> AsyncIterator[str]:
    """Serves an application on a free port of the loopback and yields its address."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@dataclasses.dataclass
class Bank:
    """A running bank, the adapter that speaks to it, and a client for everything else."""

    url: str
    shop_url: str
    settings: BankSettings
    provider: SandboxProvider
    client: aiohttp.ClientSession

    async def create(self, key: str = "key-1", amount: int = 23050, seconds: float = 900) -> Created:
        return await self.provider.create(
            "K7QM-2X4D", amount, "EUR", f"{self.shop_url}/back?a=1", self.expires_at(seconds), key
        )

    def expires_at(self, seconds: float = 900) -> datetime:
        return self.settings.clock() + timedelta(seconds=seconds)

    def wish(self, **changes: Any) -> dict[str, Any]:
        """A body for POST /v1/payments, the same for the same clock hour."""
        expires_at = self.expires_at(7200).replace(minute=0, second=0, microsecond=0).isoformat()
        return {
            "order": "K7QM-2X4D",
            "amount": 23050,
            "currency": "EUR",
            "return_url": f"{self.shop_url}/back",
            "expires_at": expires_at,
        } | changes

    async def ask(self, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
        """Status and JSON of an API call."""
        headers = {"Authorization": f"Bearer {API_KEY}"} | ({"Idempotency-Key": key} if key else {})
        data = None if body is None else orjson.dumps(body)
        async with self.client.request(method, self.url + path, data=data, headers=headers) as answer:
            return answer.status, orjson.loads(await answer.read())

    async def submit(self, url: str, **fields: str) -> tuple[int, str, str]:
        """Status, Location and text after posting a form like a browser does."""
        async with self.client.post(url, data=fields, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location", ""), await answer.text()

    async def pay(self, made: Created, number: str) -> tuple[int, str, str]:
        return await self.submit(made.redirect, number=number, valid_to="12 / 34", code="123")

    async def books(self) -> list[dict[str, Any]]:
        payments: list[dict[str, Any]] = (await self.ask("GET", "/v1/books"))[1]["payments"]
        return payments

    async def passes(self, clock: Clock, seconds: float) -> None:
        """Turns the clock; the next change in the books lets the bank notice."""
        clock.turn(seconds)
        await self.create(f"after-{clock.ahead}")

    async def becomes(self, made: Created, shop: Shop, kind: str) -> ProviderPayment:
        """Waits for this news, and then asks the bank as the shop does."""
        news = await shop.hears(1, kind)
        hints: list[Hint] = self.provider.parse_webhook(news[0].raw, news[0].headers)
        assert [hint.ref for hint in hints] == [made.ref]
        return await self.provider.fetch(made.ref)


@contextlib.asynccontextmanager
async def bank_running(database: Path, shop_url: str, clock: Clock, **changes: Any) -> AsyncIterator[Bank]:
    """A bank on a free port, speaking to the shop at this address."""
    settings = BankSettings(
        database=database,
        api_key=API_KEY,
        webhook_url=f"{shop_url}/webhooks/payments/sandbox",
        webhook_secret=SECRET,
        clock=clock,
    )
    settings = dataclasses.replace(settings, **changes)
    async with running(settings, "127.0.0.1", 0) as url, aiohttp.ClientSession() as client:
        provider = SandboxProvider(url, API_KEY, SECRET, clock)
        try:
            yield Bank(url, shop_url, settings, provider, client)
        finally:
            await provider.close()
