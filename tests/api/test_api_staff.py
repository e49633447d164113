"""What staff do over the API, and that nobody else does."""

from typing import Any

import pytest

from tests.api.client import Api
from tests.house import DETAILS

DOORS = [
    ("GET", "/orders", None),
    ("GET", "/stock", None),
    ("PUT", "/stock/abc", {"on_hand": 1, "expected": 0}),
    ("PUT", "/variants/abc/price", {"amount": 1, "currency": "EUR"}),
    ("POST", "/orders/K7QM2X4D/claim", {}),
    ("POST", "/orders/K7QM2X4D/release", None),
    ("POST", "/orders/K7QM2X4D/pack", None),
    ("POST", "/orders/K7QM2X4D/unpack", None),
    ("POST", "/orders/K7QM2X4D/ship", {}),
    ("POST", "/orders/K7QM2X4D/track", {}),
    ("POST", "/orders/K7QM2X4D/cancel", None),
]


async def count_of(staff: Api, variant: str) -> dict[str, Any]:
    counts = (await staff.get("/stock"))["variants"]
    return next(count for count in counts if count["variant"] == variant)


@pytest.mark.parametrize(("method", "path", "body"), DOORS)
async def test_guests_and_customers_stay_outside(api: Api, method: str, path: str, body: Any):
    refused = await api.ask(method, path, body)
    assert (refused.status, refused.code) == (401, "unauthenticated")
    await api.post("/customers", {"name": "Noor", "email": "noor@example.com", "password": "a few good words"})
    refused = await api.ask(method, path, body)
    assert (refused.status, refused.code) == (403, "forbidden")


async def test_staff_see_new_orders(api: Api, staff: Api):
    await api.fill(2)
    placed = await api.post("/checkout", DETAILS, key="one")
    seen = (await staff.get("/orders", params={"limit": "1"}))["orders"]
    assert [(order["number"], order["summary"]) for order in seen] == [(placed["number"], "2 × Harbour mug, oat")]


async def test_staff_see_exact_stock_the_scarcest_first(api: Api, staff: Api):
    variant = await api.fill(2)
    before = await count_of(staff, variant)
    await api.post("/checkout", DETAILS, key="one")
    after = await count_of(staff, variant)
    assert (after["on_hand"], after["held"]) == (before["on_hand"], 2)
    listed = [count["available"] for count in (await staff.get("/stock", params={"limit": "20"}))["variants"]]
    assert len(listed) == 20
    assert listed == sorted(listed)


async def test_a_count_of_stock_is_set_if_nobody_was_faster(api: Api, staff: Api):
    variant = await api.fill()
    before = (await count_of(staff, variant))["on_hand"]
    edit = {"on_hand": 3, "expected": before, "reason": "counted"}
    assert (await staff.put(f"/stock/{variant}", edit)).body == {
        "variant": variant,
        "on_hand": 3,
        "held": 0,
        "available": 3,
    }
    assert (await api.variant())["stock"] == {"left": 3, "held": 0}
    stale = await staff.put(f"/stock/{variant}", edit | {"on_hand": 9})
    assert (stale.status, stale.code, stale["on_hand"], stale["held"]) == (409, "stale_edit", 3, 0)


async def test_stock_that_can_not_be_is_refused(staff: Api):
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"on_hand": -1}, "invalid_fields", "on_hand"),
        ({"on_hand": 1_000_001}, "invalid_fields", "on_hand"),
        ({"on_hand": 10**30}, "invalid_fields", "on_hand"),
        ({"reason": "x" * 201}, "invalid_fields", "reason"),
        ({"reason": "a\x00b"}, "invalid_fields", "reason"),
        ({"on_hand": "3"}, "malformed_body", "on_hand"),
        ({"held": 0}, "malformed_body", "held"),
    ]
    for change, code, field in cases:
        found = (await staff.get("/stock"))["variants"][0]
        edit = {"on_hand": 1, "expected": found["on_hand"]} | change
        refused = await staff.put(f"/stock/{found['variant']}", edit)
        assert (refused.code, list(refused["fields"])) == (code, [field])


async def test_stock_is_not_set_below_what_is_held(api: Api, staff: Api):
    variant = await api.fill(2)
    await api.post("/checkout", DETAILS, key="one")
    expected = (await count_of(staff, variant))["on_hand"]
    refused = await staff.put(f"/stock/{variant}", {"on_hand": 1, "expected": expected})
    assert (refused.code, list(refused["fields"])) == ("invalid_fields", ["on_hand"])


async def test_a_price_is_changed_for_everybody(api: Api, staff: Api):
    variant = (await api.variant())["id"]
    changed = await staff.put(f"/variants/{variant}/price", {"amount": 3100, "currency": "EUR"})
    offers = {offer["id"]: offer["price"] for offer in changed["variants"]}
    assert offers[variant] == {"amount": 3100, "currency": "EUR"} == (await api.variant())["price"]


async def test_a_price_that_can_not_be_is_refused(api: Api, staff: Api):
    for price, code, field in [
        ({"amount": -1, "currency": "EUR"}, "invalid_fields", "amount"),
        ({"amount": 10**13, "currency": "EUR"}, "invalid_fields", "amount"),
        ({"amount": 100, "currency": "USD"}, "invalid_fields", "currency"),
        ({"amount": 1.5, "currency": "EUR"}, "malformed_body", "amount"),
        ({"amount": 100}, "malformed_body", "currency"),
    ]:
        before = await api.variant()
        refused = await staff.put(f"/variants/{before['id']}/price", price)
        assert (refused.code, list(refused["fields"])) == (code, [field])
        assert (await api.variant())["price"] == before["price"]


async def test_what_is_not_there_can_not_be_changed(staff: Api):
    assert (await staff.put("/stock/nothing", {"on_hand": 1, "expected": 0})).code == "not_found"
    assert (await staff.put("/variants/nothing/price", {"amount": 1, "currency": "EUR"})).code == "not_found"
