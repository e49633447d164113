"""Answers of Stripe's that are not what its documentation says, or never come: a waiting order, which heals."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from shop.ids import OrderNumber
from shop.payments import ProviderRef
from storage import payments, refunds
from tests.stripe.stage import Stage
from tests.stripe.standin import KEY, SECRET

Told = dict[str, Any]


def without(name: str) -> Callable[[Told], Any]:
    return lambda told: {key: value for key, value in told.items() if key != name}


def with_(**changes: Any) -> Callable[[Told], Any]:
    return lambda told: told | changes


STRANGE: dict[str, Callable[[Told], Any]] = {
    "no object": lambda told: [told],
    "nothing": lambda told: None,
    "a number": lambda told: 7,
    "no json": lambda told: b"{",
    "not utf-8": lambda told: b'{"id": "\xff"}',
    "empty": lambda told: b"",
    "another session": with_(id="cs_test_another"),
    "another key": with_(metadata={"payment_key": "another"}),
    "no id": without("id"),
    "no status": without("payment_status"),
    "an unknown status": with_(payment_status="rather"),
    "no payment was required": with_(payment_status="no_payment_required"),
    "no amount": without("amount_total"),
    "an amount of text": with_(amount_total="100"),
    "a negative amount": with_(amount_total=-100),
    "a broken amount": with_(amount_total=10.5),
    "a currency in capitals": with_(currency="EUR"),
    "no metadata": without("metadata"),
    "an intent by name": with_(payment_intent="pi_1"),
    "no intent": with_(payment_intent=None),
    "an object of another kind": with_(object="charge"),
    "a list for an object": with_(object=[]),
    "endless": lambda told: b" " * (2 * 1024 * 1024),
}
FAILURES = ("before", "after", "cut", "half", "hang", "html")


@pytest.mark.parametrize("strange", STRANGE)
async def test_a_strange_answer_leaves_the_order_waiting_and_the_next_one_heals_it(stage: Stage, strange: str):
    number, session = await stage.at_stripe()
    await stage.pay(session)
    stage.stripe.fails("alter", f"{session}$", "GET", count=2, alter=STRANGE[strange])
    assert await stage.comes_back(number) == "placed"
    await stage.look()
    assert await stage.shopper.status(number) == "placed"
    await stage.look()
    assert await stage.shopper.status(number) == "paid"
    assert await stage.judge() == []


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_lost_answer_leaves_the_order_waiting_and_the_next_one_heals_it(stage: Stage, failure: str):
    number, session = await stage.at_stripe()
    await stage.pay(session)
    times = 4 if failure == "cut" else 2  # the client itself repeats a GET whose connection ended
    stage.stripe.fails(failure, f"{session}$", "GET", count=times)
    assert await stage.comes_back(number) == "placed"
    await stage.look()
    assert await stage.shopper.status(number) == "placed"
    await stage.look()
    assert await stage.shopper.status(number) == "paid"
    assert await stage.judge() == []


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_create_whose_answer_is_lost_ends_in_one_payment(stage: Stage, failure: str):
    """Pressing again is all that the shopper has to do; a key that repeats a failure is given up."""
    number = await stage.shopper.order_placed(await stage.shopper.variant())
    stage.stripe.fails(failure, "/sessions$", "POST")
    assert (await stage.shopper.start_payment(number)).status == 503
    answers = [await stage.shopper.start_payment(number) for _ in range(2)]
    assert answers[1].status == 201, answers
    session = str(answers[1]["redirect_url"]).rpartition("/")[2]
    assert len(stage.stripe.books.sessions()) == 1
    await stage.pay(session)
    assert await stage.comes_back(number) == "paid"
    assert await stage.judge() == []


@pytest.mark.parametrize("failure", ["after", "cut", "half", "hang", "html"])
async def test_a_session_that_nobody_was_sent_to_is_found_and_ended(stage: Stage, failure: str):
    number = await stage.shopper.order_placed(await stage.shopper.variant())
    stage.stripe.fails(failure, "/sessions$", "POST")
    assert (await stage.shopper.start_payment(number)).status == 503
    await stage.hold_ends()
    await stage.house.engine.reconciler.look()
    assert [session["status"] for session in stage.stripe.books.sessions()] == ["expired"]
    assert await stage.judge() == []


@pytest.mark.parametrize("strange", ["another key", "no id", "no json", "an amount of text", "another session url"])
async def test_a_strange_answer_to_create_sends_nobody_anywhere(stage: Stage, strange: str):
    number = await stage.shopper.order_placed(await stage.shopper.variant())
    alter = STRANGE.get(strange, with_(url="https://evil.example/c/pay/1"))
    stage.stripe.fails("alter", "/sessions$", "POST", alter=alter)
    assert (await stage.shopper.start_payment(number)).status == 503
    session = await stage.sent_to_pay(number)
    assert [one["id"] for one in stage.stripe.books.sessions()] == [session]


async def test_a_key_that_is_a_day_old_is_not_sent_again(stage: Stage):
    """Stripe has forgotten it, and would open a second session beside one whose answer was lost."""
    number = await stage.shopper.order_placed(await stage.shopper.variant())
    stage.stripe.fails("cut", "/sessions$", "POST")
    assert (await stage.shopper.start_payment(number)).status == 503
    begun = await stage.house.db.read(payments.newest, OrderNumber(number))
    assert begun is not None
    again = await stage.house.db.write(payments.start, begun.order, "stripe", begun.begun_at + payments.LONGEST_TRY)
    assert again.key == f"{number}-2"
    await stage.look()
    assert [session["status"] for session in stage.stripe.books.sessions()] == ["expired"]


async def owed(stage: Stage) -> tuple[str, str]:
    """An order whose money is owed back: the wrong amount was taken."""
    number, session = await stage.at_stripe()
    await stage.pay(session)
    stage.stripe.books.took(session, 1000)
    await stage.look()
    assert await stage.shopper.status(number) == "refunding"
    return number, session


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_refund_is_made_once_whatever_happens_to_its_answer(stage: Stage, failure: str):
    number, session = await owed(stage)
    stage.stripe.fails(failure, "/refunds$", "POST")
    await stage.look(3)
    assert await stage.shopper.status(number) == "refunded"
    assert [given["amount"] for given in stage.stripe.books.refunds(session)] == [1000]


@pytest.mark.parametrize("failure", ["cut", "after"])
async def test_a_refund_is_looked_for_when_its_key_is_older_than_a_day(stage: Stage, failure: str):
    """It is only a part of the money, so that Stripe would not refuse to give it back twice."""
    number, session = await owed(stage)
    stage.stripe.books.took(session, 9000)
    stage.stripe.fails(failure, "/refunds$", "POST")
    await stage.house.engine.reconciler.look()
    assert await stage.shopper.status(number) == "refunding"
    stage.house.clock.advance(hours=25)
    await stage.look()
    assert await stage.shopper.status(number) == "refunded"
    assert [given["amount"] for given in stage.stripe.books.refunds(session)] == [1000]


async def test_a_refund_that_stripe_refuses_is_asked_for_again_and_never_noted_as_made(stage: Stage):
    number, session = await owed(stage)
    stage.stripe.books.refund_by_hand(session, 1000)
    await stage.look(2)
    assert await stage.shopper.status(number) == "refunding"
    [due] = await stage.house.db.read(refunds.due, stage.house.clock().replace(year=2100), 10)
    assert due.amount == 1000


async def test_several_refunds_of_one_payment_have_keys_of_their_own(stage: Stage):
    _, session = await stage.at_stripe()
    await stage.pay(session)
    provider, ref = stage.provider, ProviderRef(session)
    one = await provider.refund(ref, 500, "key-a")
    assert await provider.refund(ref, 500, "key-a") == one
    two = await provider.refund(ref, 500, "key-b")
    assert one.ref != two.ref
    assert (await provider.fetch(ref)).refunded == 1000


async def test_a_wrong_key_keeps_orders_waiting_and_ends_none(stage: Stage):
    number, session = await stage.at_stripe()
    await stage.pay(session)
    stage.stripe.key = "sk_test_rolled_meanwhile"
    assert await stage.comes_back(number) == "placed"
    other = await stage.shopper.order_placed(await stage.shopper.variant(place=1))
    assert (await stage.shopper.start_payment(other)).status == 503
    stage.stripe.key = KEY
    assert await stage.comes_back(number) == "paid"
    assert await stage.sent_to_pay(other)


async def test_no_secret_is_ever_written_down(stage: Stage, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    _, session = await stage.at_stripe()
    await stage.pay(session)
    for failure in FAILURES:
        stage.stripe.fails(failure, f"{session}$", "GET")
        await stage.look()
    stage.stripe.fails("before", "/sessions$", "POST")
    await stage.shopper.start_payment(await stage.shopper.order_placed(await stage.shopper.variant()))
    stage.stripe.key = "sk_test_rolled_meanwhile"
    await stage.look()
    await stage.stripe.deliver_all()
    written = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    assert [secret for secret in (KEY, SECRET) if secret in written] == []
