"""The clerk's pages without scripts: packing and sending by plain forms, finding orders and customers, and the file."""

import csv
import io
import re
from typing import Any

import aiohttp
import pytest

from tests.handlers.test_dashboard import json, order, page, scarcest
from tests.house import DETAILS, House

Client = aiohttp.ClientSession


async def pay(shopper: Client, number: str) -> None:
    started = await json(shopper, "POST", f"/orders/{number}/payments")
    form = {"test_card": "4242424242424242"}
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(started["redirect_url"], data=form, allow_redirects=False) as answer,
    ):
        assert answer.status == 303
    async with shopper.get(f"/orders/{number}?payment=back") as answer:
        assert answer.status == 200


async def bought(shopper: Client, clerk: Client) -> str:
    """The number of an order that is paid."""
    number = await order(shopper, (await scarcest(clerk, 3))["variant"])
    await pay(shopper, number)
    return number


async def press(clerk: Client, number: str, act: str, **form: str) -> tuple[int, str]:
    """Sends a form of the order's page; answers the status and the page, or the address that it leads to."""
    async with clerk.post(f"/dashboard/orders/{number}/{act}", data=form, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location") or await answer.text()


def main_of(text: str) -> str:
    """The words of the page's main part."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text[text.index("<main") : text.index("</main>")]))


async def test_an_order_is_packed_and_sent_by_forms(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        number = await bought(shopper, clerk)
        back = (303, f"/dashboard/orders/{number}")
        assert "Claim it" in main_of(await page(clerk, back[1]))
        assert await press(clerk, number, "claim") == back
        assert "You are packing this" in main_of(await page(clerk, back[1]))
        assert await press(clerk, number, "pack") == back
        assert await press(clerk, number, "pack") == back, "a double click"
        parcel = {"carrier": "bpost", "tracking": "3SABC", "link": "https://track.example/3SABC"}
        assert await press(clerk, number, "ship", **parcel) == back
        text = main_of(await page(clerk, back[1]))
        for told in ("Shipped", "bpost", "3SABC", "Claimed, to be packed by Clerk", "Packed by Clerk", "Payment Paid"):
            assert told in text
        async with shopper.get(f"/orders/{number}") as answer:
            shown = await answer.text()
        assert 'href="https://track.example/3SABC"' in shown
        assert "Clerk" not in shown


async def test_what_can_not_be_done_is_said_on_the_page_with_what_was_typed(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        number = await bought(shopper, clerk)
        status, text = await press(clerk, number, "pack")
        assert (status, "Claim the order before you pack it" in text) == (409, True)
        await press(clerk, number, "claim")
        await press(clerk, number, "pack")
        evil = '"><script>alert(1)</script>'
        status, text = await press(clerk, number, "ship", carrier=evil, tracking="3S", link="nonsense")
        assert status == 422
        assert "A whole web address, please" in text
        assert 'value="nonsense"' in text
        assert "<script>alert" not in text
        status, text = await press(clerk, number, "cancel")
        assert (status, "t be cancelled any more" in text) == (409, True)
        async with clerk.get(f"/dashboard/orders/{number}/ship", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, f"/dashboard/orders/{number}")
        assert (await press(clerk, "00000000", "claim"))[0] == 404
        assert (await press(clerk, number, "claim", colour="red"))[0] == 400


async def test_an_order_that_is_not_paid_is_cancelled(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        count = await scarcest(clerk, 1)
        number = await order(shopper, count["variant"])
        assert (await press(clerk, number, "cancel"))[0] == 303
        assert "Cancelled by Clerk" in main_of(await page(clerk, f"/dashboard/orders/{number}"))
        for lists in ("/dashboard", "/dashboard?screen=1", "/dashboard/orders?show=cancelled"):
            assert re.search(r'class="status failed">Cancelled<', await page(clerk, lists)), lists
        assert [row["Cancelled by"] for row in await rows_of(clerk)] == ["Clerk"]
        for who, path in ((shopper, f"/orders/{number}"), (clerk, f"/orders/{number}"), (clerk, "/orders")):
            told = await json(who, "GET", path)
            [told] = told.get("orders", [told])
            assert (told["status"], told["cancelled_by_shop"]) == ("cancelled", True)
            assert "Clerk" not in str(told)
        after = {c["variant"]: c["available"] for c in (await json(clerk, "GET", "/stock"))["variants"]}
        assert after[count["variant"]] == count["available"]


async def test_the_feed_is_cut_down_by_its_address(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        paid = await bought(shopper, clerk)
        async with house.client() as another:
            waiting = await order(another, (await scarcest(clerk, 1))["variant"])

        async def listed(show: str) -> list[str]:
            return re.findall(r'<li data-number="(\w{8})"', await page(clerk, f"/dashboard?show={show}"))

        assert await listed("") == [waiting, paid]
        assert (await listed("pack"), await listed("waiting"), await listed("shipped")) == ([paid], [waiting], [])
        assert await listed("sideways") == [waiting, paid]


async def test_orders_are_found_and_paged(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        number = await bought(shopper, clerk)

        async def listed(query: str) -> list[str]:
            return re.findall(r'<li data-number="(\w{8})"', await page(clerk, f"/dashboard/orders?{query}"))

        for query in (
            "",
            f"q={number[:4]}-{number[4:]}",
            "q=adler+ghent",
            "show=pack",
            "after=nonsense",
            "q=u%00u&show=pack",  # no number begins so
        ):
            assert await listed(query) == ([] if "%00" in query else [number]), query
        assert await listed("q=nobody") == await listed("show=shipped") == await listed("to=2001-01-01") == []
        assert await listed(f"after=1-{number}") == []
        async with clerk.get("/dashboard/orders?from=2026-13-01") as answer:
            assert answer.status == 422
            assert "A day, please" in await answer.text()


async def test_a_search_says_how_many_orders_are_still_to_be_read(house: House, monkeypatch: pytest.MonkeyPatch):
    for where in ("server.sweeper.WORDS_SECONDS", "handlers.dashboard.order_list.WORDS_SECONDS"):
        monkeypatch.setattr(where, 0)
    monkeypatch.setattr("handlers.dashboard.order_list.PATIENT_SECONDS", 0)
    async with house.client() as shopper, house.staff() as clerk:
        await order(shopper, (await scarcest(clerk, 1))["variant"])
        for path in ("/dashboard/orders?q=adler", "/dashboard/customers?q=adler"):
            assert "Still reading orders: 1 to go." in main_of(await page(clerk, path)), path
        assert "Still reading" not in main_of(await page(clerk, "/dashboard/orders")), "without words nothing is missed"
        for path in ("/dashboard/orders.csv?q=adler", "/api/v1/orders?q=adler"):
            async with clerk.get(path, headers={"Accept": "application/json"}) as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (503, "60"), path
                assert "1 order is still to be read" in await answer.text()
        monkeypatch.undo()
        assert "Still reading" not in main_of(await page(clerk, "/dashboard/orders?q=adler"))
        assert len(await rows_of(clerk, "?q=adler")) == 1


async def test_customers_and_what_they_ordered(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        number = await bought(shopper, clerk)
        assert "Noor Adler" in main_of(await page(clerk, "/dashboard/customers"))
        assert "1 order" in main_of(await page(clerk, "/dashboard/customers?q=noor"))
        assert "Nobody fits" in main_of(await page(clerk, "/dashboard/customers?q=somebody"))
        text = await page(clerk, f"/dashboard/customers?email={DETAILS['email'].upper()}")
        assert f'href="/dashboard/orders/{number}"' in text
        async with clerk.get("/dashboard/customers?email=nobody@example.com") as answer:
            assert answer.status == 404


async def test_a_customers_orders_come_in_pages(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("handlers.dashboard.customers.PAGE_ORDERS", 1)
    monkeypatch.setattr("storage.customer_list.MOST_CANDIDATES", 1)
    async with house.staff() as clerk:
        numbers = []
        for _ in range(2):
            async with house.client() as shopper:
                numbers.append(await order(shopper, (await scarcest(clerk, 1))["variant"]))
        text = await page(clerk, f"/dashboard/customers?email={DETAILS['email']}")
        seen = re.findall(r'<li data-number="(\w{8})"', text)
        older = re.search(r'href="([^"]+)" rel="next"', text)
        assert older
        text = await page(clerk, older[1].replace("&amp;", "&"))
        seen += re.findall(r'<li data-number="(\w{8})"', text)
        assert sorted(seen) == sorted(numbers)
        assert ('rel="next"' in text, "To the newest" in text) == (False, True)
        assert "Some guests are missing here" in main_of(await page(clerk, "/dashboard/customers?q=adler"))


async def rows_of(clerk: Client, query: str = "") -> list[dict[str, Any]]:
    async with clerk.get(f"/dashboard/orders.csv{query}") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/csv"
        assert re.fullmatch(r'attachment; filename="orders-[\d-]+\.csv"', answer.headers["Content-Disposition"])
        return list(csv.DictReader(io.StringIO(await answer.text())))


async def test_the_file_has_what_the_list_has(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("handlers.dashboard.order_list.FILE_ORDERS", 2)
    async with house.staff() as clerk:
        numbers = []
        for name in ("=cmd|' /C calc'!A0", "Noor", "Lena", "Jan", "Zoë"):
            async with house.client() as shopper:
                variant = (await scarcest(clerk, 2))["variant"]
                await json(shopper, "POST", "/cart/lines", {"variant": variant, "quantity": 2})
                key = {"Idempotency-Key": name.encode().hex()}
                placed = await json(shopper, "POST", "/checkout", DETAILS | {"name": name}, headers=key)
                numbers.append(
                    placed["shown"] if "shown" in placed else f"{placed['number'][:4]}-{placed['number'][4:]}"
                )
        rows = await rows_of(clerk)
        assert [row["Order"] for row in rows] == numbers[::-1]
        assert rows[-1]["Name"] == "'=cmd|' /C calc'!A0"
        assert {row["Quantity"] for row in rows} == {"2"}
        assert [row["Name"] for row in await rows_of(clerk, "?q=zoe")] == ["Zoë"]
        assert await rows_of(clerk, "?show=shipped") == []
        async with clerk.get("/dashboard/orders.csv?from=soon") as answer:
            assert answer.status == 422


async def test_an_order_is_bought_again_by_one_button(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        number = await bought(shopper, clerk)
        async with shopper.get(f"/orders/{number}") as answer:
            found = re.search(r'name="command" value="(\w+)"', await answer.text())
        assert found
        again = f"/orders/{number}/again"
        for _ in range(2):
            async with shopper.post(again, data={"command": found[1]}, allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (303, "/cart")
        assert (await json(shopper, "GET", "/cart"))["count"] == 1
        async with (
            house.client() as stranger,
            stranger.post(f"/orders/{number}/again", data={"command": "x"}) as answer,
        ):
            assert answer.status == 404


async def test_what_can_not_be_bought_again_is_named(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        count = await scarcest(clerk, 1)
        number = await order(shopper, count["variant"], 1)
        await json(clerk, "POST", f"/orders/{number}/cancel")  # what they hold themselves could be had again
        now = next(c for c in (await json(clerk, "GET", "/stock"))["variants"] if c["variant"] == count["variant"])
        await json(clerk, "PUT", f"/stock/{count['variant']}", {"on_hand": now["held"], "expected": now["on_hand"]})
        async with shopper.post(f"/orders/{number}/again", data={"command": "once"}) as answer:
            text = main_of(await answer.text())
        assert "Nothing of this order went into your cart." in text
        assert f"{count['name']} , {count['value'].lower()}: sold out." in text
