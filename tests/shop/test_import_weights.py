"""Weights and taxes in merchants' files: what other shops call them, and that nothing is lost between two of ours."""

import csv
import io

import pytest
from msgspec import json
from msgspec.structs import replace

from shop.ids import VariantId
from shop.imports import writing
from shop.imports.draft import TAXED, Draft, DraftVariant
from shop.imports.merging import Standing, merge
from shop.imports.read import read
from shop.taxes import REDUCED, STANDARD, ZERO

MUG = Draft(slug="mug", name="Mug", option="", variants=(DraftVariant("", 2_800, weight=340),), tax_class=REDUCED)


def table(*rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def only(data: bytes) -> Draft:
    reading = read(data, "EUR")
    assert reading.faults == []
    [draft] = reading.drafts
    return draft


def standing(draft: Draft) -> Standing:
    return Standing(
        1, draft, tuple(VariantId(f"v{n}") for n in range(len(draft.variants))), (0,) * len(draft.variants), 1
    )


@pytest.mark.parametrize("tax_class", [STANDARD, REDUCED, ZERO, "books"])
def test_an_export_brings_weight_and_class_into_another_shop(tax_class: str) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([writing.HEADER, *writing.rows(replace(MUG, tax_class=tax_class), "EUR")])
    found = only(text.getvalue().encode())
    assert (found.tax_class, found.variants[0].weight) == (tax_class, 340)


@pytest.mark.parametrize(
    ("row", "weight", "tax_class"),
    [
        (
            {"Handle": "mug", "Title": "Mug", "Variant Price": "28", "Variant Grams": "340", "Variant Taxable": "true"},
            340,
            TAXED,
        ),
        (
            {
                "Handle": "mug",
                "Title": "Mug",
                "Variant Price": "28",
                "Variant Grams": "340.6",
                "Variant Taxable": "false",
            },
            341,
            ZERO,
        ),
        ({"URL handle": "mug", "Title": "Mug", "Price": "28", "Weight value (grams)": "", "Charge tax": ""}, 0, TAXED),
        (
            {
                "Type": "simple",
                "Name": "Mug",
                "Regular price": "28",
                "Weight (kg)": "0.34",
                "Tax status": "taxable",
                "Tax class": "",
            },
            340,
            STANDARD,
        ),
        (
            {
                "Type": "simple",
                "Name": "Mug",
                "Regular price": "28",
                "Weight (lbs)": "1",
                "Tax status": "taxable",
                "Tax class": "reduced-rate",
            },
            454,
            REDUCED,
        ),
        (
            {
                "Type": "simple",
                "Name": "Mug",
                "Regular price": "28",
                "Weight (oz)": "2",
                "Tax status": "none",
                "Tax class": "",
            },
            57,
            ZERO,
        ),
        (
            {
                "Type": "simple",
                "Name": "Mug",
                "Regular price": "28",
                "Weight (g)": "7",
                "Tax status": "taxable",
                "Tax class": "Books",
            },
            7,
            "books",
        ),
        (
            {"Type": "simple", "Name": "Mug", "Regular price": "28", "Weight (g)": "7", "Tax status": "taxable"},
            7,
            TAXED,
        ),
    ],
)
def test_other_shops_columns_are_understood(row: dict[str, str], weight: int, tax_class: str) -> None:
    found = only(table(row))
    assert (found.variants[0].weight, found.tax_class) == (weight, tax_class)
    assert "weight" in found.said


def test_a_variation_without_a_weight_has_its_products() -> None:
    parent = {
        "ID": "1",
        "Type": "variable",
        "Name": "Mug",
        "Regular price": "",
        "Weight (kg)": "0.3",
        "Parent": "",
        "Attribute 1 name": "Glaze",
        "Attribute 1 value(s)": "Oat, Rain",
    }
    oat = parent | {
        "ID": "2",
        "Type": "variation",
        "Regular price": "28",
        "Weight (kg)": "",
        "Parent": "id:1",
        "Attribute 1 value(s)": "Oat",
    }
    rain = oat | {"ID": "3", "Weight (kg)": "0.4", "Attribute 1 value(s)": "Rain"}
    assert [variant.weight for variant in only(table(parent, oat, rain)).variants] == [300, 400]


def test_our_own_json_has_both() -> None:
    product = {"name": "Mug", "tax_class": "reduced", "variants": [{"price": "28.00", "weight": 340}]}
    found = only(json.encode({"products": [product]}))
    assert (found.tax_class, found.variants[0].weight) == (REDUCED, 340)
    assert {"tax_class", "weight"} <= found.said


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"Weight value (grams)": "heavy"}, "weight value (grams)"),
        ({"Weight value (grams)": "-1"}, "weight value (grams)"),
        ({"Weight value (grams)": "99999999"}, "weight value (grams)"),
        ({"Charge tax": "perhaps"}, "charge tax"),
        (
            {"Tax class (product.metafields.shopwire.tax_class)": "Half & half"},
            "tax class (product.metafields.shopwire.tax_class)",
        ),
    ],
)
def test_what_is_no_weight_or_class_is_named(change: dict[str, str], column: str) -> None:
    reading = read(table({"URL handle": "mug", "Title": "Mug", "Price": "28"} | change), "EUR")
    assert [(fault.row, fault.column) for fault in reading.faults] == [(2, column)]


def test_a_file_that_only_says_taxed_leaves_the_class() -> None:
    said = frozenset({"tax_class"})
    taxed = Draft(slug="mug", name="Mug", option="", variants=MUG.variants, tax_class=TAXED, said=said)
    assert not merge(taxed, standing(MUG), take_stock=False).any
    untaxed = replace(MUG, tax_class=ZERO)
    assert merge(taxed, standing(untaxed), take_stock=False).draft.tax_class == STANDARD
    assert merge(taxed, None, take_stock=False).draft.tax_class == STANDARD


def test_a_file_without_weights_leaves_them() -> None:
    plain = Draft(slug="mug", name="Mug", option="", variants=(DraftVariant("", 2_800),))
    assert not merge(plain, standing(MUG), take_stock=False).any
    weighed = Draft(
        slug="mug", name="Mug", option="", variants=(DraftVariant("", 2_800, weight=350),), said=frozenset({"weight"})
    )
    [(_, variant)] = merge(weighed, standing(MUG), take_stock=False).changed
    assert variant.weight == 350
