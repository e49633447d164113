"""The OpenAPI 3.1 document, built from the table of operations: what it says is what the routes do."""

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from itertools import groupby
from typing import Any

import msgspec
from aiohttp import web

from handlers.api.operations import ROOT, For, Key, Nothing, Operation
from shop.errors import ShopError

TITLE = "Shopwire"
VERSION = "1.0.0"
ABOUT = (
    'Everything that a shopper does, and what staff do, as JSON. Money is in minor units (`{"amount": 2800, '
    '"currency": "EUR"}` is €28.00), times are RFC 3339 in UTC, refusals are problem objects with a stable `code`. '
    "What changes while somebody looks is pushed over /live."
)
REF = "#/components/schemas/{name}"

Node = dict[str, Any]

PROBLEM: Node = {
    "title": "Problem",
    "description": "A refusal (RFC 9457). Go by `code`; `title` and `detail` are for people and may change.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "fields": {
            "description": "What is wrong, by field.",
            "type": "object",
            "additionalProperties": {"type": "string"},
        },
        "retry_seconds": {"description": "When trying again makes sense.", "type": "number"},
        "request_id": {"type": "string"},
        "limits": {"description": "purchase_limit: what one customer can buy, by product.", "type": "array"},
        "short": {"description": "sold_out: what was wanted and what is left, by variant.", "type": "array"},
        "changes": {"description": "price_changed: the price before and now, by variant.", "type": "array"},
        "on_hand": {"description": "stale_edit: what is on hand now.", "type": "integer"},
        "held": {"description": "stale_edit: what is held now.", "type": "integer"},
        "rest": {"description": "refund_too_large: what can still be given back.", "type": "integer"},
        "refunds": {"description": "stale_edit: how many refunds the order has now.", "type": "integer"},
        "refunded": {"description": "stale_edit: what of the order went back so far.", "type": "integer"},
        "order_status": {"description": "wrong_state: where the order stands.", "type": "string"},
    },
}
SECURITY: Node = {
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-session",
        "description": "Browsers. On plain http, for development, the cookie's name is `session`.",
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": 'Other clients: log in with `"token": true`. Send no cookie beside it.',
    },
}


def document(operations: Sequence[Operation]) -> bytes:
    """The whole document as JSON."""
    shapes = sorted(
        {t for op in operations for t in (op.takes, op.answers) if t is not Nothing}, key=lambda t: t.__name__
    )
    _, schemas = msgspec.json.schema_components(shapes, ref_template=REF)
    paths = {path: _path(group) for path, group in groupby(operations, key=lambda op: op.path)}
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": TITLE, "version": VERSION, "description": ABOUT, "license": {"name": "MIT"}},
            "servers": [{"url": "/"}],
            "security": [{}, {"cookie": []}, {"bearer": []}],
            "paths": paths,
            "components": {"schemas": {**schemas, "Problem": PROBLEM}, "securitySchemes": SECURITY},
        }
    )


def route(described: bytes) -> web.RouteDef:
    """GET /openapi.json"""

    async def openapi(_request: web.Request) -> web.Response:
        headers = {"Cache-Control": "public, max-age=60"}
        return web.Response(body=described, content_type="application/json", headers=headers)

    return web.get("/openapi.json", openapi)


def _path(group: Iterable[Operation]) -> Node:
    return {op.method.lower(): _operation(op) for op in group}


def _operation(op: Operation) -> Node:
    summary, rest = op.words
    node: Node = {"operationId": op.name, "tags": [_tag(op)], "summary": summary}
    if rest:
        node["description"] = " ".join(rest.split())
    if op.whom is not For.ANYBODY:
        node["security"] = [{"cookie": []}, {"bearer": []}]
    if parameters := [*_in_path(op), *_in_query(op), *_in_headers(op)]:
        node["parameters"] = parameters
    if op.body:
        node["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(op.takes)}}}
    node["responses"] = {str(op.status): _success(op)} | _refusals(op.refusals)
    return node


def _tag(op: Operation) -> str:
    return "staff" if op.whom is For.STAFF else op.path.removeprefix(ROOT).split("/")[1]


def _in_path(op: Operation) -> list[Node]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", op.path)
    ]


def _in_query(op: Operation) -> list[Node]:
    if not op.query:
        return []
    _, components = msgspec.json.schema_components([op.takes], ref_template=REF)
    schema = components[op.takes.__name__]
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": described}
        for name, described in schema["properties"].items()
    ]


def _in_headers(op: Operation) -> list[Node]:
    if op.key is Key.NONE:
        return []
    return [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": op.key is Key.REQUIRED,
            "description": "A new random text for each wish, the same for each repetition of it; kept for a day.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 128},
        }
    ]


def _success(op: Operation) -> Node:
    phrase = HTTPStatus(op.status).phrase
    if op.answers is Nothing:
        return {"description": phrase}
    return {"description": phrase, "content": {"application/json": {"schema": _ref(op.answers)}}}


def _refusals(refusals: Sequence[type[ShopError]]) -> Node:
    """The refusals by status, each with the codes it may carry. They come sorted by status."""
    found: Node = {}
    for status, group in groupby(refusals, key=lambda refusal: refusal.status):
        same = list(group)
        codes = {"properties": {"code": {"enum": [refusal.code for refusal in same]}}}
        schema = {"allOf": [{"$ref": REF.format(name="Problem")}, codes]}
        found[str(status)] = {
            "description": "; ".join(f"`{refusal.code}`: {refusal.title}" for refusal in same) + ".",
            "content": {"application/problem+json": {"schema": schema}},
        }
        if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
            seconds = {"description": "Seconds until trying again makes sense.", "schema": {"type": "integer"}}
            found[str(status)]["headers"] = {"Retry-After": seconds}
    return found


def _ref(shape: type[msgspec.Struct]) -> Node:
    return {"$ref": REF.format(name=shape.__name__)}
