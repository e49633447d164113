"""Seeding: a large catalogue, in short verbs, once, beside an open shop, and in order when it is counted."""

from pathlib import Path

import pytest

from server.commands import main
from server.commands.seed import make_up
from storage import catalogue, listing
from storage.database import opened
from storage.listing import Shelf
from storage.sample import generated
from storage.sample.catalogue import PRODUCTS
from tests.house import House, until

MADE_UP = 320
"""More than two chunks."""


async def test_a_made_up_catalogue_is_added_once_and_its_books_are_clean(house: House) -> None:
    assert (await make_up(house.db, MADE_UP, 7))[0] == MADE_UP
    assert (await make_up(house.db, MADE_UP + 10, 7))[0] == 10, "what is there is not added again"
    assert await house.db.read(listing.count, Shelf(), 10_000) == len(PRODUCTS) + MADE_UP + 10
    assert await house.judge() == []


async def test_an_open_shop_sells_what_another_process_adds(house: House) -> None:
    new = next(product for product in generated.products(3, 0, MADE_UP) if any(v.units for v in product.variants))
    async with opened(house.where) as elsewhere, house.client() as client:
        assert (await make_up(elsewhere, MADE_UP, 3))[0] == MADE_UP

        async def found() -> bool:
            async with client.get("/api/v1/products", params={"q": new.name, "limit": 100}) as answer:
                return new.slug in [product["slug"] for product in (await answer.json())["products"]]

        await until(found)
        variant = next(v.id for v in new.variants if v.units)
        async with client.put(f"/api/v1/cart/lines/{variant}", json={"quantity": 1}) as answer:
            assert answer.status == 200, await answer.text()


def test_the_command_says_how_far_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seed", "--data", str(tmp_path), "--products", "200", "--seed", "5"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"{len(PRODUCTS)} products in ")
    assert said[-1].startswith("200 products added in ")


@pytest.mark.parametrize("arguments", [["--products", "-1"], ["--products", "1000001"], ["--seed", "-1"]])
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["seed", "--data", str(tmp_path), *arguments]) == 1
    assert "takes from 0 to" in capsys.readouterr().err
    assert not (tmp_path / "shop.db").exists()


async def test_a_home_page_says_how_much_there_is(house: House) -> None:
    async with house.client() as client:
        async with client.get("/") as answer:
            assert f"See all {len(PRODUCTS)}<" in await answer.text()
        async with client.get("/c/new") as answer:
            assert f"<b>{len(PRODUCTS)}</b>" in await answer.text()
        async with client.get("/c/new?page=99&sort=-price") as answer:
            text = await answer.text()
    assert f"{len(PRODUCTS) - len(PRODUCTS) % 24 + 1} to {len(PRODUCTS)} of {len(PRODUCTS)}" in text
    assert await house.db.read(catalogue.count_products) == len(PRODUCTS)
