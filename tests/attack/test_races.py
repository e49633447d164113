"""Fifty equal calls at once on the doors that move money and goods, on both engines: one effect, one answer, right books."""

import asyncio
import contextlib
import re
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import orjson
import pytest
import pytest_asyncio

from server.bank.webhooks import signature
from server.settings import SANDBOX_WEBHOOK_SECRET
from tests.attack.knocking import Answer, Knocker
from tests.attack.stage import Stage
from tests.engines import BOTH, new_database
from tests.house import DETAILS, House, open_house
from tests.proof.shopper import Shopper

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT_ONCE = 50
ORDERS = "/api/v1/orders"


@pytest.fixture(scope="module", params=BOTH)
def furnished(request: pytest.FixtureRequest) -> tuple[Any, str, str] | None:
    """The server, a database on it to copy, and the clerk's password; None for SQLite."""
    if request.param == "sqlite":
        return None
    return (request.getfixturevalue("postgresql_server"), *request.getfixturevalue("furnished_postgresql"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(
    tmp_path_factory: pytest.TempPathFactory, furnished: tuple[Any, str, str] | None
) -> AsyncIterator[House]:
    """A house in which nothing moves by itself."""
    async with contextlib.AsyncExitStack() as stack:
        where, password = None, ""
        if furnished is not None:
            server, template, password = furnished
            where = await stack.enter_async_context(new_database(server, template))
        folder, quiet = tmp_path_factory.mktemp("house"), {"webhook_url": ""}
        house = open_house(folder, where, background=False, bank_changes=quiet, password=password)
        yield await stack.enter_async_context(house)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clerk(shop: House) -> AsyncIterator[Knocker]:
    async with shop.staff() as session:
        yield Knocker(shop, session)


@pytest.fixture
def stage(shop: House, clerk: Knocker, guest: Knocker) -> Stage:
    return Stage(shop, clerk, guest, guest)


async def at_once(call: Any, times: int = AT_ONCE) -> list[Answer]:
    answers: list[Answer] = await asyncio.gather(*(call() for _ in range(times)))
    assert max(answer.status for answer in answers) < 500
    return answers


def statuses(answers: list[Answer]) -> dict[int, int]:
    return dict(Counter(answer.status for answer in answers))


def numbers(answers: list[Answer]) -> set[str]:
    return {orjson.loads(answer.text)["number"] for answer in answers}


async def test_one_order_is_placed_and_sent_to_pay_once(stage: Stage):
    await stage.filled(stage.guest)
    key = {"Idempotency-Key": secrets.token_hex(8)}
    answers = await at_once(lambda: stage.guest.post("/api/v1/checkout", json=DETAILS, headers=key))
    assert statuses(answers) == {201: AT_ONCE}
    [number] = numbers(answers)
    paying = await at_once(lambda: stage.guest.post(f"{ORDERS}/{number}/payments"))
    assert {orjson.loads(answer.text).get("redirect_url") for answer in paying if answer.status == 201}
    assert len({answer.text for answer in paying if answer.status == 201}) == 1
    assert set(statuses(paying)) == {201}
    assert await stage.house.judge([number]) == []


async def test_many_tabs_with_forms_of_their_own_place_what_is_in_the_cart_once(stage: Stage):
    await stage.filled(stage.guest)
    answers = await at_once(lambda: stage.guest.post("/checkout", data=DETAILS | {"command": secrets.token_hex(8)}))
    placed = {answer.headers["Location"] for answer in answers if answer.status == 303}
    assert len(placed) == 1
    assert set(statuses(answers)) <= {303, 409}
    assert await stage.house.judge() == []


async def test_the_last_use_of_a_code_goes_to_one(stage: Stage):
    name = f"C{secrets.token_hex(5).upper()}"
    form = {"command": secrets.token_hex(8), "code": name, "kind": "percentage", "percent": "10", "limit": "1"}
    assert (await stage.staff.post("/dashboard/new-code", data=form)).status == 303
    await stage.filled(stage.guest)
    key = {"Idempotency-Key": secrets.token_hex(8)}
    put = await at_once(lambda: stage.guest.ask("PUT", "/api/v1/cart/code", json={"code": name}, headers=key))
    assert (statuses(put), len({answer.text for answer in put})) == ({200: AT_ONCE}, 1)
    async with stage.house.client() as session:
        other = Knocker(stage.house, session)
        await stage.filled(other)
        assert (await other.ask("PUT", "/api/v1/cart/code", json={"code": name})).status == 200
        key = {"Idempotency-Key": "once"}
        both = await asyncio.gather(
            *(
                who.post("/api/v1/checkout", json=DETAILS, headers=key)
                for who in (stage.guest, other)
                for _ in range(10)
            )
        )
    assert len(numbers([answer for answer in both if answer.status == 201])) == 1
    assert set(statuses(both)) == {201, 409}
    assert await stage.house.judge() == []


async def test_one_refund_is_made_whatever_presses_it(stage: Stage):
    number = await stage.worked()
    key = {"Idempotency-Key": secrets.token_hex(8)}
    same = await at_once(lambda: stage.staff.post(f"{ORDERS}/{number}/refunds", json={"amount": 10}, headers=key))
    assert (statuses(same), {orjson.loads(answer.text)["rank"] for answer in same}) == ({201: AT_ONCE}, {1})

    def whole() -> Awaitable[Answer]:
        new = {"Idempotency-Key": secrets.token_hex(8)}
        return stage.staff.post(f"{ORDERS}/{number}/refunds", json={"whole": True}, headers=new)

    rest = await at_once(whole)
    assert statuses(rest) == {201: 1, 409: AT_ONCE - 1}
    for _ in range(2):
        await stage.house.engine.reconciler.look()
    order = orjson.loads((await stage.guest.get(f"{ORDERS}/{number}")).text)
    assert (order["status"], order["refunded"]) == ("refunded", order["total"])
    assert await stage.house.judge([number]) == []


async def test_cancel_pay_and_sweep_at_once_leave_goods_or_money(stage: Stage):
    house, shopper = stage.house, Shopper(stage.guest.session)
    placed = [await stage.placed(stage.guest) for _ in range(4)]
    # A wish has one unpaid order: the newest; the ones before it were replaced.
    number = placed[-1]
    page = await shopper.at_the_bank(number)
    house.clock.advance(minutes=16)
    await asyncio.gather(
        shopper.pay_at(page),
        at_once(lambda: stage.staff.post(f"{ORDERS}/{number}/cancel"), 10),
        at_once(lambda: stage.guest.get(f"/orders/{number}?payment=back"), 10),
        house.engine.sweeper.sweep(),
        house.engine.reconciler.look(),
    )
    for _ in range(4):
        house.clock.advance(minutes=20)
        await house.engine.sweeper.sweep()
        await house.engine.reconciler.look()
    assert await shopper.status(number) in ("paid", "cancelled", "expired", "refunded")
    assert await house.judge(placed) == []


async def test_money_is_settled_once_whoever_brings_the_news(stage: Stage):
    house, shopper = stage.house, Shopper(stage.guest.session)
    number = await stage.placed(stage.guest)
    page = await shopper.at_the_bank(number)
    [ref] = re.findall(r"pay_[\w-]+", page)
    await shopper.pay_at(page)

    def told() -> Awaitable[Answer]:
        at = house.clock().timestamp()
        raw = orjson.dumps(
            {"id": f"evt_{secrets.token_hex(6)}", "kind": "payment.paid", "payment": ref}
            | {"created_at": "2026-11-22T10:00:00.000Z"}
        )
        signed = {"Sandbox-Signature": signature(SANDBOX_WEBHOOK_SECRET, raw, int(at))}
        return stage.guest.post("/webhooks/payments/sandbox", data=raw, headers=signed)

    await asyncio.gather(
        at_once(told),
        at_once(lambda: stage.guest.get(f"/orders/{number}?payment=back")),
        *(house.engine.reconciler.look() for _ in range(5)),
    )
    assert await shopper.status(number) == "paid"
    assert await house.judge([number]) == []
