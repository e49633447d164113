"""How often one address or account may knock; whoever comes too often is told when to come again."""

import hmac
import time
from collections.abc import Callable
from datetime import UTC, datetime

from aiohttp import web

from handlers.callers import address
from shop.credits import Ledger, Rate
from shop.errors import TooManyRequests

LOGIN_PER_ADDRESS = Rate(per_second=0.2, burst=10)
LOGIN_PER_ACCOUNT = Rate(per_second=1 / 60, burst=5)
REGISTER_PER_ADDRESS = Rate(per_second=0.05, burst=10)
SEARCH_PER_ADDRESS = Rate(per_second=10, burst=60)
CHECKOUT_PER_ADDRESS = Rate(per_second=1, burst=20)
CHANGE_PER_ADDRESS = Rate(per_second=10, burst=100)
CODE_PER_ADDRESS = Rate(per_second=0.2, burst=15)
"""Promotion codes are words that can be guessed, the load token or not."""
RESET_PER_ADDRESS = Rate(per_second=0.05, burst=10)
RESET_PER_ACCOUNT = Rate(per_second=1 / 300, burst=3)
LINK_PER_ADDRESS = Rate(per_second=0.2, burst=20)
PAIR_PER_ADDRESS = Rate(per_second=0.1, burst=10)
PAIR_IN_ALL = Rate(per_second=1, burst=60)
"""Codes of screens are short, so even a crowd of addresses may not try many."""


TOKEN_HEADER = "X-Load-Token"  # noqa: S105  the name of a header


class LoadPass:
    """Tells whether a request is of a load test: it brings the load token, while that is good.

    Without a token nobody is. `until` ends it by the `clock`, without a restart: a pass that is forgotten shuts itself.
    """

    def __init__(
        self,
        token: str = "",
        until: datetime | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._token = token.encode()
        self._until = until
        self._clock = clock

    @property
    def good(self) -> bool:
        """Whether there is a token, and its time is not over."""
        return bool(self._token) and (self._until is None or self._clock() < self._until)

    def brought_by(self, request: web.BaseRequest) -> bool:
        brought = request.headers.get(TOKEN_HEADER)
        if brought is None or not self.good:
            return False
        return hmac.compare_digest(brought.encode(errors="surrogateescape"), self._token)


NOBODY = LoadPass()
LOAD_PASS: web.AppKey[LoadPass] = web.AppKey("load_pass", LoadPass)


class Limits:
    """The shop's credits, by address and by account. `now` is a monotonic clock in seconds; `factor` widens all of them.

    Whoever brings the load token is not counted, but for tries to log in: no load test needs to guess passwords.
    """

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        factor: float = 1.0,
        crowd: LoadPass = NOBODY,
        processes: int = 1,
    ) -> None:
        """`processes`: how many serve the shop. Each counts for itself, so each gives back its share of a rate only."""
        self._now = now
        self._crowd = crowd
        self._ledgers = {
            name: Ledger(Rate(rate.per_second * factor / processes, rate.burst * factor))
            for name, rate in {
                "login": LOGIN_PER_ADDRESS,
                "account": LOGIN_PER_ACCOUNT,
                "register": REGISTER_PER_ADDRESS,
                "search": SEARCH_PER_ADDRESS,
                "checkout": CHECKOUT_PER_ADDRESS,
                "change": CHANGE_PER_ADDRESS,
                "code": CODE_PER_ADDRESS,
                "link": LINK_PER_ADDRESS,
                "pair": PAIR_PER_ADDRESS,
                "pair in all": PAIR_IN_ALL,
                "reset": RESET_PER_ADDRESS,
                "letter": RESET_PER_ACCOUNT,
            }.items()
        }

    def login(self, request: web.Request, email: str) -> None:
        """Counts a try to log in, by address and by account; raises TooManyRequests."""
        self._take("login", address(request))
        self._take("account", email)

    def register(self, request: web.Request) -> None:
        self._knock("register", request)

    def reset(self, request: web.Request, email: str) -> None:
        """Counts a letter that somebody asks for, by address and by the email it goes to; raises TooManyRequests."""
        self._take("reset", address(request))
        self._take("letter", email)

    def search(self, request: web.Request) -> None:
        self._knock("search", request)

    def checkout(self, request: web.Request) -> None:
        self._knock("checkout", request)

    def change(self, request: web.Request) -> None:
        """Counts a change to a cart or an account."""
        self._knock("change", request)

    def code(self, request: web.Request) -> None:
        """Counts a try of a promotion code; raises TooManyRequests."""
        self._take("code", address(request))

    def link(self, request: web.Request) -> None:
        """Counts a try to open an order, or to use a link from a mail, by its secret."""
        self._knock("link", request)

    def pair(self, request: web.Request) -> None:
        """Counts a try of a screen's code, by address and in all, the load token or not; raises TooManyRequests."""
        self._take("pair", address(request))
        self._take("pair in all", "everybody")

    def _knock(self, name: str, request: web.Request) -> None:
        if not self._crowd.brought_by(request):
            self._take(name, address(request))

    def _take(self, name: str, caller: str) -> None:
        wait = self._ledgers[name].take(caller, self._now())
        if wait > 0:
            seconds = max(1, round(wait + 0.5))
            raise TooManyRequests(f"Please wait {seconds} s and try again.", retry_seconds=seconds)
