"""Pictures: taking an upload in, and serving every size of it for ever.

Decoding runs in one thread of its own, a few files waiting at most, so that it takes neither the loop nor the memory.
"""

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

from handlers import uploads
from handlers.keys import CLOCK, DB, LIMITS
from handlers.visitors import require_staff
from shop.errors import BadPicture, Busy, InvalidFields, NotFound, TooLarge
from shop.pictures import (
    MAX_FILE_BYTES,
    SHARE,
    SHARE_SIZE,
    SIZES,
    Picture,
    PictureFile,
    digest_of,
    is_digest,
    path,
    uploaded,
)
from storage import pictures

MAX_WAITING = 24
DEVELOP_SECONDS = 60
MAX_REMEMBERED_BYTES = 16 * 1024 * 1024
"""Bytes of picture files that each process keeps at hand."""

_SIZES = {str(size): size for size in SIZES} | {SHARE: SHARE_SIZE}


class Darkroom:
    """Turns files into pictures, one at a time; more than MAX_WAITING at once are refused with Busy."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        self._waiting = 0

    async def develop(self, raw: bytes) -> Picture:
        """The picture in this file; raises BadPicture or Busy."""
        if self._waiting >= MAX_WAITING:
            raise Busy("Many pictures are coming in. Please try again in a moment.", retry_seconds=5)
        self._waiting += 1
        try:
            async with asyncio.timeout(DEVELOP_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._pool, _develop, raw)
        except TimeoutError as late:
            raise Busy("Reading the picture took too long. Please try again, or save it smaller.") from late
        finally:
            self._waiting -= 1

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def _develop(raw: bytes) -> Picture:
    from shop.developing import develop  # noqa: PLC0415  Pillow takes 10 MB and 80 ms, and most days nobody uploads

    return develop(raw)


class Shown:
    """Picture files that were sent lately."""

    def __init__(self) -> None:
        self._files: OrderedDict[tuple[str, int], PictureFile] = OrderedDict()
        self._bytes = 0

    def get(self, key: tuple[str, int]) -> PictureFile | None:
        found = self._files.get(key)
        if found is not None:
            self._files.move_to_end(key)
        return found

    def put(self, key: tuple[str, int], file: PictureFile) -> None:
        if key in self._files:
            return
        self._files[key] = file
        self._bytes += len(file.body)
        while self._bytes > MAX_REMEMBERED_BYTES:
            _, old = self._files.popitem(last=False)
            self._bytes -= len(old.body)


DARKROOM = web.AppKey("darkroom", Darkroom)
SHOWN = web.AppKey("shown", Shown)


async def take(app: web.Application, raw: bytes) -> str:
    """Keeps the picture in this file and answers the image that shows it ("picture:…"); raises BadPicture or Busy.

    A file that came before is not decoded again.
    """
    digest = digest_of(raw)
    if await app[DB].read(pictures.known, digest):
        return Picture(digest, 0, 0, ()).image
    developed = await app[DARKROOM].develop(raw)
    return await app[DB].write(pictures.keep, developed, app[CLOCK]())


async def serve(request: web.Request) -> web.Response:
    """GET /pictures/{digest}/{size}: immutable, since another picture has another digest; raises NotFound."""
    digest, size = request.match_info["digest"], _SIZES.get(request.match_info["size"])
    if size is None or not is_digest(digest):
        raise NotFound("There is no such picture.")
    shown = request.app[SHOWN]
    file = shown.get((digest, size))
    if file is None:
        file = await request.app[DB].read(pictures.file, digest, size)
        if file is None:
            raise NotFound("There is no such picture.")
        shown.put((digest, size), file)
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Type": file.content_type,
        "Content-Disposition": "inline",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "ETag": f'"{digest}-{size}"',
    }
    if headers["ETag"] in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers={name: headers[name] for name in ("Cache-Control", "ETag")})
    return web.Response(body=file.body, headers=headers)


async def upload(request: web.Request) -> web.Response:
    """POST /dashboard/pictures: one file, in the field `picture`; answers what shows it, as JSON.

    Raises Unauthenticated or Forbidden before a byte is read, BadPicture, TooLarge, MalformedBody or Busy.
    """
    await require_staff(request)
    request.app[LIMITS].change(request)
    form = await uploads.read(request)
    if len(form.files) != 1 or form.files[0].field != "picture":
        raise InvalidFields(fields={"picture": "Choose one picture."})
    if len(form.files[0].body) > MAX_FILE_BYTES:
        raise TooLarge(f"A picture may have {MAX_FILE_BYTES // 2**20} MB. Save it smaller and try again.")
    try:
        image = await take(request.app, form.files[0].body)
    except BadPicture as bad:
        raise BadPicture(bad.detail, fields={"picture": bad.detail}) from bad
    digest = uploaded(image) or ""
    answer = {"image": image, "src": path(digest, SIZES[1]), "sizes": {str(size): path(digest, size) for size in SIZES}}
    return web.json_response(answer, status=201, headers={"Cache-Control": "no-store"})
