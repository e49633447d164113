"""How an order stands, told everywhere in the same words."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from shop.fulfilment import Claim, Fulfilment
from shop.ids import CustomerId
from shop.order_states import GOODS, MONEY, goods, in_a_word, money
from shop.orders import Order, OrderStatus, row
from shop.payments import PaymentState
from tests.shop.test_orders import order

LATER = datetime(2026, 11, 22, 13, tzinfo=UTC) + timedelta(hours=1)


@pytest.fixture
def paid() -> Order:
    return order(OrderStatus.PAID, PaymentState.PAID)


def test_there_is_a_word_for_every_state_and_none_for_what_is_none() -> None:
    assert set(MONEY) >= {status.value for status in OrderStatus}
    assert set(GOODS) >= {"", "claimed", *Fulfilment}
    known = {f"{status}/{payment}" for status in OrderStatus for payment in PaymentState}
    assert {key for key in MONEY if "/" in key} <= known | {"cancelled/by staff", "paid/in part"}


@pytest.mark.parametrize(
    ("status", "payment", "word"),
    [
        (OrderStatus.PLACED, None, "Not paid yet"),
        (OrderStatus.PLACED, PaymentState.NEEDS_ACTION, "At the bank"),
        (OrderStatus.PLACED, PaymentState.FAILED, "Declined"),
        (OrderStatus.PLACED, PaymentState.CANCELLED, "Not paid yet"),
        (OrderStatus.CANCELLED, PaymentState.EXPIRED, "Not paid"),
        (OrderStatus.CANCELLED, PaymentState.FAILED, "Not paid"),
        (OrderStatus.PAID, PaymentState.PAID, "Paid"),
        (OrderStatus.REFUNDING, PaymentState.PAID, "Being refunded"),
        (OrderStatus.REFUNDED, PaymentState.PAID, "Refunded"),
    ],
)
def test_staff_and_shopper_read_the_same_word(status: OrderStatus, payment: PaymentState | None, word: str) -> None:
    told = order(status, payment)
    assert money(told)[1] == money(row(told))[1] == in_a_word(told)[1] == word


def test_cancelled_is_what_staff_cancelled_and_nothing_else() -> None:
    told = replace(order(OrderStatus.CANCELLED, PaymentState.CANCELLED), cancelled_by="Noor")
    assert money(told) == money(row(told)) == in_a_word(told) == ("failed", "Cancelled")
    assert [word for _, word in MONEY.values()].count("Cancelled") == 1
    late = replace(told, status=OrderStatus.REFUNDED, payment=PaymentState.PAID)
    assert money(late)[1] == "Refunded"


def test_goods_are_told_by_how_they_travel(paid: Order) -> None:
    collected = replace(paid, shipping="collect", collected=True)
    assert collected.collected
    for told, words in ((paid, ("Packed", "Shipped")), (collected, ("Ready to collect", "Collected"))):
        packed, sent = replace(told, fulfilment=Fulfilment.PACKED), replace(told, fulfilment=Fulfilment.SHIPPED)
        assert (goods(packed)[1], goods(row(sent))[1]) == words
        assert (in_a_word(packed)[1], in_a_word(sent)[1]) == words
    claimed = replace(paid, claim=Claim(CustomerId("N"), "Noor", LATER))
    assert goods(row(claimed)) == ("claimed", "Noor is packing")
    assert in_a_word(claimed) == ("paid", "Paid"), "who packs it is nobody's business outside"


def test_what_went_back_in_part_is_said_beside_how_it_stands(paid: Order) -> None:
    some = replace(paid, refunded_amount=100)
    assert money(some) == money(row(some)) == ("paid", "Partly refunded")
    assert in_a_word(some)[1] == "Partly refunded"
    assert in_a_word(replace(some, fulfilment=Fulfilment.SHIPPED))[1] == "Shipped, partly refunded"
    whole = replace(some, status=OrderStatus.REFUNDED, fulfilment=Fulfilment.DELIVERED)
    assert (money(whole)[1], goods(whole)[1], goods(row(whole))[1]) == ("Refunded", "Delivered", "Delivered")
    assert goods(replace(whole, fulfilment=Fulfilment.NONE)) == ("", "")
