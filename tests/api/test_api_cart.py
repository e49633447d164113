"""The cart over the API."""

import asyncio

from tests.api.client import Api

BOTH_ENGINES = True


async def test_looking_makes_no_session(api: Api):
    seen = await api.get("/cart")
    assert (seen["count"], seen["lines"], seen["ready"]) == (0, [], False)
    assert "Set-Cookie" not in seen.headers
    assert "Set-Cookie" not in (await api.delete("/cart/lines/abc")).headers
    assert (await api.post("/cart/agree", {"total": {"amount": 0, "currency": "EUR"}}))["count"] == 0


async def test_units_are_added_set_and_taken_out(api: Api):
    variant = await api.variant()
    line = {"variant": variant["id"], "quantity": 2}
    added = await api.post("/cart/lines", line)
    assert added["count"] == 2
    assert added["total"] == {"amount": 2 * variant["price"]["amount"], "currency": "EUR"}
    assert (await api.post("/cart/lines", line))["count"] == 4
    assert (await api.put(f"/cart/lines/{variant['id']}", {"quantity": 3}))["count"] == 3
    seen = await api.get("/cart")
    assert seen["ready"]
    assert (seen["lines"][0]["quantity"], seen["lines"][0]["raised"], seen["lines"][0]["short_by"]) == (3, False, 0)
    assert (await api.delete(f"/cart/lines/{variant['id']}"))["lines"] == []
    assert (await api.delete(f"/cart/lines/{variant['id']}")).status == 200
    await api.post("/cart/lines", line)
    assert (await api.put(f"/cart/lines/{variant['id']}", {"quantity": 0}))["lines"] == []


async def test_parallel_additions_all_count(api: Api):
    variant = await api.fill()
    line = {"variant": variant, "quantity": 1}
    await asyncio.gather(*(api.post("/cart/lines", line) for _ in range(8)))
    assert (await api.get("/cart"))["count"] == 9


async def test_an_addition_sent_again_counts_once_and_is_answered_the_same(api: Api):
    await api.fill()
    line = {"variant": (await api.variant())["id"], "quantity": 2}
    first = await api.post("/cart/lines", line, key="two-more")
    await api.post("/cart/lines", line, key="and-two-more")
    again = await api.post("/cart/lines", line, key="two-more")
    assert first.body == again.body
    assert (await api.get("/cart"))["count"] == 5


async def test_a_key_with_another_body_is_refused(api: Api):
    variant = await api.fill()
    await api.post("/cart/lines", {"variant": variant, "quantity": 2}, key="once")
    refused = await api.post("/cart/lines", {"variant": variant, "quantity": 3}, key="once")
    assert (refused.status, refused.code) == (422, "command_reused")
    assert (await api.get("/cart"))["count"] == 3


async def test_a_refused_addition_leaves_its_key_free(api: Api):
    variant = await api.fill()
    assert (await api.post("/cart/lines", {"variant": variant, "quantity": 0}, key="k")).code == "invalid_fields"
    assert (await api.post("/cart/lines", {"variant": variant, "quantity": 1}, key="k")).status == 200


async def test_a_key_that_is_too_long_is_refused(api: Api):
    variant = await api.fill()
    refused = await api.post("/cart/lines", {"variant": variant, "quantity": 1}, key="k" * 129)
    assert (refused.code, list(refused["fields"])) == ("invalid_fields", ["Idempotency-Key"])


async def test_a_quantity_that_no_cart_holds_is_refused(api: Api):
    for quantity in [0, -1, 100, 10**30]:
        line = {"variant": (await api.variant())["id"], "quantity": quantity}
        for key in ("", "k"):
            refused = await api.post("/cart/lines", line, key=key)
            assert (refused.status, refused.code, list(refused["fields"])) == (422, "invalid_fields", ["quantity"])
        assert (await api.get("/cart"))["count"] == 0


async def test_a_line_takes_no_such_quantity(api: Api):
    variant = await api.fill(2)
    for quantity in [-1, 100]:
        refused = await api.put(f"/cart/lines/{variant}", {"quantity": quantity})
        assert (refused.code, list(refused["fields"])) == ("invalid_fields", ["quantity"])
    assert (await api.get("/cart"))["count"] == 2


async def test_a_line_that_breaks_the_schema_is_refused_by_field(api: Api):
    for line, field in [
        ({"variant": "abc"}, "quantity"),
        ({"quantity": 1}, "variant"),
        ({"variant": "abc", "quantity": "1"}, "quantity"),
        ({"variant": "abc", "quantity": 1.5}, "quantity"),
        ({"variant": "abc", "quantity": True}, "quantity"),
        ({"variant": 7, "quantity": 1}, "variant"),
        ({"variant": "abc", "quantity": 1, "price": 1}, "price"),
        ({"variant": "abc", "quantity": 1, "agreed": {"amount": 1, "currency": "EUR"}}, "agreed"),
    ]:
        refused = await api.post("/cart/lines", line)
        assert (refused.status, refused.code, list(refused["fields"])) == (400, "malformed_body", [field])


async def test_a_variant_that_is_not_there_is_not_found(api: Api):
    for variant in ["nothing", "", "a\x00b"]:
        refused = await api.post("/cart/lines", {"variant": variant, "quantity": 1})
        assert (refused.status, refused.code) == (404, "not_found")
        assert "Set-Cookie" not in refused.headers
        assert (await api.put("/cart/lines/nothing", {"quantity": 1})).code == "not_found"


async def test_a_raised_price_waits_for_consent(api: Api, staff: Api):
    variant = await api.fill()
    await staff.put(f"/variants/{variant}/price", {"amount": 99_00, "currency": "EUR"})
    seen = await api.get("/cart")
    assert (seen["ready"], seen["lines"][0]["raised"]) == (False, True)
    old = {"total": {"amount": 28_00, "currency": "EUR"}}
    assert (await api.post("/cart/agree", old)).code == "price_changed"
    assert not (await api.get("/cart"))["ready"]
    assert (await api.post("/cart/agree", {"total": {"amount": 99_00, "currency": "USD"}})).code == "invalid_fields"
    assert (await api.post("/cart/agree", {"total": seen["total"]}))["total"]["amount"] == 99_00
    assert (await api.get("/cart"))["ready"]


async def test_nobody_sees_another_cart(api: Api, stranger: Api):
    await api.fill()
    assert (await stranger.get("/cart"))["count"] == 0
