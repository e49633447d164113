"""Four processes, one shop: what one of them commits all others show at once, and any of them may die at any moment."""

import asyncio
import os
import random
import signal
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import psutil
import pytest
from msgspec.structs import replace

from live.protocol import CloseCode
from server.settings import Settings, SettingsError
from server.workers import doors, supervisor
from server.workers.supervisor import Supervisor
from storage import products, shopfront
from storage.database import opened
from storage.products import SheetEdit
from storage.shopfront import Edit
from tests.handlers.test_screens import change, made, text_of, typed
from tests.house import free_port, until
from tests.proof.crew import Crew, crew
from tests.proof.listener import Listener, listening
from tests.proof.patient import PATIENCE_SECONDS
from tests.proof.shopper import MUG, Shopper, set_stock
from tests.proof.test_crash import Crowd, _converges, _shop, _some_more, _variants

SHOPPERS = 12
LOOKS = 24
"""Requests on new connections: with four workers, one of them is passed over by all in a run of a thousand."""


@pytest.mark.timeout(150)
async def test_what_one_worker_commits_all_others_know(tmp_path: Path, furnished: tuple[str, str]):
    async with crew(tmp_path, furnished, 4) as shop, AsyncExitStack() as stack, shop.staff() as clerk:
        staff = Shopper(clerk)
        variant = await staff.variant()
        listeners = await _one_in_each(shop, stack, clerk, f"stock/{variant}")
        await _stock_is_pushed_from_each_to_each(shop, staff, variant, listeners)
        await _pages_settings_and_search_follow(shop)
        await _screens_are_seen_from_each(shop, clerk)
        async with clerk.delete("/api/v1/session") as response:
            assert response.status == 204
        for listener in listeners:
            await until(lambda one=listener: one.socket.closed)
        assert {listener.socket.close_code for listener in listeners} == {CloseCode.SESSION_ENDED}


@pytest.mark.timeout(240)
async def test_a_worker_may_die_or_leave_at_any_moment(tmp_path: Path, furnished: tuple[str, str]):
    chance = random.Random(7)
    async with crew(tmp_path, furnished, 4) as shop, shop.session() as first:
        crowd = Crowd(shop)
        variants = await _variants(Shopper(first))
        # However long it takes here, these don't run out.
        for variant in variants[:3]:
            await set_stock(shop, variant, 100_000)
        topics = [f"stock/{variant}" for variant in variants]
        async with asyncio.TaskGroup() as tasks:
            async with listening(first, *topics) as watcher:
                shopping = [tasks.create_task(_shop(crowd, variants, chance)) for _ in range(SHOPPERS)]
                await _some_more(crowd, chance)
                led_by = shop.leader()
                await shop.renewed(shop.pid_of(led_by), signal.SIGKILL)
                await _some_more(crowd, chance)
                knocking = tasks.create_task(_knock(shop))
                await shop.renewed(shop.pid_of("1"), signal.SIGTERM)
                before = set(shop.pids())
                shop.shop.signal(signal.SIGHUP)
                await until(lambda: shop.are_others(before), 90)
                knocking.cancel()
                await _some_more(crowd, chance)
            crowd.closing = True
            await asyncio.wait(shopping, timeout=PATIENCE_SECONDS)
            assert all(task.done() for task in shopping)
            await _converges(first, watcher, topics)
        assert len(crowd.acknowledged) == len(set(crowd.acknowledged)) == len(crowd.seen_paid) >= SHOPPERS
        assert await shop.findings(crowd.acknowledged) == []
        # Whoever leads by now has written each of the mails, to files of their own names.
        await until(lambda: _mailed(tmp_path) >= set(crowd.acknowledged))


@pytest.mark.timeout(120)
async def test_workers_end_with_their_supervisor(tmp_path: Path, furnished: tuple[str, str]):
    async with crew(tmp_path, furnished, 2) as shop:
        pids = shop.pids()
        await shop.shop.kill()
        await until(lambda: not any(map(psutil.pid_exists, pids)), 20)
        doors.free("127.0.0.1", shop.settings.port)


@pytest.mark.timeout(120)
async def test_a_worker_that_hangs_is_replaced(
    tmp_path: Path, furnished: tuple[str, str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(supervisor, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(supervisor, "HUNG_SECONDS", 5.0)
    settings = Settings(data=tmp_path, database=furnished[0], workers=2, port=free_port(), drain_seconds=0.1)
    places = ["--data", str(tmp_path), "--database", furnished[0], "--port", str(settings.port), "--workers", "2"]
    async with Supervisor(settings, ["serve", *places]) as workers:
        hung = workers.pids[0]
        os.kill(hung, signal.SIGSTOP)
        await until(lambda: workers.pids[0] != hung, 60)
        async with aiohttp.ClientSession(settings.shop_url) as session, session.get("/metrics") as response:
            assert "shopwire_workers 2.0" in await response.text()


async def test_a_worker_that_can_not_start_is_an_error(tmp_path: Path):
    settings = Settings(data=tmp_path, database="postgresql://nowhere", workers=2, port=free_port())
    with pytest.raises(SettingsError, match="one of them could not start"):
        async with Supervisor(settings, ["serve", "--no-such-flag"]):
            pytest.fail("it serves")


async def test_an_address_that_is_in_use_is_refused(tmp_path: Path):
    port = free_port()
    settings = Settings(data=tmp_path, database="postgresql://nowhere", workers=2, port=port)
    taken = doors.of_a_worker("127.0.0.1", port)
    for door in taken:
        door.listen()
    with pytest.raises(SettingsError, match="somebody listens"):
        async with Supervisor(settings, ["serve"]):
            pytest.fail("it serves")
    for door in taken:
        door.close()


async def _one_in_each(shop: Crew, stack: AsyncExitStack, session: aiohttp.ClientSession, topic: str) -> list[Listener]:
    """Opens sockets until every worker has one."""
    found: list[Listener] = []
    while not all((await shop.counts("shopwire_sockets")).values()):
        found.append(await stack.enter_async_context(listening(session, topic)))
    return found


async def _stock_is_pushed_from_each_to_each(
    shop: Crew, staff: Shopper, variant: str, listeners: list[Listener]
) -> None:
    before = await shop.counts("shopwire_writes")
    units = 5
    found = await staff.ask("GET", "/stock?limit=1000")
    [now] = [row["on_hand"] for row in found["variants"] if row["variant"] == variant]
    while any(count == before[worker] for worker, count in (await shop.counts("shopwire_writes")).items()):
        units = units % 5 + 1
        answer = await staff.ask("PUT", f"/stock/{variant}", {"on_hand": units, "expected": now})
        assert answer.status == 200, answer
        now = units
        for listener in listeners:
            await listener.becomes(f"stock/{variant}", {"left": units, "held": 0})


async def _pages_settings_and_search_follow(shop: Crew) -> None:
    """Each worker has kept the page by now; none of them was the one that commits."""
    for _ in range(LOOKS):
        assert "Zephyr" not in await _text(shop, f"/p/{MUG}")
    async with opened(shop.database) as elsewhere:
        base = await elsewhere.read(products.sheet, MUG)
        renamed = replace(base, name="Zephyr mug")
        await elsewhere.write(products.save, SheetEdit(MUG, base, renamed, {}, "clerk", datetime.now(UTC)))
        standing = await elsewhere.read(shopfront.read)
        edit = Edit(replace(standing.details, name="Windmill"), standing.version, "clerk", datetime.now(UTC))
        await elsewhere.write(shopfront.change, edit)
    for path, words in (
        (f"/p/{MUG}", "Zephyr mug"),
        ("/api/v1/suggest?q=zephyr", "Zephyr mug"),
        ("/about/privacy", "Windmill"),
    ):
        await until(lambda address=path, wanted=words: _everywhere(shop, address, wanted))


async def _screens_are_seen_from_each(shop: Crew, clerk: aiohttp.ClientSession) -> None:
    async with shop.stranger() as wall:
        screen, code = await made(clerk)
        assert (await typed(wall, code))[0] == 303
        async with listening(wall) as page:
            for _ in range(LOOKS // 2):
                assert "Showing now" in await text_of(clerk, "/dashboard/screens")
            assert await change(clerk, screen, "out") == 303
            await until(lambda: page.socket.closed)
            assert page.socket.close_code == CloseCode.SESSION_ENDED


async def _everywhere(shop: Crew, path: str, words: str) -> bool:
    """Whether every one of many connections is shown these words."""
    return all([words in await _text(shop, path) for _ in range(LOOKS // 2)])


async def _text(shop: Crew, path: str) -> str:
    async with shop.stranger() as session, session.get(path) as response:
        assert response.status == 200
        return await response.text()


def _mailed(data: Path) -> set[str]:
    """The numbers of the orders that were written about as paid."""
    return {path.name.split("-")[0] for path in (data / "mail").glob("*-paid.eml")}


async def _knock(shop: Crew) -> None:
    """Comes in by new connections all the time: none of them is refused or lost while workers come and go."""
    async with shop.stranger() as session:
        while True:
            async with session.get("/api/v1/products?limit=1") as response:
                assert response.status == 200
