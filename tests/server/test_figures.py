"""The dashboard's figures and low stock as they are told: after a change, by time alone, at midnight, and only to listeners."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from msgspec import json

from handlers.live import HUB, SOURCE
from live.protocol import SUBPROTOCOL
from server import figures
from server.app import _figures_moved
from server.source import Books
from storage import outbox
from tests.handlers.test_dashboard import order, scarcest
from tests.house import House, open_house

Client = aiohttp.ClientSession
FIGURES, LOW = "dashboard/figures", "dashboard/low"


class Ear:
    """Hears a topic through a socket, as a page does: only what is newer than it has."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.version = -1

    async def hear(self) -> Any:
        """The next value."""
        while True:
            message = json.decode((await self._socket.receive(10)).data)
            if message.get("op") == "state":
                assert message["v"] > self.version
                self.version = message["v"]
                return message["d"]


@asynccontextmanager
async def listening(clerk: Client, topic: str) -> AsyncIterator[Ear]:
    async with clerk.ws_connect("/live", protocols=[SUBPROTOCOL]) as socket:
        await socket.send_str('{"id":1,"op":"hello"}')
        await socket.send_str(json.encode({"id": 2, "op": "sub", "topics": {topic: None}}).decode())
        yield Ear(socket)


@pytest.fixture
async def still(tmp_path: Any) -> AsyncIterator[House]:
    """A house whose sweeper runs by hand, where clocks never change."""
    async with open_house(tmp_path, background=False, timezone="Asia/Tokyo") as house:
        yield house


async def test_an_order_changes_figures_and_shortages(house: House):
    async with house.staff() as clerk, house.client() as shopper:
        variant = (await scarcest(clerk, 1))["variant"]
        async with listening(clerk, FIGURES) as figure, listening(clerk, LOW) as low:
            before, short = await figure.hear(), await low.hear()
            assert (before["orders"], before["waiting"]) == (0, 0)
            await order(shopper, variant)
            now, shorter = await figure.hear(), await low.hear()
            assert (now["orders"], now["waiting"], now["shown"]["orders"]["value"]) == (1, 1, "1")
            assert now["hours"][now["hour"]][0] == 1
            held = {row["variant"]: row["held"] for row in shorter["rows"]}
            assert held[variant] == 1
            assert shorter["low"] == short["low"]


async def test_a_day_begins_for_whoever_watches(still: House):
    async with still.staff() as clerk, still.client() as shopper:
        await order(shopper, (await scarcest(clerk, 1))["variant"])
        async with listening(clerk, FIGURES) as ear:
            today = await ear.hear()
            assert today["orders"] == 1
            still.clock.advance(hours=24)
            await still.engine.sweeper.sweep()
            while (tomorrow := await ear.hear())["day"] == today["day"]:
                pass
            assert tomorrow["day"] > today["day"]
            assert tomorrow["orders"] == 0
            assert tomorrow["shown"]["orders"]["said"][0] == "1 fewer than yesterday by now"


async def test_time_alone_moves_the_figures_of_whoever_watches(still: House):
    books, hub = still.app[SOURCE], still.app[HUB]
    assert isinstance(books, Books)
    told = figures.figures(books, hub)

    async def moved() -> None:
        await _figures_moved(still.app)

    async with still.staff() as clerk, still.client() as shopper:
        await order(shopper, (await scarcest(clerk, 1))["variant"])
        # A quiet day later, an hour before yesterday's order: it is not to be compared with that yet.
        still.clock.advance(hours=23)
        start = await still.db.read(outbox.head)
        await told.tick(moved)
        assert await still.db.read(outbox.head) == start, "nobody watches"
        async with listening(clerk, FIGURES) as ear:
            before = await ear.hear()
            await told.tick(moved)
            await told.tick(moved)
            assert await still.db.read(outbox.head) == start, "nothing has changed"
            still.clock.ahead += timedelta(hours=2)
            await told.tick(moved)
            assert await still.db.read(outbox.head) > start
            after = await ear.hear()
            assert after["orders"] == 0
            assert after["hour"] != before["hour"]
