"""Power cuts: the shop and the bank are killed under load, and nothing that anybody was told is lost or doubled."""

import asyncio
import os
import random
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from server import audit
from shop.judge import Books, Finding
from storage import audit as books_of
from storage.database import opened
from tests.house import DETAILS, until
from tests.proof.listener import Listener, listening
from tests.proof.patient import PATIENCE_SECONDS, Patient
from tests.proof.process import Town
from tests.proof.shopper import Shopper

SHOPPERS = 16
KILLS = 3
ORDERS_BETWEEN_KILLS = (3, 14)
MORTAL = "tests.proof.mortal_shop"


@dataclass
class Crowd:
    """What shoppers were told: the numbers of their orders, and which of them they saw paid."""

    town: Town
    acknowledged: list[str] = field(default_factory=list)
    seen_paid: list[str] = field(default_factory=list)
    shoppers: list[Patient] = field(default_factory=list)
    closing: bool = False

    @property
    def unanswered(self) -> int:
        return sum(shopper.unanswered for shopper in self.shoppers)

    async def shop(self, session: aiohttp.ClientSession, variants: list[str], chance: random.Random) -> None:
        """Buys one thing after another."""
        shopper = Patient(session, self.town.shop, self.acknowledged.append)
        self.shoppers.append(shopper)
        while not self.closing:
            if number := await shopper.buy(chance.choice(variants)):
                self.seen_paid.append(number)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with Town(tmp_path) as opened_town:
        yield opened_town


@pytest.mark.timeout(300)
async def test_killed_under_load_the_shop_loses_and_doubles_nothing(town: Town):
    seed = int(os.environ.get("SHOPWIRE_PROOF_SEED", secrets.randbelow(1_000_000)))
    print(f"SHOPWIRE_PROOF_SEED={seed}")
    chance = random.Random(seed)
    crowd = Crowd(town)
    async with town.session() as first, asyncio.TaskGroup() as tasks:
        variants = await _variants(Shopper(first))
        topics = [f"stock/{variant}" for variant in variants]
        async with listening(first, *topics) as watcher:
            shopping = [tasks.create_task(_shop(crowd, variants, chance)) for _ in range(SHOPPERS)]
            for _ in range(KILLS):
                await _some_more(crowd, chance)
                await town.shop.kill()
                await town.shop.start()
        await _some_more(crowd, chance)
        await town.bank.kill()
        turned_away = crowd.unanswered + SHOPPERS
        await until(lambda: crowd.unanswered >= turned_away, PATIENCE_SECONDS)
        crowd.closing = True
        await town.bank.start()
        await asyncio.wait(shopping, timeout=PATIENCE_SECONDS)
        assert all(task.done() for task in shopping)
        await _converges(first, watcher, topics)
    assert len(crowd.acknowledged) == len(set(crowd.acknowledged)) == len(crowd.seen_paid) > SHOPPERS
    assert await findings(town, crowd.acknowledged) == []
    books = await _books(town)
    assert {order.number for order in books.orders} == set(crowd.acknowledged)
    assert {order.status for order in books.orders} == {"paid"}
    assert all(len(fact.charges) <= 1 for fact in books.bank or ())


async def test_an_order_that_was_acknowledged_before_its_commit_is_found_missing(tmp_path: Path):
    number = await _order_and_die(tmp_path, "hasty")
    assert number is not None
    async with Town(tmp_path) as town:
        assert [(finding.rule, finding.subject) for finding in await findings(town, [number])] == [
            ("lost_orders", number)
        ]


async def test_a_commit_whose_answer_was_lost_is_answered_when_asked_again(tmp_path: Path):
    key = secrets.token_hex(8)
    async with Town(tmp_path, ("-m", MORTAL, "honest")) as town, town.session() as session:
        shopper = Shopper(session)
        await shopper.fill(await shopper.variant())
        with pytest.raises(aiohttp.ClientError):
            await shopper.place(key)
        assert await town.shop.ended() == -9
        town.shop = town.shop_run_by(("run.py", "serve"))
        await town.shop.start()
        placed = await shopper.place(key)
        assert (placed.status, placed["again"]) == (201, True)
        assert len((await _books(town)).orders) == 1
        assert await findings(town, [placed["number"]]) == []


async def _order_and_die(data: Path, how: str) -> str | None:
    """Orders by the form at a shop that dies of it; answers the number that the shopper was told."""
    async with Town(data, ("-m", MORTAL, how)) as town, town.session() as session:
        shopper = Shopper(session)
        await shopper.fill(await shopper.variant())
        form = DETAILS | {"command": secrets.token_hex(8)}
        async with session.post("/checkout", data=form, allow_redirects=False) as response:
            assert response.status == 303
            number = response.headers["Location"].split("/")[2]
        assert await town.shop.ended() == -9
        return number


async def _shop(crowd: Crowd, variants: list[str], chance: random.Random) -> None:
    async with crowd.town.session() as session:
        await crowd.shop(session, variants, chance)


async def _variants(shopper: Shopper) -> list[str]:
    """A few variants with enough units for everybody, and some that run out."""
    found = await shopper.ask("GET", "/products?limit=12")
    return [product["variant"] for product in found["products"]]


async def _some_more(crowd: Crowd, chance: random.Random) -> None:
    """Waits for some more acknowledged orders."""
    wanted = len(crowd.acknowledged) + chance.randint(*ORDERS_BETWEEN_KILLS)
    await until(lambda: len(crowd.acknowledged) >= wanted, PATIENCE_SECONDS)


async def _converges(session: aiohttp.ClientSession, watcher: Listener, topics: list[str]) -> None:
    """A page that was open all the time, and came back naming its versions, shows what a fresh one shows."""
    async with listening(session, *topics, before=watcher) as returned, listening(session, *topics) as fresh:
        await until(lambda: set(fresh.states) == set(topics))
        await until(lambda: returned.states == fresh.states)
        assert returned.welcome["epoch"] == watcher.welcome["epoch"]


async def findings(town: Town, acknowledged: list[str]) -> list[Finding]:
    """What the judge finds in the books of both."""
    async with opened(Path(town.settings.where)) as db:
        return await audit.findings(db, await audit.bank_books(town.settings), acknowledged)


async def _books(town: Town) -> Books:
    async with opened(Path(town.settings.where)) as db:
        return await db.read(books_of.books, await audit.bank_books(town.settings))
