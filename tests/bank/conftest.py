"""A bank, the shop that it works for, and a clock."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from tests.bank.stage import Bank, Clock, Shop, bank_running, listening
from tests.browser.conftest import browser, context, page

__all__ = ["browser", "context", "page"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
async def shop_url(shop: Shop) -> AsyncIterator[str]:
    async def greet(_request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>Back</title><h1>Welcome back</h1>", content_type="text/html")

    app = web.Application()
    app.router.add_post("/webhooks/payments/sandbox", shop.webhook)
    app.router.add_get("/back", greet)
    async with listening(app) as url:
        yield url


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "bank.db"


@pytest.fixture
async def bank(database: Path, shop_url: str, clock: Clock) -> AsyncIterator[Bank]:
    async with bank_running(database, shop_url, clock) as bank:
        yield bank
