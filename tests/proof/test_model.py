"""Whatever shoppers, staff, the bank and time do, in whatever order, the books stay clean: many random lives of a small shop.

The seed of each run is printed; SHOPWIRE_MODEL_SEED runs one again, SHOPWIRE_MODEL_LIVES lives more of them.
"""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import Coroutine, Iterable, MutableMapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from shop import checkout
from shop.cart import Line
from shop.checkout import Placement
from shop.ids import CartId, OrderNumber, VariantId
from shop.orders import Order
from shop.payments import PaymentState
from shop.refunds import Pick, Wish
from storage import orders, payments, placing, redeeming, refunds
from storage.stock import Move
from tests.proof.world import CARTS, CLERKS, CODES, VARIANTS, World
from tests.storage.books import HOLD, LAMP, RAIN
from tests.storage.conftest import empty_sqlite

LIVES = int(os.environ.get("SHOPWIRE_MODEL_LIVES", "30"))
STEPS = 40
SEED = int(os.environ.get("SHOPWIRE_MODEL_SEED", "0")) or secrets.randbelow(2**32)

carts = st.sampled_from(CARTS)
variants = st.sampled_from(VARIANTS)
any_of_them = st.integers(0, 10**6)


class Life(RuleBasedStateMachine):
    """One life of the shop. Rules that need an order choose it by number, so that shrinking keeps the choice."""

    empty: Path

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._folder = tempfile.TemporaryDirectory()
        self.world = World(Path(shutil.copy(self.empty, Path(self._folder.name) / "shop.db")))

    def _do(self, deed: Coroutine[Any, Any, None]) -> None:
        self._runner.run(deed)

    def _order(self, which: int) -> OrderNumber:
        known = list(dict.fromkeys(self.world.answers.values()))
        return known[which % len(known)]

    def has_orders(self) -> bool:
        return bool(self.world.answers)

    @initialize()
    def open(self) -> None:
        self._do(self.world.open(first=True))
        self.buy({RAIN: 2, LAMP: 1}, 2, "ONCE")

    @rule(cart=carts, lines=st.dictionaries(variants, st.integers(0, 4), min_size=1, max_size=3))
    def put(self, cart: CartId, lines: dict[VariantId, int]) -> None:
        self._do(self.world.put(cart, lines))

    @rule(cart=carts)
    def agree(self, cart: CartId) -> None:
        self._do(self.world.agree(cart))

    @rule(cart=carts, code=st.sampled_from(["", *CODES]))
    def wish(self, cart: CartId, code: str) -> None:
        self._do(self.world.wish(cart, code))

    @rule(
        lines=st.dictionaries(variants, st.integers(1, 3), min_size=1, max_size=3),
        buyers=st.integers(1, 4),
        code=st.sampled_from(["", "", *CODES]),
    )
    def buy(self, lines: dict[VariantId, int], buyers: int, code: str) -> None:
        """Some shoppers want the same things at the same moment."""
        for cart in CARTS[:buyers]:
            self._do(self.world.put(cart, lines))
            self._do(self.world.wish(cart, code))
        self._do(self.world.place(CARTS[:buyers]))

    @rule(from_carts=st.lists(carts, min_size=1, max_size=5))
    def place(self, from_carts: list[CartId]) -> None:
        self._do(self.world.place(from_carts))

    @precondition(lambda self: self.world.placements)
    @rule(which=any_of_them)
    def repeat(self, which: int) -> None:
        self._do(self.world.repeat(which))

    @precondition(has_orders)
    @rule(which=any_of_them)
    def go_to_pay(self, which: int) -> None:
        self._do(self.world.go_to_pay(self._order(which)))

    @precondition(has_orders)
    @rule(which=any_of_them)
    def pay(self, which: int) -> None:
        self.world.pay(self._order(which))

    @precondition(has_orders)
    @rule(which=any_of_them)
    def pay_and_come_back(self, which: int) -> None:
        number = self._order(which)
        self._do(self.world.go_to_pay(number))
        self.world.pay(number)
        self._do(self.world.come_back(number))

    @precondition(has_orders)
    @rule(which=any_of_them, gone=st.booleans())
    def pay_too_late(self, which: int, *, gone: bool) -> None:
        """The hold ends while the shopper is at the bank, and what it held may be gone when the money comes."""
        number = self._order(which)
        self._do(self.world.go_to_pay(number))
        self.world.pass_time(HOLD + timedelta(seconds=1))
        self._do(self.world.sweep())
        for variant in VARIANTS if gone else ():
            self._do(self.world.count(variant, 0))
        self.world.pay(number)

    @precondition(has_orders)
    @rule(which=any_of_them)
    def decline(self, which: int) -> None:
        self.world.decline(self._order(which))

    @precondition(has_orders)
    @rule(which=any_of_them)
    def come_back(self, which: int) -> None:
        self._do(self.world.come_back(self._order(which)))

    @precondition(has_orders)
    @rule(which=any_of_them)
    def hold_news_back(self, which: int) -> None:
        self._do(self.world.hold_news_back(self._order(which)))

    @precondition(lambda self: self.world.late_news)
    @rule(which=any_of_them)
    def deliver(self, which: int) -> None:
        self._do(self.world.deliver(which))

    @rule(variant=variants, price=st.integers(0, 20_000))
    def reprice(self, variant: VariantId, price: int) -> None:
        self._do(self.world.reprice(variant, price))

    @rule(variant=variants, units=st.integers(0, 5))
    def count(self, variant: VariantId, units: int) -> None:
        self._do(self.world.count(variant, units))

    @precondition(has_orders)
    @rule(which=any_of_them)
    def cancel(self, which: int) -> None:
        self._do(self.world.cancel(self._order(which)))

    @precondition(has_orders)
    @rule(
        which=any_of_them,
        act=st.sampled_from(["claim", "pack", "unpack", "ship", "deliver"]),
        clerk=st.sampled_from(CLERKS),
    )
    def fulfil(self, which: int, act: str, clerk: Any) -> None:
        self._do(self.world.fulfil(self._order(which), act, clerk))

    @precondition(has_orders)
    @rule(
        which=any_of_them,
        lines=st.lists(
            st.builds(Pick, st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.booleans()), max_size=2
        ),
        delivery=st.booleans(),
        free=st.sampled_from([0, 0, 1, 500, 10**6]),
        whole=st.booleans(),
        clerks=st.integers(1, 2),
    )
    def give_back(self, which: int, lines: list[Pick], free: int, clerks: int, *, delivery: bool, whole: bool) -> None:
        self._do(self.world.give_back(self._order(which), Wish(tuple(lines), delivery, free, whole, "why"), clerks))

    @rule(variant=variants, backorder=st.booleans(), limit=st.sampled_from([None, None, 2, 5]))
    def allow(self, variant: VariantId, limit: int | None, *, backorder: bool) -> None:
        self._do(self.world.allow(variant, backorder=backorder, limit=limit))

    @rule(seconds=st.sampled_from([1, 30, 200, 600, 901, 1_300, 8_000]))
    def pass_time(self, seconds: int) -> None:
        self.world.pass_time(timedelta(seconds=seconds))

    @rule()
    def sweep(self) -> None:
        self._do(self.world.sweep())

    @rule()
    def reconcile(self) -> None:
        self._do(self.world.reconcile())

    @rule(silent=st.booleans(), lost_answers=st.integers(0, 2))
    def bank_misbehaves(self, *, silent: bool, lost_answers: int) -> None:
        self.world.bank.silent, self.world.bank.lost_answers = silent, lost_answers

    @rule()
    def restart(self) -> None:
        self._do(self.world.restart())

    @rule()
    def rest(self) -> None:
        self._do(self.world.rest())

    @invariant()
    def the_books_are_clean(self) -> None:
        if hasattr(self.world, "db"):
            self._do(self.world.check())

    def teardown(self) -> None:
        try:
            if hasattr(self.world, "db"):
                try:
                    self._do(self.world.rest())
                finally:
                    self._do(self.world.close())
        finally:
            self._runner.close()
            self._folder.cleanup()


__all__ = ["empty_sqlite"]


def live(empty: Path, seed_of_it: int, lives: int, *, shrink: bool = True) -> None:
    """Lives so many lives, and raises what any of them found, in the fewest steps that show it."""
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]

    class Living(Life):
        pass

    Living.empty = empty
    run_state_machine_as_test(
        seed(seed_of_it)(Living),
        settings=settings(
            max_examples=lives,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            print_blob=True,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(0)
def test_whatever_happens_in_whatever_order_the_books_stay_clean(empty_sqlite: Path) -> None:
    print(f"SHOPWIRE_MODEL_SEED={SEED}")
    live(empty_sqlite, SEED, LIVES)


def _later_news_wins(now: PaymentState, news: PaymentState) -> PaymentState:
    return news


def _nothing_is_released(ended: Sequence[Order], reason: str) -> list[Move]:
    return []


def _nothing_stands(tx: Connection, commands: Sequence[Placement]) -> dict[placing.CommandKey, placing.Standing]:
    return {}


def _anything_is_there(lines: Iterable[Line], free: MutableMapping[VariantId, int]) -> None:
    list(lines)


def _nothing_is_owed(*_: object) -> None:
    return None


PLANTED = {
    "a payment goes backwards": (payments, "advance", _later_news_wins),
    "what an ended order held stays held": (orders, "_released", _nothing_is_released),
    "a repeated command is not known": (orders, "_standing", _nothing_stands),
    "nobody looks whether there is enough": (checkout, "take", _anything_is_there),
    "a code stays used by an order that ended": (redeeming, "give_back", _nothing_is_owed),
    "money that came too late is kept": (refunds, "owe", _nothing_is_owed),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(empty_sqlite: Path, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    monkeypatch.setattr(*PLANTED[fault])
    with pytest.raises((AssertionError, IntegrityError)):
        live(empty_sqlite, 1, 200, shrink=False)
