"""Photographs for tests, drawn by Pillow: the good ones, and the ones that somebody might send to do harm."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

RED, BLUE = (200, 40, 30), (30, 60, 200)


def photograph(kind: str = "JPEG", size: tuple[int, int] = (900, 600), mark: int = 0, **options: Any) -> bytes:
    """A photograph: red on the left and blue on the right. Another `mark` makes another file."""
    image = Image.new("RGB", size, RED)
    pencil = ImageDraw.Draw(image)
    pencil.rectangle((size[0] // 2, 0, size[0], size[1]), fill=BLUE)
    pencil.rectangle((2, 2, 12, 12), fill=(mark % 256, mark // 256 % 256, 90))
    return saved(image, kind, **options)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    body = BytesIO()
    image.save(body, kind, **options)
    return body.getvalue()


def opened(body: bytes) -> Image.Image:
    image = Image.open(BytesIO(body))
    image.load()
    return image


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few hundred bytes that says it has this many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
