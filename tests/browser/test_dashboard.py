"""The dashboard in the browser: orders and figures as they come, on a desk and on a wall, and stock set in place."""

import aiohttp
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser import people
from tests.handlers import test_settings as settings
from tests.house import STAFF_EMAIL, House

Client = aiohttp.ClientSession

NEARLY_MINUTES = 58
"""After so many minutes of an hour a test that names the hour begins in the next one, on the shop's clock. More would be too
far from the bank's clock for its signatures."""


def figure(page: Page, name: str) -> Locator:
    return page.locator(f"figures-now [data-part={name}]")


def row_of(page: Page, number: str) -> Locator:
    return page.locator(f'orders-feed li[data-number="{number}"]')


def stock_row(page: Page, variant: str) -> Locator:
    return page.locator(f'stock-desk li[data-variant="{variant}"]')


@pytest.fixture
async def vase(shopper: Client) -> str:
    """The id of a variant with five units."""
    return await people.variant_of(shopper, "shoulder-vase", "clay")


async def log_in(page: Page, house: House, path: str) -> None:
    """Asks for a page for staff, and comes there by the login form."""
    await page.goto(house.url + path)
    await page.get_by_label("Email").fill(STAFF_EMAIL)
    await page.get_by_label("Password", exact=True).fill(house.staff_password)
    await page.get_by_role("main").get_by_role("button", name="Sign in").click()
    await page.wait_for_url(house.url + path)
    await people.expect_live(page)


async def test_a_new_order_waits_behind_a_pill_at_the_desk_and_flows_in_on_the_wall(
    house: House, page: Page, shopper: Client, vase: str
) -> None:
    first = await people.order(shopper, await people.variant_of(shopper, "harbour-mug", "rain"))
    await log_in(page, house, "/dashboard")
    wall = await page.context.new_page()
    await people.open_live(wall, f"{house.url}/dashboard?screen=1")
    await expect(row_of(page, first)).to_be_visible()
    await expect(figure(page, "orders")).to_have_text("1")
    with people.requests_of(page, wall) as requests:
        second = await people.order(shopper, vase)
        await expect(row_of(wall, second)).to_be_visible()
        pill = page.get_by_role("button", name="1 new order")
        await expect(pill).to_be_visible()
        await expect(row_of(page, second)).to_have_count(0)
        await expect(figure(page, "waiting")).to_have_text("2")
        await pill.click()
        await expect(pill).to_be_hidden()
        await expect(page.locator("orders-feed li").first).to_have_attribute("data-number", second)
        await expect(row_of(page, second)).to_contain_text("Shoulder vase, clay")
        await people.pay(shopper, second)
        for screen in (page, wall):
            await expect(row_of(screen, second).get_by_text("Paid", exact=True)).to_be_visible()
            await expect(figure(screen, "paid")).to_have_text("1")
            await expect(figure(screen, "waiting")).to_have_text("1")
            await expect(figure(screen, "revenue")).to_have_text("€80.50")
    assert requests == []


async def test_stock_set_at_the_desk_shows_to_shoppers(house: House, page: Page, browser: Browser, vase: str) -> None:
    await log_in(page, house, "/dashboard/stock?q=shoulder+vase")
    context = await browser.new_context()
    shopping = await context.new_page()
    await people.open_live(shopping, f"{house.url}/p/shoulder-vase?v={vase}")
    row = stock_row(page, vase)
    with people.requests_of(shopping) as requests:
        await row.get_by_role("spinbutton").fill("2")
        await row.get_by_role("button", name="Save").click()
        await expect(row.get_by_text("Saved. Was 5, now 2.")).to_be_visible()
        await expect(shopping.locator("stock-line[data-announce] [data-part=word]")).to_have_text("2 left")
    assert requests == []
    await context.close()


async def test_a_clerk_says_why_with_the_number_and_the_ledger_has_it(house: House, page: Page, vase: str) -> None:
    await log_in(page, house, "/dashboard/stock?q=shoulder+vase")
    row = stock_row(page, vase)
    reason = row.get_by_label("Why, Shoulder vase, clay")
    await expect(reason).to_be_hidden()
    await row.get_by_role("spinbutton").fill("4")
    await reason.select_option("Damaged")
    await row.get_by_role("spinbutton").press("Enter")
    await expect(row.get_by_text("Saved. Was 5, now 4.")).to_be_visible()
    await row.get_by_role("link", name="Shoulder vase, clay").click()
    await expect(page.get_by_role("cell", name=f"{STAFF_EMAIL}: Damaged")).to_be_visible()


async def test_charts_table_and_best_sellers_follow_the_orders(
    house: House, page: Page, shopper: Client, vase: str
) -> None:
    if house.clock().minute >= NEARLY_MINUTES:
        house.clock.advance(minutes=60 - NEARLY_MINUTES)
    await log_in(page, house, "/dashboard")
    hour = house.clock().hour
    chart = page.get_by_role("img", name="Revenue by hour today: none yet.")
    await expect(chart).to_be_visible()
    await expect(page.get_by_text("Nothing is sold yet today.")).to_be_visible()
    with people.requests_of(page) as requests:
        await people.pay(shopper, await people.order(shopper, vase))
        await expect(figure(page, "average")).to_have_text("€80.50")
        await expect(page.get_by_role("img", name=f"Revenue by hour today: €80.50 since {hour}:00")).to_be_visible()
        await expect(page.locator(f"[data-part=hours] > tr:nth-child({hour + 1}) > td").nth(1)).to_have_text("€80.50")
        best = page.get_by_role("region", name="Best sellers").get_by_role("listitem")
        await expect(best).to_have_count(1)
        await expect(best).to_contain_text("Shoulder vase, clay")
        await page.get_by_role("radio", name="Orders").check()
        await expect(page.get_by_role("img", name=f"Orders by hour today: 1 order since {hour}:00")).to_be_visible()
        await expect(page.get_by_role("img", name="Revenue by hour")).to_be_hidden()
    assert requests == []


async def test_a_number_that_the_clerk_has_not_seen_is_not_written_over(
    house: House, page: Page, clerk: Client, vase: str
) -> None:
    await log_in(page, house, "/dashboard/stock?q=shoulder+vase")
    row = stock_row(page, vase)
    await row.get_by_role("spinbutton").fill("9")
    await people.set_stock(clerk, vase, 3)
    await expect(row.get_by_text("Was 5, now 3.")).to_be_visible()
    await expect(row.get_by_role("spinbutton")).to_have_value("9")
    await row.get_by_role("button", name="Save").click()
    await expect(row.get_by_text("Save again to make it 9.")).to_be_visible()
    await expect(row).to_have_attribute("data-on-hand", "3")
    await row.get_by_role("button", name="Save").click()
    await expect(row.get_by_text("Saved. Was 3, now 9.")).to_be_visible()
    await expect(row).to_have_attribute("data-on-hand", "9")


async def test_a_shopper_finds_no_dashboard(house: House, page: Page, shopper: Client) -> None:
    await people.register(shopper)
    await people.lend_session(shopper, page.context, house)
    answer = await page.goto(f"{house.url}/dashboard")
    assert answer is not None
    assert answer.status == 403
    await expect(page.get_by_role("heading", level=1)).to_have_text("This part is closed")


@pytest.mark.parametrize("width", [360, 768, 1280])
async def test_every_place_for_staff_is_in_sight_and_large_enough(house: House, page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await log_in(page, house, "/dashboard/stock")
    places = page.get_by_role("navigation", name="Staff").get_by_role("link")
    await expect(places).to_have_count(10)
    for place in await places.all():
        box = await place.bounding_box()
        assert box is not None
        assert (box["x"] >= 0, box["x"] + box["width"] <= width, box["height"] >= 44) == (True, True, True)
    await expect(page.locator(".bar [aria-current=page]")).to_have_text("Stock")


async def test_amounts_that_come_in_are_written_as_the_shop_writes_them(
    house: House, page: Page, clerk: Client, shopper: Client, vase: str
) -> None:
    form = settings.GOOD | {"locale": "de_AT", "version": await settings.version(clerk)}
    assert (await settings.send(clerk, "/dashboard/settings", form))[0] == 303
    await log_in(page, house, "/dashboard")
    number = await people.order(shopper, vase)
    await expect(row_of(page, number).locator(".sum")).to_have_text("€ 80,50")
    await page.reload()
    await expect(row_of(page, number).locator(".sum")).to_have_text("€ 80,50")


async def test_what_newly_runs_low_gets_a_row_when_nobody_is_at_the_list(
    house: House, page: Page, clerk: Client
) -> None:
    await log_in(page, house, "/dashboard")
    rows = page.locator("low-rows .low > li")
    await expect(rows).to_have_count(6)
    first, second = [str(await rows.nth(place).get_attribute("data-variant")) for place in (0, 1)]
    name = await rows.first.locator(".name").inner_text()
    with people.requests_of(page) as requests:
        await people.set_stock(clerk, first, 40)
        await expect(stock_row(page, first)).to_have_count(0)
        await expect(rows).to_have_count(6)
        await people.set_stock(clerk, first, 0)
        back = stock_row(page, first)
        await expect(back.locator(".name")).to_have_text(name)
        await expect(back.get_by_label(f"On hand, {name}")).to_have_value("0")
        await expect(back.locator(".word")).to_have_text("Sold out")
        await expect(rows).to_have_count(6)
        # A clerk types: nothing moves, and what was typed is kept whatever leaves the list.
        typing = stock_row(page, second).get_by_role("spinbutton")
        await typing.fill("7")
        await people.set_stock(clerk, first, 40)
        await people.set_stock(clerk, second, 30)
        waiting = page.get_by_role("button", name="Others run low now")
        await expect(waiting).to_be_visible()
        await expect(back).to_have_count(1)
        await expect(typing).to_be_focused()
        await expect(stock_row(page, second).get_by_text("now 30.")).to_be_visible()
        await waiting.click()
        await expect(back).to_have_count(0)
        await expect(waiting).to_be_hidden()
        await expect(typing).to_have_value("7")
    assert requests == []
    # A row that came by itself can be worked with like any other.
    await page.mouse.move(0, 0)
    await people.set_stock(clerk, first, 0)
    await back.get_by_role("spinbutton").fill("3")
    await back.get_by_role("button", name="Save").click()
    await expect(back.get_by_text("Saved. Was 0, now 3.")).to_be_visible()
