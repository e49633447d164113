"""The judge finds every kind of fault, and nothing in clean books: a rule that can't fail proves nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from shop.fulfilment import Fulfilment
from shop.judge import RULES, BankFacts, Books, CodeFacts, LedgerRow, OrderFacts, PaymentFacts, UseFacts, judge
from shop.orders import OrderStatus

PRICE, DELIVERY = 2800, 650


def order(number: str, status: OrderStatus, units: int = 1, code: str = "") -> OrderFacts:
    items, total = units * PRICE, units * PRICE + DELIVERY
    made_by = ("session", f"key {number}")
    return OrderFacts(number, made_by, status, total, items, DELIVERY, items, "EUR", {"mug": units}, code=code)


def at_bank(number: str, units: int = 1, *, given_back: bool = False) -> BankFacts:
    amount = units * PRICE + DELIVERY
    back = (amount,) if given_back else ()
    return BankFacts(f"ref {number}", f"{number}-1", number, amount, "EUR", "paid", (amount,), back)


def payment(number: str, state: str = "paid", refund: int = 0, units: int = 1) -> PaymentFacts:
    return PaymentFacts(f"id {number}", number, f"ref {number}", state, units * PRICE + DELIVERY, refund)


def row(kind: str, on_hand: int, held: int, number: str | None = None) -> LedgerRow:
    return LedgerRow("mug", kind, on_hand, held, number)


CLEAN = Books(
    ledger=(
        row("received", 5, 0),
        row("held", 0, 2, "PAID"),
        row("held", 0, 1, "WAITING"),
        row("sold", -2, -2, "PAID"),
        row("held", 0, 1, "ENDED"),
        row("released", 0, -1, "ENDED"),
        row("held", 0, 1, "BACK"),
        row("released", 0, -1, "BACK"),
        row("corrected", -1, 0),
    ),
    counters={"mug": (2, 1), "lamp": (0, 0)},
    orders=(
        order("PAID", OrderStatus.PAID, 2, "SPRING"),
        order("WAITING", OrderStatus.PLACED, code="SPRING"),
        order("ENDED", OrderStatus.CANCELLED, code="SPRING"),
        order("BACK", OrderStatus.REFUNDED),
    ),
    payments=(
        payment("PAID", units=2),
        payment("WAITING", "needs_action"),
        payment("ENDED", "cancelled"),
        payment("BACK", refund=PRICE + DELIVERY),
    ),
    bank=(
        at_bank("PAID", 2),
        BankFacts("ref ENDED", "ENDED-1", "ENDED", PRICE + DELIVERY, "EUR", "cancelled", (), ()),
        at_bank("BACK", given_back=True),
    ),
    acknowledged=("PAID", "WAITING", "PAID"),
    codes=(CodeFacts("SPRING", 2, 2), CodeFacts("NEVER", 0)),
    uses=(
        UseFacts("SPRING", "PAID", "NOOR", "noor@example.com", 1),
        UseFacts("SPRING", "WAITING", None, "ada@example.com", 1),
    ),
)


def changed(fact: str, which: int, **values: Any) -> Callable[[Books], Books]:
    """Changes one row of the books."""

    def plant(books: Books) -> Books:
        rows = list(getattr(books, fact))
        rows[which] = replace(rows[which], **values)
        return replace(books, **{fact: tuple(rows)})

    return plant


def more(fact: str, *rows: Any) -> Callable[[Books], Books]:
    return lambda books: replace(books, **{fact: (*getattr(books, fact), *rows)})


def dropped(fact: str, which: int) -> Callable[[Books], Books]:
    def plant(books: Books) -> Books:
        rows = list(getattr(books, fact))
        del rows[which]
        return replace(books, **{fact: tuple(rows)})

    return plant


PLANTED: list[tuple[str, Callable[[Books], Books]]] = [
    ("oversold", changed("orders", 0, units={"mug": 6})),
    ("oversold", changed("ledger", 0, on_hand=1)),
    ("below_zero", changed("ledger", 0, on_hand=1)),
    ("below_zero", more("ledger", row("released", 0, -5), row("held", 0, 5))),
    ("below_zero", more("ledger", row("corrected", -9, 0), row("received", 9, 0))),
    ("ledger_differs", lambda books: replace(books, counters={"mug": (3, 1), "lamp": (0, 0)})),
    ("ledger_differs", lambda books: replace(books, counters={"mug": (2, 1), "lamp": (1, 0)})),
    ("ledger_differs", lambda books: replace(books, counters={"lamp": (0, 0)})),
    ("held_without_order", lambda books: replace(books, counters={**books.counters, "mug": (3, 2)})),
    ("held_without_order", changed("orders", 1, status=OrderStatus.CANCELLED)),
    ("stock_of_orders", dropped("ledger", 5)),
    ("stock_of_orders", changed("orders", 1, status=OrderStatus.CANCELLED)),
    ("stock_of_orders", changed("orders", 1, status=OrderStatus.PAID)),
    ("stock_of_orders", more("ledger", row("held", 0, 1, "UNKNOWN"), row("released", 0, -1))),
    ("stock_of_orders", more("ledger", row("sold", -2, -2, "PAID"))),
    ("doubled_commands", changed("orders", 1, command=("session", "key PAID"))),
    ("wrong_totals", changed("orders", 0, total=1)),
    ("wrong_totals", changed("orders", 0, lines_total=1)),
    ("wrong_totals", changed("orders", 0, discount=1)),
    ("wrong_totals", changed("orders", 0, lines_discount=1)),
    ("wrong_totals", changed("orders", 0, lines_tax=1)),
    ("wrong_totals", changed("orders", 0, tax=1, lines_tax=1, tax_included=False)),
    ("codes_miscounted", changed("codes", 0, used=1)),
    ("codes_miscounted", changed("codes", 1, used=1)),
    ("codes_miscounted", dropped("uses", 0)),
    ("uses_of_orders", dropped("uses", 0)),
    ("uses_of_orders", dropped("uses", 1)),
    ("uses_of_orders", changed("orders", 0, code="")),
    ("uses_of_orders", changed("orders", 0, code="NEVER")),
    ("uses_of_orders", changed("uses", 0, order="UNKNOWN")),
    ("uses_of_orders", more("uses", UseFacts("SPRING", "ENDED", None, "eva@example.com"))),
    ("codes_overused", changed("codes", 0, limit=1)),
    ("codes_overused", changed("uses", 1, email="noor@example.com")),
    ("codes_overused", changed("uses", 1, customer="NOOR")),
    ("paid_without_money", dropped("bank", 0)),
    ("paid_without_money", changed("bank", 0, charges=(1,))),
    ("paid_without_money", changed("bank", 0, refunds=(2 * PRICE + DELIVERY,))),
    ("paid_without_money", more("bank", at_bank("PAID", 2))),
    ("money_without_goods", changed("bank", 2, refunds=())),
    ("money_without_goods", changed("orders", 0, status=OrderStatus.CANCELLED)),
    ("money_without_goods", more("bank", at_bank("UNKNOWN"))),
    ("charged_twice", changed("bank", 0, charges=(2 * PRICE + DELIVERY,) * 2)),
    ("charged_twice", changed("bank", 0, charges=(PRICE,))),
    ("charged_twice", changed("bank", 2, refunds=(PRICE + DELIVERY,) * 2)),
    ("books_differ", changed("payments", 0, state="failed")),
    ("books_differ", changed("payments", 2, state="paid")),
    ("books_differ", changed("payments", 0, ref=None)),
    ("books_differ", changed("bank", 0, order="WAITING")),
    ("goods_without_money", changed("orders", 1, goods=Fulfilment.PACKED, packed=True)),
    ("goods_without_money", changed("orders", 3, goods=Fulfilment.SHIPPED, packed=True, shipped=True)),
    ("claims_left", changed("orders", 1, claimed=True)),
    ("claims_left", changed("orders", 0, goods=Fulfilment.PACKED, packed=True, claimed=True)),
    ("goods_out_of_step", changed("orders", 0, goods=Fulfilment.SHIPPED, packed=True)),
    ("goods_out_of_step", changed("orders", 0, goods=Fulfilment.PACKED)),
    ("goods_out_of_step", changed("orders", 0, shipped=True)),
    ("lost_orders", lambda books: replace(books, acknowledged=("PAID", "LOST"))),
]


def rules_broken(books: Books) -> set[str]:
    return {finding.rule for finding in judge(books)}


def test_clean_books_have_no_findings() -> None:
    assert judge(CLEAN) == []
    assert judge(replace(CLEAN, bank=None)) == []
    assert judge(Books((), {}, (), ())) == []


@pytest.mark.parametrize(("rule", "plant"), PLANTED, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(PLANTED)])
def test_a_planted_fault_is_found(rule: str, plant: Callable[[Books], Books]) -> None:
    # About money, the last order's noted refund would excuse what is planted.
    planted = plant(replace(CLEAN, payments=CLEAN.payments[:3])) if "money" in rule else plant(CLEAN)
    found = judge(planted)
    assert rule in {finding.rule for finding in found}
    assert all(finding.subject and finding.text for finding in found)


@pytest.mark.parametrize(
    "fits",
    [
        {"claimed": True},
        {"goods": Fulfilment.PACKED, "packed": True},
        {"goods": Fulfilment.SHIPPED, "packed": True, "shipped": True},
    ],
)
def test_an_order_on_its_way_is_no_finding(fits: dict[str, Any]) -> None:
    assert judge(changed("orders", 0, **fits)(CLEAN)) == []


def test_every_rule_has_a_planted_fault() -> None:
    assert {rule.__name__ for rule in RULES} == {rule for rule, _ in PLANTED}


def test_money_that_is_noted_to_go_back_is_not_missing() -> None:
    owed = changed("bank", 2, refunds=())(CLEAN)
    assert judge(changed("orders", 3, status=OrderStatus.REFUNDING)(owed)) == []
    not_noted = changed("payments", 3, refund=0)(owed)
    assert "money_without_goods" in rules_broken(not_noted)


def test_without_the_banks_books_money_is_not_judged() -> None:
    books = replace(CLEAN, bank=None)
    for rule, plant in PLANTED:
        if rule in ("oversold", "wrong_totals", "lost_orders"):
            assert rule in rules_broken(plant(books))


def ahead(*kinds: tuple[str, int, int]) -> set[str]:
    """The rules that a ledger of one thing breaks, sold to the last unit of it."""
    ledger = tuple(
        row(kind, on_hand, held, "ONE" if kind in ("held", "sold") else None) for kind, on_hand, held in kinds
    )
    books = replace(
        CLEAN,
        ledger=ledger,
        counters={"mug": (sum(each.on_hand for each in ledger), sum(each.held for each in ledger))},
        orders=(order("ONE", OrderStatus.PAID, 3),),
        payments=(),
        bank=None,
        acknowledged=(),
        codes=(),
        uses=(),
    )
    return rules_broken(books)


BOUGHT = (("held", 0, 3), ("sold", -3, -3))


def test_more_is_sold_than_there_was_only_while_backorders_are_taken() -> None:
    received, taken, ended = ("received", 1, 0), ("backorder", 0, 0), ("no_backorder", 0, 0)
    assert ahead(received, taken, *BOUGHT) == set()
    assert ahead(received, taken, BOUGHT[0], ended, BOUGHT[1]) == set()
    assert ahead(received, *BOUGHT) == {"oversold", "below_zero"}
    assert ahead(received, taken, ended, *BOUGHT) == {"oversold", "below_zero"}
    assert ahead(received, *BOUGHT, taken) == {"oversold", "below_zero"}
