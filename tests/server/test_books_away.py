"""PostgreSQL stops, or hangs, and comes back while the shop serves: what was acknowledged is there; nobody restarts anything."""

import asyncio
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest

from storage import pulse
from tests.house import DETAILS, House, open_house, until
from tests.proof.listener import listening
from tests.proof.shopper import MUG, Shopper
from tests.server.postgres import Server, own_postgresql

__all__ = ["own_postgresql"]

HEALED_SECONDS = 5.0
GIVEN_UP_SECONDS = 8.0
"""The server is given three seconds here, and a connection that is closed two to say goodbye."""

BREATH_SECONDS = 0.05
SHOPPERS = 6


@pytest.mark.parametrize("how", ["fast", "immediate", "hangs"])
async def test_the_shop_bears_postgresql_stopping_and_coming_back(
    tmp_path: Path, own_postgresql: Server, how: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pulse, "LATE_SECONDS", 1.0)
    monkeypatch.setattr(pulse, "ANSWER_SECONDS", 2.0)
    hangs = how == "hangs"
    async with open_house(tmp_path, own_postgresql.url) as house, house.client() as session, house.client() as guest:
        watched = await Shopper(session).variant(place=1)
        bought = await Shopper(session).variant()
        await _set(house, bought, 100_000)
        assert await _page(guest, f"/p/{MUG}") == 200  # kept from now on
        await Shopper(session).fill(watched)
        placed: list[str] = []
        closing = asyncio.Event()
        async with listening(guest, f"stock/{watched}") as listener, asyncio.TaskGroup() as tasks:
            for _ in range(SHOPPERS):
                tasks.create_task(_shop(house, bought, placed, closing))
            await until(lambda: len(placed) >= SHOPPERS)
            await asyncio.to_thread(*((own_postgresql.hang,) if hangs else (own_postgresql.stop, how)))
            began = time.monotonic()
            await _is_away(session, guest)
            assert time.monotonic() - began < (GIVEN_UP_SECONDS if hangs else HEALED_SECONDS)
            if hangs:  # nobody waits once it is known
                began = time.monotonic()
                await _is_away(session, guest)
                assert time.monotonic() - began < 1
            before = len(placed)
            await asyncio.to_thread(own_postgresql.go_on if hangs else own_postgresql.start)
            began = time.monotonic()
            await until(lambda: len(placed) >= before + SHOPPERS)
            await _set(house, watched, 3)
            await listener.becomes(f"stock/{watched}", {"left": 3, "held": 0})
            await until(lambda: house.engine.peers is not None and house.engine.peers.leading)
            assert time.monotonic() - began < HEALED_SECONDS
            assert await _page(guest, "/readyz") == 200
            closing.set()
        await until(lambda: len(list((tmp_path / "mail").glob("*-placed.eml"))) == len(placed))
        assert await house.judge(placed) == []


async def _is_away(session: aiohttp.ClientSession, guest: aiohttp.ClientSession) -> None:
    """Writing is refused for a moment, and what is kept is given out."""
    line = {"variant": "whatever", "quantity": 1}
    async with session.post("/api/v1/cart/lines", json=line) as refused:
        assert refused.status == 503, await refused.text()
        assert int(refused.headers["Retry-After"]) > 0
    assert await _page(guest, f"/p/{MUG}") == 200
    assert await _page(session, f"/p/{MUG}") == 200, "with something in the cart as well"
    assert await _page(guest, "/healthz") == 200
    assert await _page(guest, "/readyz") == 503


async def _shop(house: House, variant: str, placed: list[str], closing: asyncio.Event) -> None:
    """Orders one thing after another; whoever is told to come back asks the same again."""
    async with house.client() as session:
        shopper = Shopper(session)
        while not closing.is_set():
            line, order = {"variant": variant, "quantity": 1}, secrets.token_hex(8)
            await _until_answered(shopper, "/cart/lines", line, f"{order}-line")
            placed.append(await _until_answered(shopper, "/checkout", DETAILS, order))


async def _until_answered(shopper: Shopper, path: str, body: Mapping[str, object], key: str) -> str:
    while (answer := await shopper.ask("POST", path, body, key)).status == 503:
        assert int(answer.headers["Retry-After"]) > 0
        await asyncio.sleep(BREATH_SECONDS)
    assert answer.status in (200, 201), answer
    return str(answer.body.get("number"))


async def _set(house: House, variant: str, units: int) -> None:
    async with house.staff() as clerk:
        staff = Shopper(clerk)
        listed = await staff.ask("GET", "/stock?limit=1000")
        assert listed.status == 200, listed
        rows = listed["variants"]
        [now] = [row["on_hand"] for row in rows if row["variant"] == variant]
        answer = await staff.ask("PUT", f"/stock/{variant}", {"on_hand": units, "expected": now})
        assert answer.status == 200, answer


async def _page(session: aiohttp.ClientSession, path: str) -> int:
    async with session.get(path) as response:
        return response.status
