"""Giving back over the API, against the sandbox bank: in parts, once each, and never more than was paid."""

import asyncio
from typing import Any

from tests.api.client import Api
from tests.api.test_api_fulfilment import paid, placed
from tests.house import House, until


async def order_of(api: Api, number: str) -> Any:
    return (await api.get(f"/orders/{number}")).body


async def given(api: Api, number: str) -> bool:
    """Whether the bank has made every refund."""
    return all(refund["done"] for refund in (await order_of(api, number))["refunds"])


async def test_an_order_goes_back_in_parts_and_then_whole(house: House, api: Api, staff: Api) -> None:
    number = await paid(api)
    before = await order_of(api, number)
    await staff.post(f"/orders/{number}/claim", {})
    await staff.post(f"/orders/{number}/pack")
    await staff.post(f"/orders/{number}/ship", {})
    assert (await staff.post(f"/orders/{number}/deliver"))["fulfilment"] == "delivered"
    first = await staff.post(f"/orders/{number}/refunds", {"amount": 150, "reason": "A scratch"}, key="a")
    assert (first.status, first["rank"], first["amount"]["amount"], first["status"]) == (201, 1, 150, "paid")
    assert first["document"].startswith("C")
    second = await staff.post(f"/orders/{number}/refunds", {"delivery": True, "seen": 1}, key="b")
    assert second["amount"] == before["delivery"]["price"]
    whole = {"whole": True, "lines": [{"line": 0, "back": 1}]}
    third = await staff.post(f"/orders/{number}/refunds", whole, key="c")
    assert (third["rest"]["amount"], third["status"]) == (0, "refunding")
    await until(lambda: given(api, number))
    seen = await order_of(api, number)
    assert (seen["status"], seen["refunded"], len(seen["refunds"])) == ("refunded", seen["total"], 3)
    assert "A scratch" not in str(seen), "the reason is for the shop"
    [listed] = (await staff.get("/orders", params={"show": "refunded"}))["orders"]
    assert (listed["number"], listed["refunded"]) == (number, seen["total"])
    assert await house.judge() == []


async def test_taking_all_units_off_before_they_are_sent_cancels_the_order(house: House, api: Api, staff: Api) -> None:
    number = await paid(api)
    line = (await order_of(api, number))["lines"][0]
    wish = {"lines": [{"line": 0, "units": line["quantity"]}]}
    made = await staff.post(f"/orders/{number}/refunds", wish, key="a")
    assert (made["amount"], made["status"]) == ((await order_of(api, number))["total"], "refunding")
    await until(lambda: given(api, number))
    line = (await order_of(api, number))["lines"][0]
    assert line["refunded"] == line["back"] == line["quantity"]
    refused = await staff.post(f"/orders/{number}/claim", {})
    assert (refused.status, refused.code) == (409, "wrong_state")
    assert await house.judge() == []


async def test_the_same_key_many_times_at_once_is_one_refund(house: House, api: Api, staff: Api) -> None:
    number = await paid(api)
    wish = {"amount": 100}
    answers = await asyncio.gather(*(staff.post(f"/orders/{number}/refunds", wish, key="k") for _ in range(8)))
    assert {(answer.status, answer["rank"]) for answer in answers} == {(201, 1)}
    assert (await order_of(api, number))["refunded"]["amount"] == 100
    other = await staff.post(f"/orders/{number}/refunds", {"amount": 101}, key="k")
    assert (other.status, other.code) == (422, "command_reused")
    await until(lambda: given(api, number))
    assert await house.judge() == []


async def test_what_can_not_go_back_is_refused_by_its_name(api: Api, staff: Api) -> None:
    number = await paid(api)
    path = f"/orders/{number}/refunds"
    too_large = await staff.post(path, {"amount": 10**30}, key="a")
    assert (too_large.status, too_large.code) == (409, "refund_too_large")
    assert too_large["rest"] == (await order_of(api, number))["total"]["amount"]
    for body, field in (
        ({}, "lines"),
        ({"amount": -1}, "amount"),
        ({"lines": [{"line": 0, "units": 99}]}, "lines[0].units"),
        ({"lines": [{"line": 5, "units": 1}]}, "lines[0].line"),
        ({"amount": 1, "reason": "x" * 300}, "reason"),
    ):
        refused = await staff.post(path, body, key="a")
        assert (refused.status, refused.code, list(refused["fields"])) == (422, "invalid_fields", [field])
    stale = await staff.post(path, {"amount": 1, "seen": 3}, key="a")
    assert (stale.status, stale.code, stale["refunds"]) == (409, "stale_edit", 0)
    assert (await staff.post(path, {"amount": 1})).code == "missing_command_id"
    assert (await staff.post("/orders/K7QM2X4D/refunds", {"amount": 1}, key="a")).status == 404
    assert (await api.post(path, {"amount": 1}, key="a")).status in (401, 403)


async def test_an_order_that_is_not_paid_gives_nothing_back(api: Api, staff: Api) -> None:
    refused = await staff.post(f"/orders/{await placed(api)}/refunds", {"whole": True}, key="a")
    assert (refused.status, refused.code) == (409, "wrong_state")
