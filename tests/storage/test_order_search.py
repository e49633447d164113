"""Finding orders and their buyers: by words, number, state and day, page by page, on both engines."""

import asyncio
from datetime import UTC, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, text

from shop.customers import Role
from shop.fulfilment import Clerk, Parcel
from shop.ids import CustomerId, OrderNumber
from shop.order_search import Place, wish
from shop.payments import PaymentState
from storage import (
    buying_again,
    carts,
    commands,
    customer_list,
    customers,
    fulfilment,
    order_search,
    order_story,
    order_words,
    orders,
    payments,
)
from storage.customers import Registration
from storage.database import Database
from storage.order_story import Story
from tests.storage.books import (
    AT,
    BOWL,
    DETAILS,
    LAMP,
    RAIN,
    at_bank,
    filled,
    new_cart,
    news,
    placed,
    placement,
    set_units,
)

NOOR = Clerk(CustomerId("NOOR"), "Noor")
DAY = timedelta(days=1)


async def ordered(
    db: Database, name: str = "Noor Adler", email: str = "noor@example.com", town: str = "Ghent", **more: object
) -> OrderNumber:
    command = placement(await filled(db, {BOWL: 1}), **more)  # type: ignore[arg-type]
    details = replace(DETAILS, name=name, email=email, town=town)
    return (await db.write(orders.place, replace(command, details=details))).number


async def pay(db: Database, number: OrderNumber) -> None:
    await db.write(payments.settle, news(await at_bank(db, number), PaymentState.PAID))


async def find(db: Database, q: str = "", show: str = "", first: str = "", last: str = "") -> list[OrderNumber]:
    while await db.write(order_words.catch_up):
        pass
    found = await db.read(order_search.page, wish(q, show, first, last, UTC), None, 50)
    return [order.number for order in found.orders]


async def test_orders_are_found_by_whatever_somebody_remembers(either: Database) -> None:
    noor = await ordered(either)
    zoe = await ordered(either, "Zoë Maes", "zoe.maes@example.org", "Brugge")
    for typed in (
        "zoe",
        "ZOË ma",
        "zoe.maes@example.org",
        "brugge",
        "maes bowl",
        zoe,
        f"{zoe[:4]}-{zoe[4:]}".lower(),
        zoe[:6],
    ):
        assert await find(either, typed) == [zoe], typed
    assert set(await find(either, "bowl ochre")) == {noor, zoe}
    assert set(await find(either, "example")) == {noor, zoe}
    # Each has a word with a letter that no order number has, so it can't begin one of these by luck.
    for nothing in ("zoe adler", "lamp", "%", "' OR 'l'='l' --", "owl"):
        assert await find(either, nothing) == [] or not wish(nothing, "", "", "", UTC).words, nothing


async def test_words_are_made_once_and_in_steps(either: Database) -> None:
    numbers = [await ordered(either) for _ in range(5)]
    assert await either.read(order_words.behind)
    assert [await either.write(order_words.catch_up, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert not await either.read(order_words.behind)
    await pay(either, numbers[0])
    assert not await either.read(order_words.behind), "what becomes of an order changes none of its words"


async def test_two_who_make_words_at_once_make_each_once(either: Database) -> None:
    numbers = [await ordered(either) for _ in range(5)]
    made = await asyncio.gather(*[either.write(order_words.catch_up, 2) for _ in range(4)])
    assert sorted(made) == [0, 1, 2, 2]
    assert set(await find(either, "noor")) == set(numbers)


async def test_every_block_of_words_is_searched(either: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_words, "BLOCK_POSITIONS", 4)
    numbers = [await ordered(either) for _ in range(5)]
    zoe = await ordered(either, "Zoë Maes")
    assert set(await find(either, "bowl noor")) == {*numbers, zoe}
    assert await find(either, "zoe") == [zoe]
    assert await either.read(count_of_blocks) == 6


def count_of_blocks(tx: Connection) -> int:
    return int(tx.execute(text("SELECT count(DISTINCT block) FROM order_words")).scalar_one())


async def test_each_state_lists_its_orders(either: Database) -> None:
    waiting, packing, packed, sent, cancelled = [await ordered(either) for _ in range(5)]
    for number in (packing, packed, sent):
        await pay(either, number)
    for number in (packed, sent):
        await either.write(fulfilment.claim, number, NOOR, AT)
        await either.write(fulfilment.pack, number, NOOR, AT)
    await either.write(fulfilment.ship, sent, NOOR, Parcel(), AT)
    await either.write(orders.cancel, cancelled, NOOR, AT)
    found = {
        show: await find(either, show=show) for show in ("waiting", "pack", "ship", "shipped", "cancelled", "refunded")
    }
    assert found == {
        "waiting": [waiting],
        "pack": [packing],
        "ship": [packed],
        "shipped": [sent],
        "cancelled": [cancelled],
        "refunded": [],
    }
    assert len(await find(either)) == 5


async def test_days_bound_the_list(either: Database) -> None:
    early = await ordered(either, at=AT - DAY)
    late = await ordered(either, at=AT)
    assert await find(either, first="2026-11-22") == [late]
    assert await find(either, last="2026-11-21") == [early]
    assert await find(either, first="2026-11-21", last="2026-11-22") == [late, early]


async def test_pages_meet_without_a_gap_or_a_double(either: Database) -> None:
    expected = {await ordered(either, at=AT + timedelta(seconds=n // 3)) for n in range(10)}
    seen: list[OrderNumber] = []
    after: Place | None = None
    for _ in range(4):
        page = await either.read(order_search.page, wish("", "", "", "", UTC), after, 3)
        seen += [order.number for order in page.orders]
        after = page.next
    assert after is None
    assert len(seen) == 10
    assert set(seen) == expected


async def test_whoever_waits_longest_is_packed_next(either: Database) -> None:
    first, second, third = [await ordered(either, at=AT + timedelta(seconds=n)) for n in range(3)]
    for number in (first, second, third):
        await pay(either, number)

    async def around(number: OrderNumber) -> tuple[OrderNumber | None, OrderNumber | None]:
        found = await either.read(order_search.neighbours, await either.read(orders.view, number))
        return found.before, found.after

    assert await around(second) == (first, third)
    await either.write(fulfilment.claim, first, NOOR, AT)
    await either.write(fulfilment.pack, first, NOOR, AT)
    assert await around(second) == (None, third)
    assert await around(first) == (None, second), "from an order that is done, too"
    assert await around(third) == (second, None)


async def test_the_story_tells_how_every_word_of_a_payment_was_heard(either: Database) -> None:
    number = await ordered(either)
    first = await at_bank(either, number)
    await either.write(payments.settle, news(first, PaymentState.FAILED))
    await pay(either, number)
    await either.write(fulfilment.claim, number, NOOR, AT)
    story: Story = await either.read(order_story.read, number)
    assert [(attempt.attempt, attempt.state) for attempt in story.attempts] == [(1, "failed"), (2, "paid")]
    assert [[(word.way, word.state) for word in attempt.heard] for attempt in story.attempts] == [
        [("test", "failed")],
        [("test", "paid")],
    ]
    assert story.attempts[0].heard[0].detail == "card_declined"
    assert [done.act for done in story.acts] == ["claimed"]


async def test_guests_are_customers_by_their_email(either: Database) -> None:
    account = CustomerId("ZOE")
    person = Registration(account, "zoe@example.org", "Zoë Maes", "x", Role.CUSTOMER, AT)
    await either.write(customers.register, person)
    for _ in range(2):
        await pay(either, await ordered(either))
    theirs = await ordered(either, "Somebody Else", "gift@example.com", customer=account)
    cancelled = await ordered(either, "Noor A.")
    await either.write(orders.cancel, cancelled, NOOR, AT)
    found = (await either.read(customer_list.page, (), "", "", 50)).buyers
    assert [(b.email, b.account, b.orders) for b in found] == [
        ("noor@example.com", False, 2),
        ("zoe@example.org", True, 1),
    ]
    assert [b.spent for b in found] == [2 * (1500 + 650), 0]
    bought, after = await either.read(customer_list.orders_of, "zoe@example.org", None, 1)
    assert ([order.number for order in bought], after) == ([theirs], None)
    newest, after = await either.read(customer_list.orders_of, "noor@example.com", None, 2)
    oldest, end = await either.read(customer_list.orders_of, "noor@example.com", after, 2)
    assert (len(newest), len({order.number for order in (*newest, *oldest)}), end) == (2, 3, None)


async def test_customers_are_found_and_paged(either: Database) -> None:
    for n in range(5):
        await ordered(either, f"Guest {n}", f"guest{n}@example.com")
    person = Registration(CustomerId("ZOE"), "guest2b@example.org", "Zoë Maes", "x", Role.CUSTOMER, AT)
    await either.write(customers.register, person)
    while await either.write(order_words.catch_up):
        pass
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = await either.read(customer_list.page, (), "", after, 2)
        seen += [buyer.email for buyer in page.buyers]
        after = page.next
    assert seen == sorted(seen)
    assert len(seen) == 6

    async def emails(q: str) -> list[str]:
        asked = wish(q, "", "", "", UTC)
        return [b.email for b in (await either.read(customer_list.page, asked.words, q, "", 50)).buyers]

    assert await emails("guest 3") == ["guest3@example.com"]
    assert await emails("maes") == ["guest2b@example.org"]
    assert await emails("bowl") == [], "who bought a bowl is not called so"
    assert await emails("100%") == []


async def test_a_search_for_customers_says_when_it_left_some_out(
    either: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        await ordered(either, f"Guest {n}", f"guest{n}@example.com")
    while await either.write(order_words.catch_up):
        pass
    for most, cut in ((4, False), (3, True)):
        monkeypatch.setattr(customer_list, "MOST_CANDIDATES", most)
        assert (await either.read(customer_list.page, ("guest",), "guest", "", 50)).cut is cut


async def test_an_order_is_bought_again_once(either: Database) -> None:
    number = await placed(either, {BOWL: 2, LAMP: 1})
    await set_units(either, RAIN, 5)
    cart, command = new_cart(), commands.Id("again", "key", "print")
    bought = await either.write(buying_again.put, number, cart, command, AT)
    assert (bought.put, [(one.name, one.why) for one in bought.missing]) == (2, [("Lamp", "sold out.")])
    assert await either.write(buying_again.put, number, cart, command, AT) == bought
    lines = (await either.read(carts.view, cart)).lines
    assert [(line.variant, line.quantity) for line in lines] == [(BOWL, 2)]
    assert await either.read(buying_again.known, command) == bought
    assert await either.read(buying_again.known, replace(command, fingerprint="other")) is None


async def test_a_cancelled_order_can_be_bought_again_with_its_own_units(db: Database) -> None:
    number = await placed(db, {LAMP: 1})
    await db.write(orders.cancel, number, NOOR, AT)
    bought = await db.write(buying_again.put, number, new_cart(), commands.Id("a", "k", "p"), AT)
    assert (bought.put, bought.missing) == (1, ())
