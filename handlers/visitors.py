"""Who is at the door: the session's cart, customer and orders, and what this visitor may see."""

import asyncio
import weakref
from typing import TypeVar

import aiohttp_session
from aiohttp import web
from aiohttp_session import Session

from handlers.keys import CLOCK, DB
from handlers.sessions import AS_TOKEN, CUSTOMER, MARK, SCREEN, Bookkept
from shop.browsers import named
from shop.customers import Customer, Role
from shop.errors import Forbidden, NotFound, Unauthenticated
from shop.ids import CartId, CustomerId, OrderNumber, new_cart_id, new_session_secret, parse_order_number
from shop.orders import Order
from storage import customers, orders, screens
from storage.sessions import hash_of

R = TypeVar("R")

CART = "cart"
ORDERS = "orders"
TYPED = "typed"
BROWSER = "browser"
"""Which browser somebody signed in with, for the list of their sessions; never more than its family and system."""
MAX_GRANTED_ORDERS = 50

SCREEN_DOORS = frozenset(
    {
        ("GET", "/dashboard"),
        ("HEAD", "/dashboard"),
        ("GET", "/live"),
        ("GET", "/screen"),
        ("HEAD", "/screen"),
        ("POST", "/screen"),
        ("POST", "/logout"),
    }
)
"""All that a screen on the wall may ask for. The dashboard's door lets it see its own page and no other."""


class Visitor:
    """One request's view of its session. Changes are saved when the response leaves."""

    def __init__(
        self, request: web.Request, session: Session, customer: Customer | None, screen: str | None = None
    ) -> None:
        # The request keeps its visitor, so the other way is weak: in a circle neither would go until somebody looks for circles.
        self._request = weakref.proxy(request)
        self._session = session
        self.customer = customer
        self.screen = screen
        """The screen on the wall that this browser is."""

    @property
    def cart_id(self) -> CartId | None:
        found = self._session.get(CART)
        return CartId(found) if found else None

    @property
    def staff(self) -> bool:
        return self.customer is not None and self.customer.role is Role.STAFF

    @property
    def mark(self) -> str | None:
        """The session's public name, None while nothing is kept of this visitor."""
        found: str | None = self._session.get(MARK)
        return found

    @property
    def orders(self) -> frozenset[OrderNumber]:
        """Orders that this session was granted by their links."""
        return frozenset(OrderNumber(number) for number in self._session.get(ORDERS, ()))

    def own_cart(self) -> CartId:
        """The visitor's cart; the first time it is given a name, and the session keeps it."""
        if self.cart_id is None:
            self._session[CART] = new_cart_id(self._request.app[CLOCK]())
        return CartId(self._session[CART])

    def disown_cart(self) -> None:
        """Forgets the name that the cart was given, when nothing came of it."""
        self._session.pop(CART, None)

    async def keep_with(self, other: asyncio.Future[R]) -> R:
        """The answer of a write that has just begun; somebody new is written down in its commit, and not in one more."""
        storage: Bookkept = self._request[aiohttp_session.STORAGE_KEY]
        return await storage.write_along(self._request, self._session, other)

    @property
    def typed(self) -> dict[str, str]:
        """What was typed at a checkout that something in the cart stood in the way of, by the names of its fields."""
        found: dict[str, str] = self._session.get(TYPED, {})
        return found

    def keep_typed(self, fields: dict[str, str]) -> None:
        """Keeps it until the next order of this session; nothing when that is placed."""
        if fields:
            self._session[TYPED] = fields
        else:
            self._session.pop(TYPED, None)

    def may_see(self, order: Order) -> bool:
        """Whether the order was placed from this cart or by this customer, or opened by its link."""
        cart, customer = self._session.get(CART), self.customer
        if cart and order.cart == cart:
            return True
        if customer is not None and (order.customer == customer.id or self.staff):
            return True
        return order.number in self._session.get(ORDERS, ())

    def grant(self, number: OrderNumber) -> None:
        """Lets this session see an order from now on."""
        if number not in self.orders:
            self._session[ORDERS] = [*self._session.get(ORDERS, ()), number][-MAX_GRANTED_ORDERS:]

    async def enter(self, customer: Customer, cart_id: CartId | None, *, as_token: bool = False) -> str:
        """Logs the customer in under a new session secret, which is answered; the old one ends.

        With `as_token` the client is told the secret and keeps it as a bearer token; otherwise it goes into the cookie.
        """
        granted = self._session.get(ORDERS, []) if self.customer is None else []
        secret = new_session_secret(self._request.app[CLOCK]())
        self._session = await aiohttp_session.new_session(self._request)
        self._session.set_new_identity(secret)
        self._request[AS_TOKEN] = as_token
        self._session[CUSTOMER] = customer.id
        self._session[BROWSER] = named(self._request.headers.get("User-Agent", ""))
        if cart_id is not None:
            self._session[CART] = cart_id
        if granted:
            self._session[ORDERS] = granted
        self.customer = customer
        return secret

    async def become_screen(self, screen: str, secret: str, mark: str) -> None:
        """From here on the browser is this screen, under a new session; the one before, whoever's it was, ends."""
        self._session = await aiohttp_session.new_session(self._request)
        self._session.set_new_identity(secret)
        self._session[SCREEN] = screen
        self._session[MARK] = mark
        self.customer, self.screen = None, screen

    def renew(self) -> None:
        """The session's time begins anew."""
        self._session.changed()

    async def leave(self) -> None:
        """Logs out: the session ends, and with it its sockets."""
        self._session.invalidate()
        self.customer = None


VISITOR: web.RequestKey[Visitor] = web.RequestKey("visitor", Visitor)


async def visitor(request: web.Request) -> Visitor:
    """The visitor of this request, looked up once. A session whose customer is gone is a guest's.

    Raises Forbidden for a screen on the wall that asks for anything but what it shows.
    """
    known = request.get(VISITOR)
    if known is None:
        session = await aiohttp_session.get_session(request)
        screen = await _screen(request, session) if SCREEN in session else None
        if screen is not None and (request.method, request.path) not in SCREEN_DOORS:
            # Whoever draws the refusal draws it for a stranger.
            request[VISITOR] = Visitor(request, Session(None, data=None, new=True), None)
            raise Forbidden("This browser is a screen on the wall: it shows its own page and nothing else.")
        customer = await _customer(request, session[CUSTOMER]) if CUSTOMER in session else None
        known = request[VISITOR] = Visitor(request, session, customer, screen)
    return known


async def _screen(request: web.Request, session: Session) -> str | None:
    """The screen that the session shows. One that was signed out while the session was being saved ends here."""
    found = await request.app[DB].fetch(screens.SHOWN_BY, session=hash_of(str(session.identity)))
    if not found:
        session.invalidate()
        return None
    return str(found[0][0])


async def _customer(request: web.Request, known: CustomerId) -> Customer | None:
    found = await request.app[DB].fetch(customers.BY_ID, customer=known)
    return customers.customer(found[0]) if found else None


async def require_customer(request: web.Request) -> Visitor:
    """The visitor, who must be logged in; raises Unauthenticated."""
    found = await visitor(request)
    if found.screen is not None:
        raise Forbidden("This browser is a screen on the wall: it shows its own page and nothing else.")
    if found.customer is None:
        raise Unauthenticated("Please log in to see this.")
    return found


async def require_staff(request: web.Request) -> Visitor:
    """The visitor, who must be staff; raises Unauthenticated or Forbidden."""
    found = await require_customer(request)
    if not found.staff:
        raise Forbidden("This part is for staff.")
    return found


async def require_screen(request: web.Request) -> Visitor:
    """The visitor, who must be a screen on the wall, or staff who look at what it shows; raises as require_staff.

    A screen is noted as seen, and stays signed in for as long again.
    """
    found = await visitor(request)
    if found.screen is None:
        return await require_staff(request)
    await request.app[DB].write(screens.saw, found.screen, request.app[CLOCK]())
    found.renew()
    return found


async def own_order(request: web.Request) -> Order:
    """The order of the address, if this visitor may see it.

    A foreign one and one that isn't there are refused alike (NotFound), so that numbers can't be probed.
    """
    number = parse_order_number(request.match_info["number"])
    order = None if number is None else await request.app[DB].find(orders.several, number)
    if order is None or not (await visitor(request)).may_see(order):
        raise NotFound("If this order is yours, open it by the link in our mail, or sign in.")
    return order


def customer_id(who: Visitor) -> CustomerId | None:
    """The account of whoever is here; None for a guest."""
    return who.customer.id if who.customer else None
