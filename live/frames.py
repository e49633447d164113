"""Finished server websocket frames (RFC 6455 section 5.2), encoded once and written to any number of sockets."""

from struct import Struct
from typing import Final

_FINAL: Final = 0x80
_TEXT: Final = 0x1
_CLOSE: Final = 0x8
_PONG: Final = 0xA
_SHORT_PAYLOAD_BYTES: Final = 125
_MEDIUM_PAYLOAD_BYTES: Final = 0xFFFF
_MAX_REASON_BYTES: Final = 123

_short = Struct("!BB").pack
_medium = Struct("!BBH").pack
_long = Struct("!BBQ").pack
_code = Struct("!H").pack


def text(payload: bytes) -> bytes:
    """One unmasked TEXT frame around UTF-8 bytes."""
    return _frame(_TEXT, payload)


def pong(payload: bytes) -> bytes:
    """The answer to a protocol PING, echoing its payload (at most 125 bytes by the RFC)."""
    return _frame(_PONG, payload[:_SHORT_PAYLOAD_BYTES])


def close(code: int, reason: str = "") -> bytes:
    """A CLOSE frame; the reason is cut to what a control frame can carry."""
    cut = reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore").encode()
    return _frame(_CLOSE, _code(code) + cut)


def _frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size <= _SHORT_PAYLOAD_BYTES:
        return _short(_FINAL | opcode, size) + payload
    if size <= _MEDIUM_PAYLOAD_BYTES:
        return _medium(_FINAL | opcode, 126, size) + payload
    return _long(_FINAL | opcode, 127, size) + payload
