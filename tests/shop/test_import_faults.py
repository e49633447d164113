"""Merchants' files that can't be taken, or not all of them: what is said, and where."""

import io
import json
import zipfile
from collections.abc import Sequence

import pytest

from shop.imports.cells import BadCell, price
from shop.imports.decoding import MAX_FILE_BYTES, check_size
from shop.imports.draft import MAX_FAULTS_LISTED, Fault, Unreadable, listed
from shop.imports.read import read
from tests.shop.merchant_files import JACKET, SOAP, Row, earlier, shopify, table, woo


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("products.csv", shopify(SOAP))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf  \n", "empty"),
        (zipped(), "zip file"),
        (b"\x1f\x8b\x08", "gzip"),
        (
            "Handle,Title,Variant Price\nsoap,Café,5\n".encode("cp1252"),
            "Line 2 is not UTF-8; it looks like Windows-1252",
        ),
        (b"\xff\xfea\0b", "UTF-16"),
        ("Title,URL handle,Price\n".encode("utf-16-le"), "zero bytes"),
        (b"Title,URL handle,Price\n", "no row below"),
        (b"Title,URL handle\nSoap,soap\n", "no column called 'price'"),
        (b"Handle,Title\nsoap,Soap\n", "no column called 'variant price'"),
        (b"Nome,Prezzo\nSapone,5\n", "neither Shopify's"),
        (b"Name,Regular price\nSoap,5\n", "no column called 'type'"),
        (
            b'Title,URL handle,Price\n"Soap,soap,5\nMug,mug,6\n',
            "Row 2 can't be read, probably since a quote is never closed",
        ),
        (b'Title,URL handle,Price\nSoap,soap,5\n"Mug" x,mug,6\n', "Row 3 can't be read"),
        (b'{"products": [', "breaks off at line 1"),
        (b'{"items": []}', 'no list called "products"'),
        (b'{"products": []}', "no product"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"products": [{"name": "A", "variants": [{"price": NaN}]}]}', "NaN"),
        (b'{"products": [{"name": "\\ud800", "variants": []}]}', "half a character"),
        (b'{"currency": [], "products": []}', "ISO 4217"),
        (b"\x89PNG\r\n", "a picture"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"Rar!\x1a\x07\x00", "a rar archive"),
        (b"BZh91AY", "a bzip2 file"),
        (b"\xfd7zXZ\x00", "an xz file"),
        (b"\x28\xb5\x2f\xfd", "a zstd file"),
        (b"{\\rtf1\\ansi", "a text document"),
        (b"\n <!DOCTYPE html><html>Log in, please", "a web page"),
        (b"\nTitle,URL handle,Price\nSoap,soap,5\n", "The first row is empty"),
        (b",,\nTitle,URL handle,Price\nSoap,soap,5\n", "The first row is empty"),
        (b"Title,URL handle,Price\n" + b"x" * 131_073 + b",soap,5\n", "more than 131072 characters"),
        (b"Title,Price\n\xff\xfe\xfd", "not UTF-8"),
        (b"just some words", "neither Shopify's"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, said: str):
    with pytest.raises(Unreadable) as refusal:
        read(data, "EUR")
    assert said in refusal.value.detail


def test_a_file_that_is_too_large_is_refused_before_it_is_read():
    check_size(MAX_FILE_BYTES)
    with pytest.raises(Unreadable, match=r"50\.0 MB, and up to 48 MB"):
        check_size(50 * 1024 * 1024)


def faults(data: bytes) -> Sequence[Fault]:
    return sorted(read(data, "EUR").faults)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("1.299,00", "can be read in two ways; write it with a point for decimals and nothing else, such as 1299.00"),
        ("1,299.00", "two ways"),
        ("12,50", "two ways"),
        ("1.299.000", "two ways"),
        ("-5", "below zero"),
        ("0", "above zero"),
        ("0.00", "above zero"),
        ("10000000.01", "highest price"),
        ("99999999999999999999", "two ways"),
        ("9.999", "more than 2 decimals"),
        ("€5", "is not a price"),
        ("5 EUR", "is not a price"),
        ("NaN", "is not a price"),
        ("1e3", "is not a price"),
        ("٣", "is not a price"),
        ("", "there is none"),
    ],
)
def test_a_price_that_is_none_is_named(cell: str, reason: str):
    for data in (shopify({**SOAP, "Price": cell}), earlier({**SOAP, "Price": cell})):
        [fault] = faults(data)
        assert fault.row == 2
        assert "price" in fault.column
        assert reason in fault.reason


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"Title": ""}, "title", "has none"),
        ({"Title": "x" * 301}, "title", "301 characters"),
        ({"URL handle": "!?"}, "url handle", "no letter or digit"),
        ({"Inventory quantity": "lots"}, "inventory quantity", "whole number"),
        ({"Inventory quantity": "2.5"}, "inventory quantity", "whole number"),
        ({"Inventory quantity": "1000001"}, "inventory quantity", "above 1000000"),
        ({"Compare-at price": "1.299,00"}, "compare-at price", "two ways"),
        ({"Status": "sleeping"}, "status", "none of active"),
        ({"Published on online store": "perhaps"}, "published on online store", "neither TRUE nor FALSE"),
        ({"Product image URL": "http://pictures.example/a.jpg"}, "product image url", "https://"),
        ({"Product image URL": "javascript:alert(1)"}, "product image url", "https://"),
        ({"Product image URL": 'https://x.example/"onload='}, "product image url", "https://"),
        ({"Variant image URL": "https://me:secret@x.example/a"}, "variant image url", "https://"),
    ],
)
def test_a_bad_cell_is_named_with_its_row_and_column(change: Row, column: str, reason: str):
    [fault] = faults(shopify({**SOAP, **change}))
    assert (fault.row, fault.column) == (2, column)
    assert reason in fault.reason


def test_every_fault_is_told_and_the_rest_can_be_taken():
    bad = {**SOAP, "URL handle": "bad", "Price": "x", "Inventory quantity": "y"}
    reading = read(shopify(*JACKET, bad, SOAP, {**SOAP, "URL handle": "worse", "Price": ""}), "EUR")
    assert [(fault.row, fault.column) for fault in sorted(reading.faults)] == [
        (5, "inventory quantity"),
        (5, "price"),
        (7, "price"),
    ]
    assert [draft.slug for draft in reading.drafts] == ["rain-jacket", "soap"]
    assert reading.left_out == ["bad", "worse"]


def test_one_bad_row_leaves_the_whole_product_out():
    reading = read(shopify(JACKET[0], {**JACKET[1], "Price": "x"}, SOAP), "EUR")
    assert [draft.slug for draft in reading.drafts] == ["soap"]


def test_a_long_cell_is_cut_in_what_is_said_of_it():
    [fault] = faults(json.dumps({"products": [{"name": "A", "variants": [{"price": int("9" * 4000)}]}]}).encode())
    assert fault.reason.startswith("999")
    assert len(fault.reason) < 200


@pytest.mark.parametrize("hint", ["sep=;\r\n", "sep=;\n"])
def test_excels_own_line_about_the_delimiter_is_no_row(hint: str):
    reading = read(f"{hint}Title;URL handle;Price\nSoap;soap;5\nMug;mug;x\n".encode(), "EUR")
    assert [draft.slug for draft in reading.drafts] == ["soap"]
    assert [fault.row for fault in reading.faults] == [3]


def test_controls_of_direction_and_of_terminals_are_no_part_of_a_name():
    reading = read("Title,URL handle,Price\nSo\u202eap\x1b[31m,soap,5\n".encode(), "EUR")
    assert reading.drafts[0].name == "So ap [31m"


def test_ragged_rows_are_named():
    reading = read(b"Title,URL handle,Price\nSoap,soap,5\nMug,mug\nJar,jar,5,6\n", "EUR")
    assert [str(fault) for fault in reading.faults[:1]] == ["row 3: has 2 cells, and the header has 3"]
    assert {fault.row for fault in reading.faults} == {3, 4}
    assert [draft.slug for draft in reading.drafts] == ["soap"]


def test_unknown_and_doubled_columns_are_named_with_a_guess():
    row = {"Title": "Soap", "URL handle": "soap", "Price": "5", "Inventory quantty": "5", "Mood": "good"}
    assert [str(fault) for fault in faults(table(list(row), [row]))] == [
        "row 1, inventory quantty: the column is not known; did you mean 'inventory quantity'?",
        "row 1, mood: the column is not known",
    ]
    assert str(faults(b"Title,URL handle,Price,Price\nSoap,soap,5,6\n")[0]) == "row 1, price: the column is there twice"


def test_variants_that_are_there_twice_are_named():
    [fault] = faults(shopify(*JACKET[:2], {**JACKET[1], "SKU": "other"}))
    assert (fault.row, fault.reason) == (4, "'Blue / M' is there twice")
    [fault] = faults(shopify(SOAP, {"URL handle": "soap", "Price": "6"}))
    assert "this one has no value" in fault.reason


def test_two_handles_for_one_address_are_named():
    [fault] = faults(shopify({**SOAP, "URL handle": "My soap"}, {**SOAP, "URL handle": "my-soap"}))
    assert fault.row == 3
    assert "'my-soap' and 'My soap' would have one address" in fault.reason


def test_woocommerce_rows_are_named():
    simple = {"Type": "simple", "Name": "Mug", "Published": "1", "Regular price": "1.299,00"}
    orphan = {"Type": "variation", "Name": "Mug - Red", "Parent": "id:99", "Regular price": "5"}
    empty = {"Type": "variable", "Name": "Tee", "Published": "1"}
    found = [(fault.row, fault.column) for fault in faults(woo(simple, orphan, empty))]
    assert found == [(2, "regular price"), (3, "parent"), (4, "type")]


def test_products_in_json_are_named():
    good = {"name": "Mug", "variants": [{"price": "5"}]}
    bad = [
        {"name": "Jar"},
        {**good, "colour": "red"},
        {**good, "variants": []},
        good,
        {**good, "variants": [{"price": -1}]},
    ]
    reading = read(json.dumps({"products": [good, *bad], "pages": 3}).encode(), "EUR")
    assert [(fault.row, fault.reason.split("`")[0].strip()) for fault in sorted(reading.faults)] == [
        (0, "the member is not known"),
        (2, "Object missing required field"),
        (3, "Object contains unknown field"),
        (4, "'mug' is there twice"),
        (4, "a product needs one at least"),
        (5, "'mug' is there twice"),
        (6, "'mug' is there twice"),
        (6, "-1 is below zero"),
    ]
    assert [draft.slug for draft in reading.drafts] == ["mug"]


def test_a_long_list_of_faults_is_cut():
    lines = listed([Fault(row, "price", "there is none") for row in range(60, 0, -1)])
    assert len(lines) == MAX_FAULTS_LISTED + 1
    assert lines[0] == "row 1, price: there is none"
    assert lines[-1] == "and 10 more"


def test_a_price_with_decimals_that_the_currency_has_not_is_named() -> None:
    with pytest.raises(BadCell, match=r"^12\.50 has decimals, which JPY doesn't have$"):
        price("12.50", "JPY")
    with pytest.raises(BadCell, match=r"^9\.9999 has more than 3 decimals, which KWD doesn't have$"):
        price("9.9999", "KWD")
