"""Whoever has heard every event knows what a fresh snapshot says: stock, products, carts and orders, whatever happened."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import json

from live import topics as names
from live.changes import Feed, State
from server import translate
from shop import days
from shop.customers import Role
from shop.errors import ShopError
from shop.ids import CartId, CustomerId, OrderNumber
from shop.payments import PaymentState
from storage import carts, catalogue, customers, orders, outbox, payments, stock, topics
from storage.carts import Change, Merge
from storage.catalogue import Reprice
from storage.customers import Registration
from storage.database import Database
from storage.stock import Edit
from tests.storage.books import AT, BOWL, LAMP, RAIN, RUST, at_bank, findings, news, placed, placement

VARIANTS = (RAIN, RUST, LAMP, BOWL)
CARTS = (CartId("CARTONE"), CartId("CARTTWO"))
NOOR = CustomerId("NOOR")

one_of_variants = st.sampled_from(VARIANTS)
one_of_carts = st.sampled_from(CARTS)
steps = st.one_of(
    st.tuples(st.just("add"), one_of_carts, one_of_variants, st.integers(1, 3)),
    st.tuples(st.just("put"), one_of_carts, one_of_variants, st.integers(0, 4)),
    st.tuples(st.just("agree"), one_of_carts),
    st.tuples(st.just("merge")),
    st.tuples(st.just("reprice"), one_of_variants, st.integers(100, 120)),
    st.tuples(st.just("edit"), one_of_variants, st.integers(0, 8)),
    st.tuples(st.just("place"), one_of_carts),
    st.tuples(st.just("pay"), st.integers(0, 3), st.sampled_from(PaymentState)),
    st.tuples(st.just("end")),
)


class Shopping:
    """Carries the steps out; refusals are part of life."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.numbers: list[OrderNumber] = []
        self.tries: dict[OrderNumber, payments.Try] = {}
        self.now = AT

    async def take(self, step: tuple[Any, ...]) -> None:
        self.now += timedelta(minutes=3)
        try:
            await getattr(self, step[0])(*step[1:])
        except ShopError:
            return

    async def add(self, cart: CartId, variant: Any, quantity: int) -> None:
        await self.db.write(carts.add, Change(cart, variant, quantity, self.now))

    async def put(self, cart: CartId, variant: Any, quantity: int) -> None:
        await self.db.write(carts.put, Change(cart, variant, quantity, self.now))

    async def agree(self, cart: CartId) -> None:
        seen = await self.db.read(carts.view, cart)
        await self.db.write(carts.agree, cart, seen.items_total, self.now)

    async def merge(self) -> None:
        await self.db.write(carts.merge, Merge(NOOR, CARTS[0], CARTS[1], self.now))

    async def reprice(self, variant: Any, price: int) -> None:
        await self.db.write(catalogue.reprice, Reprice(variant, price, self.now))

    async def edit(self, variant: Any, units: int) -> None:
        on_hand, _ = (await self.db.read(stock.counters))[variant]
        await self.db.write(stock.set_on_hand, Edit(variant, units, on_hand, "test", "", self.now))

    async def place(self, cart: CartId) -> None:
        answer = await self.db.write(orders.place, placement(cart, at=self.now))
        self.numbers.append(answer.number)

    async def pay(self, which: int, state: PaymentState) -> None:
        if which < len(self.numbers):
            number = self.numbers[which]
            if number not in self.tries or state is PaymentState.CREATED:
                self.tries[number] = await at_bank(self.db, number, self.now)
            await self.db.write(payments.settle, news(self.tries[number], state, at=self.now))

    async def end(self) -> None:
        await self.db.write(orders.end_overdue, self.now)


async def heard(db: Database) -> dict[str, tuple[int, bytes | None]]:
    """What somebody has who listened from the start: of each topic the last version and value."""
    found: dict[str, tuple[int, bytes | None]] = {}
    for recorded in await db.read(outbox.after, 0, 100_000):
        for change in translate.changes(recorded):
            if isinstance(change, State):
                assert change.version > found.get(change.key, (0, b""))[0]
                found[change.key] = (change.version, change.data)
    return found


async def fresh(db: Database, shopping: Shopping) -> dict[str, tuple[int, bytes] | None]:
    """What somebody has who comes now."""
    readers: dict[str, tuple[Any, str]] = {names.stock_key(v): (topics.stock_state, v) for v in VARIANTS}
    readers |= {names.product_key(slug): (topics.product_state, slug) for slug in ("mug", "lamp", "bowl")}
    readers |= {names.cart_key(cart): (topics.cart_state, cart) for cart in CARTS}
    readers |= {names.order_key(number): (topics.order_state, number) for number in shopping.numbers}
    found = {key: await db.read(reader, name) for key, (reader, name) in readers.items()}
    return {key: None if value is None else (value[0], json.encode(value[1])) for key, value in found.items()}


async def test_all_events_together_are_a_fresh_snapshot(db: Database) -> None:
    await db.write(customers.register, Registration(NOOR, "noor@example.com", "Noor", "hash", Role.CUSTOMER, AT))
    plans: list[list[tuple[Any, ...]]] = []

    @given(st.lists(steps, min_size=10, max_size=30))
    @settings(max_examples=10, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def collect(plan: list[tuple[Any, ...]]) -> None:
        plans.append(plan)

    collect()
    shopping = Shopping(db)
    at_first = await fresh(db, shopping)
    for plan in plans:
        for step in plan:
            await shopping.take(step)
        listener, newcomer = await heard(db), await fresh(db, shopping)
        for key, now in newcomer.items():
            known = listener.get(key) or at_first.get(key)
            if now is None:
                assert known is None, key
                continue
            assert known is not None, key
            if key.startswith(names.CARTS):
                # A product's change reaches carts through server.cart_prices; whoever comes back gets it by its version.
                assert known[0] < now[0] or known[1] == now[1], f"{key} after {plan}"
                continue
            assert known[1] == now[1], f"{key} after {plan}"
            assert known[0] <= now[0]
            if not key.startswith("stock/"):
                assert known[0] == now[0], f"{key}: only stock moves unseen"
    assert await findings(db) == []


async def test_the_feeds_tell_what_their_snapshots_say(db: Database) -> None:
    start, _ = await db.read(topics.orders_snapshot)
    number = await placed(db, {RAIN: 1, LAMP: 1})
    await db.write(payments.settle, news(await at_bank(db, number), PaymentState.PAID))
    told: dict[str, dict[str, bytes]] = {}
    for recorded in await db.read(outbox.after, start, 100):
        for change in translate.changes(recorded):
            if isinstance(change, Feed):
                row = json.decode(change.data)
                told.setdefault(change.feed, {})[row.get("number") or row["variant"]] = change.data
                assert change.data == translate.feed_data(recorded)
    head, rows = await db.read(topics.orders_snapshot)
    assert head == await db.read(outbox.head)
    assert {number: json.encode(rows[0])} == told[names.DASHBOARD_ORDERS]
    _, levels = await db.read(topics.stock_snapshot)
    now = {row.variant: (row.on_hand, row.held) for row in levels}
    heard_levels = {variant: json.decode(data) for variant, data in told[names.DASHBOARD_STOCK].items()}
    assert {v: (row["on_hand"], row["held"]) for v, row in heard_levels.items()} == {v: now[v] for v in (RAIN, LAMP)}
    assert [row.variant for row in levels][:1] == [LAMP], "the fewest first"


async def test_topics_of_nothing_are_nothing(db: Database) -> None:
    assert await db.read(topics.stock_state, "nothing") is None
    assert await db.read(topics.product_state, "nothing") is None
    assert await db.read(topics.cart_state, "nothing") is None
    assert await db.read(topics.order_state, "NOTTHERE") is None


async def test_figures_are_as_new_as_everything(db: Database) -> None:
    await placed(db, {RAIN: 1})
    version, seen = await db.read(topics.figures_state, days.so_far(AT, ZoneInfo("UTC")))
    assert version == await db.read(outbox.head)
    assert (seen.day.orders, seen.waiting) == (1, 1)
