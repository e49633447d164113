"""What the doors need from the house; `server` fills every key before the first request."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime

from aiohttp import web
from markupsafe import Markup

from handlers.assets import ASSETS
from handlers.limits import Limits
from handlers.passwords import Passwords
from handlers.shopfront import Shopfront
from shop.holds import Patience
from shop.payments import Provider
from storage.database import Database
from storage.search import Replica

__all__ = [
    "ASSETS",
    "CLOCK",
    "DB",
    "LIMITS",
    "PASSWORDS",
    "PATIENCE",
    "PROVIDER",
    "SEARCH",
    "SECRET",
    "SHOP",
    "WAKE",
    "Shopfront",
]


DB = web.AppKey("db", Database)
SHOP = web.AppKey("shop", Shopfront)
"""The shop as it stands now; see handlers.shopfront."""
PATIENCE = web.AppKey("patience", Patience)
"""How long holds wait for the bank."""
CLOCK: web.AppKey[Callable[[], datetime]] = web.AppKey("clock", Callable[[], datetime])  # type: ignore[arg-type]
PROVIDER: web.AppKey[Provider] = web.AppKey("provider", Provider)
SECRET = web.AppKey("secret", bytes)
"""The database's own secret: order links are made with it."""
SEARCH = web.AppKey("search", Replica)
PASSWORDS = web.AppKey("passwords", Passwords)
LIMITS = web.AppKey("limits", Limits)
WAKE: web.AppKey[Callable[[], None]] = web.AppKey("wake", Callable[[], None])  # type: ignore[arg-type]
HERE: web.AppKey[Callable[[Collection[str]], Awaitable[frozenset[str]]]] = web.AppKey("here", Callable)  # type: ignore[arg-type]
"""Which of these sessions, by their marks, have a page open right now, in whichever process of the shop."""
FORMS = web.AppKey("forms", dict[object, Markup])
"""Forms that narrow a listing, made before, by all that they were made of."""
