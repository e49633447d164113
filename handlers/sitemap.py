"""For search engines: what may be read, and which pages there are, by the shop's public address."""

import asyncio
import math
from collections.abc import Iterable
from datetime import datetime
from xml.sax.saxutils import escape

from aiohttp import web

from handlers.keys import DB, SHOP
from handlers.shelves import SHELVES
from shop.errors import NotFound
from storage import catalogue

CLOSED = ("/cart", "/checkout", "/orders/", "/o/", "/account", "/login", "/register", "/reset", "/dashboard", "/api/")
NARROWED = ("sort", "stock", "from", "to", "maker", "category")
"""Parameters of pages that show what other pages show, in another order or less of it."""

PER_FILE = 50_000
"""Addresses a sitemap may hold (sitemaps.org); a larger shop gets an index of several."""
XML = '<?xml version="1.0" encoding="UTF-8"?>'
SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"


async def robots(request: web.Request) -> web.Response:
    """GET /robots.txt"""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in CLOSED),
        *(f"Disallow: /*?*{name}=" for name in NARROWED),
        f"Sitemap: {request.app[SHOP].public_url}/sitemap.xml",
    ]
    return web.Response(text="\n".join(lines) + "\n", headers={"Cache-Control": "public, max-age=3600"})


async def sitemap(request: web.Request) -> web.Response:
    """GET /sitemap.xml: every page, or an index of the files that list them."""
    files = await _files(request)
    if files == 1:
        return await _file(request, 1)
    base = request.app[SHOP].public_url
    entries = "".join(f"<sitemap><loc>{base}/sitemap-{number}.xml</loc></sitemap>" for number in range(1, files + 1))
    return _xml(f'{XML}<sitemapindex xmlns="{SCHEMA}">{entries}</sitemapindex>')


async def part(request: web.Request) -> web.Response:
    """GET /sitemap-{number}.xml: one file of the index; raises NotFound for any other number."""
    wanted = request.match_info["number"]
    for number in range(1, await _files(request) + 1):
        if str(number) == wanted:
            return await _file(request, number)
    raise NotFound("There is no such sitemap.")


async def _files(request: web.Request) -> int:
    return max(1, math.ceil(await request.app[DB].read(catalogue.count_products) / PER_FILE))


async def _file(request: web.Request, number: int) -> web.Response:
    """The products of one file; the first also has the few pages that are none."""
    shop, shelves = request.app[SHOP], await request.app[SHELVES].read(request.app)
    paths = ["/", "/c/new", *(f"/c/{category.slug}" for category in shelves)]
    paths += [f"/about/{page.slug}" for page in shop.pages]
    products = await request.app[DB].read(catalogue.changed, PER_FILE, (number - 1) * PER_FILE)
    text = await asyncio.to_thread(_urls, shop.public_url, paths if number == 1 else [], products)
    return _xml(text)


def _urls(base: str, paths: Iterable[str], products: Iterable[tuple[str, datetime]]) -> str:
    """The text of one file. Tens of thousands of lines take a while, so this runs in a thread."""
    urls = [f"<url><loc>{escape(base + path)}</loc></url>" for path in paths]
    urls += [
        f"<url><loc>{escape(f'{base}/p/{slug}')}</loc><lastmod>{at:%Y-%m-%d}</lastmod></url>" for slug, at in products
    ]
    return f'{XML}<urlset xmlns="{SCHEMA}">{"".join(urls)}</urlset>'


def _xml(text: str) -> web.Response:
    return web.Response(text=text, content_type="application/xml", headers={"Cache-Control": "public, max-age=3600"})
