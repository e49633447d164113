"""The columns of Shopify's product files: the current template in its order, the earlier generation's names, and our own."""

CURRENT = (
    "Title",
    "URL handle",
    "Description",
    "Vendor",
    "Product category",
    "Type",
    "Tags",
    "Published on online store",
    "Status",
    "SKU",
    "Barcode",
    "Option1 name",
    "Option1 value",
    "Option1 Linked To",
    "Option2 name",
    "Option2 value",
    "Option2 Linked To",
    "Option3 name",
    "Option3 value",
    "Option3 Linked To",
    "Price",
    "Compare-at price",
    "Cost per item",
    "Charge tax",
    "Tax code",
    "Unit price total measure",
    "Unit price total measure unit",
    "Unit price base measure",
    "Unit price base measure unit",
    "Inventory tracker",
    "Inventory quantity",
    "Continue selling when out of stock",
    "Weight value (grams)",
    "Weight unit for display",
    "Requires shipping",
    "Fulfillment service",
    "Product image URL",
    "Image position",
    "Image alt text",
    "Variant image URL",
    "Gift card",
    "SEO title",
    "SEO description",
    "Color (product.metafields.shopify.color-pattern)",
    "Google Shopping / Google product category",
    "Google Shopping / Gender",
    "Google Shopping / Age group",
    "Google Shopping / Manufacturer part number (MPN)",
    "Google Shopping / Ad group name",
    "Google Shopping / Ads labels",
    "Google Shopping / Condition",
    "Google Shopping / Custom product",
    "Google Shopping / Custom label 0",
    "Google Shopping / Custom label 1",
    "Google Shopping / Custom label 2",
    "Google Shopping / Custom label 3",
    "Google Shopping / Custom label 4",
)

LINE = "Line (product.metafields.shopwire.line)"
HEADING = "Heading (product.metafields.shopwire.heading)"
FACTS = "Facts (product.metafields.shopwire.facts)"
POPULARITY = "Popularity (product.metafields.shopwire.popularity)"
DRAWING = "Drawing (variant.metafields.shopwire.drawing)"
PICTURE = "Picture (product.metafields.shopwire.picture)"
"""In place of an image's URL, for one of a gallery that has no address elsewhere."""
TAX_CLASS = "Tax class (product.metafields.shopwire.tax_class)"
OWN = (LINE, HEADING, FACTS, POPULARITY, DRAWING, PICTURE, TAX_CLASS)
"""Metafields for what Shopify has no column for; it passes over those that it doesn't know."""

EARLIER = {
    "handle": "url handle",
    "body (html)": "description",
    "published": "published on online store",
    "variant sku": "sku",
    "variant barcode": "barcode",
    "variant grams": "weight value (grams)",
    "variant inventory tracker": "inventory tracker",
    "variant inventory qty": "inventory quantity",
    "variant inventory policy": "continue selling when out of stock",
    "variant fulfillment service": "fulfillment service",
    "variant price": "price",
    "variant compare at price": "compare-at price",
    "variant requires shipping": "requires shipping",
    "variant taxable": "charge tax",
    "variant weight unit": "weight unit for display",
    "variant tax code": "tax code",
    "variant image": "variant image url",
    "image src": "product image url",
}
"""Names of the earlier generation (46 columns) that are called differently now, in small letters."""

KNOWN = frozenset(name.lower() for name in (*CURRENT, *OWN)) | {
    "collection",
    "standard product type",
    "custom product type",
}

_FAMILIES = ("google shopping / ", "included / ", "price / ", "compare-at price / ", "compare at price / ")


def in_a_family(name: str) -> bool:
    """Whether a column (small letters) is one of a market, an advertisement or a metafield: there may be any number."""
    return name.startswith(_FAMILIES) or ".metafields." in name
