"""How a query that finds nothing is read another way, among names as shops with many models have them."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest
from msgspec import json

from shop.facets import EVERYTHING
from shop.ids import VariantId
from storage import additions, catalogue
from storage.additions import NewProduct, NewVariant
from storage.database import Database
from storage.search import Replica, spelling
from storage.search.index import Index

NOW = datetime(2026, 11, 22, 14, 2, tzinfo=UTC)
DEVICES = ("Galaxy S7 case", "Phone 64gb", "Cable 7 m with plug for travel", "Bag with cases")


def device(number: int, name: str) -> NewProduct:
    return NewProduct(
        slug=name.lower().replace(" ", "-"),
        name=name,
        line="",
        maker="Marl",
        category="table",
        heading="",
        text=[],
        facts=[],
        keywords=[],
        option="",
        popularity=10,
        added_at=NOW,
        variants=[NewVariant(VariantId(f"device{number}"), "One", None, 2800, None, "art", 9)],
    )


@pytest.fixture
async def shelf(db: Database) -> AsyncIterator[Replica]:
    await db.write(additions.add_products, [device(*each) for each in enumerate(DEVICES)], "test", NOW)
    loaded = Replica()
    await loaded.load(db)
    yield loaded
    loaded.close()


@pytest.mark.parametrize(
    ("typed", "meant", "found"),
    [
        ("galxy s7 case", "galaxy s7 case", ["galaxy-s7-case"]),
        ("galaxys7 case", "galaxy s7 case", ["galaxy-s7-case"]),
        ("phone 64 gb", "phone 64gb", ["phone-64gb"]),
        ("ceble 7 m wiht plug for trvel", "cable 7 m with plug for travel", ["cable-7-m-with-plug-for-travel"]),
        ("cable with plugs fortravel 7 m", "cable with plug for travel 7 m", ["cable-7-m-with-plug-for-travel"]),
        ("phone 64gb online", "phone 64gb", ["phone-64gb"]),
        ("buy galaxy s7 case", "galaxy s7 case", ["galaxy-s7-case"]),
        ("cases galaxy", "case galaxy", ["galaxy-s7-case"]),
        ("zzzzzz qqqqqq", None, []),
    ],
)
async def test_numbers_and_long_queries_are_corrected_and_words_too_many_left_out(
    db: Database, shelf: Replica, typed: str, meant: str | None, found: list[str]
) -> None:
    answer = shelf.results(typed)
    assert (answer.did_you_mean, answer.instead) == (meant, meant is not None)
    assert [card.slug for card in await db.read(catalogue.cards_of, answer.ids, EVERYTHING)] == found
    assert json.decode(shelf.suggest(typed))["did_you_mean"] == meant


async def test_a_query_of_many_unknown_words_stays_cheap(shelf: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Sequence[str]] = []

    def none(_index: Index, words: Sequence[str], _limit: int) -> int:
        looks.append(words)
        return 0

    monkeypatch.setattr(Index, "count", none)
    shelf.results("galaxy phone cable bag case plug travel 64gb")
    assert 0 < len(looks) <= spelling.MAX_READINGS + spelling.MAX_SHORTER
