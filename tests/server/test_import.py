"""`run.py import` and `run.py export`, as a merchant uses them."""

import asyncio
import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from server.commands import STOPPED, main
from server.commands.import_ import BATCH_PRODUCTS, BATCH_VARIANTS, batches
from shop.imports.draft import Draft, DraftVariant
from shop.imports.merging import Standing
from storage import drafts, outbox
from storage.database import opened
from storage.migrate import migrate
from storage.sample.catalogue import PRODUCTS
from tests.shop.merchant_files import JACKET, SOAP, earlier, shopify, table

Said = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def empty_books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows, to be copied: migrating takes longer than most tests."""
    where = tmp_path_factory.mktemp("migrated") / "shop.db"
    asyncio.run(migrate(where, "EUR"))
    return where


class Merchant:
    """Somebody at the command line, with a shop and files of their own."""

    def __init__(self, folder: Path, books: Path) -> None:
        self.folder = folder
        self.books = books

    def shop(self, name: str = "shop") -> Path:
        data = self.folder / name
        if not data.exists():
            data.mkdir()
            shutil.copyfile(self.books, data / "shop.db")
        return data

    def file(self, content: bytes, name: str = "products.csv") -> str:
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def run(self, verb: str, *arguments: str, shop: str = "shop") -> int:
        return main([verb, "--data", str(self.shop(shop)), *arguments])

    def imports(self, content: bytes, *options: str, shop: str = "shop") -> int:
        return self.run("import", self.file(content), *options, shop=shop)

    def shelf(self, shop: str = "shop") -> list[Draft]:
        """Everything in the shop's books, as drafts."""

        async def read() -> list[Standing]:
            async with opened(self.shop(shop) / "shop.db") as db:
                return await db.read(drafts.page, 0, 1000)

        return [standing.draft for standing in asyncio.run(read())]

    def position(self) -> int:
        async def read() -> int:
            async with opened(self.shop() / "shop.db") as db:
                return await db.read(outbox.head)

        return asyncio.run(read())


@pytest.fixture
def merchant(tmp_path: Path, empty_books: Path) -> Merchant:
    return Merchant(tmp_path, empty_books)


def test_a_file_is_taken_over_once(merchant: Merchant, capsys: Said):
    assert merchant.imports(shopify(*JACKET, SOAP)) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0] == "Importing: 2 of 2"
    assert "2 added, 0 changed, 0 as before; 3 new variants, 1 further pictures, 0 counts corrected." in said
    position = merchant.position()
    assert merchant.imports(shopify(*JACKET, SOAP)) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Nothing changed."
    assert merchant.imports(earlier(*JACKET, SOAP)) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Nothing changed."
    assert merchant.position() == position


def test_a_dry_run_says_what_would_be_and_changes_nothing(merchant: Merchant, capsys: Said):
    assert merchant.imports(shopify(*JACKET, SOAP), "--dry-run") == 0
    assert "This would be 2 added" in capsys.readouterr().out
    assert merchant.shelf() == []


def test_a_bad_row_stops_the_file_and_nothing_is_changed(merchant: Merchant, capsys: Said):
    bad = {**SOAP, "URL handle": "bad", "Price": "1.299,00", "Inventory quantity": "many"}
    assert merchant.imports(shopify(*JACKET, bad, SOAP)) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "row 5, inventory quantity: 'many' is not a whole number"
    assert said[1].startswith("row 5, price: 1.299,00 can be read in two ways")
    assert said[2].startswith("2 faults, so nothing was changed.")
    assert merchant.shelf() == []


def test_bad_products_can_be_left_out(merchant: Merchant, capsys: Said):
    bad = {**SOAP, "URL handle": "bad", "Price": "-1"}
    assert merchant.imports(shopify(*JACKET, bad, SOAP), "--skip-bad") == 0
    assert "row 5, price: -1 is below zero\nLeft out: bad\n" in capsys.readouterr().err
    assert [draft.slug for draft in merchant.shelf()] == ["rain-jacket", "soap"]
    assert merchant.imports(shopify(bad), "--skip-bad") == 1
    assert "Nothing is left" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (shopify(SOAP), ["--currency", "usd"], "currency is EUR, so prices in USD can't be taken"),
        (
            json.dumps({"currency": "CHF", "products": [{"name": "A", "variants": [{"price": 5}]}]}).encode(),
            [],
            "prices are in CHF",
        ),
        ("Handle,Title,Variant Price\nsoap,Café,5\n".encode("cp1252"), [], "not UTF-8"),
        (b"PK\x03\x04rest", [], "a zip file"),
        (b'Title,URL handle,Price\n"Soap,soap,5\n', [], "a quote is never closed"),
    ],
)
def test_what_can_not_be_taken_is_said_in_a_line(
    merchant: Merchant, capsys: Said, content: bytes, options: list[str], said: str
):
    assert merchant.imports(content, *options) == 1
    told = capsys.readouterr().err
    assert told.startswith("run.py: ")
    assert said in told
    assert len(told.splitlines()) == 1
    assert merchant.shelf() == []


def test_a_file_of_50_mb_is_refused_at_once(merchant: Merchant, capsys: Said):
    path = merchant.folder / "large.csv"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    assert merchant.run("import", str(path)) == 1
    assert "The file has 50.0 MB" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_said(merchant: Merchant, capsys: Said):
    assert merchant.run("import", str(merchant.folder / "nothing.csv")) == 1
    assert "No such file" in capsys.readouterr().err


def test_quantities_are_corrected_when_asked_for(merchant: Merchant, capsys: Said):
    merchant.imports(shopify(SOAP))
    counted = {**SOAP, "Inventory quantity": "4"}
    merchant.imports(shopify(counted))
    assert merchant.shelf()[0].variants[0].units == 9
    assert merchant.imports(shopify(counted), "--stock", "--currency", "EUR") == 0
    assert "1 counts corrected" in capsys.readouterr().out
    assert merchant.shelf()[0].variants[0].units == 4


def test_what_went_in_comes_out(merchant: Merchant, capsys: Said):
    formula = {**SOAP, "Title": "=1+1", "URL handle": "sum", "Vendor": "@me", "SKU": "-5", "Type": "+plus"}
    merchant.imports(shopify(*JACKET, SOAP, formula, {**SOAP, "URL handle": "hidden", "Status": "draft"}))
    out = merchant.folder / "out.csv"
    assert merchant.run("export", str(out)) == 0
    assert "4 products are in" in capsys.readouterr().out
    assert merchant.run("import", str(out), shop="other") == 0
    assert merchant.shelf("other") == merchant.shelf()
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert rows[0]["Option2 name"] == "Size"
    assert merchant.run("import", str(out)) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Nothing changed."


def test_galleries_come_in_and_go_out_and_come_out_the_same(merchant: Merchant, capsys: Said):
    side = {"URL handle": "rain-jacket", "Product image URL": "https://pictures.example/side.jpg"}
    file = shopify(*JACKET, {**side, "Image position": "1", "Image alt text": "=From the side"}, SOAP)
    assert merchant.imports(file, "--dry-run") == 0
    assert "3 new variants, 2 further pictures" in capsys.readouterr().out
    assert merchant.imports(file) == 0
    assert [picture.image.rpartition("/")[2] for picture in merchant.shelf()[0].pictures] == [
        "jacket.jpg",
        "side.jpg",
        "back.jpg",
        "blue.jpg",
    ]
    assert merchant.shelf()[0].pictures[1].alt == "=From the side"
    out, again = merchant.folder / "out.csv", merchant.folder / "again.csv"
    assert merchant.run("export", str(out)) == 0
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))
    images = [(row["Image position"], row["Price"] != "") for row in rows if row["Product image URL"]]
    assert images == [("1", True), ("2", True), ("3", False), ("4", False)]
    for shop in ("shop", "other"):
        assert merchant.run("import", str(out), shop=shop) == 0
        assert merchant.run("export", str(again), shop=shop) == 0
        assert again.read_bytes() == out.read_bytes()
    assert merchant.imports(file, "--stock") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Nothing changed."


def test_an_export_that_fails_leaves_no_half_file(merchant: Merchant, monkeypatch: pytest.MonkeyPatch, capsys: Said):
    merchant.imports(shopify(SOAP))
    out = merchant.folder / "out.csv"
    out.write_text("what was there before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("server.commands.export.writing.rows", full)
    assert merchant.run("export", str(out)) == 1
    assert "No space left" in capsys.readouterr().err
    assert out.read_text() == "what was there before"
    assert [path.name for path in merchant.folder.glob("out.csv*")] == ["out.csv"]


def test_ctrl_c_is_no_traceback_and_says_how_to_go_on(
    merchant: Merchant, monkeypatch: pytest.MonkeyPatch, capsys: Said
):
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("server.commands.import_.read", stopped)
    assert merchant.imports(shopify(SOAP)) == STOPPED
    assert "running it again does the rest" in capsys.readouterr().err


def test_the_sample_shop_comes_out_and_in_again(merchant: Merchant, capsys: Said):
    merchant.run("seed")
    capsys.readouterr()
    assert merchant.run("export") == 0
    assert merchant.imports(capsys.readouterr().out.encode(), shop="other") == 0
    assert len(merchant.shelf("other")) == len(PRODUCTS)
    assert merchant.shelf("other") == merchant.shelf()


def test_a_verb_takes_a_few_products_and_every_product_is_whole():
    small = [Draft(slug=f"p{n}", name="P", option="", variants=(DraftVariant("", 1),)) for n in range(25)]
    large = Draft(slug="large", name="L", option="Size", variants=tuple(DraftVariant(str(n), 1) for n in range(90)))
    parts = list(batches([*small[:5], large, *small[5:]]))
    assert [draft for part in parts for draft in part] == [*small[:5], large, *small[5:]]
    assert all(len(part) <= BATCH_PRODUCTS for part in parts)
    assert all(sum(len(d.variants) for d in part) <= BATCH_VARIANTS for part in parts if part != [large])


def test_the_ledger_explains_what_an_import_brought(merchant: Merchant):
    merchant.imports(shopify(*JACKET, SOAP))
    merchant.imports(shopify({**SOAP, "Inventory quantity": "0"}), "--stock")

    assert [variant.units for draft in merchant.shelf() for variant in draft.variants] == [4, 2, 0]
    assert merchant.run("doctor", "--bank-port", "1") == 0


def test_the_rows_of_a_file_in_parts_make_one_product(merchant: Merchant):
    columns = ["Title", "URL handle", "Price", "Option1 name", "Option1 value"]
    first = {"Title": "Tee", "URL handle": "tee", "Price": "9", "Option1 name": "Size", "Option1 value": "S"}
    merchant.imports(table(columns, [first]))
    merchant.imports(table(columns, [{**first, "Option1 value": "M"}]))
    assert [variant.value for variant in merchant.shelf()[0].variants] == ["S", "M"]
