"""Kept pages are never older than the last commit that was heard, and never somebody else's."""

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, update

from handlers.kept import KEPT, MAX_KEY_CHARACTERS, Page
from shop.catalogue import Variant
from shop.events import ProductChanged
from storage import catalogue, outbox, shopfront, stock, tables
from storage.catalogue import Reprice
from storage.database import Database, opened
from storage.stock import Edit
from tests.house import House, open_house, until

MUG = "harbour-mug"
PAGES = (
    "/",
    "/c/tea-and-coffee",
    "/c/tea-and-coffee?sort=price&stock=in",
    "/c/tea-and-coffee?colour=oat",
    "/c/new",
    f"/p/{MUG}",
    "/search?q=harbour",
)
KNOCK = {"Accept-Encoding": "identity"}


async def get(client: aiohttp.ClientSession, path: str, headers: Mapping[str, str] = KNOCK) -> str:
    async with client.get(path, headers=headers) as response:
        assert response.status == 200, path
        return await response.text()


async def mug(db: Database) -> Variant:
    return (await db.read(catalogue.product, MUG)).variants[0]


async def set_left(db: Database, units: int) -> None:
    """Counts the first mug anew."""
    await db.write(stock.set_on_hand, counted(await mug(db), units))


def counted(variant: Variant, units: int, was: int | None = None) -> Edit:
    expected = variant.level.on_hand if was is None else was
    return Edit(variant.id, units, expected, actor="clerk", reason="", at=datetime.now(UTC))


def versions(text: str, variant: str) -> set[str]:
    """What a page says of the versions of a variant's stock."""
    return set(re.findall(rf'data-variant="{variant}" data-version="(\d+)"', text))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that are made from here on; one that is kept is not made again."""
    made: list[str] = []
    finished = Page.__init__

    def noted(self: Page, *args: Any, **more: Any) -> None:
        made.append("page")
        finished(self, *args, **more)

    monkeypatch.setattr(Page, "__init__", noted)
    return made


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_made_once_and_given_to_everybody(house: House, drawn: list[str], path: str):
    async with house.client() as one, house.client() as other:
        first = await get(one, path)
        assert await get(other, path) == first
        packed = await get(one, path, {"Accept-Encoding": "gzip, deflate, br"})
        assert packed == first
        joiner = "&" if "?" in path else "?"
        assert await get(other, f"{path}{joiner}utm_source=letter&gclid=1") == first
    assert len(drawn) == 1


@pytest.mark.parametrize("path", PAGES)
async def test_every_product_on_a_page_is_known_to_be_on_it(house: House, path: str):
    async with house.client() as client:
        text = await get(client, path)
    kept = house.app[KEPT]
    [page] = [*kept._once.values(), *kept._again.values()]
    assert page.shows == set(re.findall(r"/p/([\w-]+)", text))


@pytest.mark.parametrize("path", ["/c/tea-and-coffee", "/c/tea-and-coffee?stock=in", f"/p/{MUG}", "/search?q=harbour"])
async def test_new_stock_is_on_the_next_page_with_its_version(house: House, path: str):
    variant = (await mug(house.db)).id
    async with house.client() as client:
        await set_left(house.db, 4)
        before = await get(client, path)
        await set_left(house.db, 2)
        after = await get(client, path)
    level = (await mug(house.db)).level
    assert versions(after, variant) == {str(level.version)} != versions(before, variant)
    assert "2 left" in after


async def test_what_is_sold_out_leaves_listings_that_do_not_show_it(house: House):
    """The second page of a filter changes with a thing on the first."""
    async with house.client() as client:
        before = await get(client, "/c/new?stock=in&page=2")
        for variant in (await house.db.read(catalogue.product, MUG)).variants:
            await house.db.write(stock.set_on_hand, counted(variant, 0))
        after = await get(client, "/c/new?stock=in&page=2")
    assert MUG not in before
    found = [
        int(re.findall(r"<p data-part=\"found\">(?:More than )?<b>(\d+)</b>", text)[0]) for text in (before, after)
    ]
    assert found[1] == found[0] - 1


@pytest.mark.parametrize(
    "path", ["/c/tea-and-coffee", "/c/tea-and-coffee?sort=price", f"/p/{MUG}", "/search?q=harbour"]
)
async def test_a_new_price_is_on_the_next_page(house: House, path: str):
    async with house.client() as client:
        assert "€77.77" not in await get(client, path)
        for variant in (await house.db.read(catalogue.product, MUG)).variants:
            await house.db.write(catalogue.reprice, Reprice(variant.id, 7777, datetime.now(UTC)))
        assert "€77.77" in await get(client, path)


def hide(tx: Connection, slug: str) -> None:
    """A verb that takes a product from the shelf, as an import of a hidden one does."""
    tx.execute(update(tables.Product).where(tables.Product.slug == slug).values(visible=False))
    position = outbox.reserve(tx, 1)
    catalogue.touch(tx, {slug: (position, None)})
    outbox.record(tx, position, [ProductChanged(slug, None)], datetime.now(UTC))


async def test_a_hidden_product_is_gone_from_every_page(house: House):
    async with house.client() as client:
        for path in PAGES:
            await get(client, path)
        await house.db.write(hide, MUG)
        await until(house.app[KEPT]._settled)
        for path in PAGES:
            async with client.get(path) as response:
                assert response.status == (404 if path == f"/p/{MUG}" else 200)
                assert f"/p/{MUG}" not in (await response.text() if response.status == 200 else "")


def rename(tx: Connection, slug: str, name: str) -> None:
    """A verb that renames a category, and tells that products say something else."""
    tx.execute(update(tables.Category).where(tables.Category.slug == slug).values(name=name))
    [state] = catalogue.states(tx, [MUG]).values()
    outbox.note(tx, ProductChanged(MUG, state), datetime.now(UTC))


async def test_a_renamed_category_is_renamed_on_every_page(house: House):
    async with house.client() as client:
        for path in (*PAGES, "/cart"):
            await get(client, path)
        await house.db.write(rename, "tea-and-coffee", "Dinner and so on")
        for path in (*PAGES, "/cart"):
            assert "Dinner and so on" in await get(client, path), path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def where(request: pytest.FixtureRequest) -> str | None:
    """Where empty books are, on one engine and then on the other; None is a file."""
    return None if request.param == "sqlite" else str(request.getfixturevalue("postgresql"))


async def test_the_commit_of_another_process_is_on_the_page_as_soon_as_it_is_heard(tmp_path: Path, where: str | None):
    async with open_house(tmp_path, where) as house, opened(house.where) as elsewhere, house.client() as client:
        await set_left(elsewhere, 4)
        await until(lambda: _has(client, "4 left"))
        await set_left(elsewhere, 3)
        head = await elsewhere.read(outbox.head)
        await until(lambda: house.engine.announcer.position >= head)
        assert "3 left" in await get(client, f"/p/{MUG}")
        await elsewhere.write(rename, "tea-and-coffee", "Dinner and so on")
        head = await elsewhere.read(outbox.head)
        await until(lambda: house.engine.announcer.position >= head)
        assert "Dinner and so on" in await get(client, "/")


async def _has(client: aiohttp.ClientSession, text: str) -> bool:
    return text in await get(client, f"/p/{MUG}")


class Held:
    """Reads of a database that are carried out and then held back, until they are let go."""

    def __init__(self, db: Database) -> None:
        self.read = asyncio.Event()
        self.go = asyncio.Event()
        self._read = db.read
        db.read = self._held  # type: ignore[method-assign]
        self._db = db

    async def _held(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        found = await self._read(fn, *args, **named)
        self.read.set()
        await self.go.wait()
        return found

    def let_go(self) -> None:
        self._db.read = self._read  # type: ignore[method-assign]
        self.go.set()


@pytest.mark.parametrize("path", [f"/p/{MUG}", "/c/tea-and-coffee?stock=in", "/search?q=harbour"])
async def test_a_page_that_was_read_before_a_commit_and_made_after_it_is_not_kept(house: House, path: str):
    variant = await mug(house.db)
    await set_left(house.db, 4)
    async with house.client() as client:
        await get(
            client, "/about/delivery"
        )  # so that the shelves are known, and the read that is held is the page's own
        held = Held(house.db)
        slow = asyncio.create_task(get(client, path))
        await held.read.wait()
        await house.db.write(stock.set_on_hand, counted(variant, 0, was=4))
        held.let_go()
        assert "4 left" in await slow, "it was read before"
        after = await get(client, path)
    assert "4 left" not in after
    assert str(variant.level.version) not in versions(after, variant.id)


async def test_shelves_that_were_read_before_a_commit_are_not_remembered(house: House):
    async with house.client() as client:
        house.app[KEPT].forget_all()
        held = Held(house.db)
        slow = asyncio.create_task(get(client, "/login"))
        await held.read.wait()
        await house.db.write(rename, "tea-and-coffee", "Dinner and so on")
        held.let_go()
        assert "Dinner and so on" not in await slow
        assert "Dinner and so on" in await get(client, "/login")


async def test_nobody_sees_another_ones_name_or_cart(house: House, drawn: list[str]):
    variant = (await mug(house.db)).id
    person = {"name": "Noor Adler", "email": "noor@example.com", "password": "a few good words"}
    async with house.client() as guest, house.client() as shopper, house.client() as noor:
        async with shopper.put(f"/api/v1/cart/lines/{variant}", json={"quantity": 2}) as response:
            assert response.status == 200
        async with noor.post("/api/v1/customers", json=person) as response:
            assert response.status == 201
        for path in PAGES:
            for encoding in ("identity", "gzip"):
                head = {"Accept-Encoding": encoding}
                hers, shoppers, guests = [await get(client, path, head) for client in (noor, shopper, guest)]
                assert ("Noor" in hers, "Noor" in shoppers, "Noor" in guests) == (True, False, False)
                counts = [re.findall(r'data-part="count">(\d+)<', text) for text in (hers, shoppers, guests)]
                assert counts == [["0"], ["2"], ["0"]]
        assert len(drawn) == len(PAGES)
        async with noor.post("/logout", allow_redirects=False) as response:
            assert response.status == 303
        assert "Noor" not in await get(noor, "/")


async def test_a_cart_is_counted_anew_for_every_page(house: House):
    variant = (await mug(house.db)).id
    async with house.client() as shopper:
        seen = []
        for quantity in (2, 1, 0):
            async with shopper.put(f"/api/v1/cart/lines/{variant}", json={"quantity": quantity}) as response:
                assert response.status == 200
            seen += re.findall(
                r'data-version="(\d+)"><span class="vh">with </span><span[^>]*>(\d+)<', await get(shopper, "/")
            )
    assert [count for _, count in seen] == ["2", "1", "0"]
    assert [int(version) for version, _ in seen] == sorted({int(version) for version, _ in seen})


async def test_who_has_a_page_is_told_so_until_something_on_it_changes(house: House):
    async def asked(tag: str, **headers: str) -> tuple[int, str]:
        async with client.get(f"/p/{MUG}", headers={"If-None-Match": tag, **headers}) as response:
            assert response.headers["Cache-Control"] == "private, no-cache"
            assert "Cookie" in response.headers["Vary"]
            assert bool(await response.read()) == (response.status == 200)
            return response.status, response.headers["ETag"]

    async with house.client() as client:
        _, tag = await asked("")
        assert await asked(tag) == (304, tag)
        assert await asked(f'"other", {tag}', **{"Accept-Encoding": "gzip"}) == (304, tag)
        await set_left(house.db, 1)
        status, later = await asked(tag)
        assert (status, later != tag) == (200, True)
        variant = (await mug(house.db)).id
        async with client.put(f"/api/v1/cart/lines/{variant}", json={"quantity": 1}) as response:
            assert response.status == 200
        status, mine = await asked(later)
        assert (status, mine != later) == (200, True)


@pytest.mark.parametrize("query", ["?zzz=1", "?q=x&zzz=1", f"?q={'x' * MAX_KEY_CHARACTERS}", "?%00=1"])
async def test_an_address_that_nobody_knows_is_answered_and_not_kept(house: House, query: str):
    async with house.client() as client:
        await get(client, f"/c/tea-and-coffee{query}")
        await get(client, f"/search{query}&zzz=2")
    assert len(house.app[KEPT]) == 0


async def test_who_works_on_templates_has_every_page_made_anew(tmp_path: Path, drawn: list[str]):
    async with open_house(tmp_path, reload_templates=True) as house, house.client() as client:
        for _ in range(2):
            await get(client, "/")
        assert len(house.app[KEPT]) == 0
    assert len(drawn) == 2


async def test_missing_pages_are_not_kept(house: House):
    async with house.client() as client:
        for path in ("/p/nothing", "/c/nothing", "/about/nothing"):
            async with client.get(path) as response:
                assert response.status == 404
    assert len(house.app[KEPT]) == 0


async def test_the_host_header_is_on_no_page(house: House):
    async with house.client() as client:
        await get(client, "/", {"Host": "evil.example"})
        assert "evil.example" not in await get(client, "/")


async def test_a_letter_touches_no_page_and_a_new_name_touches_all(house: House, drawn: list[str]):
    async with house.client() as client:
        await get(client, "/")
        async with client.post("/reset", data={"email": "noor@example.com"}) as response:
            assert response.status == 200
        await get(client, "/")
        assert len(drawn) == 1
        now = await house.db.read(shopfront.read)
        change = shopfront.Edit(replace(now.details, name="Loam"), now.version, "clerk", datetime.now(UTC))
        await house.db.write(shopfront.change, change)
        assert "· Loam</title>" in await get(client, "/")
        assert '<a class="mark" href="/">loam' in await get(client, "/cart")
