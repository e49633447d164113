"""An import by another process while people look: open pages show what is new, and new things are on their shelves."""

import asyncio
import sys
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.browser import people
from tests.house import House, until
from tests.shop.merchant_files import SOAP, Row, shopify

RUN = Path(__file__).parents[2] / "run.py"
IMPORT_SECONDS = 30
BAR: Row = {**SOAP, "Title": "Olive bar", "URL handle": "olive-bar", "Type": "Washing"}


async def imports(house: House, folder: Path, *rows: Row) -> None:
    """Runs the command, as a merchant does beside the open shop."""
    file = folder / "products.csv"
    file.write_bytes(shopify(*rows))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(RUN), "import", "--data", str(house.data), "--stock", str(file)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(IMPORT_SECONDS):
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


async def test_an_open_page_shows_the_price_and_the_stock_of_a_file_that_comes_in(
    house: House, page: Page, browser: Browser, tmp_path: Path
) -> None:
    await imports(house, tmp_path, BAR)
    await people.open_live(page, f"{house.url}/p/olive-bar")
    price = page.locator("product-choice p.price").first
    await expect(price).to_contain_text("5.00")
    with people.requests_of(page) as requests:
        await imports(house, tmp_path, {**BAR, "Price": "6.50", "Inventory quantity": "1"})
        await expect(price).to_contain_text("6.50")
        await expect(page.locator("stock-line[data-announce] [data-part=word]")).to_have_text("Last one")
    assert requests == []


async def test_a_new_thing_is_in_its_category_and_in_the_search_box_after_the_import(
    house: House, page: Page, tmp_path: Path
) -> None:
    await people.open_live(page, house.url)
    await imports(house, tmp_path, BAR)
    async with house.client() as other:

        async def heard() -> bool:
            async with other.get("/search", params={"q": "olive bar"}) as found:
                return "Olive bar" in await found.text()

        # The box asks when somebody types, and the shop hears of another process a moment after it has committed.
        await until(heard)
    box = page.get_by_role("combobox")
    await box.fill("olive b")
    await expect(page.get_by_role("option").filter(has_text="Olive bar").first).to_be_visible()
    await page.goto(f"{house.url}/c/washing")
    await expect(page.get_by_role("link", name="Olive bar").first).to_be_visible()
