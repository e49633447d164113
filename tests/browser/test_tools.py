"""The browser tools themselves: Chromium opens a page of a server in the same loop, and starts with nothing stored."""

from typing import Any

from aiohttp import web
from playwright.async_api import BrowserContext, Page


async def hello(request: web.Request) -> web.Response:
    visits = int(request.cookies.get("visits", "0")) + 1
    response = web.Response(text=f"<title>Hello</title><p>Visit {visits}</p>", content_type="text/html")
    response.set_cookie("visits", str(visits))
    return response


async def test_the_browser_opens_a_page_of_a_server_in_the_same_loop(aiohttp_server: Any, page: Page) -> None:
    app = web.Application()
    app.router.add_get("/", hello)
    server = await aiohttp_server(app)

    await page.goto(str(server.make_url("/")))
    assert await page.title() == "Hello"
    await page.reload()
    assert await page.locator("p").inner_text() == "Visit 2"


async def test_a_new_context_remembers_nothing(context: BrowserContext) -> None:
    assert await context.cookies() == []
