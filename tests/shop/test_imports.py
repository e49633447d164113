"""Merchants' files that can be read: whose they are, and the products that they describe."""

import codecs
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop import options
from shop.imports import words, writing
from shop.imports.draft import Draft, DraftVariant
from shop.imports.read import read
from tests.shop.merchant_files import EARLIER_HEADER, JACKET, SOAP, earlier, table, woo
from tests.shop.merchant_files import shopify as current

PHOTO = "https://pictures.example/{}.jpg"


def only(data: bytes, currency: str = "EUR") -> Draft:
    reading = read(data, currency)
    assert reading.faults == []
    [draft] = reading.drafts
    return draft


def jacket_in(data: bytes) -> Draft:
    draft = only(data)
    assert (draft.slug, draft.name, draft.option, draft.maker) == (
        "rain-jacket",
        "Rain jacket",
        "Colour / Size",
        "Nordhus",
    )
    assert (draft.category, draft.text, draft.keywords) == ("Jackets", ("Keeps dry.", "Folds small."), "rain light")
    assert draft.variants == (
        DraftVariant("Red / S", 7990, "RJ-R-S", 9900, PHOTO.format("jacket"), 4),
        DraftVariant("Blue / M", 7990, "RJ-B-M", None, PHOTO.format("blue"), 2),
    )
    return draft


def test_both_generations_of_shopify_say_the_same():
    assert len(EARLIER_HEADER) == 46
    assert read(current(*JACKET), "EUR").kind == "Shopify"
    assert read(earlier(*JACKET), "EUR").kind == "Shopify, earlier columns"
    new, old = jacket_in(current(*JACKET)), jacket_in(earlier(*JACKET))
    assert new.variants == old.variants


def test_a_product_without_options_has_one_nameless_variant():
    draft = only(current(SOAP))
    assert (draft.option, draft.variants) == ("", (DraftVariant("", 500, units=9),))


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (b"", "utf-8"), (b"", "utf-16"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_the_ways_to_write_unicode_are_read(mark: bytes, encoding: str):
    text = current({**SOAP, "Title": "Crème brûlée 🍮"}).decode()
    assert only(mark + text.encode(encoding)).name == "Crème brûlée 🍮"


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_are_recognised(delimiter: str):
    data = f"Handle{delimiter}Title{delimiter}Variant Price\nsoap{delimiter}Soap, green{delimiter}5.50\n".encode()
    assert only(data).variants[0].price == 550


@pytest.mark.parametrize(
    ("changes", "visible"),
    [
        ({}, True),
        ({"Published on online store": "FALSE"}, False),
        ({"Status": "Draft"}, False),
        ({"Status": "archived"}, False),
    ],
)
def test_what_is_not_published_is_not_shown(changes: dict[str, str], visible: bool):
    assert only(current({**SOAP, **changes})).visible is visible


def test_prices_are_of_the_shops_currency():
    assert only(current({**SOAP, "Price": "500.00"}), "JPY").variants[0].price == 500
    assert only(current({**SOAP, "Price": "1.234"}), "KWD").variants[0].price == 1234


def test_markets_and_metafields_are_passed_over():
    row = {"Handle": "soap", "Title": "Soap", "Variant Price": "5", "Price / Canada": "7", "Included / Canada": "true"}
    row |= {"Scent (product.metafields.custom.scent)": "lime", "Google Shopping / Whatever": "x"}
    assert only(table(list(row), [row])).variants[0].price == 500


def test_what_was_oversold_elsewhere_is_none_here():
    assert only(current({**SOAP, "Inventory quantity": "-3"})).variants[0].units == 0


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>One</p>\n<p>Two &amp; three</p>", ("One", "Two & three")),
        ("One\nTwo", ("One", "Two")),
        ("One\\nTwo", ("One", "Two")),
        ("<h2>Care</h2><ul><li>Wash</li><li>Dry</li></ul>", ("Care", "Wash", "Dry")),
        ("5 < 6 & 7 > 2", ("5 < 6 & 7 > 2",)),
        ("<script>alert(1)</script><p onclick=x()>Fine</p><style>p{}</style><iframe src=//x></iframe>", ("Fine",)),
        ("<p>a<br>b<img src=x onerror=alert(1)></p><!-- c -->", ("a", "b")),
        ("&lt;script&gt;shown, not run&lt;/script&gt;", ("<script>shown, not run</script>",)),
        ("", ()),
    ],
)
def test_html_becomes_safe_paragraphs(markup: str, expected: tuple[str, ...]):
    assert words.paragraphs(markup) == expected


def test_formulas_come_in_as_they_are_written():
    assert only(current({**SOAP, "Title": "=1+1"})).name == "=1+1"
    assert only(current({**SOAP, "Title": "'=1+1"})).name == "=1+1"
    assert only(current({**SOAP, "Title": "'Twas"})).name == "'Twas"


@settings(max_examples=60, deadline=None)
@given(st.text())
def test_an_escaped_cell_is_no_formula_and_comes_back(cell: str):
    escaped = words.guarded(cell)
    assert not escaped.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert words.unguarded(escaped) == cell


@pytest.mark.parametrize(("word", "taken"), [("continue", True), ("CONTINUE", True), ("deny", False), ("", False)])
def test_shopify_says_whether_backorders_are_taken(word: str, taken: bool):
    soap = {**SOAP, "Continue selling when out of stock": word}
    for file in (current(soap), earlier(soap)):
        draft = only(file)
        assert draft.variants[0].backorder is taken
        assert "backorder" in draft.said


def test_a_word_that_is_no_policy_is_a_fault_that_names_its_column():
    reading = read(earlier({**SOAP, "Continue selling when out of stock": "maybe"}), "EUR")
    assert [str(fault) for fault in reading.faults] == [
        "row 2, variant inventory policy: 'maybe' is neither continue nor deny"
    ]


@pytest.mark.parametrize(("word", "taken"), [("1", True), ("notify", True), ("0", False), ("", False)])
def test_woocommerce_says_whether_backorders_are_taken(word: str, taken: bool):
    mug = {"ID": "1", "Type": "simple", "Name": "Mug", "Regular price": "9", "Stock": "3", "In stock?": "1"}
    [draft] = read(woo({**mug, "Backorders allowed?": word}), "EUR").drafts
    assert draft.variants == (DraftVariant("", 900, units=3, backorder=taken),)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20).map(words.plain)
VARIANTS = st.lists(
    st.builds(
        DraftVariant,
        value=WORDS.filter(bool),
        price=st.integers(1, 10**9),
        sku=st.none() | WORDS.filter(bool),
        image=st.sampled_from(["", "mug-rain", PHOTO.format("a"), PHOTO.format("b")]),
        units=st.integers(0, 1_000_000),
        backorder=st.booleans(),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda variant: variant.value,
)


@settings(max_examples=40, deadline=None)
@given(name=WORDS.filter(bool), option=WORDS, variants=VARIANTS, line=WORDS, text=st.lists(WORDS.filter(bool)))
def test_what_is_written_is_read_again(
    name: str, option: str, variants: list[DraftVariant], line: str, text: list[str]
):
    texts = tuple(paragraph for paragraph in text if "\\n" not in paragraph)
    draft = Draft(slug="a", name=name, option=option, variants=tuple(variants), line=line, text=texts, keywords="k l")
    rows = [dict(zip(writing.HEADER, row, strict=True)) for row in writing.rows(draft, "EUR")]
    again = only(table(writing.HEADER, rows))
    assert (again.name, again.option, again.line, again.text) == (name, option, line, texts)
    assert (again.keywords, again.variants) == ("k l", draft.variants)


@pytest.mark.parametrize("option", ["Colour / Size", "Colour / Size / Cut / Hem", "Title", ""])
def test_options_come_out_apart_and_come_back(option: str):
    values = [options.SEPARATOR.join(f"{n}{k}" for k in option.split(options.SEPARATOR)) for n in range(2)]
    draft = Draft(slug="a", name="A", option=option, variants=tuple(DraftVariant(value, 100) for value in values))
    rows = [dict(zip(writing.HEADER, row, strict=True)) for row in writing.rows(draft, "EUR")]
    assert (rows[0]["Option2 name"] == "Size") == (option == "Colour / Size")
    again = only(table(writing.HEADER, rows))
    assert (again.option, [v.value for v in again.variants]) == (option, values)


TEE = {"ID": "7", "Type": "variable", "SKU": "TEE", "Name": "Tee", "Published": "1", "In stock?": "1"}
TEE |= {"Description": "Cotton.\\nSoft.", "Short description": "Plain", "Categories": "Clothes > T\\, shirts, Sale"}
TEE |= {"Tags": "soft, cotton", "Images": f"{PHOTO.format('tee')}, {PHOTO.format('b')}", "Brands": "Nordhus"}
TEE |= {"Attribute 1 name": "Colour", "Attribute 1 value(s)": "Red, Blue", "Attribute 2 name": "Size"}
RED = {
    "ID": "8",
    "Type": "variation",
    "SKU": "TEE-R",
    "Name": "Tee - Red",
    "Parent": "TEE",
    "In stock?": "1",
    "Stock": "3",
}
RED |= {"Regular price": "20", "Sale price": "15", "Attribute 1 name": "Colour", "Attribute 1 value(s)": "Red"}
RED |= {"Attribute 2 name": "Size", "Attribute 2 value(s)": "M"}
BLUE = RED | {
    "ID": "9",
    "SKU": "",
    "Parent": "id:7",
    "Attribute 1 value(s)": "Blue",
    "Sale price": "",
    "Stock": "parent",
}


def test_woocommerce_variations_belong_to_their_product():
    reading = read(woo(TEE, RED, BLUE), "EUR")
    assert (reading.kind, reading.faults) == ("WooCommerce", [])
    [draft] = reading.drafts
    assert (draft.slug, draft.option, draft.category, draft.maker) == ("tee", "Colour / Size", "T, shirts", "Nordhus")
    assert (draft.line, draft.text, draft.keywords) == ("Plain", ("Cotton.", "Soft."), "soft cotton")
    assert draft.variants == (
        DraftVariant("Red / M", 1500, "TEE-R", 2000, PHOTO.format("tee"), 3),
        DraftVariant("Blue / M", 2000, None, None, PHOTO.format("tee"), 0),
    )
    assert [picture.image for picture in draft.pictures] == [PHOTO.format("tee"), PHOTO.format("b")]
    assert len(reading.notes) == 1, "an uncounted variant"


def test_woocommerce_sales_with_dates_and_other_kinds_are_told():
    sale = {"Type": "simple, virtual", "Name": "Card", "Published": "-1", "Regular price": "9", "Sale price": "5"}
    sale |= {"Date sale price ends": "2027-01-01", "In stock?": "0"}
    reading = read(woo(sale, {"Type": "grouped", "Name": "Set"}), "EUR")
    [draft] = reading.drafts
    assert (draft.variants[0].price, draft.variants[0].was, draft.visible) == (900, None, False)
    assert [note.rpartition(" ")[2] for note in reading.notes] == ["1.", "1."]


def test_two_woocommerce_products_of_one_name_have_two_addresses():
    one = {"ID": "1", "Type": "simple", "Name": "Mug", "Published": "1", "Regular price": "9"}
    assert [draft.slug for draft in read(woo(one, {**one, "ID": "2"}), "EUR").drafts] == ["mug", "mug-2"]


def test_our_own_json_says_everything():
    variants: list[dict[str, object]] = [
        {"value": "Oat", "price": 28.5, "was": "30", "sku": "M1", "units": 4, "image": PHOTO.format("mug")}
    ]
    variants[0]["backorder"] = True
    product: dict[str, object] = {
        "name": "Mug",
        "variants": variants,
        "option": "Glaze",
        "facts": [["Height", "9 cm"]],
        "heading": "Thrown",
    }
    product |= {"html": "<p>Fine</p>", "line": "A mug", "category": "Table", "keywords": ["tea"], "popularity": 40}
    reading = read(json.dumps({"currency": "EUR", "products": [product]}).encode(), "EUR")
    [draft] = reading.drafts
    assert reading.currency == "EUR"
    assert draft.variants == (DraftVariant("Oat", 2850, "M1", 3000, PHOTO.format("mug"), 4, backorder=True),)
    assert (draft.option, draft.facts, draft.text) == ("Glaze", (("Height", "9 cm"),), ("Fine",))


def test_files_like_dummyjsons_are_turned_into_ours():
    product = {"id": 3, "title": "Rose", "description": "Red.", "category": "cut-flowers", "price": 9.99, "stock": 5}
    product |= {"tags": ["flower"], "brand": "Field", "sku": "R", "images": [PHOTO.format("rose")], "rating": 2.5}
    reading = read(json.dumps({"products": [product, {**product, "id": 4}], "total": 2}).encode(), "EUR")
    assert reading.faults == []
    assert [draft.slug for draft in reading.drafts] == ["rose", "rose-4"]
    assert reading.drafts[0].category == "Cut flowers"
    assert reading.drafts[0].variants == (DraftVariant("", 999, "R", None, PHOTO.format("rose"), 5),)
