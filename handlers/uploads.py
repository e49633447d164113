"""Uploads: a form with files, read as it comes, within limits of size and time. Ask for rights before you read one.

Only these doors take more than the 64 KiB that the shop allows everywhere else.
"""

import asyncio
from collections.abc import Sequence

from aiohttp import BodyPartReader, web
from msgspec import Struct

from handlers.bodies import unstorable
from shop.errors import MalformedBody, TooLarge
from shop.pictures import MAX_FILE_BYTES

MAX_UPLOAD_BYTES = 40 * 1024 * 1024
"""A whole form with its files."""
MAX_FIELDS = 4_000
MAX_FIELD_BYTES = 512 * 1024
MAX_FILES = 24
CHUNK_BYTES = 64 * 1024
CHUNK_SECONDS = 15
"""How long the next piece may take to come."""
UPLOAD_SECONDS = 180
"""How long the whole form may take."""


class Upload(Struct, frozen=True):
    """A file that was chosen: the field's name, the name it has on the sender's machine, and its bytes.

    Of one above MAX_FILE_BYTES there is one byte more than that, which is as good as all: nobody takes it.
    """

    field: str
    name: str
    body: bytes


class Form(Struct, frozen=True):
    """A form's fields and files, in their order. File fields that were left empty are not among them."""

    fields: Sequence[tuple[str, str]]
    files: Sequence[Upload]


async def read(request: web.Request) -> Form:
    """The form of this request (multipart/form-data); raises MalformedBody or TooLarge."""
    if request.content_type != "multipart/form-data":
        raise MalformedBody("This address takes a form with files (multipart/form-data).")
    if (request.content_length or 0) > MAX_UPLOAD_BYTES:
        raise TooLarge(_too_large())
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            return await _read(request)
    except TimeoutError as late:
        raise MalformedBody("The form did not arrive in time. Please try again.") from late
    except (web.RequestPayloadError, ValueError, AssertionError, RuntimeError, LookupError) as broken:
        # What aiohttp's reader trips over.
        raise MalformedBody("The form can't be read.") from broken


async def _read(request: web.Request) -> Form:
    fields: list[tuple[str, str]] = []
    files: list[Upload] = []
    total = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise MalformedBody("The form can't be read.")
        if len(fields) >= MAX_FIELDS or len(files) >= MAX_FILES:
            raise TooLarge(f"At most {MAX_FILES} pictures at a time, please.")
        body, read = await _body(part, MAX_FILE_BYTES if part.filename is not None else MAX_FIELD_BYTES, total)
        total += read
        if part.filename is None:
            if read > MAX_FIELD_BYTES:
                raise TooLarge(f"At most {MAX_FIELD_BYTES // 1024} kB in a field, please.")
            fields.append((part.name, _text(part.name, body)))
        elif part.filename or body:
            files.append(Upload(part.name, part.filename, body))
    return Form(fields, files)


async def _body(part: BodyPartReader, limit: int, before: int) -> tuple[bytes, int]:
    """The bytes of a part up to just above its limit, and how many it had, in a form that had so many before it.

    The rest is read and let go, so that one file that is too large doesn't take what was typed with it.
    """
    body, read = bytearray(), 0
    while True:
        async with asyncio.timeout(CHUNK_SECONDS):
            chunk = await part.read_chunk(CHUNK_BYTES)
        if not chunk:
            return bytes(body), read
        read += len(chunk)
        if before + read > MAX_UPLOAD_BYTES:
            raise TooLarge(_too_large())
        body += chunk[: max(0, limit + 1 - len(body))]


def _text(name: str, body: bytes) -> str:
    text = body.decode()
    if "\0" in text:
        raise unstorable(name)
    return text.replace("\r\n", "\n")


def _too_large() -> str:
    return (
        f"A picture may have {MAX_FILE_BYTES // 2**20} MB, and all that is sent at once {MAX_UPLOAD_BYTES // 2**20} MB. "
        "Save it smaller, or send fewer at a time."
    )
