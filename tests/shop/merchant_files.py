"""Small merchants' files for tests, made from rows of named cells."""

import csv
import io
from collections.abc import Mapping, Sequence

from shop.imports.columns import CURRENT, EARLIER

Row = Mapping[str, str]

EARLIER_HEADER = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,"
    "Option3 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,"
    "Variant Fulfillment Service,Variant Price,Variant Compare At Price,Variant Requires Shipping,Variant Taxable,"
    "Variant Barcode,Image Src,Image Position,Image Alt Text,Gift Card,SEO Title,SEO Description,"
    "Google Shopping / Google Product Category,Google Shopping / Gender,Google Shopping / Age Group,Google Shopping / MPN,"
    "Google Shopping / AdWords Grouping,Google Shopping / AdWords Labels,Google Shopping / Condition,"
    "Google Shopping / Custom Product,Google Shopping / Custom Label 0,Google Shopping / Custom Label 1,"
    "Google Shopping / Custom Label 2,Google Shopping / Custom Label 3,Google Shopping / Custom Label 4,Variant Image,"
    "Variant Weight Unit,Variant Tax Code"
).split(",")

WOO_HEADER = (
    "ID",
    "Type",
    "SKU",
    "GTIN, UPC, EAN, or ISBN",
    "Name",
    "Published",
    "Visibility in catalog",
    "Short description",
    "Description",
    "Date sale price starts",
    "Date sale price ends",
    "In stock?",
    "Stock",
    "Backorders allowed?",
    "Weight (kg)",
    "Sale price",
    "Regular price",
    "Categories",
    "Tags",
    "Images",
    "Parent",
    "Brands",
    "Attribute 1 name",
    "Attribute 1 value(s)",
    "Attribute 1 visible",
    "Attribute 1 global",
    "Attribute 2 name",
    "Attribute 2 value(s)",
    "Meta: _seo",
)

JACKET: tuple[Row, ...] = (
    {
        "Title": "Rain jacket",
        "URL handle": "rain-jacket",
        "Description": "<p>Keeps <b>dry</b>.</p><p>Folds small.</p>",
        "Vendor": "Nordhus",
        "Type": "Jackets",
        "Tags": "rain, light",
        "Status": "Active",
        "SKU": "RJ-R-S",
        "Option1 name": "Colour",
        "Option1 value": "Red",
        "Option2 name": "Size",
        "Option2 value": "S",
        "Price": "79.90",
        "Compare-at price": "99.00",
        "Inventory quantity": "4",
        "Product image URL": "https://pictures.example/jacket.jpg",
        "Image position": "1",
    },
    {
        "URL handle": "rain-jacket",
        "SKU": "RJ-B-M",
        "Option1 value": "Blue",
        "Option2 value": "M",
        "Price": "79.90",
        "Inventory quantity": "2",
        "Variant image URL": "https://pictures.example/blue.jpg",
    },
    {"URL handle": "rain-jacket", "Product image URL": "https://pictures.example/back.jpg", "Image position": "2"},
)
SOAP: Row = {
    "Title": "Soap",
    "URL handle": "soap",
    "Option1 name": "Title",
    "Option1 value": "Default Title",
    "Price": "5",
    "Inventory quantity": "9",
}


def table(header: Sequence[str], rows: Sequence[Row]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def shopify(*rows: Row) -> bytes:
    """A file of Shopify's current columns."""
    return table(CURRENT, rows)


def earlier(*rows: Row) -> bytes:
    """The same rows in the columns of the generation before."""
    older = {name: old for old, name in EARLIER.items()}
    named = {name.lower(): name for name in EARLIER_HEADER}
    changed = [
        {named[older.get(key.lower(), key.lower())]: v for key, v in row.items() if key != "Status"} for row in rows
    ]
    return table(EARLIER_HEADER, changed)


def woo(*rows: Row) -> bytes:
    return table(WOO_HEADER, rows)
