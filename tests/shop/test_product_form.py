"""The form of a product becomes a sheet, or says what is wrong in each field and keeps what was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shop import product_form
from shop.errors import InvalidFields
from shop.ids import VariantId
from shop.prices import BadCell, typed
from shop.product_check import checked
from shop.product_form import FactRow, PictureRow, ProductForm, VariantRow
from shop.product_sheet import Sheet, SheetPicture, SheetVariant, differences, edition, merged

RAIN = SheetVariant(VariantId("mugRain"), "Rain / S", "M-R", 2800, 3200, "picture:a")
RUST = SheetVariant(VariantId("mugRust"), "Rust / S", "", 2900, None, "mug-rust")
OLD = SheetVariant(VariantId("mugOldd"), "Ink / S", "", 2500, None, "mug-rust", retired=True)
SHEET = Sheet(
    name="Mug",
    category="table",
    variants=(RAIN, RUST, OLD),
    line="A line.",
    maker="Ilse",
    heading="For both hands",
    text=("Thrown, not cast.", "Dishwasher safe."),
    facts=(("Height", "9 cm"),),
    keywords="cup beaker",
    option="Glaze / Size",
    pictures=(SheetPicture("picture:a", "A mug"), SheetPicture("mug-rust")),
)


def form(**changes: object) -> ProductForm:
    found = product_form.of(SHEET, "EUR")
    for name, value in changes.items():
        setattr(found, name, value)
    return found


def faults(asked: ProductForm) -> dict[str, str]:
    with pytest.raises(InvalidFields) as refusal:
        checked(asked, "EUR", ["table"])
    return refusal.value.fields


def row(value: str = "Moss", price: str = "30", **more: object) -> VariantRow:
    return VariantRow(VariantId("mugMoss"), [value, "S", ""], price=price, new=True, **more)  # type: ignore[arg-type]


def test_a_sheet_comes_back_from_its_form_as_it_was():
    assert checked(form(), "EUR", ["table"]) == (SHEET, {})
    plain = Sheet(name="Bowl", category="table", variants=(SheetVariant(VariantId("bowlOne"), "", "", 1500),))
    assert checked(product_form.of(plain, "EUR"), "EUR", ["table"]) == (plain, {})
    slashed = Sheet("Pipe", "table", (SheetVariant(VariantId("pipeOne"), "3 / 4 inch", "", 1),), option="Width")
    assert checked(product_form.of(slashed, "EUR"), "EUR", ["table"]) == (slashed, {})


def test_fields_of_a_request_become_the_form_again():
    fields = [
        ("name", "Mug"),
        ("option0", "Glaze"),
        ("fact3-label", "Height"),
        ("fact3-value", "9 cm"),
        ("visible", "on"),
    ]
    fields += [
        ("pic1-image", "mug-rust"),
        ("pic1-remove", "on"),
        ("v12-id", "mugRain"),
        ("v12-price", "28"),
        ("v2-id", "x"),
    ]
    found = product_form.read(fields)
    assert (found.name, found.visible, found.options) == ("Mug", True, ["Glaze", "", ""])
    assert found.facts == [FactRow("Height", "9 cm")]
    assert found.pictures == [PictureRow("mug-rust", remove=True)]
    assert [(v.id, v.price) for v in found.variants] == [("x", ""), ("mugRain", "28")]


def test_new_variants_bring_their_first_stock_and_empty_rows_are_none():
    asked = form().with_spares()
    assert (len(asked.facts), len(asked.variants)) == (3, 4)
    asked.variants[-1] = row(units=" 12 ", place="1")
    sheet, units = checked(asked, "EUR", ["table"])
    assert units == {"mugMoss": 12}
    assert [v.value for v in sheet.variants] == ["Moss / S", "Rain / S", "Rust / S", "Ink / S"]
    assert sheet.variants[0].image == "picture:a"
    assert sheet.facts == SHEET.facts


def test_rows_stand_where_they_are_sent():
    def order(*places: str) -> str:
        rows = [
            VariantRow(VariantId(f"row{n}"), [n, "", ""], price="1", place=p)
            for n, p in zip("ABC", places, strict=True)
        ]
        sheet, _ = checked(form(options=["Kind", "", ""], variants=rows), "EUR", ["table"])
        return "".join(variant.value for variant in sheet.variants)

    assert order("1", "2", "3") == order("", "", "") == "ABC"
    assert order("1", "2", "1") == order("1", "2", "0") == "CAB"
    assert order("3", "2", "3") == order("9", "2", "3") == order("", "2", "3") == "BCA"


def test_a_picture_that_is_taken_off_is_shown_by_no_variant():
    asked = form()
    asked.pictures[0].remove = True
    sheet, _ = checked(asked, "EUR", ["table"])
    assert sheet.pictures == (SheetPicture("mug-rust"),)
    assert {variant.image for variant in sheet.variants} == {"mug-rust"}


@pytest.mark.parametrize(
    ("changes", "where", "said"),
    [
        ({"name": "  "}, "name", "Give it a name"),
        ({"name": "x" * 201}, "name", "Up to 200 characters"),
        ({"category": "gone"}, "category", "Choose a category"),
        ({"text": "x" * 20_001}, "text", "20,000"),
        ({"facts": [FactRow("Height", "")]}, "fact0-value", "both"),
        ({"facts": [FactRow("", "9 cm")]}, "fact0-label", "both"),
        ({"options": ["Glaze", "", ""]}, "option1", "What do they differ in"),
        ({"options": ["", "Size", ""]}, "option0", "What do they differ in"),
        ({"options": ["Glaze", "glaze", ""]}, "option1", "one name"),
        ({"options": ["Glaze / x", "Size", ""]}, "option0", "lone slash"),
        ({"variants": [row(price="")]}, "v0-price", "What does it cost"),
        ({"variants": [row(price="1.299,00")]}, "v0-price", "two ways"),
        ({"variants": [row(price="0")]}, "v0-price", "above zero"),
        ({"variants": [row(price="-3")]}, "v0-price", "below zero"),
        ({"variants": [row(price="cheap")]}, "v0-price", "not a price"),
        ({"variants": [row(was="30.00")]}, "v0-was", "above the price"),
        ({"variants": [row(units="-1")]}, "v0-units", "fewer than none"),
        ({"variants": [row(units="some")]}, "v0-units", "not a whole number"),
        ({"variants": [row(place="first")]}, "v0-place", "whole number"),
        ({"variants": [row(value="")]}, "v0-value0", "which one"),
        ({"variants": [row(value="A / B")]}, "v0-value0", "lone slash"),
        ({"variants": [row(), row()]}, "v1-value0", "another one"),
        ({"variants": [VariantRow(VariantId("<b>"), ["A", "S", ""], price="3")]}, "variants", "mixed up"),
        ({"variants": []}, "variants", "for sale"),
        ({"options": ["", "", ""], "variants": [VariantRow(VariantId(f"mug{n}"), ["", "", ""], price="3") for n in "ab"]},
         "option0", "tells them apart"),
    ],
)  # fmt: skip
def test_a_fault_stands_at_its_field(changes: dict[str, object], where: str, said: str):
    found = faults(form(**changes))
    assert said in found[where], found


def test_every_fault_is_said_at_once():
    other = VariantRow(VariantId("mugOthr"), ["", "S", ""], sku="M", new=True)
    asked = form(name="", category="x", facts=[FactRow("", "9 cm")], variants=[row(price="1,299"), other])
    assert set(faults(asked)) == {"name", "category", "fact0-label", "v0-price", "v1-price", "v1-value0"}


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("28", "EUR", 2800),
        (" 28.5 ", "EUR", 2850),
        ("€28.00", "EUR", 2800),
        ("28,50", "EUR", 2850),
        ("28.00 eur", "EUR", 2800),
        ("1299,5", "EUR", 129950),
        ("1200", "JPY", 1200),
        ("¥ 1200", "JPY", 1200),
        ("1.299", "KWD", 1299),
    ],
)
def test_prices_are_read_as_people_type_them(text: str, currency: str, amount: int):
    assert typed(text, currency) == amount


def test_what_is_no_price_is_named_as_it_was_typed() -> None:
    with pytest.raises(BadCell, match="'Nine' is not a price"):
        typed(" Nine eur", "EUR")


@pytest.mark.parametrize(
    ("text", "currency"),
    [("1.299,00", "EUR"), ("1,299", "EUR"), ("1,299.00", "EUR"), ("1 299", "EUR"), ("1.299", "EUR"), ("28,5", "JPY"),
     ("1,5", "KWD"), ("", "EUR"), ("28 USD", "EUR"), ("=1+1", "EUR"), ("1e3", "EUR"), ("٣", "EUR"), ("9" * 16, "EUR")],
)  # fmt: skip
def test_prices_that_can_be_read_in_two_ways_are_refused(text: str, currency: str):
    with pytest.raises(BadCell):
        typed(text, currency)


@given(st.text(max_size=20))
def test_any_text_is_a_price_or_a_refusal(text: str):
    try:
        assert typed(text, "EUR") > 0
    except BadCell as bad:
        reason = str(bad)
        assert reason


def test_what_somebody_else_changed_is_said_and_kept_where_nobody_else_touched_it():
    theirs = replace(SHEET, line="Their line.", name="Their mug", variants=(replace(RAIN, price=3000), RUST, OLD))
    mine = replace(SHEET, name="My mug", variants=(RAIN, replace(RUST, price=3100), OLD))
    said = {(d.where, d.before, d.after) for d in differences(SHEET, theirs, "EUR")}
    assert said == {
        ("Name", "Mug", "Their mug"),
        ("Line", "A line.", "Their line."),
        ("Rain / S, price", "28.00", "30.00"),
    }
    both = merged(SHEET, mine, theirs)
    assert (both.name, both.line) == ("My mug", "Their line.")
    assert [v.price for v in both.variants] == [3000, 3100, 2500]
    assert edition(both) != edition(SHEET) == edition(replace(SHEET))


def test_what_somebody_else_added_or_moved_is_not_lost():
    new = SheetVariant(VariantId("mugNeww"), "New / S", "", 1)
    theirs = replace(SHEET, variants=(new, RUST, RAIN, OLD))
    assert {d.where for d in differences(SHEET, theirs, "EUR")} == {"New / S", "Order of the variants"}
    assert new in merged(SHEET, SHEET, theirs).variants
