"""Faults under a running shop: 503 and when to come back, browsing goes on, it heals by itself, and nothing is lost."""

import asyncio
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from server import audit
from shop.ids import OrderNumber, shown
from shop.judge import Finding
from storage.database import opened
from tests.house import DETAILS, free_port, until
from tests.proof import strace
from tests.proof.process import Town
from tests.proof.shopper import Answer, Shopper
from tests.proof.wire import Line, laid

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

HEAL_SECONDS = 5.0
"""How soon after a fault everything is as it should be."""

FAULT_SECONDS = 30.0
BROWSED = ("/", "/c/table", "/p/harbour-mug", "/search?q=mug", "/cart", "/api/v1/products", "/readyz")

DISK_FAULTS = {
    "full": ("ENOSPC", "pwrite64"),
    "read-only": ("EROFS", "pwrite64,ftruncate,unlink"),
    "failing to write": ("EIO", "pwrite64"),
    "failing to sync": ("EIO", "fdatasync,fsync"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with Town(tmp_path_factory.mktemp("town") / "data") as opened_town:
        yield opened_town


@pytest.mark.parametrize("disk", DISK_FAULTS)
async def test_a_disk_that_is(town: Town, disk: str):
    """The shop refuses what it can't write down, and nothing that it said before is lost."""
    strace.needed()
    async with town.session() as session:
        shopper, key = Shopper(session), secrets.token_hex(8)
        before = await shopper.order_placed(await shopper.variant())
        await shopper.fill(await shopper.variant(place=3))
        async with strace.attached(town.shop.pid, strace.fails_with(*DISK_FAULTS[disk])):
            await _refuses_and_is_looked_at(shopper, key, "unavailable")
        await _within(HEAL_SECONDS, lambda: _places(shopper, key))
        after = str((await shopper.place(key))["number"])
        for number in (before, after):
            await shopper.pay(number)
            await _within(HEAL_SECONDS, partial(shopper.has, number, "paid"))
        assert await _findings(town, [before, after]) == []


async def test_books_that_another_process_holds(town: Town):
    """For longer than the shop waits for its turn; who comes meanwhile may wait for another turn."""
    async with town.session(FAULT_SECONDS) as session:
        shopper, key = Shopper(session), secrets.token_hex(8)
        await shopper.fill(await shopper.variant())
        with closing(sqlite3.connect(town.settings.where, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await _refuses_and_is_looked_at(shopper, key, "busy")
            other.execute("ROLLBACK")
        await _within(HEAL_SECONDS, lambda: _places(shopper, key))
        assert await _findings(town, [str((await shopper.place(key))["number"])]) == []


async def test_mails_that_can_not_be_written_wait(town: Town):
    mails, away = town.settings.data / "mail", town.settings.data / "away"
    async with town.session() as other, town.session() as session:
        before, shopper = Shopper(other), Shopper(session)
        last = await before.order_placed(await before.variant())
        await until(lambda: _mails(mails, last) == 1)  # there is a folder, and nothing more to be written to it
        mails.rename(away)
        mails.write_text("in the way of the folder")
        said = town.shop.log.stat().st_size
        number = await shopper.order_placed(await shopper.variant())
        await shopper.pay(number)
        await until(lambda: shopper.has(number, "paid"))
        await until(lambda: b"a task failed" in town.shop.log.read_bytes()[said:], FAULT_SECONDS)
        mails.unlink()
        away.rename(mails)
        await _within(HEAL_SECONDS, lambda: _mails(mails, number) == 2)


@pytest.mark.parametrize("line", [Line.DEAD, Line.SILENT, Line.CUT], ids=["dead", "silent", "cut"])
async def test_a_line_to_the_bank_that_is(tmp_path: Path, line: Line):
    """An order waits where its payment can't be begun, and money that the bank took meanwhile is heard of right afterwards."""
    bank_port = free_port()
    async with (
        laid(bank_port) as wire,
        Town(tmp_path / "data", bank_port=bank_port, bank_url=wire.url) as town,
        AsyncExitStack() as stack,
    ):
        there, late = [Shopper(await stack.enter_async_context(town.session(FAULT_SECONDS))) for _ in range(2)]
        variant = await there.variant()
        paying = await there.order_placed(variant)
        page = await there.at_the_bank(paying)
        await wire.become(line)
        spoilt = wire.spoilt
        await there.pay_at(page.replace(str(wire.port), str(bank_port)))
        waiting = await late.order_placed(variant)
        refused, page_later = await asyncio.gather(late.start_payment(waiting), _pay_page(late, waiting))
        assert (refused.status, refused.code, refused.headers["Retry-After"]) == (503, "provider_down", "5")
        assert page_later == (503, "5")
        assert [await who.status(number) for who, number in ((there, paying), (late, waiting))] == ["placed"] * 2
        await _is_looked_at(late)
        if line is not Line.DEAD:  # nobody counts the calls that nobody takes
            await until(lambda: wire.spoilt >= spoilt + 3, FAULT_SECONDS)
        await until(lambda: b"provider does not answer" in town.shop.log.read_bytes(), FAULT_SECONDS)
        await wire.become(Line.GOOD)
        await _within(HEAL_SECONDS, lambda: there.has(paying, "paid"))
        await late.pay(waiting)
        await _within(HEAL_SECONDS, lambda: late.has(waiting, "paid"))
        assert await _findings(town, [paying, waiting]) == []
        charges = {fact.order: len(fact.charges) for fact in await audit.bank_books(_direct(town))}
        assert charges == {paying: 1, waiting: 1}


async def _refuses_and_is_looked_at(shopper: Shopper, key: str, code: str) -> None:
    """Every door that writes says 503 and when to come back; the others are open."""
    refused, form = await asyncio.gather(shopper.place(key), _form(shopper, key))
    assert (refused.status, refused.code) == (503, code), refused
    assert form[0] == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert int(form[1]) > 0
    await _is_looked_at(shopper)


async def _form(shopper: Shopper, key: str) -> tuple[int, str]:
    async with shopper.session.post("/checkout", data=DETAILS | {"command": key}, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Retry-After", "0")


async def _pay_page(shopper: Shopper, number: str) -> tuple[int, str]:
    async with shopper.session.get(f"/orders/{number}/pay", allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Retry-After", "0")


async def _is_looked_at(shopper: Shopper) -> None:
    for path in BROWSED:
        async with shopper.session.get(path) as page:
            assert page.status == 200, path


async def _places(shopper: Shopper, key: str) -> bool:
    found: Answer = await shopper.place(key)
    assert found.status in (201, 503), found
    return found.status == 201


async def _within(seconds: float, holds: Callable[[], Awaitable[Any] | Any]) -> None:
    started = time.monotonic()
    await until(holds, seconds)
    print(f"healed after {time.monotonic() - started:.2f} s")


def _mails(folder: Path, number: str) -> int:
    return sum(shown(OrderNumber(number)) in path.read_text() for path in folder.glob("*.eml"))


def _direct(town: Town) -> Any:
    """The settings of somebody who reaches the bank at its own port."""
    return type(town.settings)(data=town.settings.data, bank_port=town.settings.bank_port)


async def _findings(town: Town, acknowledged: list[str]) -> list[Finding]:
    async with opened(Path(town.settings.where)) as db:
        return await audit.findings(db, await audit.bank_books(_direct(town)), acknowledged)
