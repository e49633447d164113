"""Packing and sending over the API, and that the order says so to whom it belongs."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest

from server import people
from shop.customers import Role
from tests.api.client import Api, Contract
from tests.house import DETAILS, House, until

TRACKING = {"carrier": "bpost", "tracking": "3SABC", "tracking_url": "https://track.example/3SABC"}


@pytest.fixture
async def colleague(house: House, contract: Contract) -> AsyncIterator[Api]:
    """Another clerk."""
    password = await people.add(house.db, "lena@shop.example", "Lena", Role.STAFF, datetime.now(UTC))
    async with house.client() as session:
        api = Api(session, contract)
        await api.post("/session", {"email": "lena@shop.example", "password": password})
        yield api


async def placed(api: Api) -> str:
    await api.fill()
    return str((await api.post("/checkout", DETAILS, key="one"))["number"])


async def paid(api: Api) -> str:
    number = await placed(api)
    started = await api.post(f"/orders/{number}/payments")
    form = {"test_card": "4242424242424242"}
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(started["redirect_url"], data=form, allow_redirects=False) as answer,
    ):
        assert answer.status == 303
    async with api.session.get(f"/orders/{number}?payment=back") as page:
        assert page.status == 200
    return number


async def test_an_order_is_packed_and_sent(api: Api, staff: Api) -> None:
    number = await paid(api)
    assert (await api.get(f"/orders/{number}"))["fulfilment"] == "none"
    claimed = await staff.post(f"/orders/{number}/claim", {})
    assert (claimed.status, claimed["claim"]["name"], claimed["fulfilment"]) == (200, "Clerk", "none")
    assert (await staff.post(f"/orders/{number}/pack"))["fulfilment"] == "packed"
    sent = await staff.post(f"/orders/{number}/ship", TRACKING)
    assert (sent["fulfilment"], sent["claim"]) == ("shipped", None)
    assert {name: sent[name] for name in TRACKING} == TRACKING
    again = await staff.post(f"/orders/{number}/ship", TRACKING)
    assert (again.status, again["version"]) == (200, sent["version"])
    seen = await api.get(f"/orders/{number}")
    assert (seen["status"], seen["fulfilment"], seen["tracking"]) == ("paid", "shipped", "3SABC")
    assert seen["steps"][-1]["link"] == TRACKING["tracking_url"]
    assert "claim" not in seen.body, "shoppers hear no clerk's name"
    [listed] = (await staff.get("/orders", params={"show": "shipped"}))["orders"]
    assert (listed["number"], listed["fulfilment"]) == (number, "shipped")
    assert (await staff.get("/orders", params={"show": "pack"}))["orders"] == []


async def test_two_clerks_can_not_pack_one_order(api: Api, staff: Api, colleague: Api) -> None:
    number = await paid(api)
    mine = await staff.post(f"/orders/{number}/claim", {})
    refused = await colleague.post(f"/orders/{number}/claim", {})
    assert (refused.status, refused.code, refused["claimed_by"]) == (409, "already_claimed", "Clerk")
    assert (await colleague.post(f"/orders/{number}/pack")).code == "already_claimed"
    taken = await colleague.post(f"/orders/{number}/claim", {"take_over_from": mine["claim"]["by"]})
    assert taken["claim"]["name"] == "Lena"
    assert (await staff.post(f"/orders/{number}/pack")).code == "already_claimed"
    assert (await colleague.post(f"/orders/{number}/release"))["claim"] is None
    assert (await colleague.post(f"/orders/{number}/pack")).code == "not_claimed"


async def test_staff_cancel_what_is_not_paid(api: Api, staff: Api) -> None:
    number = await placed(api)
    cancelled = await staff.post(f"/orders/{number}/cancel")
    assert (cancelled.status, cancelled["status"]) == (200, "cancelled")
    seen = await api.get(f"/orders/{number}")
    assert (seen["headline"], seen["payable"]) == ("We cancelled this order.", False)
    assert (await staff.post(f"/orders/{number}/claim", {})).code == "wrong_state"


async def test_a_payment_under_way_is_ended_at_the_bank_when_staff_cancel(house: House, api: Api, staff: Api) -> None:
    number = await placed(api)
    started = await api.post(f"/orders/{number}/payments")
    await staff.post(f"/orders/{number}/cancel")

    async def ended() -> bool:
        return bool((await api.get(f"/orders/{number}"))["payment"] == "cancelled")

    await until(ended)
    form = {"test_card": "4242424242424242"}
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(started["redirect_url"], data=form, allow_redirects=False) as answer,
    ):
        assert answer.status != 500
    await house.engine.reconciler.look()
    assert (await api.get(f"/orders/{number}"))["payment"] == "cancelled"
    assert await house.judge() == []


async def test_what_makes_no_sense_is_refused(api: Api, staff: Api) -> None:
    number = await paid(api)
    await staff.post(f"/orders/{number}/claim", {})
    await staff.post(f"/orders/{number}/pack")
    refused = await staff.post(f"/orders/{number}/ship", {"tracking_url": "javascript:alert(1)"})
    assert (refused.code, list(refused["fields"])) == ("invalid_fields", ["link"])
    assert (await staff.post(f"/orders/{number}/ship", {"colour": "red"})).code == "malformed_body"
    assert (await staff.post(f"/orders/{number}/cancel")).code == "wrong_state"
    assert (await staff.post("/orders/nonsense/claim", {})).code == "not_found"


async def test_staff_find_orders(api: Api, staff: Api) -> None:
    number = await placed(api)
    for typed in (
        number,
        f"{number[:4]}-{number[4:]}".lower(),
        number[:5],
        "adler",
        "noor@example.com",
        "ghent",
        "harb",
    ):
        found = (await staff.get("/orders", params={"q": typed}))["orders"]
        assert [order["number"] for order in found] == [number], typed
    assert (await staff.get("/orders", params={"q": "adler nobody"}))["orders"] == []
    assert (await staff.get("/orders", params={"show": "sideways"})).status == 400
