"""The link that opens a guest's order: made from the order's number and the shop's secret, so it can be written again."""

import base64
import hashlib
import hmac

from shop.ids import OrderNumber


def order_token(secret: bytes, number: OrderNumber) -> str:
    """The token in /o/{token}: 256 bits that only the shop can make (HMAC, RFC 2104). Stored as a hash only."""
    digest = hmac.digest(secret, b"order link " + number.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
