"""Reading orders and paying them over the API, and handlers/paying.py underneath."""

from typing import Any

import pytest

from handlers import paying
from handlers.keys import PROVIDER
from shop.ids import OrderNumber
from shop.payments import PaymentState, ProviderError, ProviderUnreachable
from storage import payments
from tests.api.client import Api
from tests.house import DETAILS, House, until

BOTH_ENGINES = True

APPROVES = "4242424242424242"
DECLINES = "4000000000000002"


async def placed(api: Api, key: str = "one") -> OrderNumber:
    await api.fill()
    return OrderNumber((await api.post("/checkout", DETAILS, key=key))["number"])


async def pay(api: Api, address: str, card: str = APPROVES) -> None:
    """Pays on the bank's page, as its test buttons do."""
    async with api.session.post(address, data={"test_card": card}, allow_redirects=False) as response:
        assert response.status == 303


async def test_an_order_tells_how_it_is_going(api: Api):
    number = await placed(api)
    order = await api.get(f"/orders/{number}")
    assert (order["status"], order["payment"], order["payable"]) == ("placed", None, True)
    assert order["shown"] == f"{number[:4]}-{number[4:]}"
    assert (await api.get(f"/orders/{order['shown'].lower()}"))["number"] == number
    assert order["items_total"]["amount"] + order["delivery"]["price"]["amount"] == order["total"]["amount"]
    assert order["hold_until"].endswith("Z")
    assert [step["state"] for step in order["steps"]] == ["done", "now", "", "", ""]


async def test_other_peoples_orders_are_not_there(api: Api, stranger: Api, staff: Api):
    number = await placed(api)
    await stranger.fill()
    hidden = await stranger.get(f"/orders/{number}")
    missing = await stranger.get("/orders/00000000")
    assert (hidden.status, hidden.code) == (404, "not_found")
    assert hidden.body == missing.body == (await stranger.get("/orders/nonsense")).body
    assert (await stranger.post(f"/orders/{number}/payments")).code == "not_found"
    assert (await staff.get(f"/orders/{number}")).status == 200


async def test_a_payment_is_opened_once_and_paid(api: Api, house: House):
    number = await placed(api)
    started = await api.post(f"/orders/{number}/payments")
    assert started.status == 201
    assert started["redirect_url"].startswith(house.bank_url)
    assert (await api.post(f"/orders/{number}/payments")).body == started.body
    assert (await api.get(f"/orders/{number}"))["payment"] == "needs_action"
    await pay(api, started["redirect_url"])

    async def paid() -> bool:
        return bool((await api.get(f"/orders/{number}"))["status"] == "paid")

    await until(paid)
    refused = await api.post(f"/orders/{number}/payments")
    assert (refused.status, refused.code, refused["order_status"]) == (409, "wrong_state", "paid")
    assert await house.judge([number]) == []


async def test_after_a_declined_card_another_payment_is_made(api: Api, house: House):
    number = await placed(api)
    first = await api.post(f"/orders/{number}/payments")
    await pay(api, first["redirect_url"], DECLINES)

    async def failed() -> bool:
        return bool((await api.get(f"/orders/{number}"))["payment"] == "failed")

    await until(failed)
    second = await api.post(f"/orders/{number}/payments")
    assert second["redirect_url"] != first["redirect_url"]


async def test_a_bank_that_is_down_costs_a_retry_and_not_the_order(api: Api, house: House):
    number = await placed(api)
    await house.close_bank()
    refused = await api.post(f"/orders/{number}/payments")
    assert (refused.status, refused.code, refused.headers["Retry-After"]) == (503, "provider_down", "5")
    assert (await api.get(f"/orders/{number}"))["payable"]
    await house.open_bank()
    assert (await api.post(f"/orders/{number}/payments")).status == 201


async def test_a_lost_answer_is_asked_for_again_with_the_same_key(
    api: Api, house: House, monkeypatch: pytest.MonkeyPatch
):
    number = await placed(api)
    provider = house.app[PROVIDER]
    create, made = provider.create, []

    async def lost(*args: Any, **named: Any) -> Any:
        made.append(await create(*args, **named))
        if len(made) == 1:
            raise ProviderUnreachable("the answer was lost")
        return made[-1]

    monkeypatch.setattr(provider, "create", lost)
    assert (await api.post(f"/orders/{number}/payments")).code == "provider_down"
    started = await api.post(f"/orders/{number}/payments")
    assert started["redirect_url"] == made[0].redirect == made[1].redirect


async def test_a_refused_payment_ends_and_the_next_has_a_key_of_its_own(
    api: Api, house: House, monkeypatch: pytest.MonkeyPatch
):
    number = await placed(api)

    async def refuse(*_args: Any, **_named: Any) -> Any:
        raise ProviderError("no")

    with monkeypatch.context() as patch:
        patch.setattr(house.app[PROVIDER], "create", refuse)
        refused = await api.post(f"/orders/{number}/payments")
    assert (refused.status, refused.code) == (409, "payment_refused")
    ended = await house.db.read(payments.newest, number)
    assert ended is not None
    assert ended.state is PaymentState.FAILED
    assert (await api.get(f"/orders/{number}"))["payable"]
    assert (await api.post(f"/orders/{number}/payments")).status == 201
    again = await house.db.read(payments.newest, number)
    assert again is not None
    assert again.key != ended.key


async def test_an_order_whose_hold_ended_is_not_payable(api: Api, house: House):
    number = await placed(api)
    house.clock.advance(minutes=16)

    async def cancelled() -> bool:
        return bool((await api.get(f"/orders/{number}"))["status"] == "cancelled")

    await until(cancelled)
    assert (await api.post(f"/orders/{number}/payments")).code == "wrong_state"


async def test_a_look_at_the_banks_books_settles_the_payment(api: Api, house: House, monkeypatch: pytest.MonkeyPatch):
    number = await placed(api)
    await paying.refresh(house.app, number, "return")
    started = await api.post(f"/orders/{number}/payments")
    provider = house.app[PROVIDER]

    async def silent(*_args: Any) -> Any:
        raise ProviderUnreachable("nobody there")

    with monkeypatch.context() as patch:
        patch.setattr(provider, "fetch", silent)
        await paying.refresh(house.app, number, "return")
        assert (await api.get(f"/orders/{number}"))["payment"] == "needs_action"
        await pay(api, started["redirect_url"])
    await paying.refresh(house.app, number, "return")
    assert (await api.get(f"/orders/{number}"))["status"] == "paid"


async def test_a_provider_that_hangs_holds_a_look_up_for_a_moment_only(
    api: Api, house: House, monkeypatch: pytest.MonkeyPatch
):
    number = await placed(api)
    await api.post(f"/orders/{number}/payments")
    cancelled: list[bool] = []

    async def hang(*_args: Any) -> Any:
        try:
            await until(lambda: False, seconds=30)
        finally:
            cancelled.append(True)

    monkeypatch.setattr(house.app[PROVIDER], "fetch", hang)
    monkeypatch.setattr(paying, "FETCH_SECONDS", 0.05)
    await paying.refresh(house.app, number, "return")
    assert cancelled == [True]
