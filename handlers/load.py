"""The door for load tests: who brings the load token is not held to limits by address, and may read the books.

Without SHOPWIRE_LOAD_TOKEN it is shut. In production it opens for some hours only, which SHOPWIRE_LOAD_IN_PRODUCTION ends.
"""

import msgspec
from aiohttp import web

from handlers.keys import DB
from handlers.limits import LOAD_PASS, TOKEN_HEADER
from shop.errors import Forbidden, NotFound
from storage import audit


async def books(request: web.Request) -> web.Response:
    """GET /load/books: everything of the shop's own that the judge looks at (shop.judge.Books), as JSON."""
    if not request.app[LOAD_PASS].good:
        raise NotFound("The books are shut until SHOPWIRE_LOAD_TOKEN is set, and once its time is over.")
    if not request.app[LOAD_PASS].brought_by(request):
        raise Forbidden(f"Bring the load token in {TOKEN_HEADER}.")
    found = await request.app[DB].read(audit.books, None)
    return web.Response(body=msgspec.json.encode(found), content_type="application/json")
