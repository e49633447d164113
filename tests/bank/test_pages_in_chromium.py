"""The hosted page in a real browser, across sites: the shop on localhost, the bank on 127.0.0.1."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from shop.payments import PaymentState
from tests.bank.stage import Bank, Clock, bank_running

SMALL_TARGETS = """
() => [...document.querySelectorAll("a, button, input")]
  .filter(part => part.getBoundingClientRect().height < 44).map(part => part.outerHTML)
"""
WIDER_THAN_THE_SCREEN = "() => document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
async def bank(database: Path, shop_url: str, clock: Clock) -> AsyncIterator[Bank]:
    async with bank_running(database, shop_url, clock) as bank:
        bank.shop_url = shop_url.replace("127.0.0.1", "localhost")
        yield bank


async def test_a_shopper_pays_and_comes_back_with_the_shops_cookie(bank: Bank, page: Page):
    await page.context.add_cookies([{"name": "session", "value": "1", "url": bank.shop_url, "sameSite": "Lax"}])
    made = await bank.create()
    await page.goto(made.redirect)
    await page.get_by_label("Card number").fill("4242 4242 4242 4242")
    async with page.expect_request(lambda request: "/back?" in request.url) as returned:
        await page.get_by_role("button", name="Pay €230.50").click()
    request = await returned.value
    assert (request.method, (await request.all_headers()).get("cookie")) == ("GET", "session=1")
    await page.wait_for_url(f"{bank.shop_url}/back?a=1&payment={made.ref}")
    assert (await bank.provider.fetch(made.ref)).state is PaymentState.PAID


async def test_a_test_card_fills_the_form_and_the_challenge_pays(bank: Bank, page: Page):
    made = await bank.create()
    await page.goto(made.redirect)
    card = page.get_by_role("button", name="3-D Secure")
    await card.click()
    assert await card.get_attribute("aria-pressed") == "true"
    assert await page.get_by_label("Card number").input_value() == "4000 0000 0000 3220"
    await page.get_by_role("button", name="Pay €230.50").click()
    await page.get_by_label("Six-digit code").fill("123456")
    await page.get_by_role("button", name="Confirm €230.50").click()
    await page.wait_for_url("**/back?**")
    assert (await bank.provider.fetch(made.ref)).state is PaymentState.PAID


async def test_a_test_cards_button_pays_at_once_without_javascript(bank: Bank, browser: Browser):
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    made = await bank.create()
    await page.goto(made.redirect)
    await page.get_by_role("button", name="Approves at once").click()
    await page.wait_for_url("**/back?**")
    assert (await bank.provider.fetch(made.ref)).state is PaymentState.PAID


async def test_the_page_being_checked_notices_the_answer(bank: Bank, page: Page, clock: Clock):
    made = await bank.create()
    await bank.pay(made, "4000000000000077")
    await page.goto(made.redirect)
    await page.get_by_role("heading", name="We are checking").wait_for()
    clock.turn(21)
    await page.get_by_role("heading", name="Paid").wait_for()


async def test_a_lost_answer_is_an_empty_page_and_one_charge(bank: Bank, page: Page):
    made = await bank.create()
    await page.goto(made.redirect)
    await page.get_by_role("button", name="answer is lost").click()
    async with page.expect_event("requestfailed") as lost:
        await page.get_by_role("button", name="Pay €230.50").click(no_wait_after=True)
    assert "ERR_EMPTY_RESPONSE" in str((await lost.value).failure)
    assert [len(payment["charges"]) for payment in await bank.books()] == [1]


# Colours don't depend on the width, nor the layout on the colours: two of the four pairs see everything.
@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1280)])
async def test_every_page_is_accessible_and_fits(
    bank: Bank, browser: Browser, scheme: Literal["light", "dark"], width: int
):
    context = await browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 740})
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))

    async def look(url: str = "") -> None:
        if url:
            await page.goto(url)
        found = [violation["id"] for violation in (await Axe().run(page)).response["violations"]]
        assert (found, await page.evaluate(SMALL_TARGETS)) == ([], []), page.url
        assert not await page.evaluate(WIDER_THAN_THE_SCREEN), page.url

    made = {number: await bank.create(number) for number in ("open", "3220", "0077", "4242", "0002")}
    await look(made["open"].redirect)
    await page.get_by_label("Card number").fill("12")
    await page.get_by_label("Code").fill("")
    await page.get_by_role("button", name="Pay €230.50").click()
    await page.get_by_role("alert").wait_for()
    await look()
    await bank.pay(made["3220"], "4000000000003220")
    await look(f"{made['3220'].redirect}/challenge")
    for number in ("4000000000000077", "4242424242424242", "4000000000000002"):
        await bank.pay(made[number[-4:]], number)
        await look(made[number[-4:]].redirect)
    await look(f"{bank.url}/pay/pay_nothing")
    assert faults == []
