"""Going from page to page: links are fetched ahead for those who don't mind, and a page comes back as it was left."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from handlers import browse, pages
from tests.browser import people
from tests.house import House, until

SHELF = "/c/table"


@contextmanager
def asked_for_products(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """How the server is asked for product pages while the block runs: "ahead" or "now"."""
    asked: list[str] = []
    render = pages.render

    async def noted(request: web.Request, name: str, *args: object, **more: object) -> web.Response:
        if name == "product.html":
            asked.append("ahead" if "prefetch" in request.headers.get("Sec-Purpose", "") else "now")
        return await render(request, name, *args, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(browse, "render", noted)
        yield asked


async def test_a_link_that_is_pointed_at_is_fetched_ahead_and_once(
    house: House, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    await people.open_live(page, house.url + SHELF)
    with asked_for_products(monkeypatch) as asked:
        link = page.locator(".bay a").first
        name = await link.inner_text()
        await link.hover()
        await until(lambda: asked == ["ahead"])
        await link.click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(name)
        await people.expect_live(page)
        assert asked == ["ahead"]


async def test_a_page_fetched_ahead_is_brought_up_to_date(
    house: House, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house.staff() as clerk:
        await people.open_live(page, f"{house.url}/c/green")
        with asked_for_products(monkeypatch) as asked:
            link = page.get_by_role("link", name="Shoulder vase")
            await link.hover()
            await until(lambda: asked == ["ahead"])
            variant = await page.locator("stock-line[data-variant]").first.get_attribute("data-variant")
            vase = await people.variant_of(clerk, "shoulder-vase", "clay")
            assert variant
            await people.set_stock(clerk, vase, 2)
            await link.click()
            await page.wait_for_url("**/p/shoulder-vase*")
            await expect(page.locator(".badge [data-part=word]")).to_have_text("2 left")
            assert asked == ["ahead"]


async def test_who_saves_data_is_sent_nothing_ahead(house: House, browser: Browser) -> None:
    context = await browser.new_context(extra_http_headers={"Save-Data": "on"})
    answer = await context.request.get(house.url + SHELF)
    assert "speculation-rules" not in answer.headers
    await context.close()
    context = await browser.new_context()
    answer = await context.request.get(house.url + SHELF)
    rules = await context.request.get(house.url + answer.headers["speculation-rules"].strip('"'))
    assert rules.headers["content-type"] == "application/speculationrules+json"
    assert (await rules.json())["prefetch"][0]["eagerness"] == "moderate"
    await context.close()


@pytest.mark.parametrize("path", ["/", SHELF, "/p/harbour-mug", "/search?q=mug"])
async def test_a_page_comes_back_as_it_was_left(house: House, page: Page, path: str) -> None:
    """From the back/forward cache: shown again, not loaded again, its socket open again."""
    await people.open_live(page, house.url + path)
    await page.evaluate("addEventListener('pageshow', ({ persisted }) => { document.body.dataset.kept = persisted; })")
    await page.evaluate("location.assign('/about/returns')")
    await page.wait_for_url("**/about/returns")
    await page.evaluate("history.back()")
    await page.wait_for_url(house.url + path, wait_until="commit")
    await expect(page.locator("body")).to_have_attribute("data-kept", "true")
    await people.expect_live(page)
    await house.sockets(1)
