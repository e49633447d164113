"""Knocking at the checkout: names and addresses in every script come through whole, everything else is refused by field."""

import asyncio
import secrets
from typing import Any

import orjson
import pytest

from tests.attack.knocking import Answer, Knocker
from tests.house import DETAILS, House

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINES = "/api/v1/cart/lines"
CHECKOUT = "/api/v1/checkout"

WRITTEN = {
    "Arabic": ("ليلى الحداد", "شارع النهر ١٤"),
    "Hebrew and a number": ("נועה לוי", "רחוב הרצל 14"),
    "Chinese": ("王小明", "中山路一百二十三號"),
    "Devanagari": ("अनन्या शर्मा", "गांधी मार्ग 7"),
    "Thai": ("สมชาย ใจดี", "ถนนสุขุมวิท 14"),
    "Vietnamese, decomposed": ("Nguye\u0302\u0303n Va\u0306n A", "Đường Lê Lợi 1"),
    "emoji of several parts": ("Noor 👩‍👩‍👧‍👦", "Oudburg 14 🏡"),
    "apostrophes and markup": ("O'Brien & <b>Zoë</b>", 'Kade "7" \\ 9'),
    "the longest": ("n" * 100, "s" * 200),
}

REFUSED = {
    "only what nobody sees": "\u200b\u200b",
    "turned round": "Noor\u202eretsaM",
    "a new line": "Noor\nBcc: all@example.com",
    "a paragraph of another alphabet": "Noor\u2028Adler",
    "a control": "Noor\x9b31m",
    "a name between isolates": "\u2067Noor\u2069",
    "ten thousand letters": "ж" * 10_000,
}


@pytest.mark.parametrize("script", WRITTEN)
async def test_a_name_in_any_script_comes_through_whole(guest: Knocker, staff: Knocker, script: str):
    name, street = WRITTEN[script]
    await guest.post(LINES, json={"variant": await guest.variant("bread-board"), "quantity": 1})
    answer = await _ask(guest, DETAILS | {"name": name, "street": street})
    assert answer.status == 201, answer.text
    number = orjson.loads(answer.text)["number"]
    order = orjson.loads((await staff.get(f"/api/v1/orders/{number}")).text)
    assert name in _strings(order)
    page = (await staff.get(f"/dashboard/orders/{number}")).text
    assert "<b>Zoë" not in page
    assert (await guest.get(f"/orders/{number}")).status == 200


@pytest.mark.parametrize("field", ["name", "street", "town"])
@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_no_address_is_refused_by_field_and_typed_once(guest: Knocker, what: str, field: str):
    await guest.post(LINES, json={"variant": await guest.variant("bread-board"), "quantity": 1})
    answer = await _ask(guest, DETAILS | {field: REFUSED[what]})
    assert answer.refusal == (422, "invalid_fields")
    assert list(answer.problem["fields"]) == [field]
    form = await guest.post("/checkout", data=DETAILS | {field: REFUSED[what], "command": secrets.token_hex(8)})
    assert form.status == 422
    assert DETAILS["email"] in form.text
    assert f'name="{field}"' in form.text
    assert "aria-invalid" in form.text


@pytest.mark.parametrize("country", ["XX", "be", "US", "BE ", "Belgium", "🇧🇪", "x" * 1_000])
async def test_a_country_that_is_not_served_is_named(guest: Knocker, country: str):
    await guest.post(LINES, json={"variant": await guest.variant("bread-board"), "quantity": 1})
    answer = await _ask(guest, DETAILS | {"country": country})
    assert (answer.refusal, list(answer.problem["fields"])) == ((422, "invalid_fields"), ["country"])
    form = await guest.post("/checkout", data=DETAILS | {"country": country, "command": secrets.token_hex(8)})
    assert form.status == 422


@pytest.mark.parametrize("value", [None, 1, 1.5, True, [], {}, ["BE"], {"code": "BE"}])
@pytest.mark.parametrize("field", ["email", "name", "country"])
async def test_a_detail_of_another_kind_names_its_field(guest: Knocker, field: str, value: Any):
    answer = await _ask(guest, DETAILS | {field: value})
    assert answer.refusal == (400, "malformed_body")
    assert field in str(answer.problem)


@pytest.mark.parametrize("quantity", [1.5, "1", "two", True, None, [], {}, "9" * 400])
async def test_a_quantity_of_another_kind_names_its_field(guest: Knocker, quantity: Any):
    variant = await guest.variant()
    answer = await guest.post(LINES, json={"variant": variant, "quantity": quantity})
    assert answer.refusal[0] in (400, 422)
    assert "quantity" in str(answer.problem)


@pytest.mark.parametrize(
    "body", [b'{"name": "\\ud800"}', b"\xff\xfe{}", b'{"name": "\xff"}', b"[]", b"null", b'"x"', b""]
)
async def test_a_body_that_is_no_text_or_no_object_is_refused(guest: Knocker, body: bytes):
    headers = {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(8)}
    assert (await guest.post(CHECKOUT, data=body, headers=headers)).refusal == (400, "malformed_body")


@pytest.mark.parametrize("body", [b"name=%FF%FE", b"name=%ED%A0%80", b"name", b"%00=1", b"&&&&", b"name=a&name=b"])
async def test_a_form_that_is_no_text_is_refused(guest: Knocker, body: bytes):
    await guest.post(LINES, json={"variant": await guest.variant("bread-board"), "quantity": 1})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await guest.post("/checkout", data=body, headers=headers)).status in (400, 422)


async def test_a_cart_that_changes_while_it_is_ordered_is_ordered_as_it_was_at_one_moment(shop: House, guest: Knocker):
    """Two tabs put things in and take them out while a third orders: the order has one state of the cart, and adds up."""
    board, mug = await guest.variant("bread-board"), await guest.variant("harbour-mug")
    await guest.post(LINES, json={"variant": board, "quantity": 1})
    answers = await asyncio.gather(
        *(guest.post(LINES, json={"variant": mug, "quantity": 1}) for _ in range(5)),
        _ask(guest, DETAILS),
        *(guest.ask("PUT", f"{LINES}/{board}", json={"quantity": n % 3 + 1}) for n in range(5)),
        *(guest.ask("DELETE", f"{LINES}/{mug}") for _ in range(3)),
    )
    assert {answer.status for answer in answers} <= {200, 201, 204, 404, 409}
    placed = [orjson.loads(answer.text)["number"] for answer in answers if answer.status == 201]
    assert await shop.judge(placed) == []


async def test_a_cart_that_changes_while_it_is_paid_for_changes_nothing_of_the_order(shop: House, guest: Knocker):
    board, mug = await guest.variant("bread-board"), await guest.variant("harbour-mug")
    await guest.post(LINES, json={"variant": board, "quantity": 1})
    placed = orjson.loads((await _ask(guest, DETAILS)).text)
    started = await guest.post(f"/api/v1/orders/{placed['number']}/payments")
    await guest.post(LINES, json={"variant": mug, "quantity": 3})
    await guest.ask("PUT", f"{LINES}/{board}", json={"quantity": 9})
    again = await guest.post(f"/api/v1/orders/{placed['number']}/payments")
    assert orjson.loads(again.text)["redirect_url"] == orjson.loads(started.text)["redirect_url"]
    order = orjson.loads((await guest.get(f"/api/v1/orders/{placed['number']}")).text)
    assert order["total"] == placed["total"]
    assert await shop.judge([placed["number"]]) == []


async def _ask(guest: Knocker, details: dict[str, Any]) -> Answer:
    return await guest.post(CHECKOUT, json=details, headers={"Idempotency-Key": secrets.token_hex(8)})


def _strings(found: Any) -> list[str]:
    if isinstance(found, dict):
        return [text for value in found.values() for text in _strings(value)]
    if isinstance(found, list):
        return [text for value in found for text in _strings(value)]
    return [found] if isinstance(found, str) else []
