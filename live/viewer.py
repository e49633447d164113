"""Who looks through a connection, as far as topics care."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


async def _nobody_elses(_number: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Viewer:
    """What a session may see, fixed for a connection's life: when it changes, the client reconnects.

    `tag` names the session without giving it away (it is sent to the client); None where there is no session.
    `screen` is a screen on the wall: it may see that page's topics and no other, not even public ones.
    `look_up` answers whether an order that is not among `orders` is this viewer's.
    """

    tag: str | None = None
    cart_id: str | None = None
    customer_id: str | None = None
    staff: bool = False
    screen: bool = False
    orders: frozenset[str] = frozenset()
    look_up: Callable[[str], Awaitable[bool]] = _nobody_elses

    async def may_see_order(self, number: str) -> bool:
        """Whether this order is the viewer's own; asks storage only where the session doesn't know."""
        return number in self.orders or await self.look_up(number)
