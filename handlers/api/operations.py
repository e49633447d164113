"""Operations: a route of the API together with all that its description says, so that the two can't differ.

What an operation takes is decoded by the type it names, and what it answers is encoded from the type it names.
"""

import inspect
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from aiohttp import web
from msgspec import Raw, Struct, structs

from handlers.bodies import converted, json_body
from handlers.edge import Oops
from handlers.sessions import bearer
from handlers.visitors import require_customer, require_staff, visitor
from shop.errors import (
    BadRequest,
    Busy,
    CommandReused,
    Forbidden,
    ForeignOrigin,
    InvalidFields,
    MalformedBody,
    MissingCommandId,
    NotFound,
    ShopError,
    TooLarge,
    Unauthenticated,
    Unavailable,
)

ROOT = "/api/v1"

T = TypeVar("T", bound=Struct)
A = TypeVar("A", bound=Struct)

_encode = msgspec.json.Encoder().encode


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """What operations take and answer that take or answer nothing."""


class For(StrEnum):
    """Whom an operation is for."""

    ANYBODY = "anybody"
    CUSTOMERS = "customers"
    STAFF = "staff"


class Key(StrEnum):
    """Whether an operation reads an Idempotency-Key header."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Operation(Struct, frozen=True, kw_only=True):
    """One method of one address. `takes` is its body, or its query for GET; `status` is what success answers."""

    method: str
    path: str
    handler: Callable[[web.Request, Any], Awaitable[Any]]
    takes: type[Struct]
    answers: type[Struct]
    status: int
    errors: tuple[type[ShopError], ...]
    whom: For
    key: Key
    enters: bool
    """Whether it opens sessions, so that an ended bearer token does not stand in its way."""

    @property
    def name(self) -> str:
        return self.handler.__name__

    @property
    def words(self) -> tuple[str, str]:
        """What it does, in a sentence, and the rest: from the handler's docstring."""
        summary, _, rest = (inspect.getdoc(self.handler) or "").partition("\n\n")
        return summary, rest

    @property
    def query(self) -> bool:
        """Whether `takes` comes as the query of the address."""
        return self.takes is not Nothing and self.method == "GET"

    @property
    def body(self) -> bool:
        return self.takes is not Nothing and self.method != "GET"

    @property
    def refusals(self) -> list[type[ShopError]]:
        """Every refusal that it can answer: its own, and those that come with its kind."""
        found: list[type[ShopError]] = [*self.errors, Unauthenticated, Oops, Unavailable, Busy]
        found += [BadRequest] if self.query else []
        found += [MalformedBody, TooLarge] if self.body else []
        found += [ForeignOrigin] if self.method != "GET" else []
        found += [Forbidden] if self.whom is For.STAFF else []
        found += [CommandReused, InvalidFields] if self.key is not Key.NONE else []
        found += [MissingCommandId] if self.key is Key.REQUIRED else []
        found += [NotFound] if "{" in self.path else []
        return sorted(set(found), key=lambda refusal: (refusal.status, refusal.code))


def operation(  # noqa: PLR0913  A row of the table has this many columns, each with a name.
    method: str,
    path: str,
    handler: Callable[[web.Request, T], Awaitable[A | Raw]],
    takes: type[T],
    answers: type[A],
    *,
    status: int = 200,
    errors: tuple[type[ShopError], ...] = (),
    whom: For = For.ANYBODY,
    key: Key = Key.NONE,
    enters: bool = False,
) -> Operation:
    """A row of the table; the type checker holds the handler to what it takes and answers."""
    return Operation(
        method=method,
        path=ROOT + path,
        handler=handler,
        takes=takes,
        answers=answers,
        status=status,
        errors=errors,
        whom=whom,
        key=key,
        enters=enters,
    )


def route(op: Operation) -> web.RouteDef:
    """The route that admits, decodes, calls the handler and encodes."""

    async def answer(request: web.Request) -> web.Response:
        await _admit(op, request)
        found = await op.handler(request, await _taken(op, request))
        if op.answers is Nothing:
            return web.Response(status=op.status)
        return web.Response(body=_encode(found), status=op.status, content_type="application/json")

    return web.get(op.path, answer) if op.method == "GET" else web.route(op.method, op.path, answer)


async def _admit(op: Operation, request: web.Request) -> None:
    """Raises Unauthenticated or Forbidden for whom the operation isn't, and NotFound for names that can't be."""
    if not all(value.isprintable() for value in request.match_info.values()):
        raise NotFound
    if bearer(request) and not op.enters and (await visitor(request)).mark is None:
        raise Unauthenticated("This token was never good, or has ended. Log in again.")
    if op.whom is For.CUSTOMERS:
        await require_customer(request)
    elif op.whom is For.STAFF:
        await require_staff(request)


async def _taken(op: Operation, request: web.Request) -> Struct:
    if op.body:
        return await json_body(request, op.takes)
    if not op.query:
        return Nothing()
    try:
        return converted(_fields(request, op.takes), op.takes)
    except MalformedBody as fault:
        raise BadRequest(fault.detail, fields=fault.fields) from fault


def _fields(request: web.Request, kind: type[Struct]) -> dict[str, object]:
    """The query's fields; one that may come several times is a list."""
    several = {field.name for field in structs.fields(kind) if field.default == ()}
    query = request.query
    return {name: query.getall(name) if name in several else query[name] for name in query}
