"""Galleries of merchants' files: every picture in its place with its words, and the same out again."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shop import gallery
from shop.catalogue import PagePicture
from shop.ids import VariantId
from shop.imports import writing
from shop.imports.draft import Draft, DraftVariant
from shop.imports.merging import Standing, merge
from shop.imports.read import read
from tests.shop.merchant_files import JACKET, SOAP, Row, earlier, shopify, table, woo

FRONT, BACK, SIDE, BLUE = (f"https://pictures.example/{name}.jpg" for name in ("jacket", "back", "side", "blue"))
UPLOAD = f"picture:{'0' * 32}"


def shown(*images: str) -> tuple[PagePicture, ...]:
    return tuple(PagePicture(image, "") for image in images)


def only(data: bytes) -> Draft:
    reading = read(data, "EUR")
    assert reading.faults == []
    [draft] = reading.drafts
    return draft


def picture(slug: str, image: str, position: int, alt: str = "") -> Row:
    return {
        "URL handle": slug,
        "Product image URL": image,
        "Image position": str(position),
        "Image alt text": alt,
    }


def stands(draft: Draft, retired: int = 0) -> Standing:
    new = merge(draft, None, take_stock=False).draft
    count = len(new.variants)
    return Standing(1, new, tuple(VariantId(f"v{n}") for n in range(count)), (0,) * count, count, retired)


@pytest.mark.parametrize("write", [shopify, earlier])
def test_rows_of_images_are_the_gallery_in_the_order_of_their_positions(write: object):
    assert callable(write)
    draft = only(write(*JACKET, picture("rain-jacket", SIDE, 1, " From\nthe side "), picture("rain-jacket", BACK, 9)))
    assert draft.pictures == (PagePicture(FRONT, ""), PagePicture(SIDE, "From the side"), PagePicture(BACK, ""))
    assert [variant.image for variant in draft.variants] == [FRONT, BLUE]


def test_the_products_name_says_nothing_of_a_picture_and_long_words_are_cut():
    draft = only(shopify(SOAP, picture("soap", FRONT, 1, "Soap"), picture("soap", BACK, 2, "word " * 90)))
    first, second = draft.pictures
    assert first.alt == ""
    assert len(second.alt) <= 300
    assert second.alt.endswith("word…")


def test_an_image_that_is_no_address_is_a_fault_of_its_row():
    reading = read(shopify(SOAP, picture("soap", "pictures/a.jpg", 1)), "EUR")
    assert [(fault.row, fault.column) for fault in reading.faults] == [(3, "product image url")]
    given = {"name": "Mug", "variants": [{"price": 5}], "images": [{"url": BACK}, {"url": "a.jpg"}]}
    reading = read(json.dumps({"products": [given]}).encode(), "EUR")
    assert [fault.column for fault in reading.faults] == ["images[1]"]
    row = {"ID": "1", "Type": "simple", "Name": "Mug", "Regular price": "9", "Images": f"{BACK}, a.jpg"}
    assert [fault.column for fault in read(woo(row), "EUR").faults] == ["images"]


def test_more_pictures_than_a_page_shows_are_left_out_and_told():
    rows = [picture("soap", f"https://pictures.example/{n}.jpg", n) for n in range(1, 31)]
    reading = read(shopify(SOAP, *rows), "EUR")
    [draft] = reading.drafts
    # The first of them is the variant's, so it isn't counted.
    assert len(draft.pictures) == 1 + gallery.MAX_FURTHER
    assert reading.notes == ["Further pictures, left out since a product shows 24 beside its variants': 5."]


def test_our_own_json_and_dummyjsons_have_galleries():
    given = {"name": "Mug", "variants": [{"price": 5}], "images": [{"url": BACK, "alt": "Its back"}, {"url": SIDE}]}
    draft = only(json.dumps({"products": [given]}).encode())
    assert draft.pictures == (PagePicture(BACK, "Its back"), PagePicture(SIDE, ""))
    assert draft.variants[0].image == BACK
    other = {"title": "Rose", "price": 9.99, "images": [FRONT, BACK]}
    assert only(json.dumps([other]).encode()).pictures == shown(FRONT, BACK)
    assert only(json.dumps([{**other, "images": [], "thumbnail": SIDE}]).encode()).variants[0].image == SIDE


def test_the_variants_images_alone_are_no_gallery():
    assert gallery.kept(shown(FRONT, BLUE), [FRONT, FRONT, "", BLUE]) == ()
    assert gallery.kept(shown(BLUE), [FRONT, BLUE]) == shown(BLUE, FRONT), "an order is said"
    assert gallery.kept(shown(BACK, BACK), [FRONT]) == shown(BACK, FRONT)


def test_the_same_file_again_changes_no_gallery():
    draft = only(shopify(*JACKET))
    change = merge(draft, stands(draft), take_stock=True)
    assert (change.any, change.pictures_changed, change.pictures_added) == (False, False, 0)
    chosen = replace(draft, pictures=shown(FRONT, BLUE))
    without = replace(draft, pictures=shown(FRONT))
    standing = stands(draft)
    # As an editor keeps it: the variants' images by name, though they would be shown without.
    standing = replace(standing, draft=replace(standing.draft, pictures=chosen.pictures))
    assert not merge(without, standing, take_stock=False).any


def test_pictures_and_words_that_staff_added_stay_after_those_of_the_file():
    draft = only(shopify(*JACKET))
    standing = stands(draft)
    edited = (PagePicture(UPLOAD, "On a peg"), PagePicture(BACK, "Its back"), *shown(FRONT, BLUE))
    standing = replace(standing, draft=replace(standing.draft, pictures=edited))
    change = merge(draft, standing, take_stock=False)
    assert change.draft.pictures == (
        *shown(FRONT),
        PagePicture(BACK, "Its back"),
        PagePicture(UPLOAD, "On a peg"),
        *shown(BLUE),
    )
    settled = replace(standing, draft=change.draft)
    assert not merge(draft, settled, take_stock=False).any
    assert not merge(only(shopify(JACKET[0], JACKET[1])), settled, take_stock=False).any


def test_a_variants_new_picture_stands_in_the_place_of_its_former_one():
    draft = only(shopify(*JACKET))
    change = merge(
        only(shopify({**JACKET[0], "Product image URL": SIDE}, *JACKET[1:])), stands(draft), take_stock=False
    )
    assert change.draft.pictures == shown(SIDE, BACK, BLUE)
    assert change.pictures_added == 0


def test_pictures_that_were_fetched_meanwhile_take_their_addresses_places_and_words():
    draft = only(shopify(*JACKET))
    standing = stands(draft)
    worded = tuple(replace(picture, alt=f"Words of {picture.image}") for picture in standing.draft.pictures)
    standing = replace(standing, draft=replace(standing.draft, pictures=worded))
    fetched = {picture.image: f"picture:{n:032}" for n, picture in enumerate(worded)}
    variants = tuple(replace(v, image=fetched[v.image]) for v in draft.variants)
    pictures = tuple(replace(p, image=fetched[p.image]) for p in draft.pictures)
    change = merge(replace(draft, variants=variants, pictures=pictures), standing, take_stock=False, fetched=fetched)
    assert change.draft.pictures == tuple(replace(p, image=fetched[p.image]) for p in worded)


def test_a_gallery_that_is_full_keeps_what_it_has():
    full = Draft(
        slug="a",
        name="A",
        option="",
        variants=(DraftVariant("", 100, image=FRONT),),
        pictures=shown(FRONT, *(f"https://pictures.example/{n}.jpg" for n in range(gallery.MAX_FURTHER))),
    )
    change = merge(replace(full, pictures=shown(FRONT, BACK)), stands(full), take_stock=False)
    assert not change.pictures_changed


def test_what_is_not_for_sale_any_more_shows_nothing_on_the_page():
    draft = only(shopify(*JACKET))
    standing = stands(draft, retired=1)
    standing = replace(standing, draft=replace(standing.draft, pictures=()))
    change = merge(replace(draft, pictures=shown(BACK), variants=draft.variants[1:]), standing, take_stock=False)
    assert change.draft.pictures == shown(BACK, BLUE)


IMAGES = st.sampled_from([FRONT, BACK, SIDE, BLUE, UPLOAD, "mug-rain"])
PICTURES = st.lists(st.builds(PagePicture, IMAGES, st.sampled_from(["", "Seen from above", "=1+1"])), max_size=6)


@settings(max_examples=150, deadline=None)
@given(
    pictures=PICTURES,
    images=st.lists(st.just("") | IMAGES, min_size=1, max_size=4),
    retold=PICTURES,
)
def test_what_goes_out_comes_in_and_goes_out_the_same(
    pictures: list[PagePicture], images: list[str], retold: list[PagePicture]
):
    variants = tuple(DraftVariant(str(n), 100, f"S{n}", image=image) for n, image in enumerate(images))
    draft = Draft(slug="a", name="A", option="Size", variants=variants, pictures=tuple(pictures))
    out = _written(draft)
    again = merge(only(out), None, take_stock=False).draft
    assert _written(again) == out
    # In the shop itself it changes no gallery, and after a change of one neither does the same file again.
    standing = stands(draft)
    mine = only(_written(standing.draft))
    assert not merge(mine, standing, take_stock=False).pictures_changed
    change = merge(replace(mine, pictures=tuple(retold)), standing, take_stock=False)
    after = replace(standing, draft=change.draft)
    assert not merge(replace(mine, pictures=tuple(retold)), after, take_stock=False).pictures_changed


def _written(draft: Draft) -> bytes:
    return table(writing.HEADER, [dict(zip(writing.HEADER, row, strict=True)) for row in writing.rows(draft, "EUR")])
