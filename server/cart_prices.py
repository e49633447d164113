"""Carts that somebody looks at follow the products in them: a new price is a new value of me/cart, without touching the cart."""

import asyncio
from collections.abc import Sequence

from live import topics
from live.changes import State
from live.hub import Hub
from server.source import Books
from shop.events import ProductChanged, Recorded
from shop.ids import CartId
from storage import carts
from storage.database import Database

PAUSE_SECONDS = 0.1


class CartPrices:
    """One a process; publishes the state me/cart of watched carts whose products changed."""

    def __init__(self, db: Database, books: Books, hub: Hub) -> None:
        self._db = db
        self._books = books
        self._hub = hub
        self._changed: set[str] = set()
        self._woken = asyncio.Event()

    def hear(self, recorded: Sequence[Recorded]) -> None:
        """Prices or availability of products may be others now."""
        changed = {event.product for _, event in recorded if isinstance(event, ProductChanged)}
        if changed:
            self._changed |= changed
            self._woken.set()

    async def run(self) -> None:
        """Reads and publishes, whenever something changed, until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            changed, self._changed = self._changed, set()
            watched = [CartId(key.removeprefix(topics.CARTS)) for key in self._hub.watched(topics.CARTS)]
            if watched:
                await self._publish(await self._db.read(carts.holding, watched, changed))
            await asyncio.sleep(PAUSE_SECONDS)

    async def _publish(self, found: list[CartId]) -> None:
        seen = await self._books.snapshot([topics.cart_key(cart_id) for cart_id in found])
        self._hub.publish(State(key, cart.version, cart.data) for key, cart in seen.items() if cart is not None)
