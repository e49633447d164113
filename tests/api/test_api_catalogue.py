"""Products, categories and suggestions over the API."""

from tests.api.client import Api


async def test_a_page_of_products_has_money_public_stock_and_whole_addresses(api: Api):
    page = await api.get("/products", params={"limit": "3"})
    assert page.status == 200
    assert (len(page["products"]), page["limit"], page["offset"]) == (3, 3, 0)
    assert page["total"] > 3
    first = page["products"][0]
    assert first["price"]["currency"] == "EUR"
    assert first["price"]["amount"] > 0
    assert first["stock"] == {"plenty": True} or first["stock"]["left"] <= 5
    assert first["url"].startswith("http://localhost:")
    assert first["image"].startswith("http://localhost:")


async def test_pages_follow_each_other_without_gap_or_repetition(api: Api):
    whole = await api.get("/products", params={"limit": "10", "sort": "cheapest"})
    first = await api.get("/products", params={"limit": "5", "sort": "cheapest"})
    second = await api.get("/products", params={"limit": "5", "offset": "5", "sort": "cheapest"})
    assert whole["products"] == first["products"] + second["products"]
    amounts = [product["price"]["amount"] for product in whole["products"]]
    assert amounts == sorted(amounts)


async def test_products_are_searched_and_narrowed(api: Api):
    found = await api.get("/products", params={"q": "mug"})
    assert "harbour-mug" in [product["slug"] for product in found["products"]]
    shelf = await api.get("/products", params={"category": "storage", "in_stock": "true"})
    assert shelf["total"] > 0
    assert {product["category"] for product in shelf["products"]} == {"storage"}
    assert (await api.get("/products", params={"q": "xyzzy"}))["total"] == 0


async def test_products_are_narrowed_by_facets_that_say_what_is_left(api: Api):
    page = await api.get("/products", params={"category": "table"})
    [colour] = [way for way in page["facets"]["options"] if way["option"] == "colour"]
    rain = next(facet for facet in colour["facets"] if facet["value"] == "rain")
    left = await api.get("/products", params=[("category", "table"), ("option", "colour:rain"), ("in_stock", "false")])
    assert left["total"] == rain["count"]
    assert {product["value"] for product in left["products"]} == {"Rain"}
    both = await api.get(
        "/products", params=[("category", "table"), ("option", "colour:rain"), ("option", "colour:oat")]
    )
    assert both["total"] > left["total"]
    cheap = await api.get("/products", params={"price_max": "3000", "sort": "cheapest", "limit": "100"})
    assert cheap["total"] == len(cheap["products"])
    assert all(product["price"]["amount"] <= 3000 for product in cheap["products"])
    maker = page["facets"]["makers"][0]
    of_maker = await api.get("/products", params={"category": "table", "maker": maker["value"]})
    assert of_maker["total"] == maker["count"]


async def test_a_product_has_the_pictures_of_its_page_with_their_words(api: Api):
    found = await api.get("/products/harbour-mug")
    assert [image["url"] for image in found["images"]] == [variant["image"] for variant in found["variants"]]
    assert found["images"][0]["alt"] == f"{found['name']}, {found['variants'][0]['value'].lower()}"


async def test_a_query_that_makes_no_sense_is_refused_by_field(api: Api):
    for query, status, field in [
        ({"limit": "101"}, 400, "limit"),
        ({"limit": "0"}, 400, "limit"),
        ({"limit": "many"}, 400, "limit"),
        ({"offset": "-1"}, 400, "offset"),
        ({"offset": "1000000"}, 400, "offset"),
        ({"sort": "random"}, 400, "sort"),
        ({"in_stock": "perhaps"}, 400, "in_stock"),
        ({"colour": "red"}, 400, "colour"),
        ({"category": "cars"}, 422, "category"),
        ({"maker": "Nobody"}, 422, "maker"),
        ({"option": "colour"}, 422, "option"),
        ({"option": "colour:pink-elephant"}, 422, "option"),
        ({"price_min": "cheap"}, 400, "price_min"),
    ]:
        refused = await api.get("/products", params=query)
        assert (refused.status, list(refused["fields"])) == (status, [field])
        assert refused.code == ("bad_request" if status == 400 else "invalid_fields")


async def test_a_product_tells_all_its_variants(api: Api):
    product = await api.get("/products/harbour-mug")
    assert product["name"] == "Harbour mug"
    assert len(product["variants"]) > 1
    assert all(len(variant["id"]) == 7 for variant in product["variants"])
    assert not any("on_hand" in variant["stock"] for variant in product["variants"])


async def test_a_product_that_is_not_there_is_not_found(api: Api):
    for slug in ["no-such-thing", "%00", "%ff", "a%0ab"]:
        missing = await api.get(f"/products/{slug}")
        assert (missing.status, missing.code) == (404, "not_found")


async def test_categories_count_their_products(api: Api):
    found = await api.get("/categories")
    for category in found["categories"]:
        shelf = await api.get("/products", params={"category": category["slug"], "limit": "1"})
        assert shelf["total"] == category["count"]


async def test_suggestions_answer_any_text(api: Api):
    found = await api.get("/suggest", params={"q": "mu"})
    assert "Harbour mug" in [product["name"] for product in found["products"]]
    for text in ("", "!!!", "\x00", "m" * 500):
        assert (await api.get("/suggest", params={"q": text})).status == 200
