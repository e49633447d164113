"""A small world for the model test: real books, the real engine room, a bank that misbehaves, and a clock that the test moves.

Everything that people, the bank and time can do to a shop is one method here. Whoever is refused is refused in the shop's own
words; anything else that is raised is a bug.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from server.reconciler import Reconciler
from server.sweeper import Sweeper
from shop.checkout import Placed, Placement
from shop.codes import Kind, Terms
from shop.errors import ShopError
from shop.fulfilment import Clerk, Parcel
from shop.ids import CartId, CustomerId, OrderNumber, VariantId
from shop.judge import Finding, charged_twice, judge
from shop.orders import OrderStatus
from shop.payments import OPEN_STATES, PaymentState, ProviderError, ProviderRef, advance
from shop.refunds import Wish
from storage import audit, cart_codes, carts, codes, fulfilment, orders, payments, products, refunds, stock
from storage.cart_codes import CodeWish
from storage.codes import NewCode
from storage.database import Database
from storage.payments import News
from storage.products import SheetEdit
from storage.stock import Edit
from tests.server.conftest import Clock
from tests.server.provider import FakeProvider
from tests.storage.books import BOWL, HOLD, LAMP, RAIN, RUST, open_shop, placement

VARIANTS = (RAIN, RUST, LAMP, BOWL)
PRODUCT_OF = {RAIN: "mug", RUST: "mug", LAMP: "lamp", BOWL: "bowl"}
CARTS = tuple(CartId(f"CART{n}") for n in range(4))
CODES = {
    "ONCE": Terms(Kind.PERCENTAGE, 15_000, limit=1),
    "EACH": Terms(Kind.AMOUNT, 700, each=1),
    "FREE": Terms(Kind.PERCENTAGE, 100_000, delivery=True, limit=2),
    "POST": Terms(Kind.DELIVERY, delivery=True, minimum=5_000),
}
CLERKS = (Clerk(CustomerId("NOOR"), "Noor"), Clerk(CustomerId("TESS"), "Tess"))

MAY_BECOME: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.PLACED: frozenset({OrderStatus.PAID, OrderStatus.CANCELLED, OrderStatus.REFUNDING}),
    OrderStatus.CANCELLED: frozenset({OrderStatus.PAID, OrderStatus.REFUNDING}),
    OrderStatus.REFUNDING: frozenset({OrderStatus.REFUNDED}),
    OrderStatus.PAID: frozenset({OrderStatus.REFUNDING}),
    OrderStatus.REFUNDED: frozenset(),
}
"""What an order's status may be next. A payment that is due back may be back by the time that anybody looks."""

ROUNDS_TO_REST = 60


class World:
    """The shop and everybody around it."""

    def __init__(self, where: Path) -> None:
        self._where = where
        self.clock = Clock()
        self.bank = FakeProvider()
        self.placements: list[Placement] = []
        self.answers: dict[OrderNumber, OrderNumber] = {}
        """By the number that a command proposed: the order that it made."""
        self.late_news: list[News] = []
        """What the bank said once, and was not delivered."""
        self._payments: dict[str, PaymentState] = {}
        self._seen: dict[OrderNumber, OrderStatus] = {}

    async def open(self, *, first: bool = False) -> None:
        self.db = Database(self._where)
        await self.db.open()
        if first:
            await self.db.write(open_shop)
            for name, terms in CODES.items():
                await self.db.write(codes.make, NewCode(name, terms, "test", self.clock.now))
        self.reconciler = Reconciler(self.db, self.bank, self.clock)
        self.sweeper = Sweeper(self.db, self.clock, lambda: ZoneInfo("UTC"), self.reconciler.wake)

    async def close(self) -> None:
        await self.db.close()

    async def restart(self) -> None:
        """Everything that only the process knew is gone."""
        await self.close()
        await self.open()

    # Shoppers

    async def put(self, cart: CartId, lines: dict[VariantId, int]) -> None:
        """Several tabs change a cart at the same moment."""
        changes = [carts.Change(cart, variant, quantity, self.clock.now) for variant, quantity in lines.items()]
        await asyncio.gather(*(self.db.write(carts.put, change) for change in changes))

    async def agree(self, cart: CartId) -> None:
        seen = await self.db.read(carts.view, cart)
        with suppress(ShopError):
            await self.db.write(carts.agree, cart, seen.items_total, self.clock.now)

    async def wish(self, cart: CartId, code: str) -> None:
        """A code is put on a cart, or ("") taken off it."""
        with suppress(ShopError):
            if code:
                wish = CodeWish(cart, code, None, _email(cart), self.clock.now)
                await self.db.write(cart_codes.put, wish)
            else:
                await self.db.write(cart_codes.take_off, cart, self.clock.now)

    async def place(self, from_carts: Sequence[CartId]) -> None:
        """Orders are placed from these carts at the same moment; some of them by the same cart."""
        commands = [self._command(cart) for cart in from_carts]
        await self._place(commands)

    async def repeat(self, which: int) -> None:
        """A command is sent again, with another number proposed, as a browser does that heard no answer."""
        before = self.placements[which % len(self.placements)]
        again = self._command(before.cart, key=before.key)
        await self._place([again])
        first, second = self.answers.get(before.number), self.answers.get(again.number)
        assert first is None or first == second, "the same command made another order"

    def _command(self, cart: CartId, key: str | None = None) -> Placement:
        command = placement(cart, key=key, at=self.clock.now)
        return replace(command, details=replace(command.details, email=_email(cart)))

    async def _place(self, commands: Sequence[Placement]) -> None:
        self.placements += commands
        told = await asyncio.gather(
            *(self.db.write(orders.place, command) for command in commands), return_exceptions=True
        )
        for command, answer in zip(commands, told, strict=True):
            if isinstance(answer, Placed):
                self.answers[command.number] = answer.number
            else:
                assert isinstance(answer, ShopError), repr(answer)

    async def go_to_pay(self, number: OrderNumber) -> None:
        """As handlers.paying does; the bank's answer may be lost on the way."""
        try:
            begun = await self.db.write(payments.start, number, self.bank.name, self.clock.now)
        except ShopError:
            return
        with suppress(ProviderError):
            made = await self.bank.create(number, begun.amount, begun.currency, "", begun.expires_at, begun.key)
            await self.db.write(payments.opened, begun.id, made.ref, made.redirect, self.clock.now)
            await self.hold_news_back(number)

    async def come_back(self, number: OrderNumber) -> None:
        """The shopper returns from the bank's page: the shop asks how it went."""
        news = await self._ask(number)
        if news is not None:
            await self.db.write(payments.settle, news)

    # The bank

    def pay(self, number: OrderNumber) -> None:
        for ref in self._refs(number):
            self.bank.pay(ref)

    def decline(self, number: OrderNumber) -> None:
        for ref in self._refs(number):
            entry = self.bank.payments[ref]
            if entry.state in OPEN_STATES:
                entry.state = PaymentState.FAILED

    def _refs(self, number: OrderNumber) -> list[ProviderRef]:
        return [ref for ref, entry in self.bank.payments.items() if entry.order == number]

    async def hold_news_back(self, number: OrderNumber) -> None:
        """The bank says how a payment stands, and it takes its time on the way."""
        news = await self._ask(number)
        if news is not None:
            self.late_news.append(news)

    async def deliver(self, which: int) -> None:
        """Late news arrives: out of order, and maybe not for the first time."""
        await self.db.write(payments.settle, replace(self.late_news[which % len(self.late_news)], at=self.clock.now))

    async def _ask(self, number: OrderNumber) -> News | None:
        payment = await self.db.read(payments.newest, number)
        if payment is None or payment.ref is None:
            return None
        try:
            found = await self.bank.fetch(payment.ref)
        except ProviderError:
            return None
        return payments.news_of(payment.id, found, "webhook", self.clock.now, self.clock.now)

    # Staff

    async def reprice(self, variant: VariantId, price: int) -> None:
        slug = PRODUCT_OF[variant]
        base = await self.db.read(products.sheet, slug)
        changed = tuple(replace(v, price=price) if v.id == variant else v for v in base.variants)
        edit = SheetEdit(slug, base, replace(base, variants=changed), {}, "test", self.clock.now)
        await self.db.write(products.save, edit)

    async def count(self, variant: VariantId, units: int) -> None:
        expected, _ = (await self.db.read(stock.counters))[variant]
        with suppress(ShopError):
            await self.db.write(stock.set_on_hand, Edit(variant, units, expected, "test", "counted", self.clock.now))

    async def allow(self, variant: VariantId, *, backorder: bool, limit: int | None) -> None:
        """Whether more of a variant can be ordered than is there, and how many of its product a customer can buy."""
        slug = PRODUCT_OF[variant]
        base = await self.db.read(products.sheet, slug)
        changed = tuple(replace(v, backorder=backorder) if v.id == variant else v for v in base.variants)
        edit = SheetEdit(slug, base, replace(base, variants=changed, per_customer=limit), {}, "test", self.clock.now)
        await self.db.write(products.save, edit)

    async def give_back(self, number: OrderNumber, wish: Wish, clerks: int) -> None:
        """Some clerks give the same back at the same moment, having seen the same page; one of them does."""
        order = await self.db.read(orders.view, number)
        commands = [
            refunds.Command(number, wish, clerk, None, len(order.refunds), self.clock.now) for clerk in CLERKS[:clerks]
        ]
        told = await asyncio.gather(*(self.db.write(refunds.make, each) for each in commands), return_exceptions=True)
        made = [answer for answer in told if not isinstance(answer, BaseException)]
        assert all(isinstance(answer, ShopError | refunds.Made) for answer in told), told
        assert len(made) <= 1, "two clerks gave the same back"

    async def cancel(self, number: OrderNumber) -> None:
        with suppress(ShopError):
            await self.db.write(orders.cancel, number, CLERKS[0], self.clock.now)

    async def fulfil(self, number: OrderNumber, act: str, clerk: Clerk) -> None:
        with suppress(ShopError):
            match act:
                case "claim":
                    await self.db.write(fulfilment.claim, number, clerk, self.clock.now)
                case "pack":
                    await self.db.write(fulfilment.pack, number, clerk, self.clock.now)
                case "unpack":
                    await self.db.write(fulfilment.unpack, number, clerk, self.clock.now)
                case "deliver":
                    await self.db.write(fulfilment.deliver, number, clerk, self.clock.now)
                case "ship":
                    await self.db.write(fulfilment.ship, number, clerk, Parcel("bpost", "3S"), self.clock.now)

    # Time

    async def sweep(self) -> None:
        await self.sweeper.sweep()

    async def reconcile(self) -> None:
        await self.reconciler.look()

    def pass_time(self, by: timedelta) -> None:
        self.clock.now += by

    # What must hold

    async def numbers(self) -> list[OrderNumber]:
        return list(dict.fromkeys(self.answers.values()))

    async def check(self) -> None:
        """At any moment: the shop's own books are clean, nobody was charged twice, and no order went backwards."""
        books = await self.db.read(audit.books, self.bank.books(), list(self.answers.values()))
        _nothing(judge(replace(books, bank=None)))
        _nothing(list(charged_twice(books)))
        for number, order in (await self.db.read(orders.several, set(self.answers.values()))).items():
            before, now = self._seen.get(number), order.status
            assert before is None or _reachable(before, now), f"{number} was {before}, and is {now}"
            assert order.cost.total == order.total
            self._seen[number] = now
        for payment in books.payments:
            before_it, state = self._payments.get(payment.id), PaymentState(payment.state)
            assert before_it is None or advance(before_it, state) is state, f"{payment.id} was {before_it}, is {state}"
            self._payments[payment.id] = state

    async def rest(self) -> None:
        """When the bank answers and time passes, everything ends by itself, and the shop's books and the bank's agree."""
        self.bank.silent, self.bank.lost_answers = False, 0
        for _ in range(ROUNDS_TO_REST):
            self.pass_time(HOLD)
            await self.sweep()
            await self.reconcile()
            due = await self.db.read(payments.due, self.clock.now + timedelta(days=30), 10)
            waiting = [
                order
                for order in (await self.db.read(orders.several, set(self.answers.values()))).values()
                if order.status in (OrderStatus.PLACED, OrderStatus.REFUNDING)
            ]
            if not due and not waiting:
                break
        else:
            raise AssertionError("some payment or order never came to rest")
        _nothing(judge(await self.db.read(audit.books, self.bank.books(), list(self.answers.values()))))
        held = {variant: held for variant, (_, held) in (await self.db.read(stock.counters)).items() if held}
        assert held == {}, "nothing is held when no order waits"
        await self.check()


def _email(cart: CartId) -> str:
    """Two carts are of the same person."""
    return f"person{CARTS.index(cart) // 2}@example.com"


def _reachable(before: OrderStatus, now: OrderStatus) -> bool:
    """Whether one status may become the other by some steps."""
    known, edge = {before}, {before}
    while edge:
        edge = {after for status in edge for after in MAY_BECOME[status]} - known
        known |= edge
    return now in known


def _nothing(found: Sequence[Finding]) -> None:
    assert not found, "\n".join(f"{one.rule} {one.subject}: {one.text}" for one in found)
