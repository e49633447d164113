"""The load token: shut without one, and with it a crowd behind one address is let in, and the books can be read."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import msgspec
import pytest

from live.protocol import SUBPROTOCOL
from server.settings import Settings
from shop.judge import Books, judge
from tests.house import open_house
from tests.proof.shopper import Shopper

TOKEN = {"X-Load-Token": "a crowd is coming"}
WRONG: tuple[dict[str, str], ...] = ({}, {"X-Load-Token": ""}, {"X-Load-Token": "a crowd"}, {"X-Load-Token": "ü"})


async def test_without_a_token_set_the_books_are_shut_for_any_token(tmp_path: Path):
    assert Settings().load_token == ""
    async with open_house(tmp_path) as house, house.client() as session:
        for headers in (*WRONG, TOKEN):
            async with session.get("/load/books", headers=headers) as response:
                assert (response.status, (await response.json())["code"]) == (404, "not_found")


async def test_the_books_open_with_the_token_and_with_nothing_else(tmp_path: Path):
    async with open_house(tmp_path, load_token=TOKEN["X-Load-Token"]) as house, house.client() as session:
        for headers in WRONG:
            async with session.get("/load/books", headers=headers) as response:
                assert (response.status, (await response.json())["code"]) == (403, "forbidden")
        shopper = Shopper(session)
        number = await shopper.order_placed(await shopper.variant())
        async with session.get("/load/books", headers=TOKEN) as response:
            assert response.status == 200
            assert response.headers["Cache-Control"] == "no-store"
            books = msgspec.json.decode(await response.read(), type=Books)
        assert [order.number for order in books.orders] == [number]
        assert len(books.counters) > 50
        assert judge(books) == []


async def test_who_brings_the_token_is_not_held_to_limits_by_address(tmp_path: Path):
    token = TOKEN["X-Load-Token"]
    async with (
        open_house(tmp_path, load_token=token, limits_factor=0.02, max_sockets_per_address=1) as house,
        house.client() as session,
    ):
        for headers, statuses in ((None, {200, 429}), (TOKEN, {200})):
            found = set()
            for _ in range(4):
                async with session.get("/api/v1/products?limit=1", headers=headers) as response:
                    found.add(response.status)
            assert found == statuses
        async with (
            session.ws_connect("/live", protocols=(SUBPROTOCOL,)),
            session.ws_connect("/live", headers=TOKEN, protocols=(SUBPROTOCOL,)),
            session.ws_connect("/live", headers=TOKEN, protocols=(SUBPROTOCOL,)),
        ):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect("/live", protocols=(SUBPROTOCOL,))
            assert refused.value.status == 503


async def test_a_token_whose_time_is_over_opens_nothing_any_more(tmp_path: Path):
    """Without a restart: what was meant for a night is shut in the morning, even when nobody thinks of it."""
    until = datetime.now(UTC) + timedelta(hours=2)
    async with (
        open_house(tmp_path, load_token=TOKEN["X-Load-Token"], load_in_production=until, background=False) as house,
        house.client() as session,
    ):
        for statuses in ((200, 403), (404, 404)):
            for headers, status in zip((TOKEN, WRONG[0]), statuses, strict=True):
                async with session.get("/load/books", headers=headers) as response:
                    assert response.status == status
            house.clock.advance(hours=3)


async def test_tries_to_log_in_are_counted_with_the_token_too(tmp_path: Path):
    async with (
        open_house(tmp_path, load_token=TOKEN["X-Load-Token"], limits_factor=0.2) as house,
        house.client() as session,
    ):
        statuses = []
        for _ in range(4):
            body = {"email": "noor@example.com", "password": "no idea at all"}
            async with session.post("/api/v1/session", json=body, headers=TOKEN) as response:
                statuses.append(response.status)
        assert statuses[-1] == 429
