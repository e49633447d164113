"""Giving back by plain forms: nothing before it was shown, nothing twice, nothing lost; and papers for who may see them."""

import re
from typing import Any

import aiohttp
import pytest

from tests.handlers.test_dashboard import json, page
from tests.handlers.test_dashboard_orders import bought, main_of, press
from tests.house import House, until

Client = aiohttp.ClientSession


def fields_of(text: str) -> dict[str, str]:
    """The hidden fields of the form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text))


async def looked(clerk: Client, number: str, **wish: str) -> tuple[int, str]:
    """What the page says of a wish, before anything is done."""
    hidden = fields_of(await page(clerk, f"/dashboard/orders/{number}/refund"))
    return await press(clerk, number, "refund", **hidden, **wish, step="look")


async def given(shopper: Client, number: str) -> Any:
    async def made() -> Any:
        order = await json(shopper, "GET", f"/orders/{number}")
        return order if all(refund["done"] for refund in order["refunds"]) else None

    return await until(made)


async def test_what_was_looked_at_is_given_back_once_however_often_it_is_pressed(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        number = await bought(shopper, clerk)
        wish = {"amount": "2,50", "reason": "A scratch", "shelf_0": "on"}
        status, text = await looked(clerk, number, **wish)
        assert (status, "€2.50" in main_of(text)) == (200, True)
        assert (await json(shopper, "GET", f"/orders/{number}"))["refunds"] == []
        hidden = fields_of(text)
        for _ in range(2):
            answer = await press(clerk, number, "refund", **hidden, **wish, step="make")
            assert answer == (303, f"/dashboard/orders/{number}")
        order = await given(shopper, number)
        assert [refund["amount"]["amount"] for refund in order["refunds"]] == [250]
        text = main_of(await page(clerk, f"/dashboard/orders/{number}"))
        assert "Partly refunded" in text
        assert "Refunded by Clerk" in text
        assert "A scratch" in text
        seen = main_of(await page(shopper, f"/orders/{number}"))
        assert "Money back" in seen
        assert "A scratch" not in seen
        assert await house.judge() == []


async def test_everything_is_filled_in_and_taken_off(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        number = await bought(shopper, clerk)
        hidden = fields_of(await page(clerk, f"/dashboard/orders/{number}/refund"))
        status, text = await press(clerk, number, "refund", **hidden, shelf_0="on", step="all")
        assert status == 200
        assert "Nothing of the order is left." in main_of(text)
        wish = {"units_0": "1", "delivery": "on", "amount": "", "shelf_0": "on", "reason": ""}
        status, where = await press(clerk, number, "refund", **fields_of(text), **wish, step="make")
        assert (status, where) == (303, f"/dashboard/orders/{number}")
        order = await given(shopper, number)
        assert (order["status"], order["refunded"]) == ("refunded", order["total"])
        assert "There is nothing to give back" in main_of(await page(clerk, f"/dashboard/orders/{number}/refund"))
        assert await house.judge() == []


async def test_another_amount_than_was_shown_is_shown_again_and_nothing_goes_back(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        number = await bought(shopper, clerk)
        _, text = await looked(clerk, number, amount="1")
        status, text = await press(clerk, number, "refund", **fields_of(text), amount="2", step="make")
        assert (status, "Give back €2.00" in text) == (200, True)
        assert (await json(shopper, "GET", f"/orders/{number}"))["refunds"] == []


async def test_a_page_that_another_clerk_has_overtaken_says_what_is_true_now(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        number = await bought(shopper, clerk)
        _, mine = await looked(clerk, number, amount="1")
        _, other = await looked(clerk, number, amount="3")
        assert (await press(clerk, number, "refund", **fields_of(other), amount="3", step="make"))[0] == 303
        status, text = await press(clerk, number, "refund", **fields_of(mine), amount="1", step="make")
        assert status == 409
        assert "Clerk was first: 3.00 EUR went back so far" in main_of(text)
        assert fields_of(text)["seen"] == "1"
        assert len((await given(shopper, number))["refunds"]) == 1


@pytest.mark.parametrize(
    ("wish", "status", "said"),
    [
        ({"amount": "nonsense"}, 422, "nonsense"),
        ({"amount": "1.299,00"}, 422, "two ways"),
        ({"amount": "99999"}, 409, "can still be given back"),
        ({"units_0": "-1"}, 422, "A whole number, please."),
        ({"units_0": "7"}, 422, "From 0 to 1"),
        ({}, 422, "Choose what to give back"),
        ({"amount": "1", "reason": "x" * 201}, 422, "At most 200 characters"),
        ({"amount": "1", "reason": '"><script>alert(1)</script>'}, 200, "Give back"),
    ],
)
async def test_what_makes_no_sense_is_said_beside_it_and_nothing_that_was_typed_is_lost(
    house: House, wish: dict[str, str], status: int, said: str
):
    async with house.client() as shopper, house.staff() as clerk:
        number = await bought(shopper, clerk)
        answered, text = await looked(clerk, number, **wish)
        assert answered == status
        assert said in text
        assert "<script>alert" not in text
        for value in wish.values():
            assert value.replace('"', "&#34;").replace("<", "&lt;").replace(">", "&gt;") in text


async def test_units_that_were_sent_come_back_to_the_shelf(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        number = await bought(shopper, clerk)
        for act in ("claim", "pack", "ship", "deliver"):
            assert (await press(clerk, number, act))[0] == 303
        assert "Delivered" in main_of(await page(clerk, f"/dashboard/orders/{number}"))
        wish = {"back_0": "1", "shelf_0": "on"}
        _, text = await looked(clerk, number, **wish)
        assert "No money." in main_of(text)
        assert (await press(clerk, number, "refund", **fields_of(text), **wish, step="make"))[0] == 303
        assert "Came back by Clerk" in main_of(await page(clerk, f"/dashboard/orders/{number}"))
        assert await house.judge() == []


async def test_an_invoice_is_for_its_buyer_and_for_staff_and_nobody_else(house: House):
    async with house.client() as shopper, house.client() as stranger, house.staff() as clerk:
        number = await bought(shopper, clerk)
        _, text = await looked(clerk, number, amount="1")
        await press(clerk, number, "refund", **fields_of(text), amount="1", step="make")
        for who, status in ((shopper, 200), (clerk, 200), (stranger, 404)):
            for paper in ("invoice", "credit-notes/1"):
                async with who.get(f"/orders/{number}/{paper}") as answer:
                    assert answer.status == status
                    assert answer.headers["Cache-Control"] == "no-store"
        for nothing in ("credit-notes/2", "credit-notes/0", "credit-notes/x", "credit-notes/9999999"):
            async with shopper.get(f"/orders/{number}/{nothing}") as answer:
                assert answer.status == 404
        text = await page(shopper, f"/orders/{number}/invoice")
        assert "Receipt" in text
        assert "Paid on" in text


async def test_with_a_vat_number_it_is_an_invoice_with_the_sellers_details(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        form = {
            "headline": "Plain things",
            "line": "Pots.",
            "company": "Marl BV",
            "company_address": "Oudburg 1\r\n9000 Ghent",
            "vat_number": "BE 0123.456.789",
            "bank_line": "IBAN BE68 5390 0754 7034",
            "invoice_prefix": "MARL-{year}-",
            "credit_prefix": "MARL-C{year}-",
            "name": "Marl",
            "locale": "en",
            "timezone": "UTC",
            "hold_minutes": "15",
        }
        text = await page(clerk, "/dashboard/settings")
        version = re.findall(r'name="version" value="(\d+)"', text)[0]
        async with clerk.post("/dashboard/settings", data={"version": version} | form, allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()
        number = await bought(shopper, clerk)
        text = await page(shopper, f"/orders/{number}/invoice")
        for told in ("Invoice", "Marl BV", "Oudburg 1", "BE 0123.456.789", "IBAN", "MARL-2"):
            assert told in text
        form |= {"credit_prefix": "MARL-{year}-"}
        version = re.findall(r'name="version" value="(\d+)"', await page(clerk, "/dashboard/settings"))[0]
        async with clerk.post("/dashboard/settings", data={"version": version} | form) as answer:
            assert (answer.status, "numbered by themselves" in await answer.text()) == (422, True)
