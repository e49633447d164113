"""What a shopper feels: `python -m bench.browser [--rounds N] [--seconds S]`, medians in Chromium with the limits beside.

A shop of its own on a temporary folder, the sample catalogue in it. Every page is loaded in a fresh browser, on slow 4G and
four times slower CPU (Lighthouse's mobile figures, applied by the browser), and once more without, as the control. LCP is the
largest paint; CLS counts every shift, also through S seconds in which a clerk changes stock and prices of what is shown; INP
is the slowest of typing, moving in suggestions, choosing a variant and the steppers. "Suggestion" is the 95th percentile from a
key to the frame that shows its answer, on the slow CPU and without it; the network's own way is left out, for it is not ours.
"""

import argparse
import asyncio
import itertools
import shutil
import statistics
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop
from aiohttp import web
from playwright.async_api import Browser, CDPSession, Page, async_playwright

from handlers.keys import DB
from server.app import build
from server.commands.seed import sample
from server.settings import Settings
from shop.ids import VariantId
from storage import catalogue, stock
from storage.database import Database, opened
from storage.migrate import migrate

PAGES = {
    "home": "/",
    "category": "/c/table",
    "product": "/p/harbour-mug",
    "search": "/search?q=mug",
    "cart": "/cart",
}
SLOW_4G = {"offline": False, "latency": 562.5, "downloadThroughput": 184_320, "uploadThroughput": 84_375}
"""Milliseconds, and bytes a second."""
SLOWER_CPU = 4
HOVER_SECONDS = 1.5
"""How long a pointer rests on a link before the click: longer than the browser waits to fetch ahead, as people do."""
PUSHES_A_SECOND = 2.0
SCREEN: Any = {"width": 412, "height": 823}
WORDS = ("mug", "lamp", "vase oat", "blanket", "cushoin")

HEAD = "page        LCP slow    LCP  CLS slow  CLS pushed   INP  suggestion slow  suggestion"
LCP_MS, CLS, INP_MS, SUGGESTION_MS = 1_500, 0.02, 100, 100

OBSERVE = """
  globalThis.felt = { lcp: 0, cls: 0, inp: 0, keys: [], shifts: [], slowest: "" };
  const watch = (type, hear) => new PerformanceObserver((list) => list.getEntries().forEach(hear))
    .observe({ type, buffered: true, durationThreshold: 16 });
  watch("largest-contentful-paint", (entry) => { felt.lcp = entry.startTime; });
  watch("layout-shift", (entry) => {
    if (entry.hadRecentInput) return;
    felt.cls += entry.value;
    felt.shifts.push(...entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 80) ?? "?"));
  });
  watch("event", ({ interactionId, duration, name, target }) => {
    if (!interactionId) return;
    if (duration > felt.inp) felt.slowest = `${name} on ${target?.outerHTML?.slice(0, 60)}`;
    felt.inp = Math.max(felt.inp, duration);
  });
  addEventListener("input", ({ timeStamp, target }) => {
    if (target.id !== "q") return;
    const list = document.getElementById("suggestions");
    const found = new MutationObserver(() => {
      found.disconnect();
      requestAnimationFrame(() => setTimeout(() => felt.keys.push(performance.now() - timeStamp)));
    });
    if (list) found.observe(list, { childList: true });
  }, true);
"""


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each page is loaded")
    parser.add_argument(
        "--seconds", type=float, default=60, help="how long stock and prices change while the pages are open"
    )
    parser.add_argument("--page", action="append", choices=PAGES, help="only this page; may be said several times")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium is not installed. On Debian: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        async with _shop(Path(folder)) as (db, base), async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            print(
                f"median of {options.rounds} rounds; {options.seconds:.0f} s of pushes, {PUSHES_A_SECOND:.0f} a second"
            )
            print(HEAD, flush=True)
            felt: dict[str, dict[str, Any]] = {}
            pushed = await _pushed(browser, db, base, options.seconds)
            for name in options.page or PAGES:
                path = PAGES[name]
                slow = [await _loaded(browser, base + path, slowly=True) for _ in range(options.rounds)]
                quick = [await _loaded(browser, base + path, slowly=False) for _ in range(options.rounds)]
                used = [await _used(browser, base + path, slowly=True) for _ in range(options.rounds)]
                freely = [await _used(browser, base + path, slowly=False) for _ in range(options.rounds)]
                felt[name] = max(used, key=lambda one: float(one["inp"]))
                print(
                    f"{name:10} {_median(slow, 'lcp'):9.0f} {_median(quick, 'lcp'):6.0f} {_median(slow, 'cls'):9.4f}"
                    f" {pushed[name]['cls']:11.4f} {_median(used, 'inp'):5.0f} {_p95(used):16.0f} {_p95(freely):11.0f}",
                    flush=True,
                )
            print(f"{'limit':10} {LCP_MS:9} {'':6} {CLS:9} {CLS:11} {INP_MS:5} {'':16} {SUGGESTION_MS:11}")
            slow_ones = {name: found["slowest"] for name, found in felt.items() if found["inp"] > INP_MS}
            if slow_ones:
                print(f"what was slow: {slow_ones}")
            shifts = {name: found["shifts"] for name, found in pushed.items() if found["shifts"]}
            if shifts:
                print(f"what moved: {shifts}")
            await _ahead(browser, base, options.rounds)
            await browser.close()


@asynccontextmanager
async def _shop(folder: Path) -> AsyncIterator[tuple[Database, str]]:
    settings = Settings(data=folder, limits_factor=1e6, port=0)
    await migrate(settings.where, settings.currency)
    async with opened(settings.where) as db:
        await sample(db)
    app = build(settings, background=False)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield app[DB], f"http://localhost:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _page(browser: Browser, base: str, *, network: bool, cpu: bool) -> AsyncIterator[Page]:
    """A page in a profile of its own, with something in the cart and nothing in the cache; slowed down as asked."""
    context = await browser.new_context(viewport=SCREEN)
    await _fill_cart(context.request, base)
    await context.add_init_script(OBSERVE)
    page = await context.new_page()
    if network or cpu:
        session: CDPSession = await context.new_cdp_session(page)
        if network:
            await session.send("Network.enable")
            await session.send("Network.emulateNetworkConditions", SLOW_4G)
        if cpu:
            await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
    yield page
    await context.close()


async def _fill_cart(request: Any, base: str) -> None:
    for slug in ("harbour-mug", "shoulder-vase"):
        product = await (await request.get(f"{base}/api/v1/products/{slug}")).json()
        line = {"variant": product["variants"][0]["id"], "quantity": 1}
        added = await request.post(f"{base}/api/v1/cart/lines", data=line)
        if not added.ok:
            raise SystemExit(await added.text())


async def _loaded(browser: Browser, url: str, *, slowly: bool) -> dict[str, Any]:
    base = url[: url.index("/", 9)]
    async with _page(browser, base, network=slowly, cpu=slowly) as page:
        await page.goto(url, wait_until="networkidle")
        return await _felt(page)


async def _used(browser: Browser, url: str, *, slowly: bool) -> dict[str, Any]:
    """What it is like to do things there, on the slow CPU or on this one."""
    base = url[: url.index("/", 9)]
    async with _page(browser, base, network=False, cpu=slowly) as page:
        await page.goto(url, wait_until="networkidle")
        box = page.get_by_role("combobox")
        for word in WORDS:
            await box.fill("")
            await box.press_sequentially(word, delay=120)
            for key in ("ArrowDown", "ArrowDown", "ArrowUp", "Escape"):
                await box.press(key, delay=40)
        for choice in (await page.locator("a.choice").all())[1:4]:
            await choice.click()
        more = page.get_by_role("button", name="One more")
        for place in range(await more.count()):
            await more.nth(place).click()
        await page.wait_for_load_state("networkidle")
        return await _felt(page)


async def _pushed(browser: Browser, db: Database, base: str, seconds: float) -> dict[str, dict[str, Any]]:
    """All pages open at once, each in a window of its own, while a clerk changes what they show."""
    async with AsyncExitStack() as stack:
        pages = {}
        variants: list[str] = []
        for name, path in PAGES.items():
            page = pages[name] = await stack.enter_async_context(_page(browser, base, network=False, cpu=False))
            await page.goto(base + path, wait_until="networkidle")
            lines = await page.locator("stock-line[data-variant]").all()
            variants = [str(await line.get_attribute("data-variant")) for line in lines] + variants
        mine = variants[: await pages["cart"].locator(".lines > li").count()]
        await _push(db, [*dict.fromkeys(variants)], mine, seconds)
        return {name: await _felt(page) for name, page in pages.items()}


async def _push(db: Database, variants: list[str], repriced: list[str], seconds: float) -> None:
    """A clerk at work: every level of stock in turn, and now and then another price."""
    end = asyncio.get_running_loop().time() + seconds
    for turn, variant in enumerate(itertools.cycle(variants)):
        if asyncio.get_running_loop().time() > end:
            return
        now, this = datetime.now(UTC), VariantId(variant)
        on_hand = (await db.read(stock.counters))[this][0]
        await db.write(stock.set_on_hand, stock.Edit(this, (0, 1, 3, 40)[turn % 4], on_hand, "clerk", "", now))
        if turn % 5 == 0:
            again = VariantId(repriced[turn // 5 % len(repriced)])
            await db.write(catalogue.reprice, catalogue.Reprice(again, 2_000 + 700 * (turn % 7), now))
        await asyncio.sleep(1 / PUSHES_A_SECOND)


async def _ahead(browser: Browser, base: str, rounds: int) -> None:
    """From a shelf to a product: the largest paint after the click, with and without the link fetched ahead."""
    took: dict[str, list[float]] = {"fetched ahead": [], "not": []}
    for way, times in itertools.product(took, range(rounds)):
        async with _page(browser, base, network=True, cpu=True) as page:
            if way == "not":
                await page.set_extra_http_headers({"Save-Data": "on"})
            await page.goto(f"{base}/c/table", wait_until="networkidle")
            link = page.locator(".bay a").first
            await link.hover()
            await asyncio.sleep(HOVER_SECONDS)
            await link.click()
            await page.wait_for_url("**/p/*")
            await page.wait_for_load_state("networkidle")
            took[way].append((await _felt(page))["lcp"])
            del times
    said = ", ".join(f"{way} {statistics.median(times):.0f} ms" for way, times in took.items())
    print(f"from shelf to product on slow 4G: {said}")


async def _felt(page: Page) -> dict[str, Any]:
    felt: dict[str, Any] = await page.evaluate("felt")
    return felt


def _median(found: list[dict[str, Any]], what: str) -> float:
    return statistics.median(float(one[what]) for one in found)


def _p95(found: list[dict[str, Any]]) -> float:
    keys = sorted(itertools.chain.from_iterable(one["keys"] for one in found))
    return float(keys[int(len(keys) * 0.95)]) if keys else float("nan")


if __name__ == "__main__":
    uvloop.run(main())
