"""The search box by keyboard: suggestions come through the socket, arrows choose, Enter opens, Escape closes."""

from typing import Any

from playwright.async_api import Locator, Page, WebSocket, expect

from tests.browser import people
from tests.house import House


def asked_by(page: Page) -> list[str]:
    """What this page sends through its sockets from now on."""
    sent: list[str] = []

    def follow(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.append(str(frame)))

    page.on("websocket", follow)
    return sent


async def active_text(box: Locator) -> str:
    """The text of the option that the box names as active; "" while the field itself is."""
    text: Any = await box.evaluate(
        "(box) => document.getElementById(box.getAttribute('aria-activedescendant') ?? '-')?.innerText ?? ''"
    )
    return str(text)


async def test_slash_typing_arrows_and_enter_open_a_product(house: House, page: Page) -> None:
    frames = asked_by(page)
    await people.open_live(page, house.url)
    box = page.get_by_role("combobox", name="Search the shop")
    with people.requests_of(page) as requests:
        await page.keyboard.press("/")
        await expect(box).to_be_focused()
        await page.keyboard.type("mug")
        product = page.get_by_role("option").filter(has_text="Harbour mug").filter(has_text="€28.00")
        await expect(product).to_be_visible()
        await expect(box).to_have_attribute("aria-expanded", "true")
        assert await active_text(box) == ""
        options = page.get_by_role("option")
        place = [await option.get_attribute("id") for option in await options.all()].index(
            await product.get_attribute("id")
        )
        for at in range(place + 1):
            await page.keyboard.press("ArrowDown")
            chosen = page.get_by_role("option", selected=True)
            await expect(chosen).to_have_count(1)
            await expect(box).to_have_attribute("aria-activedescendant", str(await chosen.get_attribute("id")))
            assert await chosen.inner_text() == await options.nth(at).inner_text()
        assert "Harbour mug" in await active_text(box)
        await expect(box).to_be_focused()
    assert requests == []
    assert any('"op":"suggest"' in frame and '"q":"mug"' in frame for frame in frames)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{house.url}/p/harbour-mug*")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Harbour mug")


async def test_escape_closes_and_enter_without_a_choice_searches(house: House, page: Page) -> None:
    await people.open_live(page, house.url)
    box = page.get_by_role("combobox", name="Search the shop")
    await page.keyboard.press("/")
    await page.keyboard.type("lamp")
    await expect(page.get_by_role("option").first).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("option")).to_have_count(0)
    await expect(box).to_have_attribute("aria-expanded", "false")
    await expect(box).to_be_focused()
    await expect(box).to_have_value("lamp")
    assert await active_text(box) == ""
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{house.url}/search?q=lamp")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("lamp")
