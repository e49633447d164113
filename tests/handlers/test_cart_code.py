"""The code of a cart over forms, without scripts: tried, taken off, and never the reason for a price that nobody saw."""

import re
from typing import Any

import aiohttp
from msgspec.structs import replace

from shop.codes import Kind, Terms
from shop.orders import OrderStatus
from storage import codes, orders
from storage.codes import CodeEdit
from tests.browser import people
from tests.house import DETAILS, House, open_house, until
from tests.storage.coupons import ACTOR, FREE, TENTH, made

MUG = "harbour-mug"


async def page(
    client: aiohttp.ClientSession, path: str, data: dict[str, str] | None = None, **more: Any
) -> tuple[int, str]:
    """The status and text of an answer; with `data`, to a form."""
    async with client.request("GET" if data is None else "POST", path, data=data, **more) as answer:
        return answer.status, await answer.text()


async def fill(client: aiohttp.ClientSession, units: int = 1) -> None:
    await people.put_in_cart(client, await people.variant_of(client, MUG, "oat"), units)


def checkout_form(text: str) -> dict[str, str]:
    """The form of the checkout's page, filled in."""
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))
    return {**DETAILS, "command": hidden["command"], "code": hidden["code"]}


async def test_a_code_is_tried_shown_and_taken_off(house: House) -> None:
    await made(house.db)
    async with house.client() as client:
        await fill(client)
        status, text = await page(client, "/cart/code", {"code": "sprong"})
        assert (status, "We don’t know this code" in text or "We don&#39;t know this code" in text) == (409, True)
        assert 'value="sprong"' in text
        status, text = await page(client, "/cart/code", {"code": " spr ing "})
        assert status == 200
        assert "Code SPRING" in text
        assert "−€2.80" in text
        assert "€31.70" in text
        text = (await page(client, "/checkout"))[1]
        assert "−€2.80" in text
        status, text = await page(client, "/checkout", {**checkout_form(text), "name": "Ada", "take_off": "1"})
        assert "SPRING" not in text
        assert 'value="Ada"' in text, "what was typed is not lost"
        await page(client, "/cart/code", {"code": "spring"})
        assert "SPRING" not in (await page(client, "/cart/code", {"off": "1"}))[1]


async def test_a_code_that_went_is_said_and_the_order_goes_on_without_it(house: House) -> None:
    await made(house.db)
    async with house.client() as client:
        await fill(client)
        await page(client, "/cart/code", {"code": "spring"})
        form = checkout_form((await page(client, "/checkout"))[1])
        await house.db.write(codes.switch, "SPRING", ACTOR, house.clock(), active=False)
        status, text = await page(client, "/checkout", form)
        assert status == 409
        assert text.count("not good any more") == 1, "the reason stands where it can be decided"
        assert "Nothing was ordered yet." in text
        assert 'href="#code-trouble"' in text
        assert "Go on without it" in text
        assert 'aria-disabled="true"' in text
        assert "€34.50" in text
        assert "Your cart" in (await page(client, "/checkout"))[1], "the way to the checkout is shut as well"
        await page(client, "/cart/code", {"off": "1"})
        text = (await page(client, "/checkout"))[1]
        assert DETAILS["street"] in text
        status, _ = await page(client, "/checkout", checkout_form(text), allow_redirects=False)
        assert status == 303


async def test_a_guest_who_used_it_already_hears_so_with_the_way_out(house: House) -> None:
    await made(house.db, each=1)
    answers = []
    for _ in range(2):
        async with house.client() as client:
            await fill(client)
            await page(client, "/cart/code", {"code": "spring"})
            form = checkout_form((await page(client, "/checkout"))[1])
            answers.append(await page(client, "/checkout", form, allow_redirects=False))
    [(first, _), (status, text)] = answers
    assert (first, status) == (303, 409)
    assert "You have used the code SPRING already." in text
    assert "Go on without it" in text


async def test_a_promise_that_changed_is_asked_about(house: House) -> None:
    await made(house.db)
    async with house.client() as client:
        await fill(client)
        await page(client, "/cart/code", {"code": "spring"})
        form = checkout_form((await page(client, "/checkout"))[1])
        await house.db.write(codes.edit, CodeEdit("SPRING", replace(TENTH, value=5_000), 1, ACTOR, house.clock()))
        status, text = await page(client, "/checkout", form)
        assert (status, "Use it as it is" in text) == (409, True)
        text = (await page(client, "/cart/code", {"code": "SPRING"}))[1]
        assert "−€1.40" in text


async def test_a_code_of_another_window_is_not_taken_silently(house: House) -> None:
    await made(house.db)
    async with house.client() as client:
        await fill(client)
        form = checkout_form((await page(client, "/checkout"))[1])
        await page(client, "/cart/code", {"code": "spring"})
        status, text = await page(client, "/checkout", form)
        assert (status, "in another window" in text) == (409, True)
        form = checkout_form((await page(client, "/checkout"))[1])
        await page(client, "/cart/code", {"off": "1"})
        status, text = await page(client, "/checkout", form)
        assert (status, "in another window" in text) == (409, True)


async def test_who_falls_below_the_minimum_is_told_what_is_missing(house: House) -> None:
    await made(house.db, terms=Terms(Kind.AMOUNT, 500, minimum=5000))
    async with house.client() as client:
        await fill(client, 2)
        assert "−€5.00" in (await page(client, "/cart/code", {"code": "spring"}))[1]
        variant = await people.variant_of(client, MUG, "oat")
        text = (await page(client, "/cart/lines", {"variant": variant, "quantity": "1"}))[1]
        assert "Add things for €22.00" in text
        assert 'aria-disabled="true"' in text


async def test_an_order_that_costs_nothing_asks_no_bank_and_a_mail_goes(house: House) -> None:
    await made(house.db, terms=FREE)
    await house.close_bank()
    async with house.client() as client:
        await fill(client)
        await page(client, "/cart/code", {"code": "spring"})
        text = (await page(client, "/checkout"))[1]
        assert "There is nothing to pay" in text
        status, text = await page(client, "/checkout", checkout_form(text))
        assert (status, "Nothing to pay." in text, "There was nothing to pay." in text) == (200, True, True)
        async with client.get("/api/v1/cart") as answer:
            assert (await answer.json())["lines"] == []
    [row] = await house.db.read(orders.recent, 10)
    assert (row.status, row.total) == (OrderStatus.PAID, 0)
    letter = house.data / "mail" / f"{row.number}-paid.eml"
    await until(letter.exists)
    assert "There is nothing to pay." in letter.read_text()
    assert not (house.data / "mail" / f"{row.number}-placed.eml").exists()


async def test_guessing_is_slowed_down_beside_the_field(tmp_path: Any) -> None:
    async with open_house(tmp_path, limits_factor=1.0) as house, house.client() as client:
        await fill(client)
        answers = [await page(client, "/cart/code", {"code": f"guess{n}"}) for n in range(17)]
    assert [status for status, _ in answers] == [409] * 15 + [429] * 2
    assert "Please wait" in answers[-1][1]
    assert 'value="guess16"' in answers[-1][1]


async def test_bad_input_is_refused_by_its_name(house: House) -> None:
    async with house.client() as client:
        for typed in ("", "\u200b", "x" * 5000, "'; DROP TABLE codes; --", "<script>"):
            status, text = await page(client, "/cart/code", {"code": typed})
            assert status == 409
            assert "<script>" not in text
        assert (await page(client, "/cart/code", {"codes": "x"}))[0] == 400
        assert (await page(client, "/cart/code", {"code": "a\0b"}))[0] == 400
