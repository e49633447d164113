"""Pictures: what a thing's image may be, the sizes that uploads are kept in, and where they are served.

An image is text in the books: the name of one of our drawings ("mug-oat"), an address ("https://…"), or "picture:" with
the digest of an upload. The digest is of the file's own bytes, so the same file is one picture however often it comes.
"""

import hashlib
import re

from msgspec import Struct

PREFIX = "picture:"
DIGEST_LENGTH = 32
"""Hex digits of a digest: the first 128 bits of SHA-256."""

SIZES = (112, 280, 560, 1120)
"""The squares that a picture can fill, in pixels, each kept as WebP."""
SHARE = "share.jpg"
"""The largest size once more as a JPEG on white, for those who read nothing newer: previews, feeds, other shops."""
SHARE_SIZE = 0
"""The size under which the books keep it."""

MAX_FILE_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 50_000_000
"""The largest picture that is decoded: a phone's 48 megapixels fit."""

_EXPORTED = re.compile(rf"/pictures/([0-9a-f]{{{DIGEST_LENGTH}}})/{re.escape(SHARE)}$")
_DIGEST = re.compile(f"[0-9a-f]{{{DIGEST_LENGTH}}}")


class PictureFile(Struct, frozen=True):
    """One size of a picture, as it is sent."""

    size: int
    content_type: str
    body: bytes


class Picture(Struct, frozen=True):
    """An upload, decoded, stripped of everything but its pixels, and encoded anew. `width` and `height` of its largest size."""

    digest: str
    width: int
    height: int
    files: tuple[PictureFile, ...]

    @property
    def image(self) -> str:
        """What a product's or a category's image is when it shows this picture."""
        return PREFIX + self.digest


def digest_of(raw: bytes) -> str:
    """The digest that names the picture in a file with these bytes."""
    return hashlib.sha256(raw).hexdigest()[:DIGEST_LENGTH]


def is_digest(text: str) -> bool:
    return _DIGEST.fullmatch(text) is not None


def uploaded(image: str) -> str | None:
    """The digest in an image that is an upload, or None for drawings and addresses."""
    digest = image.removeprefix(PREFIX)
    return digest if digest != image and is_digest(digest) else None


def exported(address: str) -> str | None:
    """The digest in the address of a picture's JPEG, as exports write it; None for any other address."""
    found = _EXPORTED.search(address)
    return found[1] if found else None


def is_photograph(image: str) -> bool:
    """Whether the image is a merchant's photograph and none of our drawings."""
    return image.startswith("https://") or uploaded(image) is not None


def path(digest: str, size: int | str) -> str:
    """Where a size of a picture is served, for a page of the shop."""
    return f"/pictures/{digest}/{size}"


def fitting(pixels: int) -> int:
    """The smallest size that fills a square of so many pixels, else the largest."""
    return next((size for size in SIZES if size >= pixels), SIZES[-1])


def address(image: str, pixels: int) -> str | None:
    """Where the image of an upload is served for a square of so many pixels; None for drawings and addresses."""
    digest = uploaded(image)
    return None if digest is None else path(digest, fitting(pixels))


def choices(image: str) -> str:
    """An upload's sizes as an img's srcset; "" for drawings and addresses."""
    digest = uploaded(image)
    return "" if digest is None else ", ".join(f"{path(digest, size)} {size}w" for size in SIZES)
