"""A merchant at the settings while somebody shops; entrances; and pages that come back when the shop does."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from shop.errors import Unavailable
from storage.database import Database
from tests.browser import people
from tests.browser.test_quality import TELL_VIOLATIONS, faults_at
from tests.house import House, until
from tests.photographs import saved

Client = aiohttp.ClientSession
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(reduced_motion="reduce")
    await context.add_init_script(TELL_VIOLATIONS)
    yield context
    await context.close()


@pytest.fixture
async def shop_page(browser: Browser) -> AsyncIterator[Page]:
    """A shopper's page, in a profile of its own."""
    context = await browser.new_context()
    yield await context.new_page()
    await context.close()


async def test_a_new_name_stands_on_the_next_page_of_a_shopper_who_is_there(
    house: House, page: Page, shop_page: Page, clerk: Client
) -> None:
    await people.open_live(shop_page, house.url)
    await expect(shop_page).to_have_title("Plain things for every day · Marl")
    await people.lend_session(clerk, page.context, house)
    await page.goto(f"{house.url}/dashboard/settings")
    await page.get_by_label("Name", exact=True).fill("Loam & Co")
    await page.get_by_label("Heading of the front page").fill("Quiet pots")
    await page.get_by_role("button", name="Save settings").click()
    await expect(page.get_by_role("status").first).to_contain_text("Saved.")
    await expect(page.locator("#history ~ ol")).to_contain_text("Loam & Co")
    # The shopper's page was not touched: the next one, by an ordinary click, and the one that is gone back to, know it.
    await shop_page.get_by_role("link", name="Privacy").click()
    await expect(shop_page).to_have_title("Privacy · Loam & Co")
    await expect(shop_page.locator(".top .mark")).to_contain_text("loam & co")
    await shop_page.goto(house.url)
    await expect(shop_page.get_by_role("heading", level=1)).to_have_text("Quiet pots")


async def test_a_logo_is_chosen_seen_and_taken_away(
    house: House, page: Page, shop_page: Page, clerk: Client, tmp_path: Path
) -> None:
    from PIL import Image  # noqa: PLC0415  only this test draws

    file = tmp_path / "logo.png"
    await asyncio.to_thread(file.write_bytes, saved(Image.new("RGBA", (600, 200), (40, 60, 40, 255)), "PNG"))
    await people.lend_session(clerk, page.context, house)
    await page.goto(f"{house.url}/dashboard/settings")
    await page.get_by_label("Picture", exact=True).set_input_files(file)
    await page.get_by_label("What it says").fill("Loam")
    await page.get_by_role("button", name="Save the logo").click()
    await expect(page.get_by_role("status").first).to_contain_text("Saved.")
    await shop_page.goto(house.url)
    logo = shop_page.get_by_role("img", name="Loam")
    await expect(logo).to_have_js_property("complete", True)
    assert await logo.evaluate("(image) => image.naturalWidth > 0 && image.clientHeight === 40")
    await page.get_by_role("button", name="Take it away").click()
    await expect(page.get_by_role("button", name="Take it away")).to_have_count(0)
    await shop_page.reload()
    await expect(shop_page.locator(".top .mark img")).to_have_count(0)


async def test_a_password_is_shown_hidden_and_sent_hidden(house: House, page: Page) -> None:
    await page.goto(f"{house.url}/register")
    field = page.get_by_label("Password", exact=True)
    await field.fill("a few good words")
    await page.get_by_role("button", name="Show password").click()
    await expect(field).to_have_attribute("type", "text")
    await expect(field).to_be_focused()
    await page.get_by_role("button", name="Hide password").click()
    await expect(field).to_have_attribute("type", "password")
    await expect(field).to_have_attribute("autocomplete", "new-password")
    await page.get_by_label("Name").fill("Noor")
    await page.get_by_label("Email").fill("noor@example.com")
    await page.get_by_role("button", name="Make an account").click()
    await page.wait_for_url(f"{house.url}/account")


async def test_a_forgotten_password_from_start_to_end(house: House, page: Page, shopper: Client) -> None:
    await people.register(shopper)
    await page.goto(f"{house.url}/login")
    await page.get_by_role("link", name="Forgot it?").click()
    await page.get_by_label("Email").fill(people.PERSON["email"])
    await page.get_by_role("button", name="Send the link").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Look in your mail")
    [mail] = await until(lambda: list((house.data / "mail").glob("password-*.eml")))
    found = re.search(rf"{re.escape(house.url)}/reset/\S+", mail.read_text())
    assert found
    await page.goto(found[0])
    await page.get_by_label("New password", exact=True).fill("some other words")
    await page.get_by_role("button", name="Use this password").click()
    await page.wait_for_url(f"{house.url}/account/details?done=password")
    await expect(page.get_by_role("status").first).to_contain_text("signed out everywhere else")


async def test_a_page_comes_back_when_the_shop_does(house: House, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_args: object, **_named: object) -> None:
        raise Unavailable("The shop's books can't be read right now.", retry_seconds=1)

    with monkeypatch.context() as patch:
        patch.setattr(Database, "read", away)
        patch.setattr(Database, "fetch", away)
        await page.goto(f"{house.url}/about/privacy")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Back in a moment")
        await expect(page.locator("come-back")).to_contain_text("This page comes back by itself.")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Privacy")


async def test_no_faults_on_the_pages_of_settings(house: House, page: Page, clerk: Client) -> None:
    await people.lend_session(clerk, page.context, house)
    paths = ["settings", "settings?saved=1", "settings/currency?to=JPY", "settings/new-page", "settings/pages/privacy"]
    assert await faults_at(page, [f"{house.url}/dashboard/{path}" for path in paths]) == []


async def test_no_faults_at_the_entrances(house: House, page: Page, shopper: Client) -> None:
    assert await faults_at(page, [f"{house.url}/{path}" for path in ("login", "register", "reset")]) == []
    await people.register(shopper)
    await people.lend_session(shopper, page.context, house)
    paths = ["account", "account/details", "account/details?done=email", "about/terms", "about/imprint"]
    assert await faults_at(page, [f"{house.url}/{path}" for path in paths]) == []
