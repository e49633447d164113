"""The AsyncAPI 3 document, built from the wire's own structs, so that code and document can't differ."""

from typing import Any, Final

import msgspec

from live import protocol
from live.protocol import CloseCode

_SCHEMAS: Final = "#/components/schemas/"
_MESSAGES: Final = "#/components/messages/"
_CHANNEL: Final = "#/channels/live"

# What each request is answered with; Refusal may answer any of them.
_REPLIES: Final[dict[type, type]] = {
    protocol.Hello: protocol.HelloReply,
    protocol.Subscribe: protocol.SubscribeReply,
    protocol.Unsubscribe: protocol.UnsubscribeReply,
    protocol.Suggest: protocol.SuggestReply,
}
_PUSHES: Final[tuple[type, ...]] = (
    protocol.State, protocol.Feed, protocol.Reset, protocol.Gone, protocol.Ping, protocol.Bye,
)  # fmt: skip
_INBOUND: Final[tuple[type, ...]] = (*_REPLIES, protocol.Pong)
_OUTBOUND: Final[tuple[type, ...]] = (*_REPLIES.values(), protocol.Refusal, *_PUSHES)


def json_schema(message: type) -> dict[str, Any]:
    """A self-contained JSON Schema (2020-12) for one message."""
    return {"$ref": _SCHEMAS + message.__name__, "components": {"schemas": _schemas()}}


def document(version: str = "1.0.0") -> dict[str, Any]:
    """The whole document as a JSON-ready dict."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Shopwire live",
            "version": version,
            "description": "Stock, prices, carts, orders and search suggestions, pushed over one websocket per page.",
        },
        "defaultContentType": "application/json",
        "channels": {"live": _channel()},
        "operations": _operations(),
        "components": {
            "schemas": _schemas(),
            "messages": {message.__name__: _message(message) for message in (*_INBOUND, *_OUTBOUND)},
        },
    }


def _channel() -> dict[str, Any]:
    return {
        "address": "/live",
        "description": f"Subprotocol {protocol.SUBPROTOCOL}; UTF-8 JSON text, one object per frame.",
        "messages": {m.__name__: {"$ref": _MESSAGES + m.__name__} for m in (*_INBOUND, *_OUTBOUND)},
        "bindings": {"ws": {"method": "GET"}},
        "x-close-codes": {str(code.value): code.name.lower() for code in CloseCode},
    }


def _operations() -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for message in _INBOUND:
        operation = _operation("receive", message)
        if message in _REPLIES:
            answers = (_REPLIES[message], protocol.Refusal)
            operation["reply"] = {"channel": {"$ref": _CHANNEL}, "messages": [_in_channel(m) for m in answers]}
        operations[f"receive{message.__name__}"] = operation
    for message in _PUSHES:
        operations[f"send{message.__name__}"] = _operation("send", message)
    return operations


def _operation(action: str, message: type) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": _CHANNEL}, "messages": [_in_channel(message)]}


def _in_channel(message: type) -> dict[str, str]:
    return {"$ref": f"{_CHANNEL}/messages/{message.__name__}"}


def _message(message: type) -> dict[str, Any]:
    return {
        "name": message.__name__,
        "summary": (message.__doc__ or "").strip(),
        "payload": {"$ref": _SCHEMAS + message.__name__},
    }


def _schemas() -> dict[str, Any]:
    _, schemas = msgspec.json.schema_components((*_INBOUND, *_OUTBOUND), ref_template=_SCHEMAS + "{name}")
    return schemas
