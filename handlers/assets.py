"""Static files at /static/{digest}/…: immutable for a year, compressed once at start, and served from memory."""

import gzip
import hashlib
import mimetypes
from pathlib import Path

from aiohttp import web
from msgspec import Struct

from shop.errors import NotFound

COMPRESSED_TYPES = ("text/", "application/javascript", "application/json", "image/svg+xml")
MIN_COMPRESSED_BYTES = 600
SHOWN_SUFFIXES = frozenset({".css", ".js", ".svg", ".woff2", ".png", ".ico", ".webp", ".txt"})


class Asset(Struct, frozen=True):
    body: bytes
    gzipped: bytes | None
    content_type: str


class Assets:
    """The files of one folder. One digest over all of them names the set, so modules can import each other by path."""

    def __init__(self, folder: Path) -> None:
        paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix in SHOWN_SUFFIXES)
        self._files = {path.relative_to(folder).as_posix(): _read(path) for path in paths}
        digest = hashlib.sha256()
        for name, asset in self._files.items():
            digest.update(name.encode() + b"\0" + hashlib.sha256(asset.body).digest())
        self.digest = digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        """The address of a file; raises KeyError for one that isn't there, so that a template can't link to nothing."""
        if name not in self._files:
            raise KeyError(name)
        return f"/static/{self.digest}/{name}"

    def has(self, name: str) -> bool:
        return name in self._files

    def template(self, name: str) -> str:
        """An address with a placeholder in it, such as art/{name}.svg."""
        return f"/static/{self.digest}/{name}"

    def answer(self, request: web.Request) -> web.Response:
        """The response for a file under /static/{digest}/; raises NotFound. An old digest gets today's file, uncached."""
        asset = self._files.get(request.match_info["name"])
        if asset is None:
            raise NotFound("There is no such file.")
        current = request.match_info["digest"] == self.digest
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable" if current else "no-cache",
            "Content-Type": asset.content_type,
            "Vary": "Accept-Encoding",
        }
        if asset.gzipped is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return web.Response(body=asset.gzipped, headers=headers)
        return web.Response(body=asset.body, headers=headers)


ASSETS = web.AppKey("assets", Assets)


async def serve(request: web.Request) -> web.Response:
    """GET /static/{digest}/{name}."""
    return request.app[ASSETS].answer(request)


async def favicon(request: web.Request) -> web.Response:
    """GET /favicon.ico, for those that don't read the page's own link to it."""
    return web.Response(status=302, headers={"Location": request.app[ASSETS].url("icons/mark.svg")})


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    kind = {".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}.get(path.suffix)
    kind = kind or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    squeezed = gzip.compress(body, 9, mtime=0) if kind.startswith(COMPRESSED_TYPES) else None
    worth = squeezed is not None and len(body) >= MIN_COMPRESSED_BYTES and len(squeezed) < len(body)
    shown = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    return Asset(body, squeezed if worth else None, shown)
