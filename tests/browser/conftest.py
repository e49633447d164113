"""A fresh Chromium for each browser test: `browser`, `context` and `page` of Playwright's asynchronous interface.

The browser lives in the test's own event loop, beside the servers that the test starts. That costs about half a second
a test, and no test can see another one's cookies, cache or crash.
"""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.house import House

LAUNCH_MILLISECONDS = 30_000
# Shorter than a test may take, so that the failure names the step that waited.
STEP_MILLISECONDS = 15_000
expect.set_options(timeout=STEP_MILLISECONDS)

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Playwright switches the back/forward cache off. Shoppers have it, so tests have it too.
UNWANTED_ARGUMENTS = ("--disable-back-forward-cache",)


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium,
            args=list(CHROMIUM_ARGUMENTS),
            ignore_default_args=list(UNWANTED_ARGUMENTS),
            timeout=LAUNCH_MILLISECONDS,
        )
        yield browser
        await browser.close()


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A new profile: nothing stored, nothing cached. A second shopper is `await browser.new_context()`."""
    context = await browser.new_context()
    context.set_default_timeout(STEP_MILLISECONDS)
    yield context
    await context.close()


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    return await context.new_page()


@pytest.fixture
async def shopper(house: House) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody who shops by the API."""
    async with house.client() as session:
        yield session


@pytest.fixture
async def clerk(house: House) -> AsyncIterator[aiohttp.ClientSession]:
    """Staff, at the API."""
    async with house.staff() as session:
        yield session
