"""Where an order stands, in words: true for every status and every payment."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from msgspec.structs import replace

from shop.fulfilment import Fulfilment
from shop.ids import CartId, OrderNumber, VariantId
from shop.orders import Order, OrderLine, OrderStatus, row, state
from shop.payments import ENDED_UNPAID, PaymentState
from shop.refunds import Refund, Taken

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MUG = OrderLine(VariantId("a"), "mug", "Mug", "Rain", "mug.svg", 2800, 2)
LAMP = OrderLine(VariantId("b"), "lamp", "Lamp", "", "lamp.svg", 9900, 3)


def order(
    status: OrderStatus = OrderStatus.PLACED,
    payment: PaymentState | None = None,
    *,
    lines: tuple[OrderLine, ...] = (MUG,),
    decline_reason: str = "",
) -> Order:
    return Order(
        number=OrderNumber("K7QM2X4D"),
        cart=CartId("C"),
        customer=None,
        status=status,
        payment=payment,
        decline_reason=decline_reason,
        email="noor@example.com",
        name="Noor Adler",
        street="Oudburg 14",
        postcode="9000",
        town="Ghent",
        country="BE",
        shipping="door",
        shipping_amount=650,
        items_amount=5600,
        total=6250,
        currency="EUR",
        placed_at=AT,
        hold_until=AT + timedelta(minutes=15),
        bank_at=AT,
        paid_at=AT,
        ended_at=AT,
        lines=lines,
        version=1,
    )


@pytest.mark.parametrize(("status", "payment"), list(product(OrderStatus, [None, *PaymentState])))
def test_every_order_can_be_told(status: OrderStatus, payment: PaymentState | None) -> None:
    seen = state(order(status, payment))
    assert [step.name for step in seen.steps] == ["Placed", "At the bank", "Paid", "Packed", "Shipped"]
    assert seen.headline
    assert (seen.hold_until is not None) is (status is OrderStatus.PLACED)
    paid_step = seen.steps[2].state
    assert (paid_step == "done") is (status is OrderStatus.PAID), "payment is never optimistic"
    assert sum(step.state == "now" for step in seen.steps) <= 1
    if seen.payable:
        assert status is OrderStatus.PLACED


@pytest.mark.parametrize("payment", [None, *PaymentState])
def test_who_has_money_on_its_way_is_not_sent_to_pay_again(payment: PaymentState | None) -> None:
    busy = (PaymentState.PROCESSING, PaymentState.AUTHORIZED, PaymentState.PAID)
    assert order(payment=payment).payable is (payment not in busy)


@pytest.mark.parametrize("payment", sorted(ENDED_UNPAID))
def test_a_payment_that_ended_says_that_nothing_was_taken(payment: PaymentState) -> None:
    bank = state(order(payment=payment)).steps[1]
    assert bank.state == "wrong"
    assert bank.text.endswith("Nothing was taken.")


def test_a_decline_says_why() -> None:
    seen = state(order(payment=PaymentState.FAILED, decline_reason="insufficient_funds"))
    assert "not enough money" in seen.steps[1].text
    unknown = state(order(payment=PaymentState.FAILED, decline_reason="made_up"))
    assert unknown.steps[1].text == "Your bank said no. Nothing was taken."


def test_staff_see_what_it_is_in_a_line() -> None:
    assert row(order()).summary == "2 × Mug, rain"
    assert row(order(lines=(LAMP,))).summary == "3 × Lamp"
    assert row(order(lines=(MUG, LAMP))).summary == "2 × Mug, rain and 3 more"
    assert row(order(lines=(MUG, LAMP, MUG))).images == ("mug.svg", "lamp.svg")


def given(amount: int, *, units: int = 0, done: bool = True) -> Refund:
    lines = (Taken(0, units, units, units, amount, 0),) if units else ()
    return Refund("R", 1, amount, lines, 0, 0 if units else amount, 0, "A scratch", "Noor", AT, AT if done else None)


@pytest.mark.parametrize("goods", list(Fulfilment))
def test_an_order_of_which_some_went_back_is_still_on_its_way(goods: Fulfilment) -> None:
    some = replace(
        order(OrderStatus.PAID, PaymentState.PAID),
        fulfilment=goods,
        refunded_amount=100,
        refunds=(given(100, done=False),),
    )
    seen = state(some)
    assert seen.steps[2].state == "done"
    assert "went back" in seen.steps[2].text
    assert [(back.what, back.amount, back.done) for back in seen.refunds] == [
        ("For an amount for good will", 100, False)
    ]
    assert "scratch" not in str(seen), "why is for the shop's own books"
    assert row(some).refunded == 100


@pytest.mark.parametrize("status", [OrderStatus.REFUNDING, OrderStatus.REFUNDED])
@pytest.mark.parametrize("goods", [Fulfilment.NONE, Fulfilment.SHIPPED, Fulfilment.DELIVERED])
def test_an_order_that_was_sold_and_went_back_was_never_late(status: OrderStatus, goods: Fulfilment) -> None:
    back = replace(
        order(status, PaymentState.PAID), fulfilment=goods, refunded_amount=6250, refunds=(given(6250, units=2),)
    )
    seen = state(back)
    assert "sorry" not in seen.headline
    assert seen.headline.startswith("We cancelled") is (goods is Fulfilment.NONE)
    assert ("have your money back" in seen.headline) is (status is OrderStatus.REFUNDED)
    assert all("hold" not in step.text for step in seen.steps)
    assert seen.refunds[0].what == "For 2 × Mug, rain"


def test_what_was_delivered_says_so_in_the_last_place() -> None:
    there = replace(order(OrderStatus.PAID, PaymentState.PAID), fulfilment=Fulfilment.DELIVERED, delivered_at=AT)
    last = state(there).steps[-1]
    assert (last.name, last.state, last.at) == ("Delivered", "done", AT)


@pytest.mark.parametrize("payment", [PaymentState.NEEDS_ACTION, PaymentState.CANCELLED, PaymentState.EXPIRED])
def test_of_a_payment_that_we_ended_nobody_is_told_that_they_came_back(payment: PaymentState) -> None:
    ended = order(OrderStatus.CANCELLED, payment)
    assert state(ended).steps[1].text == "Nothing came in time. Nothing was taken."
    newer = replace(ended, replaced_by=OrderNumber("AAAA0000"))
    assert state(newer).steps[1].text == "Your newer order stands in its place. Nothing was taken."


def test_why_the_bank_said_no_stays_to_be_read_after_the_hold() -> None:
    ended = order(OrderStatus.CANCELLED, PaymentState.FAILED, decline_reason="expired_card")
    assert "no longer valid" in state(ended).steps[1].text
