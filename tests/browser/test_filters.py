"""Narrowing by hand: a tick is applied at once and keeps the focus, going back undoes it, and none of it needs JavaScript."""

from playwright.async_api import Browser, BrowserContext, Page, expect

from handlers.keys import SEARCH
from shop.ids import VariantId
from storage import additions
from storage.additions import NewProduct, NewVariant
from tests.browser import people
from tests.browser.test_quality import faults_at
from tests.house import House, until


async def test_a_tick_is_applied_at_once_and_undone_by_going_back(house: House, page: Page) -> None:
    await people.open_live(page, f"{house.url}/c/table")
    before = await page.locator("[data-part=found] b").inner_text()
    rain = page.get_by_role("checkbox", name="Rain")
    await rain.check()
    await page.wait_for_url("**/c/table?colour=rain")
    await expect(page.get_by_role("link", name="Rain , remove")).to_be_visible()
    await expect(rain).to_be_focused()
    colours = page.locator("shelf-filter .bay .line .soft")
    assert set(await colours.all_inner_texts()) == {"Rain"}
    await page.get_by_label("To, €").fill("50")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/c/table?colour=rain&to=50")
    await expect(page.get_by_role("link", name="Up to €50.00 , remove")).to_be_visible()
    await page.evaluate("history.go(-2)")
    await page.wait_for_url("**/c/table")
    await expect(page.locator("[data-part=found] b")).to_have_text(before)
    await expect(page.get_by_role("checkbox", name="Rain")).not_to_be_checked()


async def test_filters_work_without_javascript_and_fold_on_a_phone(house: House, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = await context.new_page()
    await page.goto(f"{house.url}/search?q=mug&sort=cheapest")
    await expect(page.get_by_role("checkbox", name="Rain")).to_be_hidden()
    await page.get_by_text("Filter").click()
    await page.get_by_role("checkbox", name="Rain").check()
    await page.get_by_role("button", name="Show these").click()
    await page.wait_for_url(f"{house.url}/search?q=mug&sort=cheapest&colour=rain**")
    await page.get_by_role("link", name="Rain , remove").click()
    await page.wait_for_url(f"{house.url}/search?q=mug&sort=cheapest")
    await context.close()


async def test_narrowed_pages_have_no_faults(house: House, page: Page) -> None:
    paths = ["/c/table?colour=rain&colour=oat&from=20&stock=in", "/c/new?category=light&from=1&to=2"]
    assert await faults_at(page, [house.url + path for path in paths]) == []


async def test_a_tick_without_a_connection_waits_for_it(house: House, context: BrowserContext, page: Page) -> None:
    await people.open_live(page, f"{house.url}/c/table")
    await context.set_offline(True)
    await page.get_by_role("checkbox", name="Rain").check()
    await expect(page.locator("#announcer")).to_have_text("No connection. What you chose is shown when it is back.")
    await expect(page.get_by_role("checkbox", name="Rain")).to_be_checked()
    await context.set_offline(False)
    await expect(page.get_by_role("link", name="Rain , remove")).to_be_visible()
    await expect(page.locator("shelf-filter")).not_to_have_attribute("aria-busy", "true")


async def test_an_option_may_have_any_name(house: House, page: Page) -> None:
    """A field that is called like a property of its form stands in the way of that property."""
    product = NewProduct(
        slug="odd-scissors", name="Odd scissors", line="Two of them", maker="", category="children", heading="", text=(),
        facts=(), keywords=(), option="Action", popularity=1, added_at=house.clock(), variants=[
            NewVariant(VariantId("actionA"), "Push", None, 1000, None, "mug-oat", 3),
            NewVariant(VariantId("actionB"), "Pull", None, 1000, None, "mug-oat", 3),
        ],
    )  # fmt: skip
    await house.db.write(additions.add_products, [product], "a test", house.clock())
    await until(lambda: house.app[SEARCH].settled and house.app[SEARCH].knows("action", "pull"))
    await people.open_live(page, f"{house.url}/c/children")
    await page.get_by_role("checkbox", name="Pull").check()
    await page.wait_for_url("**/c/children?action=pull")
    await expect(page.locator("[data-part=found] b")).to_have_text("1")


async def test_a_box_that_has_nothing_left_when_it_is_unticked_leaves_the_focus_with_its_group(
    house: House, page: Page
) -> None:
    await people.open_live(page, f"{house.url}/c/table?to=1&colour=rain")
    rain = page.get_by_role("checkbox", name="Rain")
    await rain.focus()
    await page.keyboard.press("Space")
    await page.wait_for_url("**/c/table?to=1")
    await expect(rain).to_be_disabled()
    await expect(
        page.locator("summary", has_text="Colour").or_(page.locator("summary", has_text="Glaze"))
    ).to_be_focused()
