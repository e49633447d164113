"""The sample catalogue: complete, in itself consistent, and drawn."""

from collections import Counter
from datetime import date
from itertools import combinations

import msgspec
import pytest

from shop import art
from storage.sample.catalogue import CATEGORIES, CURRENCY, PRODUCTS, SampleProduct

VARIANTS = [variant for product in PRODUCTS for variant in product.variants]
DRAWN = {file.removesuffix(".svg") for file in art.every()}
each = pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.slug)


def test_the_shop_is_worth_a_walk() -> None:
    assert len(PRODUCTS) >= 60
    assert 8 <= len(CATEGORIES) <= 10
    assert CURRENCY == "EUR"


def test_slugs_names_and_skus_are_unique() -> None:
    for values in (
        [product.slug for product in PRODUCTS],
        [product.name for product in PRODUCTS],
        [category.slug for category in CATEGORIES],
        [variant.sku for variant in VARIANTS],
    ):
        assert [value for value, times in Counter(values).items() if times > 1] == []


def test_every_category_has_products_and_a_drawing() -> None:
    filled = {product.category for product in PRODUCTS}
    assert filled == {category.slug for category in CATEGORIES}
    assert all(category.art in DRAWN and category.line.endswith(".") for category in CATEGORIES)


def test_every_variant_is_drawn_and_no_drawing_is_left_over() -> None:
    assert {variant.art for variant in VARIANTS} == DRAWN


@each
def test_a_product_can_be_put_in_an_address(product: SampleProduct) -> None:
    assert product.slug == "-".join(part for part in product.slug.split("-") if part.isalnum() and part.islower())


@each
def test_prices_are_cents_and_a_former_price_was_higher(product: SampleProduct) -> None:
    for variant in product.variants:
        assert 500 <= variant.price <= 50_000
        assert variant.price % 100 == 0
        assert variant.was is None or variant.was > variant.price


@each
def test_words_fit_where_they_are_shown(product: SampleProduct) -> None:
    assert len(product.line) <= 60
    assert len(product.name) <= 28
    assert len(product.heading) <= 44
    assert 2 <= len(product.text) <= 3
    assert all(40 <= len(text) <= 260 for text in product.text)
    assert 3 <= len(product.facts) <= 6
    assert all(label and value and len(label) <= 10 for label, value in product.facts)


@each
def test_words_keep_the_shops_voice(product: SampleProduct) -> None:
    words = " ".join((product.name, product.line, product.heading, *product.text))
    assert "!" not in words
    assert all(text.endswith(".") for text in product.text)
    assert all(keyword == keyword.lower() for keyword in product.keywords)
    assert product.keywords


@each
def test_variants_differ_and_units_are_sane(product: SampleProduct) -> None:
    assert len(product.variants) >= 2
    assert all(one.value != other.value for one, other in combinations(product.variants, 2))
    assert all(0 <= variant.units <= 60 for variant in product.variants)
    assert 0 <= product.popularity <= 100
    assert date(2026, 1, 1) <= product.added <= date(2026, 11, 22)


def test_stock_shows_every_state_that_needs_no_buyer() -> None:
    units = [variant.units for variant in VARIANTS]
    assert 0 in units
    assert 1 in units
    assert sum(2 <= n <= 5 for n in units) >= 10
    assert sum(n >= 20 for n in units) >= 20


def test_newest_first_is_a_clear_order() -> None:
    newest = sorted(PRODUCTS, key=lambda product: product.added, reverse=True)
    assert len({product.added for product in newest[:8]}) == 8
    assert newest[0].slug == "harbour-mug"


def test_the_catalogue_is_plain_data() -> None:
    assert msgspec.json.decode(msgspec.json.encode(PRODUCTS), type=tuple[SampleProduct, ...]) == PRODUCTS
