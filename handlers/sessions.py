"""Sessions through aiohttp-session, kept in the shop's own books: a random secret outside, its hash inside.

A browser carries the secret in a cookie, other clients in an Authorization header. There is no row until there is
something to keep, and login and logout change the secret.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

import orjson
from aiohttp import web
from aiohttp_session import AbstractStorage, Session

from shop.errors import ShopError
from shop.ids import crockford, new_session_secret
from shop.screens import LIFETIME
from storage import sessions
from storage.database import Database

R = TypeVar("R")

MAX_SECRET_LENGTH = 64
MARK = "mark"
"""The session's public name; a member of its data that is stored beside it."""

CUSTOMER = "customer"
SCREEN = "screen"
"""Which screen on the wall the session shows; it then is good for that page only, and for longer (shop/screens.py)."""


class _Written(NamedTuple):
    """A session as this request has written it."""

    secret: str
    mark: str
    lifetime: timedelta
    session: dict[str, Any]


_WRITTEN: web.RequestKey[_Written] = web.RequestKey("written_session", _Written)


class Bookkept(AbstractStorage):
    """Loads and saves sessions by verbs. `clock` tells UTC."""

    def __init__(self, db: Database, clock: Callable[[], datetime], *, secure: bool, days: int) -> None:
        super().__init__(
            cookie_name=cookie_name(secure=secure),
            max_age=days * 86_400,
            secure=secure,
            httponly=True,
            samesite="Lax",
        )
        self._db = db
        self._clock = clock
        self._lifetime = timedelta(days=days)

    async def load_session(self, request: web.Request) -> Session:
        """The session that the request's secret opens, or a new one."""
        secret = secret_of(request, self.cookie_name)
        if secret is None:
            return Session(None, data=None, new=True, max_age=self.max_age)
        found = await self._db.fetch(sessions.LOAD, id_hash=sessions.hash_of(secret))
        if not found or found[0][3] <= self._clock().timestamp() * 1000:
            return Session(None, data=None, new=True, max_age=self.max_age)
        mark, data, created, _ = found[0]
        loaded: dict[str, Any] = orjson.loads(data) | {MARK: mark}
        return Session(secret, data={"created": created // 1000, "session": loaded}, new=False)

    async def save_session(self, request: web.Request, response: web.StreamResponse, session: Session) -> None:
        """Writes the session as it is now, under a new secret when it is a new one; an empty one ends."""
        presented = secret_of(request, self.cookie_name)
        old = sessions.hash_of(presented) if presented else None
        now = self._clock()
        if session.empty:
            if old is not None:
                await self._db.write(sessions.end, old, now)
                self._forget_cookie(response)
            return
        known = request.get(_WRITTEN)
        if known is None or known.session != dict(session):
            known = await self._write(request, session, old, now)
        if not (bearer(request) or request.get(AS_TOKEN)):
            self.save_cookie(response, known.secret, max_age=known.lifetime // timedelta(seconds=1))

    async def write_along(self, request: web.Request, session: Session, other: asyncio.Future[R]) -> R:
        """The answer of another write that has just begun; the session of somebody new is written in the same commit.

        Its cookie leaves with the response. When the other write is refused, there is no session.
        """
        if not session.new or _WRITTEN in request:
            return await other
        presented = secret_of(request, self.cookie_name)
        old = sessions.hash_of(presented) if presented else None
        unwritten: ShopError | None = None
        try:
            await self._write(request, session, old, self._clock())
        except ShopError as refusal:
            unwritten = refusal
        try:
            answer = await other
        except ShopError:
            # Nothing came of it, so nothing is kept of this visitor either.
            if unwritten is None:
                await self._db.write(sessions.unmake, sessions.hash_of(request[_WRITTEN].secret))
                del request[_WRITTEN]
            session.invalidate()
            raise
        if unwritten is not None:
            raise unwritten
        return answer

    async def _write(self, request: web.Request, session: Session, old: bytes | None, now: datetime) -> "_Written":
        before = request.get(_WRITTEN)
        secret = before.secret if before else session.identity or new_session_secret(now)
        data = dict(session)
        mark = data.pop(MARK, None) or (before.mark if before else crockford(16))
        lifetime = LIFETIME if SCREEN in data else self._lifetime
        new = session.new and before is None
        saved = sessions.Saved(
            id_hash=sessions.hash_of(secret),
            mark=mark,
            customer=data.get(CUSTOMER),
            data=orjson.dumps(data),
            at=now,
            expires_at=now + lifetime,
            replaces=old if new else None,
            new=new,
        )
        await self._db.write(sessions.save, saved)
        written = request[_WRITTEN] = _Written(secret, mark, lifetime, dict(session))
        return written

    def _forget_cookie(self, response: web.StreamResponse) -> None:
        """Takes the cookie back, with the flags it was given: browsers ignore a word about __Host-… that is not Secure."""
        flags = self.cookie_params
        response.del_cookie(
            self.cookie_name, secure=flags["secure"], httponly=flags["httponly"], samesite=flags["samesite"]
        )


AS_TOKEN: web.RequestKey[bool] = web.RequestKey("as_token", bool)
"""Set when the client keeps the new session's secret itself, as a bearer token, and so gets no cookie."""


def cookie_name(*, secure: bool) -> str:
    """What the session's cookie is called; browsers keep one called __Host-… to its host and to https."""
    return "__Host-session" if secure else "session"


def secret_of(request: web.BaseRequest, name: str) -> str | None:
    """The session secret that a request brings, or None when it brings none that could be one."""
    secret = bearer(request) or _cookie(request.headers.get("Cookie", ""), name)
    return secret if secret and len(secret) <= MAX_SECRET_LENGTH and secret.isascii() else None


def _cookie(header: str, name: str) -> str | None:
    """The value of the last cookie of this name in a Cookie header (RFC 6265, section 4.2).

    Secrets are never quoted, so there is no need to take apart what others have put beside ours.
    """
    found = None
    for pair in header.split(";"):
        called, _, value = pair.partition("=")
        if called.strip() == name:
            found = value.strip()
    return found


def bearer(request: web.BaseRequest) -> str | None:
    """The bearer token that a request brings (RFC 6750, section 2.1), or None."""
    brought = request.headers.get("Authorization")
    if brought is None:
        return None
    scheme, _, token = brought.partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else None
