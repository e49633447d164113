"""Packing: gzip that is put together from parts, so that what pages have in common is compressed once.

A deflate stream may be flushed to a whole byte with its window forgotten (zlib's Z_FULL_FLUSH); such parts can stand in
any row, and only the checksum at the end (RFC 1952) belongs to the whole.
"""

import zlib
from functools import lru_cache
from typing import NamedTuple

from isal import isal_zlib

LEVEL = 6
"""Of zlib, for what is kept."""
ONCE_LEVEL = 0
"""Of ISA-L, for what is sent once: its lowest, a fifth more bytes than zlib's sixth in a tenth of the time. The tables of
the next one are larger than a page, so that it takes twice as long with cold caches."""
_GZIP = 16 + zlib.MAX_WBITS
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_RAW_DEFLATE = -zlib.MAX_WBITS


class Part(NamedTuple):
    """Bytes of a body, and the same as a piece of a deflate stream."""

    plain: bytes
    deflated: bytes


def part(plain: bytes, *, last: bool = False) -> Part:
    """A part of a body; only the `last` one ends the stream."""
    squeeze = zlib.compressobj(LEVEL, zlib.DEFLATED, _RAW_DEFLATE)
    return Part(plain, squeeze.compress(plain) + squeeze.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH))


def once(plain: bytes) -> bytes:
    """A whole body as a gzip file, packed quickly, as nobody will ask for it again."""
    return isal_zlib.compress(plain, ONCE_LEVEL, _GZIP)


def joined(*parts: Part) -> bytes:
    """The parts, the last one made as such, as one gzip file."""
    checksum = size = 0
    for one in parts:
        checksum = zlib.crc32(one.plain, checksum)
        size += len(one.plain)
    ending = checksum.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")
    return b"".join([_HEADER, *[one.deflated for one in parts], ending])


@lru_cache(maxsize=1_024)
def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header (RFC 9110, section 12.5.3) lets us answer in gzip."""
    weights: dict[str, str] = {}
    for listed in accepted.lower().split(","):
        coding, _, rest = listed.partition(";")
        weights[coding.strip()] = rest.replace(" ", "").removeprefix("q=")
    weight = weights.get("gzip", weights.get("*"))
    return weight is not None and (not weight or bool(weight.strip("0.")))
