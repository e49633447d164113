"""What staff type into the search over orders, and the file of orders."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from shop import orders_csv
from shop.errors import InvalidFields
from shop.order_search import Show, fits, wish, words_of
from shop.orders import OrderStatus
from tests.shop.test_orders import LAMP, MUG, order

GHENT = ZoneInfo("Europe/Brussels")


@pytest.mark.parametrize("typed", ["K7QM-2X4D", "k7qm2x4d", " k7qm-2x4d ", "K7QM 2X4D"])
def test_a_number_is_known_however_it_is_written(typed: str) -> None:
    assert wish(typed, "", "", "", GHENT).numbers == ("K7QM2X4D", "K7QM2X4D")


def test_the_start_of_a_number_will_do() -> None:
    assert wish("k7qm-2", "", "", "", GHENT).numbers == ("K7QM2000", "K7QM2ZZZ")
    for typed in ("k7q", "noor@", "Zoë", "", "K7QM2X4D9", "mugs, blue"):
        assert wish(typed, "", "", "", GHENT).numbers is None, typed


def test_days_are_whole_days_of_the_shop() -> None:
    found = wish("", "pack", "2026-11-22", "2026-11-22", GHENT)
    assert found.show is Show.PACK
    assert found.start == datetime(2026, 11, 21, 23, tzinfo=UTC)
    assert found.end == datetime(2026, 11, 22, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("22/11/2026", "", "from"),
        ("", "soon", "to"),
        ("2026-11-23", "2026-11-22", "to"),
        ("0001-01-01", "", "from"),
        ("", "9999-12-31", "to"),
    ],
)
def test_what_is_no_day_is_refused_by_its_field(first: str, last: str, field: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        wish("", "", first, last, GHENT)
    assert list(refused.value.fields) == [field]


def test_a_state_that_nobody_knows_is_all() -> None:
    assert wish("", "sideways", "", "", GHENT).show is Show.ALL


def test_words_are_found_by_their_beginning_without_case_and_accents() -> None:
    assert words_of("Zoë Maes", "zoe@example.com") == {"zoe", "maes", "example", "com"}
    assert fits(("zoe", "ma"), "Zoë Maes")
    assert not fits(("zoe", "aes"), "Zoë Maes")


def test_a_file_has_a_row_a_line_and_its_totals_add_up() -> None:
    found = orders_csv.rows(order(OrderStatus.PAID, lines=(MUG, LAMP)))
    rows = [dict(zip(orders_csv.HEADER, row, strict=True)) for row in found]
    assert [row["Order"] for row in rows] == ["K7QM-2X4D"] * 2
    assert rows[0]["Placed"] == "2026-11-22T12:00:00Z"
    assert [(row["Quantity"], row["Price"], row["Line total"]) for row in rows] == [
        ("2", "28.00", "56.00"),
        ("3", "99.00", "297.00"),
    ]
    assert [row["Order total"] for row in rows] == ["62.50", ""]
    assert {row["Currency"] for row in rows} == {"EUR"}


@pytest.mark.parametrize("evil", ["=cmd()", "+1", "-1", "@x", "\tx"])
def test_no_cell_is_a_formula(evil: str) -> None:
    found = orders_csv.rows(replace(order(), name=evil, town=evil, email=evil))
    assert all(not cell.startswith(("=", "+", "-", "@", "\t")) for row in found for cell in row)


def test_yen_have_no_decimals() -> None:
    [row] = orders_csv.rows(replace(order(), currency="JPY"))
    assert dict(zip(orders_csv.HEADER, row, strict=True))["Order total"] == "6250"
