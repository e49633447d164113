"""The made-up catalogue: the same for a seed, no two things alike by name or number, and shaped like a real one."""

from collections import Counter

import pytest

from shop import art, options
from storage.sample.catalogue import CATEGORIES
from storage.sample.generated import COLOUR_AND_SIZE, ENDINGS, MAX_PRICE, MAX_PRODUCTS, MIN_PRICE, products

MANY = 3_000
PRODUCTS = list(products(1, 0, MANY))
VARIANTS = [variant for product in PRODUCTS for variant in product.variants]


def test_a_product_depends_on_its_seed_and_number_alone() -> None:
    assert list(products(1, 700, 20)) == PRODUCTS[700:720]
    assert next(products(2, 0, 1)).slug != PRODUCTS[0].slug


def test_no_slug_variant_or_sku_comes_twice() -> None:
    others = [*products(2, 0, 500), *products(1, MAX_PRODUCTS - 500, 500)]
    variants = [*VARIANTS, *(variant for product in others for variant in product.variants)]
    for values in (
        [product.slug for product in (*PRODUCTS, *others)],
        [variant.id for variant in variants],
        [variant.sku for variant in variants],
    ):
        assert len(set(values)) == len(values)
    assert {len(variant.id) for variant in variants} == {7}


def test_prices_end_as_prices_do_and_spread_like_them() -> None:
    assert all(MIN_PRICE <= variant.price <= MAX_PRICE for variant in VARIANTS)
    assert {variant.price % 100 for variant in VARIANTS} == set(ENDINGS)
    assert all(variant.was is None or variant.was > variant.price for variant in VARIANTS)
    prices = sorted(variant.price for variant in VARIANTS)
    middle = prices[len(prices) // 2]
    assert middle < sum(prices) / len(prices), "a few are dear"


def test_stock_and_popularity_fall_off() -> None:
    units = sorted(variant.units for variant in VARIANTS)
    assert 0.05 < units.count(0) / len(units) < 0.15
    assert 0.05 < units.count(1) / len(units) < 0.35
    assert units[len(units) // 2] < 10 < units[-1]
    loved = sorted((product.popularity for product in PRODUCTS), reverse=True)
    assert sum(loved[: MANY // 10]) > sum(loved) / 2, "a tenth of the shop has most of the love"


def test_products_have_one_to_twelve_variants_that_differ_and_are_drawn() -> None:
    drawn = {file.removesuffix(".svg") for file in art.every()}
    counted = Counter(len(product.variants) for product in PRODUCTS)
    assert counted.keys() == set(range(1, 13))
    for product in PRODUCTS:
        assert len({variant.value for variant in product.variants}) == len(product.variants)
    assert {variant.image for variant in VARIANTS} <= drawn
    assert {product.category for product in PRODUCTS} == {category.slug for category in CATEGORIES}


def test_colours_and_sizes_can_be_chosen_apart() -> None:
    sized = [product for product in PRODUCTS if product.option == COLOUR_AND_SIZE]
    assert len(PRODUCTS) / 4 < len(sized) < len(PRODUCTS) * 3 / 4
    for product in sized:
        for some in options.attributes(product.option, tuple(variant.value for variant in product.variants)):
            assert [attribute.option for attribute in some] == ["colour", "size"]


@pytest.mark.parametrize("product", PRODUCTS[:40], ids=lambda product: product.slug)
def test_words_can_be_shown(product) -> None:
    assert product.name.split()[-1].isalpha()
    assert len(product.name) <= 40
    assert product.slug == product.slug.lower()
    assert all(text.endswith(".") and "!" not in text for text in product.text)
