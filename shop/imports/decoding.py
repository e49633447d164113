"""A file's bytes as text: UTF-8 with or without a mark, UTF-16 with one; anything else is refused with a way out."""

import codecs

from shop.imports.draft import Unreadable

MAX_FILE_BYTES = 48 * 1024 * 1024
"""Shopify takes 15 MB; the whole file is in memory while it is read."""

SNIFFED_BYTES = 1024

_FORMATS = (
    (b"PK\x03\x04", "a zip file or an Excel workbook"),
    (b"PK\x05\x06", "an empty zip file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a rar archive"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a text document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a database"),
)


def decode(data: bytes) -> str:
    """The text of a file; raises Unreadable."""
    check_size(len(data))
    for start, name in _FORMATS:
        if data.startswith(start):
            raise Unreadable(f"This is {name}, whatever its name says. Unpack it, or save it as CSV (UTF-8).")
    if data[:SNIFFED_BYTES].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise Unreadable(
            "This is a web page, perhaps one that asks to log in. Download the export itself and try again."
        )
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _checked(_utf16(data))
    try:
        return _checked(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            f"Line {line} is not UTF-8; it looks like Windows-1252 or Latin-1. Save the file as CSV (UTF-8) and try again."
        ) from None


def check_size(size_bytes: int) -> None:
    """Raises Unreadable for a file that is too large to take at once."""
    if size_bytes > MAX_FILE_BYTES:
        raise Unreadable(
            f"The file has {size_bytes / 1024 / 1024:.1f} MB, and up to {MAX_FILE_BYTES // 1024 // 1024} MB are taken at once. "
            "Split it, with the header in each part and the rows of a product together."
        )


def _utf16(data: bytes) -> str:
    try:
        return data.decode("utf-16")
    except UnicodeDecodeError:
        raise Unreadable("The file begins like UTF-16 and goes on differently. Save it as CSV (UTF-8).") from None


def _checked(text: str) -> str:
    if "\0" in text:
        raise Unreadable(
            "There are zero bytes in the file, so it is no text, or UTF-16 without a mark. Save it as CSV (UTF-8)."
        )
    if not text.strip():
        raise Unreadable("The file is empty.")
    return text
