"""Bodies: read once, within their limit and time, into structs that know every field they may have."""

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web
from msgspec import Meta

from shop.errors import InvalidFields, MalformedBody, MissingCommandId, TooLarge
from storage.commands import Id

T = TypeVar("T")

MAX_BODY_BYTES = 64 * 1024
BODY_SECONDS = 10
MOST = 2**62
"""More than anything here counts, and less than a column can't hold."""

Version = Annotated[int, Meta(ge=0, le=MOST)]
"""Which version of something a page was drawn from."""

MAX_FORM_FIELDS = 60
MAX_KEY_LENGTH = 128
MAX_NAME_LENGTH = 60
"""How much of a field's name is told back to whoever made it up."""


async def raw_body(request: web.Request, at_most: int = MAX_BODY_BYTES) -> bytes:
    """The body's bytes, which can be asked for once; raises TooLarge, or MalformedBody when it does not come in time or whole."""
    if (request.content_length or 0) > at_most:
        raise TooLarge(f"At most {at_most} bytes, please.")
    try:
        if request.content.is_eof():  # it came with its request, as most do: there is nothing to wait for
            body = request.content.read_nowait()
            if len(body) > at_most:  # it was packed
                raise TooLarge(f"At most {at_most} bytes, please.")
            return body
        reading = request if at_most == MAX_BODY_BYTES else request.clone(client_max_size=at_most)
        async with asyncio.timeout(BODY_SECONDS):
            return await reading.read()
    except web.RequestPayloadError as broken:
        raise MalformedBody("The body is not packed as its headers say, or breaks off.") from broken
    except TimeoutError as late:
        raise MalformedBody(f"The body did not arrive within {BODY_SECONDS} s.") from late


async def json_body(request: web.Request, kind: type[T]) -> T:
    """The JSON body as this struct; raises MalformedBody naming the field, or TooLarge."""
    if request.content_type != "application/json":
        raise MalformedBody("Send JSON, with Content-Type: application/json.")
    return decoded(await raw_body(request), kind)


def decoded(raw: bytes, kind: type[T]) -> T:
    """JSON bytes as this struct; raises MalformedBody naming the field."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as fault:
        text, field = _where(str(fault))
        raise MalformedBody(text, fields={field: text} if field else None) from fault
    except msgspec.DecodeError as fault:
        raise MalformedBody(f"This is not JSON: {fault}.") from fault
    except UnicodeDecodeError as fault:
        raise MalformedBody("This is not UTF-8.") from fault
    except RecursionError as fault:
        raise MalformedBody("This is nested too deeply.") from fault


async def form_fields(
    request: web.Request, most: int = MAX_FORM_FIELDS, at_most: int = MAX_BODY_BYTES
) -> list[tuple[str, str]]:
    """The form's fields in their order, some perhaps several times; raises as `json_body`."""
    if request.content_type not in ("application/x-www-form-urlencoded", "application/octet-stream"):
        raise MalformedBody("This address takes an ordinary form.")
    raw = await raw_body(request, at_most)
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, strict_parsing=bool(raw), max_num_fields=most)
    except ValueError as fault:
        raise MalformedBody("The form can't be read.") from fault
    odd = next((name for name, value in pairs if "\0" in value), None)
    if odd is not None:
        raise unstorable(odd)
    return pairs


def unstorable(name: str) -> MalformedBody:
    """The refusal of a field with a NUL in it: no text of people's, and PostgreSQL can't store it."""
    text = "There is a character in it that no text has."
    return MalformedBody("The form can't be read.", fields={name[:MAX_NAME_LENGTH]: text})


def base_of(fields: Mapping[str, str], kind: type[T]) -> T:
    """What a page was drawn from, as its form brings it back in the field `base`; raises MalformedBody naming that."""
    try:
        return decoded(fields.get("base", "").encode(errors="replace"), kind)
    except MalformedBody as fault:
        text = "It is what the page was drawn from, as the page has it. Load the page again."
        raise MalformedBody(fault.detail, fields={"base": text}) from fault


async def form_body(request: web.Request, kind: type[T], at_most: int = MAX_BODY_BYTES) -> T:
    """The form's fields as this struct, text turned into numbers where it has them; raises as `json_body`."""
    return converted(dict(await form_fields(request, at_most=at_most)), kind)


def converted(fields: Mapping[str, object], kind: type[T]) -> T:
    """Text fields (of a form or a query) as this struct; raises MalformedBody naming the field."""
    try:
        return msgspec.convert(dict(fields), type=kind, strict=False)
    except msgspec.ValidationError as fault:
        text, field = _where(str(fault))
        raise MalformedBody(text, fields={field: text} if field else None) from fault


def command_id(request: web.Request, scope: str, asked: object, *, required: bool = False) -> Id | None:
    """The command's id from its Idempotency-Key header, with a digest of what it asks for.

    Raises MissingCommandId when it is required and not there, InvalidFields when it is too long.
    """
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        if required:
            raise MissingCommandId("Send an Idempotency-Key header, so that a repeated call has no second effect.")
        return None
    if len(key) > MAX_KEY_LENGTH or not key.isascii():
        raise InvalidFields(fields={"Idempotency-Key": f"At most {MAX_KEY_LENGTH} ASCII characters."})
    return Id(scope, key, fingerprint(request.method, request.path, asked))


def fingerprint(*parts: object) -> str:
    """A digest of what a command asks for: SHA-256 of its parts as JSON, in hex."""
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def _where(fault: str) -> tuple[str, str]:
    """A msgspec message as a sentence, and the field that it speaks of ("" when none).

    Its messages end in " - at `$.lines[0].quantity`", and name unknown or missing fields in backquotes.
    """
    text, _, path = fault.partition(" - at `")
    field = path.rstrip("`").removeprefix("$").lstrip(".")
    if not field and "field `" in text:
        field = text.split("field `", 1)[1].split("`", 1)[0]
    return f"{text}{f' in {field}' if path and field else ''}.", field
