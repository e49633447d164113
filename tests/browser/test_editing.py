"""Staff edit a product in the browser while shoppers look on, and while a colleague does the same."""

import asyncio
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from handlers.keys import SEARCH
from shop.pictures import digest_of
from tests.browser import people
from tests.browser.test_quality import TELL_VIOLATIONS, complaints_of, faults_at, faults_of
from tests.handlers.forms import fields_of, send
from tests.house import House, until
from tests.photographs import photograph

MUG = "/dashboard/products/harbour-mug"
pytestmark = pytest.mark.timeout(150)


@pytest.fixture
async def context(browser: Browser) -> BrowserContext:
    context = await browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(15_000)
    await context.add_init_script(TELL_VIOLATIONS)
    return context


@pytest.fixture
async def desk(page: Page, house: House, clerk: aiohttp.ClientSession) -> Page:
    """A page of somebody who is logged in as staff."""
    await people.lend_session(clerk, page.context, house)
    return page


async def test_a_new_price_is_on_the_shoppers_page_at_once(house: House, desk: Page, browser: Browser) -> None:
    shopper = await (await browser.new_context()).new_page()
    await people.open_live(shopper, f"{house.url}/p/harbour-mug")
    await expect(shopper.locator(".price")).to_have_text("€28.00")
    await people.open_live(desk, house.url + MUG)
    row = desk.locator("ol.kinds > li").first
    await row.get_by_label("Price", exact=True).fill("31,5")
    await expect(row.locator(".preview")).to_have_text("€31.50")
    with people.requests_of(shopper) as requests:
        await desk.get_by_role("button", name="Save").last.click()
        await expect(desk.get_by_role("status").first).to_contain_text("The shop shows it already.")
        await expect(shopper.locator(".price")).to_have_text("€31.50")
    assert requests == []


async def test_a_variant_that_is_taken_away_leaves_the_open_page(house: House, desk: Page, browser: Browser) -> None:
    shopper = await (await browser.new_context()).new_page()
    await people.open_live(shopper, f"{house.url}/p/harbour-mug")
    oat = shopper.locator("a.choice", has_text="Oat")
    await expect(oat).to_be_visible()
    await people.open_live(desk, house.url + MUG)
    await desk.locator("ol.kinds > li").first.get_by_text("Not for sale").click()
    await desk.get_by_role("button", name="Save").last.click()
    await expect(oat).to_be_hidden()
    await expect(shopper.get_by_role("button", name="Not for sale any more")).to_be_disabled()


async def test_what_is_hidden_can_not_be_bought_from_an_open_page_until_it_is_shown_again(
    house: House, desk: Page, browser: Browser, clerk: aiohttp.ClientSession
) -> None:
    shopper = await (await browser.new_context()).new_page()
    oat = await people.variant_of(clerk, "harbour-mug", "oat")
    await people.open_live(shopper, f"{house.url}/p/harbour-mug?v={oat}")
    await people.open_live(desk, house.url + MUG)
    await desk.locator("[name=visible]").uncheck()
    await desk.get_by_role("button", name="Save").last.click()
    await expect(shopper.get_by_role("button", name="Not for sale any more")).to_be_disabled()
    await people.set_stock(clerk, oat, 3)
    await expect(shopper.locator("stock-line.badge [data-part=word]")).to_have_text("3 left")
    await expect(shopper.get_by_role("button", name="Not for sale any more")).to_be_disabled()
    await people.open_live(desk, house.url + MUG)
    await desk.locator("[name=visible]").check()
    await desk.get_by_role("button", name="Save").last.click()
    await expect(shopper.get_by_role("button", name="Add to cart")).to_be_enabled()


async def test_a_photograph_that_is_chosen_is_uploaded_and_shown(
    house: House, desk: Page, browser: Browser, tmp_path: Path
) -> None:
    raw = photograph("JPEG", (1600, 1200))
    photo, broken = tmp_path / "mug.jpg", tmp_path / "broken.jpg"
    photo.write_bytes(raw)
    broken.write_bytes(b"PK\x03\x04 not a picture")
    with complaints_of(desk) as complaints:
        await people.open_live(desk, house.url + MUG)
        await desk.get_by_label("Add photographs").set_input_files([photo, broken])
        await expect(desk.locator("#files-said")).to_contain_text("broken.jpg: This is not a picture")
        row = desk.locator(f'.shown [data-image="picture:{digest_of(raw)}"]')
        await expect(row.locator("img")).to_have_js_property("naturalWidth", 373)
        await row.get_by_label("What it shows").fill("A mug in the window")
        await desk.locator("ol.kinds > li").first.get_by_label("Picture").select_option("6")
        await desk.get_by_role("button", name="Save").last.click()
        await expect(desk.get_by_role("status").first).to_contain_text("Saved.")
    # The broken one was answered 422, which Chromium notes on its console.
    assert [said for said in complaints if "status of 422" not in said] == []
    shopper = await (await browser.new_context()).new_page()
    await shopper.goto(f"{house.url}/p/harbour-mug")
    still = shopper.get_by_role("img", name="A mug in the window")
    await expect(still).to_have_js_property("complete", True)
    assert await still.evaluate("(image) => image.naturalWidth") > 500
    # Suggestions show it, too, as soon as the search has read the product again; the box asks once.
    await until(lambda: house.app[SEARCH].settled)
    await shopper.get_by_role("combobox", name="Search the shop").fill("harbour")
    await expect(shopper.locator('[role=option] img.photo[src*="/pictures/"]')).to_be_visible()


async def test_rows_are_added_in_place_and_faults_lead_to_their_fields(house: House, desk: Page) -> None:
    await people.open_live(desk, house.url + MUG)
    await desk.get_by_role("button", name="Add a variant").click()
    added = desk.locator("ol.kinds > li").last
    await expect(added.get_by_label("Glaze")).to_be_focused()
    await added.get_by_label("Glaze").fill("Moss")
    await added.get_by_label("Price", exact=True).fill("1.299,00")
    await added.get_by_label("On hand").fill("4")
    await desk.get_by_role("button", name="Add a fact").click()
    await desk.locator("ul.pairs > li").last.get_by_label("Label").fill("Made by")
    await expect(desk.get_by_text("Not saved yet")).to_be_visible()
    await desk.get_by_role("button", name="Save").last.click()
    summary = desk.get_by_role("alert")
    await expect(summary).to_be_focused()
    await expect(summary).to_contain_text("2 fields need another look.")
    assert await faults_of(desk) == []
    await summary.get_by_role("link", name="Variant 6").click()
    price = desk.locator("ol.kinds > li").last.get_by_label("Price", exact=True)
    await expect(price).to_have_value("1.299,00")
    await price.fill("12.99")
    await desk.locator("ul.pairs > li").last.get_by_label("Value").fill("Ilse Maan")
    await desk.get_by_role("button", name="Save").last.click()
    await expect(desk.get_by_role("status").first).to_contain_text("Saved.")
    await expect(desk.locator("ol.kinds > li")).to_have_count(6)
    await expect(desk.locator("ol.kinds > li").last.locator(".still-number")).to_contain_text("4")


async def test_a_colleagues_change_is_said_while_the_form_is_open_and_sales_are_not(
    house: House, desk: Page, clerk: aiohttp.ClientSession, shopper: aiohttp.ClientSession
) -> None:
    await people.open_live(desk, house.url + MUG)
    note = desk.get_by_text("Somebody else just changed this.")
    rust = await people.variant_of(shopper, "harbour-mug", "rust")
    async with desk.expect_response("**/edition"):
        await people.order(shopper, rust, 1)
    await expect(note).to_be_hidden()
    await desk.get_by_label("Line under the name").fill("Typed here")
    async with clerk.get(MUG) as answer:
        fields = fields_of(await answer.text())
    assert (await send(clerk, MUG, fields | {"maker": "A colleague"}))[0] == 303
    await expect(note).to_be_visible()
    await desk.get_by_role("button", name="Save").last.click()
    await expect(desk.get_by_role("alert").filter(has_text="Nothing was saved yet.")).to_contain_text("A colleague")
    await expect(desk.get_by_label("Line under the name")).to_have_value("Typed here")
    await expect(desk.get_by_label("Maker")).to_have_value("A colleague")
    assert await faults_of(desk) == []


async def test_leaving_with_words_unsaved_is_asked_about(house: House, desk: Page) -> None:
    await people.open_live(desk, house.url + MUG)
    asked: asyncio.Queue[str] = asyncio.Queue()

    async def ask(dialog: object) -> None:
        asked.put_nowait(dialog.type)  # type: ignore[attr-defined]
        await dialog.dismiss()  # type: ignore[attr-defined]

    desk.on("dialog", ask)
    await desk.get_by_label("Name", exact=True).press("End")
    await desk.get_by_label("Name", exact=True).type("s")
    await desk.get_by_role("link", name="Stock").click(no_wait_after=True)
    assert await asyncio.wait_for(asked.get(), 10) == "beforeunload"
    await expect(desk.get_by_label("Name", exact=True)).to_have_value("Harbour mugs")


async def test_without_scripts_a_product_is_added(
    house: House, browser: Browser, clerk: aiohttp.ClientSession, tmp_path: Path
) -> None:
    photo = tmp_path / "tile.png"
    photo.write_bytes(photograph("PNG", (400, 400)))
    context = await browser.new_context(java_script_enabled=False)
    await people.lend_session(clerk, context, house)
    desk = await context.new_page()
    await desk.goto(f"{house.url}/dashboard/new-product")
    await desk.get_by_label("Name", exact=True).fill("Plain tile")
    await desk.get_by_label("Category").select_option("Kitchen")
    await desk.get_by_label("Add photographs").set_input_files(photo)
    await desk.get_by_label("Price", exact=True).fill("4.50")
    await desk.get_by_role("button", name="Add them").click()
    await expect(desk.locator(".shown img")).to_have_count(1)
    await desk.get_by_label("On hand").fill("12")
    await desk.get_by_role("button", name="Add the product").click()
    await expect(desk.get_by_role("heading", level=1)).to_have_text("Plain tile")
    await desk.get_by_role("link", name="See it in the shop").click()
    await expect(desk.locator(".still img.photo")).to_be_visible()
    await expect(desk.get_by_role("button", name="Add to cart")).to_be_enabled()


async def test_pages_of_editing_have_no_faults(house: House, desk: Page) -> None:
    paths = [
        "products",
        "products?q=nothing+like+this",
        "new-product",
        "products/harbour-mug",
        "categories",
        "categories/light",
    ]
    assert await faults_at(desk, [f"{house.url}/dashboard/{path}" for path in paths]) == []
