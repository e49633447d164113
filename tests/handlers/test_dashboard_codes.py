"""Codes on the dashboard, without scripts: staff only, once however often it is sent, and a stale edit loses nothing."""

import re

import aiohttp
import pytest

from storage import codes
from tests.house import House
from tests.storage.coupons import made

LIST = "/dashboard/codes"
NEW = "/dashboard/new-code"
DOORS = [("GET", LIST), ("GET", NEW), ("POST", NEW), ("GET", f"{LIST}/SPRING"), ("POST", f"{LIST}/SPRING")]
TENTH = {"code": "Spring 10", "kind": "percentage", "percent": "10", "limit": "5", "ends": "2030-01-01T00:00"}


async def page(client: aiohttp.ClientSession, path: str, data: dict[str, str] | None = None) -> tuple[int, str]:
    async with client.request("GET" if data is None else "POST", path, data=data) as answer:
        return answer.status, await answer.text()


def hidden(text: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))


@pytest.mark.parametrize(("method", "path"), DOORS)
async def test_guests_and_customers_stay_outside(house: House, method: str, path: str):
    await made(house.db)
    async with house.client() as client:
        async with client.request(method, path, allow_redirects=False) as answer:
            assert answer.status == (303 if method == "GET" else 401)
        person = {"name": "Noor", "email": "noor@example.com", "password": "a few good words"}
        async with client.post("/api/v1/customers", json=person) as answer:
            assert answer.status == 201
        async with client.request(method, path, allow_redirects=False) as answer:
            assert answer.status == 403


async def test_a_code_is_made_once_changed_and_switched_off(house: House):
    async with house.staff() as clerk:
        assert "No codes yet" in (await page(clerk, LIST))[1]
        form = hidden((await page(clerk, NEW))[1]) | TENTH
        for _ in range(2):
            status, text = await page(clerk, NEW, form)
            assert status == 200
            assert "10 % off" in text
            assert "0 of 5 used" in text
        status, text = await page(clerk, f"{LIST}/SPRING10")
        assert 'value="2030-01-01T00:00"' in text
        change = {**hidden(text), **TENTH, "percent": "12.5", "delivery": "free"}
        del change["code"]
        assert "12.5 % off, and free delivery" in (await page(clerk, f"{LIST}/SPRING10", change))[1]
        text = (await page(clerk, f"{LIST}/SPRING10", {"do": "off"}))[1]
        assert "Switched off" in text
        assert "clerk@shop.example" in text
        assert re.search(r"<del>10 % off</del>.*<ins>12.5 % off, and free delivery</ins>", text)
        assert "Good now" in (await page(clerk, f"{LIST}/SPRING10", {"do": "on"}))[1]
        assert "SPRING10" in (await page(clerk, f"{LIST}?q=spr ing"))[1]
        assert "No code like that" in (await page(clerk, f"{LIST}?q=winter"))[1]


async def test_what_makes_no_sense_stands_beside_its_field_and_is_not_lost(house: House):
    await made(house.db)
    async with house.staff() as clerk:
        bad = {**TENTH, "code": "spring", "percent": "200", "minimum": "1.299,00", "each": "many"}
        status, text = await page(clerk, NEW, bad)
        assert status == 422
        for field in ("percent", "minimum", "each"):
            assert f'id="{field}-said"' in text
        assert 'value="many"' in text
        status, text = await page(clerk, NEW, {**TENTH, "code": "spring"})
        assert (status, "There is a code of this name already." in text) == (422, True)
        assert (await page(clerk, NEW, {**TENTH, "price": "1"}))[0] == 400
        assert (await page(clerk, f"{LIST}/NOBODY"))[0] == 404
        assert (await page(clerk, f"{LIST}/%00"))[0] == 404
        assert (await page(clerk, f"{LIST}/NOBODY", TENTH))[0] == 404


async def test_a_stale_edit_says_what_there_is_now_and_keeps_what_was_typed(house: House):
    await made(house.db)
    async with house.staff() as clerk:
        form = {**hidden((await page(clerk, f"{LIST}/SPRING"))[1]), "kind": "percentage"}
        assert (await page(clerk, f"{LIST}/SPRING", {**form, "percent": "20"}))[0] == 200
        status, text = await page(clerk, f"{LIST}/SPRING", {**form, "percent": "30"})
        assert (status, "It now says: 20 % off" in text) == (409, True)
        assert 'value="30"' in text
        again = {**hidden(text), "kind": "percentage", "percent": "30"}
        assert (await page(clerk, f"{LIST}/SPRING", again))[0] == 200
        assert (await house.db.read(codes.view, "SPRING")).code.terms.value == 30_000


async def test_a_page_that_was_gone_back_to_makes_another_code(house: House):
    """The browser brings back the command of the first; what is typed into it now is another wish."""
    async with house.staff() as clerk:
        form = hidden((await page(clerk, NEW))[1]) | TENTH
        assert (await page(clerk, NEW, form))[0] == 200
        status, text = await page(clerk, NEW, form | {"percent": "20"})
        assert (status, 'id="code-said"' in text) == (422, True)
        assert (await page(clerk, NEW, form | {"code": "SUMMER", "percent": "20"}))[0] == 200
        assert [(await page(clerk, f"{LIST}/{name}"))[0] for name in ("SPRING10", "SUMMER")] == [200, 200]
