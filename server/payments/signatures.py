"""Tells real webhooks from forged ones: signatures of the form `t=<unix seconds>,v1=<hex>`.

The hex is HMAC-SHA256 over `{t}.{raw body}`. Several `v1` may come while the sender replaces its secret.
"""

import hashlib
import hmac
import re
from datetime import datetime

from shop.payments import ForgedWebhook

TOLERANCE_SECONDS = 300
MAX_SIGNATURES = 8
_STAMP = re.compile(r"[0-9]{1,12}")


def verify(raw: bytes, signature: str, secrets: tuple[str, ...], now: datetime) -> None:
    """Returns if one of the secrets signed these bytes at about this time; raises ForgedWebhook otherwise."""
    parts = [part.strip().partition("=") for part in signature.split(",")]
    stamps = [value for name, _, value in parts if name == "t"]
    given = [value.encode(errors="replace") for name, _, value in parts if name == "v1"]
    if len(stamps) != 1 or not _STAMP.fullmatch(stamps[0]):
        raise ForgedWebhook("the signature has no time stamp")
    # Both ways: a stamp in the future would stay valid for as long as its writer likes.
    if abs(now.timestamp() - int(stamps[0])) > TOLERANCE_SECONDS:
        raise ForgedWebhook("the signature's time is too far from now")
    signed = f"{stamps[0]}.".encode() + raw
    wanted = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode() for secret in secrets]
    if not any(hmac.compare_digest(one, fit) for one in given[:MAX_SIGNATURES] for fit in wanted):
        raise ForgedWebhook("the signature does not fit")
