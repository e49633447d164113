"""The server goes and comes back: open pages reconnect by themselves and show what changed meanwhile."""

from datetime import UTC, datetime

import aiohttp
from playwright.async_api import Page, expect

from shop.ids import VariantId
from storage import stock
from storage.database import opened
from storage.stock import Edit
from tests.browser import people
from tests.house import House

Client = aiohttp.ClientSession


async def test_open_pages_survive_a_restart_and_catch_up(house: House, page: Page, shopper: Client) -> None:
    vase = await people.variant_of(shopper, "shoulder-vase", "clay")
    mug = await people.variant_of(shopper, "harbour-mug", "oat")
    number = await people.order(shopper, mug)
    bank_page = await people.bank_page(shopper, number)
    await people.lend_session(shopper, page.context, house)
    order = await page.context.new_page()
    await people.open_live(page, f"{house.url}/p/shoulder-vase?v={vase}")
    await people.open_live(order, f"{house.url}/orders/{number}")
    stock_word = page.locator("stock-line[data-announce] [data-part=word]")
    await expect(stock_word).to_have_text("5 left")
    with people.requests_of(page, order) as requests:
        await house.close_shop()
        async with opened(house.settings.where) as books:
            edit = Edit(VariantId(vase), 1, expected=5, actor="clerk", reason="", at=datetime.now(UTC))
            await books.write(stock.set_on_hand, edit)
        await people.pay_at(bank_page)
        await house.open_shop()
        await expect(stock_word).to_have_text("Last one")
        await people.expect_paid(order)
        async with house.staff() as clerk:
            await people.set_stock(clerk, vase, 3)
        await expect(stock_word).to_have_text("3 left")
    assert requests == []
    await house.sockets(2)
