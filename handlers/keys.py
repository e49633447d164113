"""What the doors need from the house; `server` fills every key before the first request."""

from collections.abc import Callable
from datetime import datetime

from aiohttp import web
from msgspec import Struct

from handlers.assets import ASSETS
from handlers.limits import Limits
from handlers.passwords import Passwords
from shop.payments import Provider
from storage.database import Database
from storage.search import Replica

__all__ = ["ASSETS", "CLOCK", "DB", "LIMITS", "PASSWORDS", "PROVIDER", "SEARCH", "SECRET", "SHOP", "WAKE", "Shopfront"]


class Shopfront(Struct, frozen=True):
    """The settings that doors read."""

    name: str
    public_url: str
    currency: str
    locale: str
    timezone: str
    hold_minutes: int
    production: bool
    session_days: int
    metrics_token: str = ""

    @property
    def secure(self) -> bool:
        """Whether shoppers come by https, so that cookies can be kept to it."""
        return self.public_url.startswith("https://")

    @property
    def origin(self) -> str:
        """The shop's own origin, as browsers send it."""
        return "/".join(self.public_url.split("/", 3)[:3])


DB = web.AppKey("db", Database)
SHOP = web.AppKey("shop", Shopfront)
CLOCK: web.AppKey[Callable[[], datetime]] = web.AppKey("clock", Callable[[], datetime])  # type: ignore[arg-type]
PROVIDER: web.AppKey[Provider] = web.AppKey("provider", Provider)
SECRET = web.AppKey("secret", bytes)
"""The database's own secret: order links are made with it."""
SEARCH = web.AppKey("search", Replica)
PASSWORDS = web.AppKey("passwords", Passwords)
LIMITS = web.AppKey("limits", Limits)
WAKE: web.AppKey[Callable[[], None]] = web.AppKey("wake", Callable[[], None])  # type: ignore[arg-type]
