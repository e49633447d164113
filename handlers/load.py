"""The door for load tests: who brings the load token is not held to limits by address, and may read the books.

Without SHOPWIRE_LOAD_TOKEN it is shut, and production mode refuses that setting.
"""

import msgspec
from aiohttp import web

from handlers.keys import DB, SHOP
from handlers.limits import TOKEN_HEADER, brings_token
from shop.errors import Forbidden, NotFound
from storage import audit


async def books(request: web.Request) -> web.Response:
    """GET /load/books: everything of the shop's own that the judge looks at (shop.judge.Books), as JSON."""
    token = request.app[SHOP].load_token
    if not token:
        raise NotFound("The books are shut until SHOPWIRE_LOAD_TOKEN is set.")
    if not brings_token(request, token):
        raise Forbidden(f"Bring the load token in {TOKEN_HEADER}.")
    found = await request.app[DB].read(audit.books, None)
    return web.Response(body=msgspec.json.encode(found), content_type="application/json")
