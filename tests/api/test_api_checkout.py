"""Placing orders over the API: once, however often it is sent."""

import asyncio
from typing import Any

from tests.api.client import Api
from tests.house import DETAILS, House

BOTH_ENGINES = True


async def test_a_guest_places_an_order(api: Api, house: House):
    variant = await api.variant()
    await api.fill(2)
    placed = await api.post("/checkout", DETAILS, key="one")
    assert placed.status == 201
    assert (placed["status"], placed["again"]) == ("placed", False)
    assert placed["total"] == {"amount": 2 * variant["price"]["amount"] + 650, "currency": "EUR"}
    assert placed["order_url"] == f"{house.url}/orders/{placed['number']}"
    assert placed["pay_url"] == f"{placed['order_url']}/pay"
    assert (await api.get("/cart"))["count"] == 0


async def test_the_token_opens_a_guests_order_and_is_told_once(api: Api, stranger: Api):
    await api.fill()
    placed = await api.post("/checkout", DETAILS, key="one")
    again = await api.post("/checkout", DETAILS, key="one")
    assert "token" not in again.body
    async with stranger.session.get(f"/o/{placed['token']}", allow_redirects=False) as response:
        assert response.status == 303
    assert (await stranger.get(f"/orders/{placed['number']}")).status == 200


async def test_a_customers_order_needs_no_token(api: Api):
    person = {"name": "Noor", "email": "noor@example.com", "password": "a few good words"}
    await api.post("/customers", person)
    await api.fill()
    assert "token" not in (await api.post("/checkout", DETAILS, key="one")).body


async def test_the_same_key_answers_the_same_order(api: Api):
    await api.fill()
    first = await api.post("/checkout", DETAILS, key="one")
    again = await api.post("/checkout", DETAILS, key="one")
    assert again.status == 201
    assert again.body | {"again": False, "token": first["token"]} == first.body
    assert again["again"]


async def test_an_impatient_shopper_places_one_order(api: Api):
    await api.fill()
    placed = await asyncio.gather(*(api.post("/checkout", DETAILS, key="one") for _ in range(6)))
    assert {answer.status for answer in placed} == {201}
    assert len({answer["number"] for answer in placed}) == 1
    assert [answer["again"] for answer in placed].count(False) == 1


async def test_a_key_with_another_body_is_refused(api: Api):
    await api.fill()
    await api.post("/checkout", DETAILS, key="one")
    refused = await api.post("/checkout", DETAILS | {"town": "Antwerp"}, key="one")
    assert (refused.status, refused.code) == (422, "command_reused")


async def test_a_key_is_required(api: Api):
    for fill in (False, True):
        if fill:
            await api.fill()
        refused = await api.post("/checkout", DETAILS)
        assert (refused.status, refused.code) == (400, "missing_command_id")


async def test_an_empty_cart_is_refused(api: Api, stranger: Api):
    refused = await api.post("/checkout", DETAILS, key="one")
    assert (refused.status, refused.code) == (409, "empty_cart")
    variant = await stranger.fill()
    await stranger.delete(f"/cart/lines/{variant}")
    assert (await stranger.post("/checkout", DETAILS, key="one")).code == "empty_cart"


async def test_what_is_sold_out_is_named_and_nothing_is_ordered(api: Api, staff: Api):
    variant = await api.fill(3)
    counts = {count["variant"]: count for count in (await staff.get("/stock"))["variants"]}
    edit = {"on_hand": 1, "expected": counts[variant]["on_hand"]}
    assert (await staff.put(f"/stock/{variant}", edit)).status == 200
    refused = await api.post("/checkout", DETAILS, key="one")
    assert (refused.status, refused.code) == (409, "sold_out")
    assert [(item["variant"], item["wanted"], item["left"]) for item in refused["short"]] == [(variant, 3, 1)]
    await api.put(f"/cart/lines/{variant}", {"quantity": 1})
    assert (await api.post("/checkout", DETAILS, key="one")).status == 201


async def test_a_raised_price_is_named_and_nothing_is_ordered(api: Api, staff: Api):
    variant = await api.fill()
    await staff.put(f"/variants/{variant}/price", {"amount": 99_00, "currency": "EUR"})
    refused = await api.post("/checkout", DETAILS, key="one")
    assert (refused.status, refused.code) == (409, "price_changed")
    assert (refused["changes"][0]["variant"], refused["changes"][0]["now"]) == (variant, 99_00)


async def test_details_that_make_no_sense_are_named(api: Api):
    for change, field in [
        ({"email": "noor"}, "email"),
        ({"name": " "}, "name"),
        ({"street": "a\nb"}, "street"),
        ({"postcode": "12"}, "postcode"),
        ({"town": "x" * 200}, "town"),
        ({"country": "XX"}, "country"),
        ({"shipping": "drone"}, "shipping"),
    ]:
        refused = await api.post("/checkout", DETAILS | change, key="one")
        assert (refused.status, refused.code, list(refused["fields"])) == (422, "invalid_fields", [field])


async def test_clients_can_not_name_a_price(api: Api):
    cases: list[tuple[dict[str, Any], str]] = [
        ({"total": 1}, "total"),
        ({"price": {"amount": 1, "currency": "EUR"}}, "price"),
        ({"email": None}, "email"),
    ]
    for change, field in cases:
        refused = await api.post("/checkout", {**DETAILS, **change}, key="one")
        assert (refused.status, refused.code, list(refused["fields"])) == (400, "malformed_body", [field])


async def test_the_options_are_those_that_checkout_takes(api: Api):
    options = await api.get("/checkout/options")
    assert options["hold_minutes"] == 15
    for country in options["countries"]:
        assert country["postcode"]
    for number, way in enumerate(options["shipping"]):
        await api.fill()
        placed = await api.post("/checkout", DETAILS | {"shipping": way["code"]}, key=f"way-{number}")
        order = await api.get(f"/orders/{placed['number']}")
        assert order["delivery"]["price"] == way["price"]


async def test_the_ways_and_the_quote_follow_the_country(api: Api):
    variant = await api.variant()
    await api.fill(2)
    options = await api.get("/checkout/options?country=FR")
    assert (options["country"], options["countries"][0]["code"]) == ("FR", "BE")
    assert [way["code"] for way in options["shipping"]] == ["door", "collect"]
    quoted = await api.get("/checkout/quote?country=FR")
    price = 2 * variant["price"]["amount"]
    sums = quoted["sums"]
    assert (quoted["shipping"], sums["items"]["amount"], sums["delivery"]["amount"]) == ("door", price, 650)
    assert [tax["rate"] for tax in sums["taxes"]] == [20_000]
    assert (sums["tax_included"], sums["total"]["amount"]) == (True, price + 650)
    collected = await api.get("/checkout/quote?country=FR&shipping=collect")
    assert [tax["rate"] for tax in collected["sums"]["taxes"]] == [21_000]
    refused = await api.get("/checkout/quote?country=JP")
    assert (refused.status, refused.code, list(refused["fields"])) == (422, "invalid_fields", ["country"])
    strange = await api.get("/checkout/quote?shipping=rocket")
    assert (strange.status, strange.code, strange["ways"]) == (409, "not_delivered", ["door", "collect"])


async def test_an_order_is_placed_at_the_total_that_was_seen_or_not_at_all(api: Api):
    await api.fill()
    total = (await api.get("/checkout/quote"))["sums"]["total"]
    wrong = {"amount": total["amount"] - 1, "currency": "EUR"}
    refused = await api.post("/checkout", DETAILS | {"total": wrong}, key="one")
    assert (refused.status, refused.code) == (409, "total_changed")
    assert (refused["seen"], refused["now"]) == (wrong, total)
    foreign = await api.post("/checkout", DETAILS | {"total": total | {"currency": "USD"}}, key="one")
    assert (foreign.status, list(foreign["fields"])) == (422, ["total"])
    placed = await api.post("/checkout", DETAILS | {"total": total}, key="one")
    assert (placed.status, placed["total"]) == (201, total)
    order = await api.get(f"/orders/{placed['number']}")
    assert order["sums"]["total"] == total
    assert (order["delivery"]["shipping_name"], order["delivery"]["collected"]) == ("To the door", False)
    assert order["sums"]["tax"]["amount"] == order["lines"][0]["tax"]["amount"] + 113


async def test_an_empty_cart_has_no_quote(api: Api):
    refused = await api.get("/checkout/quote")
    assert (refused.status, refused.code) == (409, "empty_cart")
