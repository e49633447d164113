"""Stock without scripts: the list and its filters, what staff set and why, thresholds, and the ledger of one variant."""

import re
from urllib.parse import quote

import pytest

from tests.handlers.test_dashboard import Client, json, order, page, scarcest
from tests.house import House


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


async def test_a_number_typed_in_a_row_is_set_and_the_page_goes_back_to_the_row(house: House):
    async with house.staff() as clerk:
        count = await scarcest(clerk, 1)
        variant, was = count["variant"], count["on_hand"]
        status, _, address = await set_stock(clerk, variant, f" {was + 3} ", was)
        assert (status, address) == (303, f"/dashboard/stock#v-{variant}")
        assert value_of(row_of(await page(clerk, "/dashboard/stock"), variant), "on_hand") == str(was + 3)


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
        assert (await set_stock(clerk, '"><b>', "x", 0))[0] == 404


async def test_what_was_typed_is_shown_as_text(house: House):
    async with house.staff() as clerk:
        count = await scarcest(clerk, 1)
        _, text, _ = await set_stock(clerk, count["variant"], '"><script>alert(1)</script>', count["on_hand"])
        assert "<script>alert" not in text


async def test_staff_say_why_and_the_ledger_keeps_it(house: House):
    async with house.client() as shopper, house.staff() as clerk:
        count = await scarcest(clerk, 3)
        variant, was = count["variant"], count["on_hand"]
        form = {"variant": variant, "on_hand": str(was - 1), "expected": str(was), "reason": "Damaged"}
        back = f"/dashboard/stock/{variant}"
        async with clerk.post("/dashboard/stock", data=form | {"back": back}, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, f"{back}#v-{variant}")
        number = await order(shopper, variant, 2)
        text = await page(clerk, back)
        assert "clerk@shop.example: Damaged" in text
        assert f'href="/dashboard/orders/{number}"' in text
        moves = re.findall(
            r"<th scope=\"row\">([^<]*)</th>\s*<td>([^<]*)</td>\s*<td>([^<]*)</td>\s*<td>(\d+)</td>", text
        )
        assert moves[:2] == [("Held for a payment", "", "+2", str(was - 1)), ("Corrected", "−1", "", str(was - 1))]
        assert moves[-1] == ("Came in", f"+{was}", "", str(was))


@pytest.mark.parametrize("reason", ["x" * 201, "a\x07b"])
async def test_a_reason_that_can_not_be_kept_is_refused_and_nothing_is_lost(house: House, reason: str):
    async with house.staff() as clerk:
        count = await scarcest(clerk, 1)
        form = {"variant": count["variant"], "on_hand": "9", "expected": str(count["on_hand"]), "reason": reason}
        async with clerk.post("/dashboard/stock", data=form) as answer:
            assert answer.status == 422
            row = row_of(await answer.text(), count["variant"])
        assert value_of(row, "on_hand") == "9"
        assert (await scarcest(clerk, 1))["on_hand"] == count["on_hand"]


@pytest.mark.parametrize(
    "back", ["https://evil.example", "//evil.example", "/dashboard/../x y", "/login", "/dashboard\\x", ""]
)
async def test_a_form_goes_back_to_a_page_of_stock_and_nowhere_else(house: House, back: str):
    async with house.staff() as clerk:
        count = await scarcest(clerk, 1)
        form = {"variant": count["variant"], "on_hand": "9", "expected": str(count["on_hand"]), "back": back}
        async with clerk.post("/dashboard/stock", data=form, allow_redirects=False) as answer:
            assert answer.headers["Location"] == f"/dashboard/stock#v-{count['variant']}"


async def test_the_list_is_searched_filtered_and_paged(house: House):
    async with house.staff() as clerk:
        counts = (await json(clerk, "GET", "/stock?limit=1000"))["variants"]
        out = [count for count in counts if count["available"] == 0]
        first = await page(clerk, "/dashboard/stock")
        assert f"All {len(counts)}<" in first
        assert f"Sold out {len(out)}<" in first
        assert first.count('<li id="v-') == 50
        assert 'href="/dashboard/stock?page=2"' in first
        second = await page(clerk, "/dashboard/stock?page=2")
        shown = [set(re.findall(r'<li id="v-(\w+)"', text)) for text in (first, second)]
        assert not shown[0] & shown[1]
        sold_out = await page(clerk, "/dashboard/stock?show=out")
        assert set(re.findall(r'<li id="v-(\w+)"', sold_out)) == {count["variant"] for count in out}
        found = await page(clerk, "/dashboard/stock?q=HARBOUR+mug")
        mugs = {count["variant"] for count in counts if count["name"] == "Harbour mug"}
        assert set(re.findall(r'<li id="v-(\w+)"', found)) == mugs
        assert "Nothing is called “no such thing”" in await page(clerk, "/dashboard/stock?q=no+such+thing")
        assert "ends before page 90" in await page(clerk, "/dashboard/stock?page=90")


@pytest.mark.parametrize("query", ["show=some", "page=x", "page=" + "9" * 40, "show=low&page=-1"])
async def test_odd_lists_are_refused_or_read_kindly(house: House, query: str):
    async with house.staff() as clerk, clerk.get(f"/dashboard/stock?{query}") as answer:
        assert answer.status in (200, 400)


async def test_a_threshold_is_set_and_a_stale_one_is_not(house: House):
    async with house.staff() as clerk:
        count = await scarcest(clerk, 30)
        variant = count["variant"]
        address = f"/dashboard/stock/{variant}"
        async with clerk.post(
            f"{address}/low", data={"low_at": "99", "expected": "5"}, allow_redirects=False
        ) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, address)
        assert f'<li id="v-{variant}"' in await page(clerk, f"/dashboard/stock?show=low&q={quote(count['name'])}")
        for typed, expected, status in (
            ("7", "5", 409),
            ("many", "99", 422),
            ("-1", "99", 422),
            ("1000001", "99", 422),
        ):
            async with clerk.post(f"{address}/low", data={"low_at": typed, "expected": expected}) as answer:
                assert answer.status == status
                assert f'value="{typed}" aria-invalid=true' in await answer.text()
        async with clerk.post("/dashboard/stock/nothing/low", data={"low_at": "1", "expected": "5"}) as answer:
            assert answer.status == 404


@pytest.mark.parametrize("before", ["x", "-5", "0", "9" * 40])
async def test_odd_places_in_a_ledger_are_refused_or_empty(house: House, before: str):
    async with house.staff() as clerk:
        variant = (await scarcest(clerk, 1))["variant"]
        async with clerk.get(f"/dashboard/stock/{variant}?before={before}") as answer:
            assert answer.status in (200, 400)
