"""Stripe's wire as its documentation describes it: form-encoded nested parameters in, JSON and error objects out.

https://docs.stripe.com/api, https://docs.stripe.com/api/errors, https://docs.stripe.com/api/idempotent_requests
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

_PARTS = re.compile(r"[^\[\]]+")


class Refusal(Exception):
    """An error object. `kept` says whether the endpoint had begun to work, so that the answer counts for its key."""

    def __init__(
        self, message: str, *, status: int = 400, code: str = "", param: str = "", kind: str = "", kept: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kept = kept
        self.body = {
            "error": {
                "type": kind or ("api_error" if status >= 500 else "invalid_request_error"),
                "message": message,
            }
            | ({"code": code, "doc_url": f"https://docs.stripe.com/error-codes/{code}"} if code else {})
            | ({"param": param} if param else {})
        }


@dataclass
class Answer:
    """What a key was answered first, and with which parameters it came."""

    fingerprint: bytes
    status: int
    body: bytes
    at: float


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`line_items[0][price_data][currency]=eur` as dictionaries and lists."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        *way, last = _PARTS.findall(name)
        place = found
        for step in way:
            place = place.setdefault(step, {})
        place[last] = value
    listed = _listed(found)
    assert isinstance(listed, dict)
    return listed


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdigit() for name in value):
        return [_listed(value[name]) for name in sorted(value, key=int)]
    return {name: _listed(inner) for name, inner in value.items()}


def number(params: Mapping[str, Any], name: str, least: int = 1) -> int:
    """An integer parameter; raises the refusal that Stripe gives for anything else."""
    text = str(params.get(name, ""))
    if not re.fullmatch(r"-?\d+", text):
        raise Refusal(f"Invalid integer: {text}", code="parameter_invalid_integer", param=name)
    if int(text) < least:
        raise Refusal(f"This value must be greater than or equal to {least}.", param=name)
    return int(text)


def known(params: Mapping[str, Any], *names: str) -> None:
    """Raises for a parameter that the endpoint doesn't have."""
    for name in params:
        if name not in names:
            raise Refusal(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def signed(raw: bytes, at: int, *secrets: str) -> str:
    """The value of Stripe-Signature: https://docs.stripe.com/webhooks#verify-manually"""
    parts = [hmac.new(one.encode(), f"{at}.".encode() + raw, hashlib.sha256).hexdigest() for one in secrets]
    return ",".join([f"t={at}", *(f"v1={part}" for part in parts)])


def fingerprint(method: str, path: str, params: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(orjson.dumps([method, path, params], option=orjson.OPT_SORT_KEYS)).digest()
