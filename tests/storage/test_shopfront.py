"""The shop's own settings: changed by compare-and-set, told to every process, every change kept; on both engines."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from msgspec.structs import replace

from shop.errors import InvalidFields, StaleEdit, WrongState
from shop.events import CartChanged, ProductChanged, Recorded, ShopfrontChanged
from shop.shopfront import Details, Difference, Entry, Standing, merged
from storage import carts, catalogue, currency, outbox, shopfront, topics
from storage.currency import NewCurrency
from storage.database import Database
from storage.shopfront import Edit
from tests.storage.books import AT, BOWL, RAIN, cards_of, filled, placed

OWNER = "owner@shop.example"
NEW = Details(name="Loam", hold_minutes=30)


def edit(details: Details = NEW, seen: int = 0, actor: str = OWNER) -> Edit:
    return Edit(details, seen, actor, AT)


async def test_a_new_shop_stands_on_the_defaults(either: Database) -> None:
    found = await either.read(shopfront.read)
    assert (found.version, found.details, found.currency) == (0, Details(), "EUR")
    assert [link.slug for link in found.pages] == ["delivery", "returns", "privacy", "terms", "imprint"]


async def test_a_change_is_kept_told_and_remembered(either: Database) -> None:
    told: list[Recorded] = []
    either.listen(told.extend)
    after = await either.write(shopfront.change, edit())
    assert await either.read(shopfront.read) == after
    assert after.details == NEW
    assert told == [Recorded(after.version, ShopfrontChanged(after))]
    assert await either.read(outbox.after, after.version - 1, 10) == told
    differences = (Difference("name", "Marl", "Loam"), Difference("hold_minutes", "15", "30"))
    assert await either.read(shopfront.history, 10) == [Entry(after.version, OWNER, AT, differences)]


async def test_saving_the_same_again_is_no_change(either: Database) -> None:
    first = await either.write(shopfront.change, edit())
    again = await either.write(shopfront.change, edit(seen=first.version))
    assert again == first
    assert len(await either.read(shopfront.history, 10)) == 1


async def test_a_stale_edit_is_refused_with_the_newest_version(either: Database) -> None:
    first = await either.write(shopfront.change, edit())
    with pytest.raises(StaleEdit) as refused:
        await either.write(shopfront.change, edit(replace(NEW, name="Silt")))
    assert refused.value.extra["version"] == first.version
    assert (await either.read(shopfront.read)).details.name == "Loam"


async def test_of_two_edits_at_once_one_wins(either: Database) -> None:
    edits = [edit(replace(NEW, name=f"Loam {n}")) for n in range(6)]
    answers: Sequence[object] = await asyncio.gather(
        *(either.write(shopfront.change, command) for command in edits), return_exceptions=True
    )
    assert [type(answer) for answer in answers].count(Standing) == 1
    assert [type(answer) for answer in answers].count(StaleEdit) == 5
    assert len(await either.read(shopfront.history, 10)) == 1


async def test_history_is_told_newest_first_and_from_a_version_on(either: Database) -> None:
    versions = [0]
    for n in range(3):
        command = Edit(replace(NEW, name=f"Loam {n}"), versions[-1], OWNER, AT + timedelta(minutes=n))
        versions.append((await either.write(shopfront.change, command)).version)
    assert [entry.version for entry in await either.read(shopfront.history, 2)] == [versions[3], versions[2]]
    assert [entry.version for entry in await either.read(shopfront.history, 9, versions[2])] == [versions[3]]


async def test_a_stale_page_is_merged_field_by_field(either: Database) -> None:
    theirs = await either.write(shopfront.change, edit(Details(name="Loam", contact="hello@shop.example")))
    since = list(reversed(await either.read(shopfront.history, 10, 0)))
    mine = Details(colophon="Made in Ghent")
    assert merged(mine, theirs.details, since) == (replace(theirs.details, colophon="Made in Ghent"), ())
    both, asked = merged(Details(name="Silt"), theirs.details, since)
    assert (both.name, both.contact, asked) == ("Silt", "hello@shop.example", ("name",))
    assert merged(theirs.details, theirs.details, since) == (theirs.details, ())


# Currency ---------------------------------------------------------------------------------------------------------------


def another(code: str, seen: int = 0) -> NewCurrency:
    return NewCurrency(code, seen, OWNER, AT)


async def prices(db: Database) -> list[int]:
    return [card.variant.price for card in await cards_of(db, ["bowl", "lamp", "mug"])]


@pytest.mark.parametrize(
    ("code", "expected"), [("USD", [1500, 9900, 2800]), ("JPY", [15, 99, 28]), ("KWD", [15_000, 99_000, 28_000])]
)
async def test_a_price_keeps_its_number_in_another_currency(either: Database, code: str, expected: list[int]) -> None:
    told: list[Recorded] = []
    cart = await filled(either, {BOWL: 2})
    either.listen(told.extend)
    after = await either.write(currency.change, another(code))
    assert (after.currency, await either.read(topics.meta, "currency")) == (code, code)
    assert await prices(either) == expected
    kinds = [type(event) for _, event in told]
    assert kinds == [ProductChanged] * 3 + [CartChanged, ShopfrontChanged]
    assert (await either.read(carts.view, cart)).lines == ()
    for position, event in told:
        if isinstance(event, ProductChanged):
            assert await either.read(topics.product_state, event.product) == (position, event.state)
            assert event.state is not None
            assert event.state.currency == code
        if isinstance(event, CartChanged):
            assert await either.read(topics.cart_state, cart) == (position, event.state)
    assert (await either.read(shopfront.history, 1))[0].differences == (Difference("currency", "EUR", code),)


async def test_decimals_that_a_currency_has_not_are_counted_first(either: Database) -> None:
    await either.write(catalogue.reprice, catalogue.Reprice(BOWL, 1550, AT))
    assert (await either.read(currency.priced, "JPY")).rounded == 1
    assert (await either.read(currency.priced, "USD")).rounded == 0
    await either.write(currency.change, another("JPY"))
    assert await prices(either) == [16, 99, 28]


async def test_an_order_keeps_the_shop_in_its_currency(either: Database) -> None:
    await placed(either, {RAIN: 1})
    with pytest.raises(WrongState, match="open a new shop"):
        await either.write(currency.change, another("USD"))
    assert await either.read(topics.meta, "currency") == "EUR"
    assert await prices(either) == [1500, 9900, 2800]


async def test_a_large_catalogue_is_not_restated_in_one_go(either: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(currency, "MAX_RESTATED", 2)
    with pytest.raises(InvalidFields) as refused:
        await either.write(currency.change, another("USD"))
    assert "export them and import them" in refused.value.fields["currency"]


async def test_a_stale_change_of_currency_is_refused(either: Database) -> None:
    await either.write(shopfront.change, edit())
    with pytest.raises(StaleEdit):
        await either.write(currency.change, another("USD"))
    assert await either.read(topics.meta, "currency") == "EUR"
