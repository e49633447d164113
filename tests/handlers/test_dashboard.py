"""The dashboard without scripts: what staff see, what they set, and that nobody else gets in."""

import re
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from handlers.dashboard.orders import DONE
from handlers.dashboard.today import DESK_SHORTAGES
from shop.fulfilment import Act
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
        for act in ("claim", "take-over", "release", "pack", "unpack", "ship", "track", "deliver", "cancel", "refund")
    ),
    ("GET", "/dashboard/orders/K7QM2X4D/refund"),
    ("GET", "/dashboard/payments"),
    ("GET", "/dashboard/payments/ask"),
    *(("POST", f"/dashboard/payments/{act}") for act in ("ask", "known", "refund", "by-hand", "dismiss")),
    ("GET", "/dashboard/customers"),
    ("GET", "/dashboard/customers?email=noor@example.com"),
    ("GET", "/dashboard/stock/7chars7"),
    ("POST", "/dashboard/stock/7chars7/low"),
    ("GET", "/dashboard?day=2026-11-20"),
    ("GET", "/dashboard/screens"),
    ("POST", "/dashboard/screens"),
    ("POST", "/dashboard/screens/x"),
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


@pytest.mark.parametrize(("method", "path"), DOORS)
async def test_guests_and_customers_stay_outside(house: House, method: str, path: str):
    async with house.client() as client:
        async with client.request(method, path, allow_redirects=False) as answer:
            if method == "GET":
                # A wall has no keyboard for a password.
                way = "/screen" if "screen=1" in path else "/login"
                assert (answer.status, answer.headers["Location"].partition("?")[0]) == (303, way)
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
        assert f'href="/dashboard/stock/{count["variant"]}"' in await page(clerk, "/dashboard/stock")
        counters = re.findall(r'data-variant="\w+" data-on-hand="(\d+)" data-held="(\d+)"', text.split("<template>")[1])
        available = [int(on_hand) - int(held) for on_hand, held in counters]
        assert available == sorted(available)
        assert len(available) == DESK_SHORTAGES


async def test_another_day_is_whole_and_leads_back_to_today(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        await order(shopper, (await scarcest(clerk, 1))["variant"])
        today = house.clock().date()
        house.clock.advance(days=2)
        text = await page(clerk, f"/dashboard?day={today}")
        assert re.search(r'data-part="orders">1<', text)
        assert "1 more than the day before" in text
        assert 'href="/dashboard">Today<' in text
        assert "<script" not in text, "what is over does not move"
        yesterday = await page(clerk, f"/dashboard?day={today + timedelta(days=1)}")
        assert "1 fewer than the day before" in yesterday
        async with clerk.get(f"/dashboard?day={today + timedelta(days=2)}", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/dashboard")


@pytest.mark.parametrize("day", ["", "tomorrow", "2026-02-30", "9999-12-31", "0001-01-01", "1999-12-31", "20261120x"])
async def test_a_day_that_the_shop_has_not_had_is_refused_and_the_field_named(house: House, day: str):
    async with house.staff() as clerk, clerk.get("/dashboard", params={"day": day}) as answer:
        assert answer.status == 422
        assert "Day: A day that is over, please." in await answer.text()


async def test_charts_are_told_in_words_and_as_a_table(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        await order(shopper, (await scarcest(clerk, 1))["variant"])
        text = await page(clerk, "/dashboard")
        hour = house.clock().hour
        assert f'role="img" aria-label="Orders by hour today: 1 order since {hour}:00, the most so far.' in text
        assert re.search(rf'<th scope="row">{hour}:00</th><td>1</td>', text)


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


async def test_staff_open_any_order_by_its_number(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        count = await scarcest(clerk, 1)
        number = await order(shopper, count["variant"])
        text = await page(clerk, f"/dashboard/orders/{number[:4].lower()}-{number[4:]}")
        for shown in (DETAILS["street"], DETAILS["email"], "Belgium", "Not paid yet", "Held until", count["name"]):
            assert shown in text
        for wrong in ("nonsense", "00000000"):
            async with clerk.get(f"/dashboard/orders/{wrong}") as answer:
                assert answer.status == 404


def test_there_is_a_word_for_all_that_staff_do():
    assert set(DONE) == set(Act)
