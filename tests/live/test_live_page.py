"""static/js/live.js in Chromium: watching, suggesting, losing the server and coming back, the back/forward cache."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page

from handlers import live
from tests.live.fakes import Shop
from tests.live.house import ORDERS, app_over

SCRIPTS = Path(__file__).resolve().parents[2] / "static" / "js"

SETUP = """
async () => {
  const { live } = await import("/js/live.js");
  Object.assign(window, { live, heard: [], links: [], resets: [], events: [] });
  live.addEventListener("link", (event) => links.push(event.detail.state));
}
"""
WATCH = """(topic) => { window.stop = live.watch(topic, (value, { version }) => heard.push([value, version])); }"""


class Opened:
    """A shop whose server can be stopped and started again on the same port."""

    def __init__(self) -> None:
        self.shop = Shop()
        self.port = 0

    async def start(self) -> None:
        app = app_over(self.shop)
        app.router.add_static("/js", SCRIPTS)
        app.router.add_get("/{page:(one|two)?}", _page)
        self.app = app
        self.server = TestServer(app, host="127.0.0.1", port=self.port)
        await self.server.start_server()
        self.port = self.server.port or 0

    async def stop(self) -> None:
        await self.server.close()

    def publish(self, change: Any) -> None:
        self.app[live.HUB].publish([change])

    def url(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.port}/{path}"


async def _page(_request: web.Request) -> web.Response:
    text = '<!doctype html><html lang="en"><title>Live</title><link rel="icon" href="data:,"><p>Live</p></html>'
    return web.Response(text=text, content_type="text/html")


@pytest.fixture
async def house() -> AsyncIterator[Opened]:
    house = Opened()
    await house.start()
    yield house
    await house.stop()


@pytest.fixture
async def browsing(house: Opened, page: Page) -> Callable[..., Awaitable[Page]]:
    async def browse(path: str = "") -> Page:
        await page.goto(house.url(path))
        await page.evaluate(SETUP)
        return page

    return browse


async def test_a_page_hears_values_and_shows_that_it_is_live(house: Opened, browsing: Any) -> None:
    house.shop.put("stock/a", {"left": 3})
    page = await browsing()
    await page.evaluate(WATCH, "stock/a")
    await page.wait_for_function("heard.length === 1")
    house.publish(house.shop.put("stock/a", {"left": 2}))
    await page.wait_for_function("heard.length === 2")
    assert await page.evaluate("heard") == [[{"left": 3}, 1], [{"left": 2}, 2]]
    assert await page.evaluate("[document.documentElement.dataset.link, ...links]") == ["live", "live"]


async def test_a_page_names_the_version_it_shows_and_late_watchers_share(house: Opened, browsing: Any) -> None:
    house.shop.put("stock/a", {"left": 3})
    page = await browsing()
    await page.evaluate("""() => {
        live.watch("stock/a", (value, { version }) => heard.push(["first", version]), { version: 1 });
        live.watch("stock/b", (value) => heard.push(["gone", value]));
    }""")
    await page.wait_for_function("heard.length === 1")
    house.publish(house.shop.put("stock/a", {"left": 2}))
    await page.wait_for_function("heard.length === 2")
    await page.evaluate("""void live.watch("stock/a", (value, { version }) => heard.push(["late", version]))""")
    await page.wait_for_function("heard.length === 3")
    assert await page.evaluate("heard") == [["gone", None], ["first", 2], ["late", 2]]


async def test_a_stopped_watcher_hears_nothing_more(house: Opened, browsing: Any) -> None:
    page = await browsing()
    await page.evaluate(WATCH, "stock/a")
    await page.wait_for_function("heard.length === 1")
    await page.evaluate("stop(); void live.watch('stock/b', () => heard.push('b'))")
    await page.wait_for_function("heard.length === 2")
    assert house.app[live.HUB].topics_watched() == 1


async def test_the_latest_question_wins_in_the_page_too(browsing: Any) -> None:
    page = await browsing()
    answers = await page.evaluate("""() => Promise.allSettled(["s", "sh", "shi"].map((q) => live.suggest(q)))
        .then((all) => all.map(({ value, reason }) => value?.q ?? reason.name))""")
    assert answers == ["AbortError", "AbortError", "shi"]


async def test_a_refused_suggestion_rejects_with_the_problem(browsing: Any) -> None:
    page = await browsing()
    assert await page.evaluate("live.suggest('forbidden').catch((problem) => problem.code)") == "invalid_fields"


async def test_a_followed_feed_resets_then_goes_on(house: Opened, browsing: Any, page: Page) -> None:
    await page.context.add_cookies([{"name": "viewer", "value": "staff", "url": house.url()}])
    house.shop.happen(ORDERS, "first")
    await browsing()
    await page.evaluate(
        "(feed) => void live.follow(feed, { onEvent: (e) => events.push(e), onReset: (s) => resets.push(s) })", ORDERS
    )
    await page.wait_for_function("resets.length === 1")
    house.publish(house.shop.happen(ORDERS, "second"))
    await page.wait_for_function("events.length === 1")
    assert await page.evaluate("[resets, events]") == [[["first"]], ["second"]]


async def test_a_lost_server_is_told_and_what_was_missed_arrives(house: Opened, browsing: Any) -> None:
    house.shop.put("stock/a", {"left": 3})
    page = await browsing()
    await page.evaluate(WATCH, "stock/a")
    await page.wait_for_function("heard.length === 1")
    await house.stop()
    await page.wait_for_function("document.documentElement.dataset.link === 'lost'")
    house.shop.put("stock/a", {"left": 1})
    await house.start()
    await page.wait_for_function("heard.length === 2")
    assert await page.evaluate("heard") == [[{"left": 3}, 1], [{"left": 1}, 2]]
    assert await page.evaluate("links") == ["live", "reconnecting", "live"]


async def test_a_changed_session_forgets_versions(house: Opened, browsing: Any, page: Page) -> None:
    house.shop.put("cart/c1", {"lines": 1})
    await browsing()
    await page.evaluate(WATCH, "me/cart")
    await page.wait_for_function("heard.length === 1")
    await page.context.add_cookies([{"name": "viewer", "value": "owner", "url": house.url()}])
    await page.evaluate("live.reconnect()")
    await page.wait_for_function("heard.length === 2")
    assert await page.evaluate("heard.map(([value]) => value)") == [None, {"lines": 1}]


async def test_a_page_from_the_back_forward_cache_is_brought_up_to_date(house: Opened, browsing: Any) -> None:
    house.shop.put("stock/a", {"left": 3})
    page = await browsing("one")
    await page.evaluate(WATCH, "stock/a")
    await page.wait_for_function("heard.length === 1")
    await page.goto(house.url("two"))
    house.shop.put("stock/a", {"left": 1})
    await page.evaluate("history.back()")
    await page.wait_for_url(house.url("one"), wait_until="commit")
    await page.wait_for_function("window.heard?.length === 2")
    assert await page.evaluate("heard") == [[{"left": 3}, 1], [{"left": 1}, 2]]
