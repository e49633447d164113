"""Who may do what to an order's goods, for every state, and what is said to whom it is refused."""

from datetime import UTC, datetime
from itertools import product

import pytest
from msgspec.structs import replace

from shop.errors import ShopError
from shop.fulfilment import Act, Claim, Clerk, Done, Fulfilment, Parcel, Standing, allowed, checked, refusal
from shop.ids import CustomerId
from shop.orders import OrderStatus, row, state
from shop.payments import PaymentState
from tests.shop.test_orders import AT, order

NOOR, LENA = Clerk(CustomerId("N"), "Noor"), Clerk(CustomerId("L"), "Lena")
CLAIMS = [None, Claim(NOOR.id, "Noor", datetime(2026, 11, 22, tzinfo=UTC)), Claim(LENA.id, "Lena", AT)]
LASTS = [None, *(Done(act, NOOR.id, "Noor") for act in Act)]
STANDINGS = [
    Standing("paid" if paid else "placed", paid, goods, claim, last)
    for paid, goods, claim, last in product([True, False], Fulfilment, CLAIMS, LASTS)
]
ACTS = [act for act in Act if act not in (Act.CANCELLED, Act.REFUNDED, Act.RETURNED)]


@pytest.mark.parametrize("act", ACTS)
def test_what_is_not_allowed_is_either_true_already_or_refused_with_what_is_true(act: Act) -> None:
    for standing in STANDINGS:
        if allowed(act, standing, NOOR):
            continue
        said = refusal(act, standing, NOOR)
        if said is not None:
            assert isinstance(said, ShopError)
            assert said.status == 409
            assert said.detail.endswith(".")
            assert said.extra["fulfilment"] == standing.goods


def test_nothing_is_packed_or_sent_that_is_not_paid() -> None:
    unpaid = [standing for standing in STANDINGS if not standing.paid]
    assert not any(allowed(act, standing, NOOR) for act in Act for standing in unpaid)


def test_only_whoever_claimed_it_packs_it() -> None:
    packing = [standing for standing in STANDINGS if allowed(Act.PACKED, standing, NOOR)]
    assert packing
    assert {standing.claim.by for standing in packing if standing.claim} == {NOOR.id}
    assert {standing.goods for standing in packing} == {Fulfilment.NONE}


def test_what_is_sent_stays_sent() -> None:
    sent = [standing for standing in STANDINGS if standing.goods is Fulfilment.SHIPPED and standing.paid]
    assert {act for act in Act for standing in sent if allowed(act, standing, NOOR)} == {Act.TRACKED, Act.DELIVERED}


def test_an_empty_parcel_will_do_and_a_full_one_is_trimmed() -> None:
    assert checked(Parcel()) == Parcel()
    assert checked(Parcel(" bpost ", " 3S ", " https://a.example/3S ")) == Parcel("bpost", "3S", "https://a.example/3S")


def test_a_parcel_on_its_way_is_told_and_names_no_clerk() -> None:
    sent = replace(
        order(OrderStatus.PAID, PaymentState.PAID),
        fulfilment=Fulfilment.SHIPPED,
        packed_at=AT,
        shipped_at=AT,
        parcel=Parcel("bpost", "3SABC", "https://a.example/3S"),
    )
    seen = state(sent)
    assert seen.headline == "It is on its way to you, Noor."
    assert [step.state for step in seen.steps] == ["done"] * 5
    assert (seen.steps[-1].text, seen.steps[-1].link) == ("With bpost, 3SABC.", "https://a.example/3S")
    claimed = replace(order(OrderStatus.PAID), claim=CLAIMS[1])
    assert "Noor is" not in str(state(claimed))
    assert row(claimed).claim == CLAIMS[1]


def test_who_collects_reads_of_collecting() -> None:
    packed = replace(
        order(OrderStatus.PAID), shipping="collect", collected=True, fulfilment=Fulfilment.PACKED, packed_at=AT
    )
    assert state(packed).headline == "It is ready for you, Noor."
    assert [step.name for step in state(packed).steps][-1] == "Collected"
    assert state(replace(packed, fulfilment=Fulfilment.SHIPPED, shipped_at=AT)).steps[-1].text == "It is with you."


@pytest.mark.parametrize("payment", [None, *PaymentState])
@pytest.mark.parametrize("status", [OrderStatus.CANCELLED, OrderStatus.REFUNDING, OrderStatus.REFUNDED])
def test_an_order_that_we_cancelled_says_so(status: OrderStatus, payment: PaymentState | None) -> None:
    seen = state(replace(order(status, payment), cancelled_by="Noor"))
    assert seen.headline.startswith("We cancelled this order")
    assert "hold had ended" not in str(seen)
    assert "Noor" not in seen.headline
