"""Delivery and taxes in the books, and orders that are placed by them: at the total that was seen, or not at all."""

import asyncio

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, update

from shop.checkout import Placement
from shop.delivery import By, Delivery, Step, Way, Zone
from shop.errors import NotDelivered, PriceChanged, StaleEdit, TotalChanged
from shop.events import Recorded, ShopfrontChanged
from shop.ids import CartId
from shop.shopfront import Difference, Standing
from shop.taxes import REDUCED, STANDARD, Rates, Taxes
from shop.terms import Terms
from storage import catalogue, currency, orders, outbox, shopfront, tables
from storage.currency import NewCurrency
from storage.database import Database
from storage.shopfront import Edit, TermsEdit
from tests.storage.books import AT, BOWL, DETAILS, LAMP, RAIN, RUST, filled, findings, level, placement

OWNER = "owner@shop.example"
BELGIUM = Delivery(
    (Zone("Belgium", ("BE",), (Way("door", "To the door", "Tomorrow", steps=(Step(2_000, 500), Step(5_000, 900))),)),)
)
NET = Taxes(included=False, countries=(Rates("BE", ((STANDARD, 21_000), (REDUCED, 6_000))),))
TERMS = Terms(BELGIUM, NET, "EUR")


def edit(delivery: Delivery | None = BELGIUM, taxes: Taxes | None = None, seen: int = 0) -> TermsEdit:
    return TermsEdit(delivery, taxes, seen, OWNER, AT)


def command(cart: CartId, total: int | None = None, terms: Terms = TERMS) -> Placement:
    return replace(placement(cart), terms=terms, total=total)


async def weigh(db: Database, **grams: int) -> None:
    def verb(tx: Connection) -> None:
        for variant, weight in grams.items():
            tx.execute(update(tables.Variant).where(tables.Variant.id == variant).values(weight=weight))

    await db.write(verb)


async def test_a_new_shop_delivers_and_taxes_as_the_sample_does(either: Database) -> None:
    found = await either.read(shopfront.read)
    assert (found.delivery, found.taxes) == (Delivery(), Taxes())


async def test_a_change_is_kept_told_and_remembered(either: Database) -> None:
    told: list[Recorded] = []
    either.listen(told.extend)
    after = await either.write(shopfront.change_terms, edit())
    assert await either.read(shopfront.read) == after
    assert (after.delivery, after.taxes) == (BELGIUM, Taxes())
    assert told == [Recorded(after.version, ShopfrontChanged(after))]
    assert await either.read(outbox.after, after.version - 1, 10) == told
    way = Difference("delivery: Belgium, To the door", "", "5.00 up to 2 kg, then 9.00 up to 5 kg; Tomorrow")
    [entry] = await either.read(shopfront.history, 10)
    assert way in entry.differences
    assert (entry.version, entry.actor) == (after.version, OWNER)
    assert await either.write(shopfront.change_terms, edit()) == after
    assert len(await either.read(shopfront.history, 10)) == 1


async def test_only_a_change_of_the_same_stands_in_the_way(either: Database) -> None:
    await either.write(
        shopfront.change, Edit(replace((await either.read(shopfront.read)).details, name="Loam"), 0, OWNER, AT)
    )
    first = await either.write(shopfront.change_terms, edit())
    taxed = await either.write(shopfront.change_terms, edit(None, NET))
    assert (taxed.details.name, taxed.delivery, taxed.taxes) == ("Loam", BELGIUM, NET)
    with pytest.raises(StaleEdit):
        await either.write(shopfront.change_terms, edit(Delivery(())))
    assert (await either.write(shopfront.change_terms, edit(Delivery(()), seen=first.version))).delivery == Delivery(())


async def test_of_two_edits_at_once_one_wins(either: Database) -> None:
    edits = [edit(Delivery((replace(BELGIUM.zones[0], name=f"Zone {n}"),))) for n in range(5)]
    answers = await asyncio.gather(*(either.write(shopfront.change_terms, e) for e in edits), return_exceptions=True)
    won = [answer for answer in answers if isinstance(answer, Standing)]
    assert len(won) == 1
    assert all(isinstance(answer, StaleEdit) for answer in answers if answer not in won)
    assert await either.read(shopfront.read) == won[0]


async def test_an_order_has_the_delivery_and_the_taxes_of_its_terms(either: Database) -> None:
    await weigh(either, **{RAIN: 1_200})
    await either.write(
        lambda tx: tx.execute(update(tables.Product).where(tables.Product.slug == "bowl").values(tax_class=REDUCED))
    )
    placed = await either.write(orders.place, command(await filled(either, {RAIN: 2, BOWL: 1}), total=9_455))
    found = await either.read(orders.view, placed.number)
    assert [(line.rate, line.tax) for line in found.lines] == [(6_000, 90), (21_000, 1_176)]
    assert (found.shipping_name, found.shipping_amount, found.shipping_rate, found.shipping_tax) == (
        "To the door",
        900,
        21_000,
        189,
    )
    assert (found.tax_included, found.total, found.cost.total) == (
        False,
        5_600 + 1_500 + 900 + 1_176 + 90 + 189,
        found.total,
    )
    assert await findings(either) == []


async def test_another_total_than_the_one_that_was_seen_is_refused_and_nothing_is_held(either: Database) -> None:
    cart = await filled(either, {LAMP: 1})
    seen = command(cart, total=1)
    with pytest.raises(TotalChanged) as refused:
        await either.write(orders.place, seen)
    assert refused.value.extra["seen"]["amount"] == 1
    now = refused.value.extra["now"]["amount"]
    assert await level(either, LAMP) == (1, 0)
    # The same command, with the consent to what was shown, places the order.
    placed = await either.write(orders.place, replace(seen, total=now))
    assert (await either.read(orders.view, placed.number)).total == now
    assert await level(either, LAMP) == (1, 1)


async def test_who_is_refused_leaves_the_last_one_to_whoever_comes_next(either: Database) -> None:
    commands = [command(await filled(either, {LAMP: 1}), total=total) for total in (1, None)]
    wrong, right = await asyncio.gather(*(either.write(orders.place, c) for c in commands), return_exceptions=True)
    assert isinstance(wrong, TotalChanged)
    assert not isinstance(right, BaseException)
    assert await level(either, LAMP) == (1, 1)


async def test_a_raised_price_is_said_before_a_changed_total(either: Database) -> None:
    cart = await filled(either, {RUST: 1})
    await either.write(catalogue.reprice, catalogue.Reprice(RUST, 3_900, AT))
    with pytest.raises(PriceChanged):
        await either.write(orders.place, command(cart, total=2_900 + 650))


async def test_what_is_too_heavy_is_refused_with_words_and_nothing_is_held(either: Database) -> None:
    await weigh(either, **{RAIN: 1_200})
    cart = await filled(either, {RAIN: 5})
    with pytest.raises(NotDelivered) as refused:
        await either.write(orders.place, command(cart))
    assert "To the door takes up to 5 kg, and this weighs 6 kg." in refused.value.detail
    assert await level(either, RAIN) == (5, 0)
    with pytest.raises(NotDelivered):
        await either.write(orders.place, replace(command(cart), details=replace(DETAILS, country="JP")))


async def test_orders_that_stand_keep_what_they_were_placed_with(either: Database) -> None:
    placed = await either.write(orders.place, command(await filled(either, {RAIN: 1})))
    before = await either.read(orders.view, placed.number)
    await either.write(shopfront.change_terms, edit(Delivery(()), seen=0))
    assert await either.read(orders.view, placed.number) == before


async def test_another_currency_keeps_the_numbers_of_delivery(either: Database) -> None:
    by_total = Way("post", "By post", by=By.TOTAL, steps=(Step(5_000, 650), Step(None, 300)), free_from=10_000)
    first = await either.write(shopfront.change_terms, edit(Delivery((Zone("Home", ("BE",), (by_total,)),))))
    after = await either.write(currency.change, NewCurrency("KWD", first.version, OWNER, AT))
    [way] = after.delivery.zones[0].ways
    assert (way.steps, way.free_from) == ((Step(50_000, 6_500), Step(None, 3_000)), 100_000)
    assert await either.read(shopfront.read) == after
