"""Stripe in a real browser: the shop's policy lets a form end at its page, and staff read what does not match."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import people
from tests.browser.test_quality import faults_of
from tests.proof.shopper import MUG
from tests.stripe.books import APPROVED
from tests.stripe.stage import Stage, shop_with_stripe
from tests.stripe.test_stripe_disputes import heard, paid

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
async def test_a_purchase_goes_to_stripe_and_comes_back_paid(tmp_path: Path, browser: Browser, javascript: bool):
    async with shop_with_stripe(tmp_path, background=True) as stage:
        context = await browser.new_context(java_script_enabled=javascript)
        page = await context.new_page()
        await people.add_to_cart(page, stage.house, MUG, await stage.shopper.variant())
        await page.get_by_role("link", name="Check out").click()
        await people.fill_details(page)
        await page.get_by_role("button", name="Order and pay").click()
        await page.wait_for_url(f"{stage.stripe.url}/c/pay/*")
        await page.get_by_role("button", name=APPROVED).click()
        number = await people.back_at_order(page, stage.house)
        await people.expect_paid(page)
        await context.close()
        assert await stage.judge([number]) == []


async def test_the_page_of_payments_has_no_fault_empty_and_full(stage: Stage, page: Page):
    async with stage.house.staff() as clerk:
        await people.lend_session(clerk, page.context, stage.house)
        await page.goto(f"{stage.house.url}/dashboard/payments")
        await expect(page.get_by_role("heading", name="Nothing is amiss")).to_be_visible()
        assert await faults_of(page) == []
        number, session = await paid(stage)
        stage.stripe.books.dispute(session)
        await heard(stage)
        _, other = await paid(stage)
        stage.stripe.books.refund_by_hand(other, 1000)
        await heard(stage)
        await page.reload()
        await expect(page.get_by_role("listitem").filter(has_text="Dispute")).to_be_visible()
        await page.get_by_text("I have dealt with it").click()
        assert await faults_of(page) == []
        await page.get_by_role("button", name="It is dealt with").click()
        await expect(page.get_by_text("Noted for order")).to_be_visible()
        await expect(page.get_by_role("heading", name="Given back elsewhere")).to_have_count(0)
        await page.goto(f"{stage.house.url}/dashboard/orders/{number}")
        await expect(page.get_by_text("Dispute to answer")).to_be_visible()
        assert await faults_of(page) == []
