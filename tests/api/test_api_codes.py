"""Promotion codes over the API."""

import asyncio

from shop.codes import Kind, Terms
from tests.api.client import Api
from tests.house import DETAILS, House
from tests.storage.coupons import made


async def test_a_code_is_used_seen_and_taken_off(house: House, api: Api):
    await made(house.db, terms=Terms(Kind.AMOUNT, 500, delivery=True))
    await api.fill()
    used = await api.put("/cart/code", {"code": "spr ing"}, key="k")
    assert (used.status, used["code"]) == (200, "SPRING")
    assert (await api.put("/cart/code", {"code": "spr ing"}, key="k")).body == used.body
    seen = await api.get("/cart")
    assert seen["code"] == {
        "code": "SPRING",
        "discount": {"amount": 500, "currency": "EUR"},
        "free_delivery": True,
        "problem": None,
        "detail": "",
    }
    assert (await api.delete("/cart/code"))["code"] == ""
    assert (await api.get("/cart"))["code"] is None


async def test_an_order_tells_its_code(house: House, api: Api):
    await made(house.db)
    await api.fill()
    total = (await api.get("/cart"))["total"]["amount"]
    await api.put("/cart/code", {"code": "spring"})
    placed = await api.post("/checkout", DETAILS, key="k")
    order = await api.get(f"/orders/{placed['number']}")
    assert (order["code"], order["discount"]["amount"]) == ("SPRING", (total + 5) // 10)
    assert order["total"]["amount"] == total + 650 - order["discount"]["amount"]


async def test_refusals_say_why_and_looking_says_so_before(house: House, api: Api):
    await made(house.db, terms=Terms(Kind.AMOUNT, 500, minimum=2000))
    await made(house.db, "ONCE", limit=1)
    unknown = await api.put("/cart/code", {"code": "nobody's"})
    assert (unknown.status, unknown.code) == (409, "code_unknown")
    low = await api.put("/cart/code", {"code": "spring"})
    assert (low.code, low["missing"]) == ("code_below_minimum", {"amount": 2000, "currency": "EUR"})
    await api.fill()
    await api.put("/cart/code", {"code": "once"})
    await house.db.write(lambda tx: tx.exec_driver_sql("UPDATE codes SET used = 1 WHERE code = 'ONCE'").rowcount)
    seen = await api.get("/cart")
    assert (seen["ready"], seen["code"]["problem"]) == (False, "code_used_up")
    refused = await api.post("/checkout", DETAILS, key="k")
    assert (refused.status, refused.code, refused["promo"]) == (409, "code_used_up", "ONCE")
    await api.delete("/cart/code")
    assert (await api.post("/checkout", DETAILS, key="k")).status == 201, "a refusal leaves its key free"


async def test_a_free_order_is_paid_when_it_is_placed(house: House, api: Api):
    await made(house.db, terms=Terms(Kind.PERCENTAGE, 100_000, delivery=True))
    await api.fill()
    await api.put("/cart/code", {"code": "spring"})
    placed = await api.post("/checkout", DETAILS, key="k")
    assert (placed.status, placed["status"], placed["total"]["amount"]) == (201, "paid", 0)
    assert (await api.post(f"/orders/{placed['number']}/payments")).code == "wrong_state"
    assert await house.judge([placed["number"]]) == []


async def test_fifty_tries_at_once_with_one_key_are_one_use(house: House, api: Api):
    await made(house.db, limit=1)
    await api.fill()
    await api.put("/cart/code", {"code": "spring"})
    answers = await asyncio.gather(*(api.post("/checkout", DETAILS, key="one") for _ in range(50)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer["number"] for answer in answers}) == 1
    assert await house.judge() == []
