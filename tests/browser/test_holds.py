"""What is held, as its shopper and others see it: who waits sees it come back, and who holds it is never kept from it."""

import asyncio

from msgspec.structs import replace
from playwright.async_api import Browser, Page, expect

from shop.ids import VariantId
from storage import backorders, products
from storage.products import SheetEdit
from tests.browser import people
from tests.browser.test_quality import faults_of
from tests.house import House

Client = people.Client

NOTE_SHIFTS = """
self.shifts = [];
new PerformanceObserver((seen) => {
  self.shifts.push(...seen.getEntries().map(({ value, sources }) => [value, ...sources.map(({ node }) => node?.outerHTML)]));
}).observe({ type: "layout-shift", buffered: true });
"""


async def test_who_waits_in_the_cart_sees_the_last_one_come_back(
    house: House, page: Page, shopper: Client, clerk: Client
) -> None:
    lamp = await people.variant_of(shopper, "page-lamp", "rust")
    await people.set_stock(clerk, lamp, 1)
    async with house.client() as other:
        number = await people.order(other, lamp)
        await page.goto(f"{house.url}/p/page-lamp?v={lamp}")
        await page.get_by_role("button", name="Add to cart").click()
        await page.wait_for_url(f"{house.url}/cart")
        await people.expect_live(page)
        await expect(page.locator(".note")).to_contain_text("Others are paying for the last ones.")
        await expect(page.locator("aside .button.wide")).to_have_attribute("aria-disabled", "true")
        assert await faults_of(page) == []
        async with people.asked(clerk, "POST", f"/orders/{number}/cancel"):
            pass
        await expect(page.locator(".note")).to_have_count(0)
        await expect(page.get_by_role("link", name="Check out")).to_be_enabled()


async def test_going_back_from_the_bank_the_order_can_be_paid_or_changed_and_ordered_again(
    house: House, page: Page, shopper: Client, clerk: Client
) -> None:
    lamp = await people.variant_of(shopper, "page-lamp", "rust")
    await people.set_stock(clerk, lamp, 1)
    await people.add_to_cart(page, house, "page-lamp", lamp)
    await people.check_out(page, house)
    await page.goto(f"{house.url}/cart")
    notice = page.locator(".notice.above")
    await expect(notice).to_contain_text("is not paid yet. It is held for you until")
    await expect(notice.locator("[data-part=left]")).to_contain_text("more minutes")
    assert await faults_of(page) == []
    await notice.get_by_role("button", name="Change it").click()
    await expect(page.locator(".lines > li")).to_have_count(1)
    await expect(page.locator(".note")).to_have_count(0)
    await expect(notice).to_contain_text("the new order takes its place")
    first = await page.locator(".notice.above [href$='/pay']").get_attribute("href")
    assert first is not None
    earlier = await page.context.new_page()
    await people.open_live(earlier, house.url + first.removesuffix("/pay"))
    await people.check_out(page, house)
    await expect(earlier.locator("h1")).to_have_text("You ordered this again.")
    await earlier.get_by_role("link", name="To your newer order").click()
    await expect(earlier.locator("h1")).to_contain_text("It is not paid yet.")
    assert await faults_of(earlier) == []


async def test_the_orders_page_counts_down_and_follows_when_the_hold_is_extended(
    house: House, page: Page, shopper: Client
) -> None:
    mug = await people.variant_of(shopper, "harbour-mug", "oat")
    number = await people.order(shopper, mug)
    await people.lend_session(shopper, page.context, house)
    house.clock.advance(minutes=14)
    await people.open_live(page, f"{house.url}/orders/{number}")
    left = page.locator(".notice:visible [data-part=left]")
    await expect(left).to_contain_text("second")
    until = await page.locator(".notice:visible [data-part=until]").inner_text()
    async with shopper.get(f"{house.url}/orders/{number}/pay", allow_redirects=False) as answer:
        assert answer.status == 303
    await expect(left).to_have_text(", 10 more minutes")
    await expect(page.locator(".notice:visible [data-part=until]")).not_to_have_text(until)


async def test_nothing_moves_on_the_orders_page_as_it_goes(house: House, browser: Browser, shopper: Client) -> None:
    context = await browser.new_context(viewport={"width": 360, "height": 1400})
    await context.add_init_script(NOTE_SHIFTS)
    page = await context.new_page()
    number = await people.order(shopper, await people.variant_of(shopper, "harbour-mug", "oat"))
    await people.lend_session(shopper, context, house)
    await people.open_live(page, f"{house.url}/orders/{number}")
    await expect(page.locator("[data-part=live]")).to_be_visible()
    above = page.locator(".notice:visible")
    before = await above.bounding_box()
    await people.pay(shopper, number)
    await people.expect_paid(page)
    await expect(page.locator("[data-part=live]")).to_be_hidden()
    after = await above.bounding_box()
    assert before is not None
    assert after is not None
    assert before["y"] == after["y"], "what can be done now stays where it is"
    assert await page.evaluate("self.shifts") == []
    await context.close()


async def test_what_comes_later_can_be_bought_and_says_so(house: House, page: Page, shopper: Client) -> None:
    mug = await people.variant_of(shopper, "harbour-mug", "ink")
    await people.open_live(page, f"{house.url}/p/harbour-mug?v={mug}")
    await expect(page.get_by_role("button", name="Sold out")).to_be_disabled()
    await house.db.write(backorders.take, {VariantId(mug): True}, "clerk", house.clock())
    await expect(page.locator(".badge")).to_contain_text("Not in stock now; order it and we send it when it comes.")
    assert await faults_of(page) == []
    await page.get_by_role("button", name="Add to cart").click()
    await page.wait_for_url(f"{house.url}/cart")
    await expect(page.locator("stock-line")).to_contain_text("Comes later")
    await people.check_out(page, house)


async def test_a_limit_is_said_on_the_page_and_in_the_cart_before_anybody_pays(
    house: House, page: Page, shopper: Client, clerk: Client
) -> None:
    await people.lend_session(clerk, page.context, house)
    await page.goto(f"{house.url}/dashboard/products/harbour-mug")
    await page.get_by_label("Most that a customer can buy").fill("0")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.locator("#summary")).to_contain_text("A whole number from 1 to 9999")
    await page.get_by_label("Most that a customer can buy").fill("2")
    await page.locator("ol.kinds > li").first.get_by_label("Backorders").check()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    await expect(page.locator("ol.kinds > li").first.get_by_label("Backorders")).to_be_checked()
    assert await faults_of(page) == []
    oat, rust = [await people.variant_of(shopper, "harbour-mug", value) for value in ("oat", "rust")]
    await people.set_stock(clerk, rust, 9)
    for variant in (oat, rust):
        await people.put_in_cart(shopper, variant, 2)
    assert page.context.browser is not None
    fresh = await page.context.browser.new_context()
    await people.lend_session(shopper, fresh, house)
    cart = await fresh.new_page()
    await cart.goto(f"{house.url}/p/harbour-mug")
    await expect(cart.get_by_text("At most 2 a customer, of all kinds together.")).to_be_visible()
    await people.open_live(cart, f"{house.url}/cart")
    await expect(cart.locator(".note", has_text="At most 2 a customer")).to_have_count(2)
    assert await faults_of(cart) == []
    await cart.locator(".lines > li").first.get_by_role("button", name="Take it out").click()
    await expect(cart.locator(".note")).to_have_count(0)
    await expect(cart.get_by_role("link", name="Check out")).to_be_enabled()
    await fresh.close()


async def test_what_leaves_the_shop_is_said_in_an_open_cart_and_what_comes_back_can_be_bought(
    house: House, page: Page, shopper: Client
) -> None:
    oat = await people.variant_of(shopper, "harbour-mug", "oat")
    await people.put_in_cart(shopper, oat)
    await people.lend_session(shopper, page.context, house)
    await people.open_live(page, f"{house.url}/cart")
    before = await house.db.read(products.sheet, "harbour-mug")
    first, *others = before.variants
    without = replace(before, variants=(*others, replace(first, retired=True)))
    await house.db.write(products.save, SheetEdit("harbour-mug", before, without, {}, "clerk", house.clock()))
    await expect(page.locator(".note")).to_contain_text("We don’t have this any more.")
    now = await house.db.read(products.sheet, "harbour-mug")
    await house.db.write(products.save, SheetEdit("harbour-mug", now, before, {}, "clerk", house.clock()))
    await expect(page.locator(".note")).to_have_count(0)
    hidden = replace(before, visible=False)
    await house.db.write(products.save, SheetEdit("harbour-mug", before, hidden, {}, "clerk", house.clock()))
    await expect(page.locator(".note")).to_contain_text("We don’t have this any more.")


async def test_changes_of_two_tabs_all_count_and_show_in_both(house: House, page: Page, shopper: Client) -> None:
    oat = await people.variant_of(shopper, "harbour-mug", "oat")
    await people.put_in_cart(shopper, oat)
    await people.lend_session(shopper, page.context, house)
    other = await page.context.new_page()
    for tab in (page, other):
        await people.open_live(tab, f"{house.url}/cart")
    await asyncio.gather(*(people.put_in_cart(shopper, oat) for _ in range(5)))
    for tab in (page, other):
        await expect(tab.get_by_label("How many", exact=True)).to_have_value("6")
