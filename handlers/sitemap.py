"""For search engines: what may be read, and which pages there are."""

from xml.sax.saxutils import escape

from aiohttp import web

from handlers.keys import DB, SHOP
from storage import catalogue

CLOSED = (
    "/cart",
    "/checkout",
    "/orders/",
    "/o/",
    "/account",
    "/login",
    "/register",
    "/reset",
    "/dashboard",
    "/search",
    "/api/",
)


async def robots(request: web.Request) -> web.Response:
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in CLOSED),
        f"Sitemap: {request.app[SHOP].public_url}/sitemap.xml",
    ]
    return web.Response(text="\n".join(lines) + "\n", headers={"Cache-Control": "public, max-age=3600"})


async def sitemap(request: web.Request) -> web.Response:
    """Home, categories, products and pages about the shop, by the shop's public address."""
    found = await request.app[DB].read(catalogue.categories)
    slugs = await request.app[DB].read(catalogue.slugs)
    paths = ["/", *(f"/c/{category.slug}" for category in found if category.count), *(f"/p/{slug}" for slug in slugs)]
    paths += [f"/about/{page.slug}" for page in request.app[SHOP].pages]
    urls = "".join(f"<url><loc>{escape(request.app[SHOP].public_url + path)}</loc></url>" for path in paths)
    text = f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
    return web.Response(text=text, content_type="application/xml", headers={"Cache-Control": "public, max-age=3600"})
