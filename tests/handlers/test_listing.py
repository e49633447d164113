"""A listing's view is in its address, and every other view of it has one."""

import pytest
from aiohttp.test_utils import make_mocked_request

from handlers.listing import MAX_LISTED, MAX_PAGE, PAGE_SIZE, Listing

SORTS = {"popular": "Most loved", "price": "Cheapest"}


def view(address):
    request = make_mocked_request("GET", address)
    return Listing.of(request, SORTS, [pair for pair in request.query.items() if pair[0] in ("q", "stock")])


def test_what_makes_no_sense_in_an_address_is_taken_as_not_said():
    found = view("/c/tea?sort=nonsense&page=-3&utm_source=mail")

    assert (found.sort, found.page, found.query) == ("popular", 1, ())


@pytest.mark.parametrize("page", ["0", "x", "1e9", "9" * 5000, "²", ""])
def test_a_page_that_is_no_number_is_the_first(page):
    assert view(f"/c/tea?page={page}").page == 1


def test_a_page_past_the_end_is_the_last_one():
    found = view("/c/tea?page=99").showing(PAGE_SIZE + 1)

    assert (found.page, found.pages, found.first, found.last) == (2, 2, PAGE_SIZE + 1, PAGE_SIZE + 1)


def test_a_choice_is_taken_away_alone_and_keeps_the_order():
    found = view("/search?q=a+b&stock=in&stock=soon&sort=price&page=2")

    assert found.without("stock", "soon") == "/search?q=a+b&stock=in&sort=price"
    assert found.without("stock") == found.cleared("q") == "/search?q=a+b&sort=price"
    assert found.kept_sort == [("sort", "price")]


def test_the_usual_order_is_not_spelled_out():
    assert [address for _, _, address in view("/c/tea?sort=price&stock=in").sorts] == [
        "/c/tea?stock=in",
        "/c/tea?stock=in&sort=price",
    ]
    assert view("/c/tea?sort=price").page_address(2) == "/c/tea?sort=price&page=2"


def test_nothing_found_has_no_pages():
    assert (view("/c/tea").showing(0).pages, view("/c/tea").showing(0).page) == (0, 1)


def test_what_lies_past_the_last_page_is_said_and_not_counted():
    found = view("/c/tea?page=1000").showing(MAX_LISTED + 1)

    assert (found.page, found.pages, found.found, found.capped) == (MAX_PAGE, MAX_PAGE, MAX_LISTED, True)
    assert not view("/c/tea").showing(MAX_LISTED).capped
