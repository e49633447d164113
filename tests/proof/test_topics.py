"""Each topic on the real house, three times: its subscriber hears, an outsider does not, snapshot + events = snapshot."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from live.topics import DASHBOARD_FIGURES, DASHBOARD_LOW, DASHBOARD_ORDERS, DASHBOARD_STOCK, ME_CART
from storage import payments
from tests.house import House, open_house, until
from tests.proof.listener import Listener, listening
from tests.proof.shopper import DECLINED, MUG, Shopper, set_stock

BOTH_ENGINES = True

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANOTHER = "bread-board"
SHOPPERS = 6
ROUNDS = 3
SEED = 20_261_122


@dataclass
class Stage:
    """Everybody in these tests. `order` is one that `owner` placed and has not paid yet."""

    house: House
    owner: Shopper
    stranger: Shopper
    customer: Shopper
    staff: Shopper
    variant: str
    order: str = ""

    async def count(self, units: int) -> None:
        await set_stock(self.house, self.variant, units)

    async def reprice(self, amount: int) -> None:
        price = {"amount": amount, "currency": "EUR"}
        answer = await self.staff.ask("PUT", f"/variants/{self.variant}/price", price)
        assert answer.status == 200, answer

    async def bustle(self) -> None:
        """Shoppers come, buy, pay or are declined, while staff counts and reprices."""
        chance = random.Random(SEED)
        async with AsyncExitStack() as stack:
            crowd = [Shopper(await stack.enter_async_context(self.house.client())) for _ in range(SHOPPERS)]
            await asyncio.gather(*(self._shop(shopper, chance) for shopper in crowd), self._run_the_shop(chance))

    async def _shop(self, shopper: Shopper, chance: random.Random) -> None:
        for _ in range(ROUNDS):
            await shopper.fill(self.variant, chance.randint(1, 2))
            placed = await shopper.place()
            if placed.status != 201:
                continue
            number = str(placed["number"])
            if chance.random() < 0.3:
                await shopper.pay(number, DECLINED)
                await until(lambda order=number: shopper.declined(order))
            await shopper.pay(number)
            # Whoever orders the same again before the shop has heard of their money gets one of the two.
            await until(lambda order=number: shopper.has(order, "paid"))

    async def _run_the_shop(self, chance: random.Random) -> None:
        for _ in range(ROUNDS):
            await self.reprice(chance.randint(1000, 2000))
            found = await self.staff.ask("GET", "/stock?limit=1000")
            [now] = [row["on_hand"] for row in found["variants"] if row["variant"] == self.variant]
            edit = {"on_hand": now + chance.randint(1, 3), "expected": now}
            assert (await self.staff.ask("PUT", f"/stock/{self.variant}", edit)).status in (200, 409)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def stage(one_house: House) -> AsyncIterator[Stage]:
    """Everybody comes anew for each test, to the same house."""
    house = one_house
    async with house.client() as owner, house.client() as stranger, house.client() as customer, house.staff() as staff:
        new = {"name": "Somebody Else", "email": f"{secrets.token_hex(4)}@example.com", "password": "a few good words"}
        assert (await Shopper(customer).ask("POST", "/customers", new)).status == 201
        shopper = Shopper(owner)
        variant = await shopper.variant()
        found = Stage(house, shopper, Shopper(stranger), Shopper(customer), Shopper(staff), variant)
        await found.count(4)
        found.order = await shopper.order_placed(await shopper.variant(ANOTHER))
        yield found


@dataclass
class Case:
    """A topic: who may watch it, what makes it change, and who may not hear of that."""

    name: Callable[[Stage], str]
    insider: Callable[[Stage], Shopper]
    act: Callable[[Stage], Awaitable[Any]]
    outsiders: Callable[[Stage], list[Shopper]]


def _guests(stage: Stage) -> list[Shopper]:
    return [stage.stranger, stage.customer]


def _non_staff(stage: Stage) -> list[Shopper]:
    return [stage.stranger, stage.customer, stage.owner]


CASES = {
    "stock": Case(lambda s: f"stock/{s.variant}", lambda s: s.stranger, lambda s: s.count(2), lambda _: []),
    "product": Case(lambda _: f"product/{MUG}", lambda s: s.stranger, lambda s: s.reprice(1234), lambda _: []),
    "cart": Case(lambda _: ME_CART, lambda s: s.owner, lambda s: s.owner.fill(s.variant), lambda _: []),
    "order": Case(lambda s: f"me/orders/{s.order}", lambda s: s.owner, lambda s: s.owner.pay(s.order), _guests),
    "orders": Case(lambda _: DASHBOARD_ORDERS, lambda s: s.staff, lambda s: s.owner.pay(s.order), _non_staff),
    "counts": Case(lambda _: DASHBOARD_STOCK, lambda s: s.staff, lambda s: s.count(1), _non_staff),
    "low": Case(lambda _: DASHBOARD_LOW, lambda s: s.staff, lambda s: s.count(0), _non_staff),
    "figures": Case(lambda _: DASHBOARD_FIGURES, lambda s: s.staff, lambda s: s.owner.pay(s.order), _non_staff),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


async def test_a_subscriber_hears(stage: Stage, case: Case):
    topic = case.name(stage)
    async with listening(case.insider(stage).session, topic) as listener:
        assert listener.refused == {}
        await until(lambda: listener.pushed)
        before = len(listener.pushed)
        await case.act(stage)
        await until(lambda: len(listener.pushed) > before)
        assert {frame["t"] for frame in listener.pushed} == {topic}
        _expect(stage, topic, listener)


async def test_an_outsider_is_refused_and_hears_nothing(stage: Stage, case: Case):
    topic = case.name(stage)
    async with AsyncExitStack() as stack:
        inside = await stack.enter_async_context(listening(case.insider(stage).session, topic))
        await until(lambda: inside.pushed)
        before = len(inside.pushed)
        strangers = [await stack.enter_async_context(listening(who.session, topic)) for who in case.outsiders(stage)]
        quiet = await stack.enter_async_context(listening(stage.stranger.session))
        await case.act(stage)
        await until(lambda: len(inside.pushed) > before)
        for listener in strangers:
            assert listener.refused == {topic: "forbidden"}
            await listener.still_nothing()
        await quiet.still_nothing()


async def test_another_ones_cart_and_another_variant_are_not_heard(stage: Stage):
    """The topics that anybody may name: what is heard under the name is one's own, and nothing but what was named."""
    await stage.stranger.fill(await stage.stranger.variant(ANOTHER))
    another = f"stock/{await stage.stranger.variant('four-minute-egg-cup')}"
    topics = (ME_CART, another, "product/four-minute-egg-cup")
    async with listening(stage.stranger.session, *topics) as listener, listening(stage.owner.session, ME_CART) as owner:
        await until(lambda: set(listener.states) == set(topics))
        before = dict(listener.states)
        await asyncio.gather(stage.owner.fill(stage.variant), stage.count(1), stage.reprice(1500))
        await until(lambda: owner.states.get(ME_CART, (0, {"count": 0}))[1]["count"] == 1)
        await stage.owner.ask("DELETE", f"/cart/lines/{stage.variant}")
        await until(lambda: owner.states[ME_CART][1]["count"] == 0)
        await listener.sub(another, known=listener.known)
        assert listener.states == before


async def test_a_snapshot_and_what_followed_are_a_fresh_snapshot(stage: Stage):
    """All topics in one busy shop, on one socket each for its owner and its staff."""
    mine = (f"stock/{stage.variant}", f"product/{MUG}", ME_CART, f"me/orders/{stage.order}")
    theirs = (DASHBOARD_ORDERS, DASHBOARD_STOCK, DASHBOARD_FIGURES)
    async with AsyncExitStack() as stack:
        old = await stack.enter_async_context(listening(stage.owner.session, *mine))
        desk = await stack.enter_async_context(listening(stage.staff.session, *theirs))
        await until(lambda: len(desk.snapshots) == 2)
        await asyncio.gather(stage.bustle(), stage.owner.pay(stage.order), stage.owner.fill(stage.variant, 2))
        await _quiet(stage)
        fresh = await stack.enter_async_context(listening(stage.owner.session, *mine))
        new_desk = await stack.enter_async_context(listening(stage.staff.session, *theirs))
        await until(lambda: set(fresh.states) == set(mine) and len(new_desk.snapshots) == 2)
        await until(lambda: _says_the_same(old, fresh))
        await until(lambda: desk.states[DASHBOARD_FIGURES][1] == new_desk.states[DASHBOARD_FIGURES][1])
        await until(lambda: _orders(desk) == _orders(new_desk))
        assert _counts(desk) == _counts(new_desk)
        assert len(desk.events[DASHBOARD_ORDERS]) > SHOPPERS
        assert await stage.house.judge() == []


async def test_who_was_away_hears_what_was_missed_and_ends_at_the_same(stage: Stage):
    topics = (f"stock/{stage.variant}", DASHBOARD_ORDERS, DASHBOARD_STOCK)
    async with listening(stage.staff.session, *topics) as before:
        await until(lambda: len(before.states) == 1 and len(before.snapshots) == 2)
    await stage.bustle()
    await _quiet(stage)
    async with (
        listening(stage.staff.session, *topics, before=before) as back,
        listening(stage.staff.session, *topics) as fresh,
    ):
        await until(lambda: len(fresh.states) == 1 and len(fresh.snapshots) == 2)
        await until(lambda: _says_the_same(back, fresh) and _orders(back) == _orders(fresh))
        assert _counts(back) == _counts(fresh)
        assert not [frame for frame in back.pushed if frame["op"] == "reset"]


def _says_the_same(old: Listener, fresh: Listener) -> bool:
    """Whether both know the same values. A value that only got a newer version is told to nobody who has it."""
    values = {topic: value for topic, (_, value) in old.states.items()}
    return values == {topic: value for topic, (_, value) in fresh.states.items()} and all(
        version <= fresh.states[topic][0] for topic, (version, _) in old.states.items()
    )


def _expect(stage: Stage, topic: str, listener: Listener) -> None:
    """What the newest frame must say, as far as one act decides it."""
    newest = listener.pushed[-1]
    if topic.startswith("stock/"):
        assert newest["d"] == {"left": 2, "held": 0}
    elif topic.startswith("product/"):
        assert 1234 in [offer["price"] for offer in newest["d"]["variants"]]
    elif topic == ME_CART:
        assert newest["d"]["lines"][0]["variant"] == stage.variant
    elif topic in (DASHBOARD_ORDERS, f"me/orders/{stage.order}"):
        assert newest["d"]["number"] == stage.order
    elif topic == DASHBOARD_STOCK:
        assert (newest["d"]["variant"], newest["d"]["on_hand"], newest["d"]["held"]) == (stage.variant, 1, 0)
    elif topic == DASHBOARD_LOW:
        assert newest["d"]["out"] == listener.pushed[0]["d"]["out"] + 1


async def _quiet(stage: Stage) -> None:
    """Waits until no payment that was sent off is open any more: from then on nothing changes by itself."""

    async def all_heard() -> bool:
        counted = await stage.house.db.read(payments.counts)
        return not {"created", "needs_action", "processing"} & counted.keys()

    await until(all_heard)


def _orders(desk: Listener) -> dict[str, Any]:
    """The newest row of each order, of the snapshot and of what followed."""
    heard = [*reversed(desk.snapshots[DASHBOARD_ORDERS]), *desk.events[DASHBOARD_ORDERS]]
    return {row["number"]: row for row in heard}


def _counts(desk: Listener) -> dict[str, tuple[int, int]]:
    heard = [*desk.snapshots[DASHBOARD_STOCK], *desk.events[DASHBOARD_STOCK]]
    return {row["variant"]: (row["on_hand"], row["held"]) for row in heard}
