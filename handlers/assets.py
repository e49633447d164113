"""Static files at /static/{digest}/…: immutable for a year, squeezed and compressed once at start, served from memory."""

import gzip
import hashlib
import mimetypes
from pathlib import Path

from aiohttp import web
from markupsafe import Markup
from msgspec import Struct

from handlers import squeezing
from shop.errors import NotFound

KINDS = {
    ".js": "text/javascript",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".ico": "image/x-icon",
    ".speculationrules": "application/speculationrules+json",
}
COMPRESSED_TYPES = ("text/", "application/javascript", "application/json", "image/svg+xml")
MIN_COMPRESSED_BYTES = 600
SHOWN_SUFFIXES = KINDS.keys() | {".css", ".png", ".webp", ".txt"}

JOINED = {"css/front.css": ("css/tokens.css", "css/shop.css", "css/pages.css")}
"""Sheets that every page of the shop needs together: one request before the first paint instead of three."""
EVERYWHERE = "js/shop.js"
"""The module that every page of the shop loads."""


class Asset(Struct, frozen=True):
    body: bytes
    gzipped: bytes | None
    content_type: str


class Assets:
    """The files of one folder. One digest over all of them names the set, so modules can import each other by path."""

    def __init__(self, folder: Path) -> None:
        paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix in SHOWN_SUFFIXES)
        self._files = {path.relative_to(folder).as_posix(): _read(path) for path in paths}
        for name, parts in JOINED.items():
            if all(part in self._files for part in parts):
                self._files[name] = _asset(name, b"".join(self._files[part].body for part in parts))
        self._imports = {
            path.relative_to(folder).as_posix(): [f"js/{name}" for name in squeezing.imports(path.read_text())]
            for path in paths
            if path.suffix == ".js"
        }
        digest = hashlib.sha256()
        for name, asset in self._files.items():
            digest.update(name.encode() + b"\0" + hashlib.sha256(asset.body).digest())
        self.digest = digest.hexdigest()[:12]
        self._tags: dict[str, Markup] = {}

    def url(self, name: str) -> str:
        """The address of a file; raises KeyError for one that isn't there, so that a template can't link to nothing."""
        if name not in self._files:
            raise KeyError(name)
        return f"/static/{self.digest}/{name}"

    def has(self, name: str) -> bool:
        return name in self._files

    def graph(self, module: str) -> list[str]:
        """A module and all that it imports, each once, itself first."""
        found = [module]
        for name in found:
            found += [more for more in self._imports[name] if more not in found]
        return found

    def module(self, name: str) -> Markup:
        """The tags that load a module, its imports named along, so that the browser need not find one in the other.

        They come after what is seen first: a browser takes six files at a time, and no page needs its scripts to be read.
        They are made once: following imports took a tenth of making a page.
        """
        tags = self._tags.get(name)
        if tags is None:
            tags = self._tags[name] = self._loading(name)
        return tags

    def _loading(self, name: str) -> Markup:
        known = self.graph(EVERYWHERE) if name != EVERYWHERE else []
        rest = [self.url(more) for more in self.graph(name) if more not in known][1:]
        tags = [Markup('<link rel="modulepreload" href="{}" fetchpriority="low">').format(url) for url in rest]
        return Markup("\n  ").join(
            [Markup('<script type="module" src="{}" fetchpriority="low"></script>').format(self.url(name)), *tags]
        )

    def template(self, name: str) -> str:
        """An address with a placeholder in it, such as art/{name}.svg."""
        return f"/static/{self.digest}/{name}"

    def answer(self, request: web.Request) -> web.Response:
        """The response for a file under /static/{digest}/; raises NotFound. An old digest gets today's file, uncached."""
        response = self.file(request.match_info["name"], "gzip" in request.headers.get("Accept-Encoding", ""))
        current = request.match_info["digest"] == self.digest
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if current else "no-cache"
        return response

    def file(self, name: str, zipped: bool = False) -> web.Response:
        """The response for a file, compressed if that is wanted and worth it; raises NotFound."""
        asset = self._files.get(name)
        if asset is None:
            raise NotFound("There is no such file.")
        headers = {"Content-Type": asset.content_type, "Vary": "Accept-Encoding"}
        if asset.gzipped is not None and zipped:
            headers["Content-Encoding"] = "gzip"
            return web.Response(body=asset.gzipped, headers=headers)
        return web.Response(body=asset.body, headers=headers)


ASSETS = web.AppKey("assets", Assets)


async def serve(request: web.Request) -> web.Response:
    """GET /static/{digest}/{name}."""
    return request.app[ASSETS].answer(request)


async def favicon(request: web.Request) -> web.Response:
    """GET /favicon.ico, for those that don't take the drawing that the pages name."""
    response = request.app[ASSETS].file("icons/favicon.ico")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def _read(path: Path) -> Asset:
    match path.suffix:
        case ".css":
            return _asset(path.name, squeezing.css(path.read_text()).encode())
        case ".js":
            return _asset(path.name, squeezing.js(path.read_text()).encode())
    return _asset(path.name, path.read_bytes())


def _asset(name: str, body: bytes) -> Asset:
    kind = KINDS.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    squeezed = gzip.compress(body, 9, mtime=0) if kind.startswith(COMPRESSED_TYPES) else None
    worth = squeezed is not None and len(body) >= MIN_COMPRESSED_BYTES and len(squeezed) < len(body)
    shown = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    return Asset(body, squeezed if worth else None, shown)
