"""`run.py import --fetch-images`: each picture once, the failures listed, and the file taken all the same unless strict."""

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from server.commands import import_
from server.fetching import Fetcher
from shop.pictures import digest_of
from storage import pictures
from storage.database import opened
from tests.photographs import photograph
from tests.server.test_import import Merchant, Said, empty_books, merchant
from tests.shop.merchant_files import SOAP, shopify

__all__ = ["empty_books", "merchant"]

GOOD = {f"/{n}.jpg": photograph(mark=n) for n in range(3)}
BAD = {"/broken.jpg": GOOD["/0.jpg"][:900], "/page.jpg": b"<!doctype html>"}


class Site:
    """Serves the pictures on loopback, where tests let the fetcher go, and notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                body = (GOOD | BAD).get(self.path)
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class calls it so
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)

    def fetcher(self) -> Fetcher:
        """A fetcher to whom pictures.example is this site."""
        origin = f"http://127.0.0.1:{self.server.server_port}"

        class Here(Fetcher):
            async def get(self, address: str) -> bytes:
                return await super().get(address.replace("https://pictures.example", origin))

        return Here(may=lambda _: True)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    found = Site()
    found.thread.start()
    monkeypatch.setattr(import_, "Fetcher", found.fetcher)
    yield found
    found.server.shutdown()
    found.thread.join()
    found.server.server_close()


def soap(slug: str, picture: str) -> dict[str, str]:
    address = f"https://pictures.example{picture}"
    return {
        **SOAP,
        "URL handle": slug,
        "Title": slug,
        "SKU": slug,
        "Product image URL": address,
        "Variant image URL": address,
    }


FILE = shopify(soap("one", "/0.jpg"), soap("two", "/1.jpg"), soap("three", "/0.jpg"))


def images(merchant: Merchant, shop: str = "shop") -> list[str]:
    return [draft.variants[0].image for draft in merchant.shelf(shop)]


def image(path: str) -> str:
    return f"picture:{digest_of(GOOD[path])}"


def test_pictures_are_fetched_once_and_never_again(merchant: Merchant, site: Site, capsys: Said):
    assert merchant.imports(FILE, "--fetch-images") == 0
    said = capsys.readouterr().out
    assert "Fetching pictures: 2 of 2" in said
    assert "Pictures: 2 fetched, 0 here already, 0 failed." in said
    assert sorted(site.asked) == ["/0.jpg", "/1.jpg"]
    assert images(merchant) == [image("/0.jpg"), image("/1.jpg"), image("/0.jpg")]
    position = merchant.position()
    for options in (["--fetch-images"], []):
        assert merchant.imports(FILE, *options) == 0
        assert capsys.readouterr().out.splitlines()[-1] == "Nothing changed."
    assert len(site.asked) == 2
    assert merchant.position() == position


def test_a_picture_that_fails_is_listed_and_the_rest_is_taken(merchant: Merchant, site: Site, capsys: Said):
    file = shopify(
        soap("one", "/0.jpg"), soap("two", "/broken.jpg"), soap("three", "/gone.jpg"), soap("four", "/page.jpg")
    )
    assert merchant.imports(file, "--fetch-images") == 0
    said = capsys.readouterr()
    faults = said.err.splitlines()
    assert [line.partition(",")[0] for line in faults] == ["row 3", "row 4", "row 5"]
    assert "https://pictures.example/broken.jpg of two was not fetched: The file is broken or cut short" in faults[0]
    assert "the server answers 404" in faults[1]
    assert "not a picture" in faults[2]
    assert "Pictures: 1 fetched, 0 here already, 3 failed." in said.out
    assert images(merchant) == [
        image("/0.jpg"),
        *(f"https://pictures.example/{n}.jpg" for n in ("broken", "gone", "page")),
    ]


def test_strict_stops_the_file_before_a_product_is_changed(merchant: Merchant, site: Site, capsys: Said):
    file = shopify(soap("one", "/0.jpg"), soap("two", "/gone.jpg"))
    assert merchant.imports(file, "--fetch-images", "--strict") == 1
    assert "no product was changed" in capsys.readouterr().err
    assert merchant.shelf() == []


def test_a_dry_run_fetches_nothing(merchant: Merchant, site: Site, capsys: Said):
    assert merchant.imports(FILE, "--fetch-images", "--dry-run") == 0
    assert "Pictures at 2 addresses; a dry run fetches none." in capsys.readouterr().out
    assert site.asked == []


def test_pictures_go_out_by_their_addresses_and_come_back_as_they_were(
    merchant: Merchant, site: Site, monkeypatch: pytest.MonkeyPatch, capsys: Said
):
    assert merchant.imports(FILE, "--fetch-images") == 0
    out = merchant.folder / "out.csv"
    monkeypatch.setenv("SHOPWIRE_PUBLIC_URL", "https://shop.example")
    assert merchant.run("export", str(out)) == 0
    assert f"https://shop.example/pictures/{digest_of(GOOD['/0.jpg'])}/share.jpg" in out.read_text()
    assert merchant.run("import", str(out)) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Nothing changed."
    monkeypatch.delenv("SHOPWIRE_PUBLIC_URL")
    assert merchant.run("export", str(out)) == 0
    assert merchant.run("import", str(out)) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Nothing changed."
    # Another shop, which has none of them and can't reach this one, is left without.
    assert merchant.run("import", str(out), shop="other") == 0
    assert images(merchant, "other") == ["", "", ""]


def test_the_pictures_of_a_gallery_are_fetched_and_known_again(
    merchant: Merchant, site: Site, monkeypatch: pytest.MonkeyPatch, capsys: Said
):
    more = [
        {"URL handle": "one", "Product image URL": f"https://pictures.example{path}", "Image alt text": path}
        for path in ("/1.jpg", "/2.jpg", "/gone.jpg")
    ]
    file = shopify(soap("one", "/0.jpg"), *more)
    assert merchant.imports(file) == 0
    assert merchant.imports(file, "--fetch-images") == 0
    assert "Pictures: 3 fetched, 0 here already, 1 failed." in capsys.readouterr().out
    gone = "https://pictures.example/gone.jpg"
    assert [(picture.image, picture.alt) for picture in merchant.shelf()[0].pictures] == [
        (image("/0.jpg"), ""),
        (image("/1.jpg"), "/1.jpg"),
        (image("/2.jpg"), "/2.jpg"),
        (gone, "/gone.jpg"),
    ]
    assert images(merchant) == [image("/0.jpg")]
    out = merchant.folder / "out.csv"
    for url in ("https://shop.example", ""):
        monkeypatch.setenv("SHOPWIRE_PUBLIC_URL", url) if url else monkeypatch.delenv("SHOPWIRE_PUBLIC_URL")
        assert merchant.run("export", str(out)) == 0
        for again in (out.read_bytes(), file):
            assert merchant.imports(again) == 0
            assert capsys.readouterr().out.splitlines()[-1] == "Nothing changed."
    # Another shop has the one that has an address elsewhere.
    assert merchant.run("import", str(out), shop="other") == 0
    assert [picture.image for picture in merchant.shelf("other")[0].pictures] == [gone]
    assert images(merchant, "other") == [gone]


def test_pictures_of_a_file_are_served_in_all_sizes(merchant: Merchant, site: Site):
    assert merchant.imports(FILE, "--fetch-images") == 0

    async def look() -> int:
        async with opened(merchant.shop() / "shop.db") as db:
            found = await db.read(pictures.file, digest_of(GOOD["/0.jpg"]), 560)
            return len(found.body) if found else 0

    assert asyncio.run(look()) > 100
