"""The dashboard without scripts: what staff see, what they set, and that nobody else gets in."""

import re
from typing import Any

import aiohttp
import pytest

from handlers.dashboard.orders import DONE, GOODS, STANDING, standing
from shop.fulfilment import Act, Fulfilment
from shop.orders import OrderStatus
from shop.payments import PaymentState
from tests.house import DETAILS, House

Client = aiohttp.ClientSession
DOORS = [
    ("GET", "/dashboard"),
    ("GET", "/dashboard?screen=1"),
    ("GET", "/dashboard/stock"),
    ("POST", "/dashboard/stock"),
    ("GET", "/dashboard/orders"),
    ("GET", "/dashboard/orders.csv"),
    ("GET", "/dashboard/orders/K7QM2X4D"),
    ("GET", "/dashboard/orders/K7QM2X4D/claim"),
    *(
        ("POST", f"/dashboard/orders/K7QM2X4D/{act}")
        for act in ("claim", "take-over", "release", "pack", "unpack", "ship", "track", "cancel")
    ),
    ("GET", "/dashboard/customers"),
    ("GET", "/dashboard/customers?email=noor@example.com"),
]


async def json(client: Client, method: str, path: str, body: Any = None, **more: Any) -> Any:
    async with client.request(method, f"/api/v1{path}", json=body, **more) as answer:
        assert answer.status < 300, await answer.text()
        return await answer.json()


async def page(client: Client, path: str) -> str:
    async with client.get(path) as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        return await answer.text()


async def order(shopper: Client, variant: str, quantity: int = 1) -> str:
    await json(shopper, "POST", "/cart/lines", {"variant": variant, "quantity": quantity})
    placed = await json(shopper, "POST", "/checkout", DETAILS, headers={"Idempotency-Key": variant})
    return str(placed["number"])


async def scarcest(clerk: Client, at_least: int) -> dict[str, Any]:
    """The variant that staff see first among those of which so many can be bought."""
    counts = (await json(clerk, "GET", "/stock"))["variants"]
    return next(count for count in counts if count["available"] >= at_least)


async def set_stock(clerk: Client, variant: str, on_hand: str, expected: int) -> tuple[int, str, str]:
    """Sends a row's form; answers the status, the page, and the address to go on to."""
    form = {"variant": variant, "on_hand": on_hand, "expected": str(expected)}
    async with clerk.post("/dashboard/stock", data=form, allow_redirects=False) as answer:
        return answer.status, await answer.text(), answer.headers.get("Location", "")


def row_of(text: str, variant: str) -> str:
    found = re.search(rf'<li id="v-{variant}".*?</li>', text, re.DOTALL)
    assert found
    return found[0]


def value_of(row: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*? value="([^"]*)"', row)
    assert found
    return found[1]


@pytest.mark.parametrize(("method", "path"), DOORS)
async def test_guests_and_customers_stay_outside(house: House, method: str, path: str):
    async with house.client() as client:
        async with client.request(method, path, allow_redirects=False) as answer:
            if method == "GET":
                assert (answer.status, answer.headers["Location"].partition("?")[0]) == (303, "/login")
            else:
                assert answer.status == 401
        person = {"name": "Noor", "email": "noor@example.com", "password": "a few good words"}
        await json(client, "POST", "/customers", person)
        async with client.request(method, path, allow_redirects=False) as answer:
            assert answer.status == 403


async def test_staff_see_the_day_its_orders_and_the_scarcest_stock_first(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        count = await scarcest(clerk, 2)
        number = await order(shopper, count["variant"], 2)
        text = await page(clerk, "/dashboard")
        assert f'href="/dashboard/orders/{number}">{number[:4]}-{number[4:]}<' in text
        assert f"2 × {count['name']}" in text
        assert re.search(r'data-part="orders">1<', text)
        assert re.search(r'data-part="waiting">1<', text)
        row = row_of(text, count["variant"])
        assert "2 held" in row
        assert value_of(row, "on_hand") == value_of(row, "expected") == str(count["on_hand"])
        counters = re.findall(r'data-on-hand="(\d+)" data-held="(\d+)"', text)
        available = [int(on_hand) - int(held) for on_hand, held in counters]
        assert available == sorted(available)
        assert len(available) == len((await json(clerk, "GET", "/stock?limit=500"))["variants"])


async def test_the_screen_has_room_for_the_newest_orders_and_no_controls(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        variants = [
            count["variant"] for count in (await json(clerk, "GET", "/stock"))["variants"] if count["available"]
        ]
        numbers = [await order(shopper, variant) for variant in variants[:7]]
        text = await page(clerk, "/dashboard?screen=1")
        shown = re.findall(r'<li data-number="(\w+)"', text)
        assert shown == numbers[:0:-1]
        assert not re.search(r"<(form|button|input)\b", text)


async def test_a_number_typed_in_a_row_is_set_and_the_page_goes_back_to_the_row(house: House):
    async with house.staff() as clerk:
        count = await scarcest(clerk, 1)
        variant, was = count["variant"], count["on_hand"]
        status, _, address = await set_stock(clerk, variant, f" {was + 3} ", was)
        assert (status, address) == (303, f"/dashboard#v-{variant}")
        assert value_of(row_of(await page(clerk, "/dashboard"), variant), "on_hand") == str(was + 3)


async def test_a_number_that_somebody_changed_meanwhile_is_not_written_over(house: House):
    async with house.staff() as clerk, house.staff() as colleague:
        count = await scarcest(clerk, 1)
        variant, was = count["variant"], count["on_hand"]
        await set_stock(colleague, variant, str(was + 1), was)
        status, text, _ = await set_stock(clerk, variant, "40", was)
        row = row_of(text, variant)
        assert status == 409
        assert f"It was {was} when you looked and is {was + 1} now." in row
        assert (value_of(row, "on_hand"), value_of(row, "expected")) == ("40", str(was + 1))
        # Having been told, the clerk may decide again.
        assert (await set_stock(clerk, variant, "40", was + 1))[0] == 303


@pytest.mark.parametrize("typed", ["", "1.5", "-1", "many", "٣", "1000001", "9" * 5000])
async def test_what_is_no_count_is_refused_in_its_row_and_kept_there(house: House, typed: str):
    async with house.staff() as clerk:
        count = await scarcest(clerk, 1)
        status, text, _ = await set_stock(clerk, count["variant"], typed, count["on_hand"])
        row = row_of(text, count["variant"])
        assert status == 422
        assert "aria-invalid=true" in row
        assert value_of(row, "on_hand") == typed
        assert (await scarcest(clerk, 1))["on_hand"] == count["on_hand"]


async def test_not_fewer_than_are_held_for_people_who_are_paying(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        count = await scarcest(clerk, 2)
        await order(shopper, count["variant"], 2)
        status, text, _ = await set_stock(clerk, count["variant"], "1", count["on_hand"])
        assert status == 422
        assert "Not fewer than 2" in row_of(text, count["variant"])


async def test_a_variant_that_is_not_there_is_not_found(house: House):
    async with house.staff() as clerk:
        assert (await set_stock(clerk, "nothing", "1", 0))[0] == 404
        assert (await set_stock(clerk, '"><b>', "x", 0))[0] == 422


async def test_what_was_typed_is_shown_as_text(house: House):
    async with house.staff() as clerk:
        count = await scarcest(clerk, 1)
        _, text, _ = await set_stock(clerk, count["variant"], '"><script>alert(1)</script>', count["on_hand"])
        assert "<script>alert" not in text


async def test_a_page_that_showed_a_refusal_can_be_loaded_again(house: House):
    async with house.staff() as clerk, clerk.get("/dashboard/stock", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/dashboard#stock")


async def test_staff_open_any_order_by_its_number(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        count = await scarcest(clerk, 1)
        number = await order(shopper, count["variant"])
        text = await page(clerk, f"/dashboard/orders/{number[:4].lower()}-{number[4:]}")
        for shown in (DETAILS["street"], DETAILS["email"], "Belgium", "To be paid", "Held until", count["name"]):
            assert shown in text
        for wrong in ("nonsense", "00000000"):
            async with clerk.get(f"/dashboard/orders/{wrong}") as answer:
                assert answer.status == 404


def test_however_an_order_stands_there_is_a_word_for_it():
    assert set(STANDING) >= {status.value for status in OrderStatus}
    assert standing(OrderStatus.PAID, PaymentState.PAID) == ("paid", "Paid")
    assert standing(OrderStatus.PLACED, None) == ("", "To be paid")
    assert standing(OrderStatus.CANCELLED, PaymentState.EXPIRED) == ("failed", "Not paid")
    assert set(GOODS) == {"", "claimed", *Fulfilment}
    assert set(DONE) == set(Act)
    known = {(status.value, payment.value) for status in OrderStatus for payment in PaymentState}
    assert {key for key in STANDING if "/" in key} <= {f"{status}/{payment}" for status, payment in known}
