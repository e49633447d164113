"""Stages for the live room: a hub alone, a server with sockets, a page in Chromium."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from handlers import live
from tests.browser.conftest import browser, context, page
from tests.live.fakes import Shop, Stage
from tests.live.house import House, Opened, app_over

__all__ = ["browser", "context", "page"]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A hub whose readers run; the test flushes."""
    stage = Stage()
    readers = [asyncio.create_task(stage.hub.loader.read_states()), asyncio.create_task(stage.hub.loader.read_feeds())]
    yield stage
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)


@pytest.fixture
async def opened(aiohttp_client: Any) -> Opened:
    """Opens a house with the given live settings."""

    async def open_house(**settings: Any) -> House:
        shop = Shop()
        app = app_over(shop, **settings)
        client = await aiohttp_client(app)
        return House(client, shop, app[live.HUB])

    return open_house
