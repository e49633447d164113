"""The whole checkout by Stripe over real HTTP: paid, declined, run out, and everything that may happen in between."""

from tests.proof.shopper import set_stock
from tests.stripe.books import DECLINED, DELAYED
from tests.stripe.stage import Stage


async def test_a_webhook_has_the_payment_fetched_and_the_order_paid(stage: Stage):
    number, session = await stage.at_stripe()
    assert (await stage.pay(session)).endswith(f"/orders/{number}")
    assert await stage.shopper.status(number) == "placed"
    await stage.stripe.deliver_all()
    await stage.house.engine.reconciler.look()
    assert await stage.shopper.status(number) == "paid"
    assert await stage.judge() == []


async def test_the_way_back_is_enough(stage: Stage):
    number, session = await stage.at_stripe()
    await stage.pay(session)
    assert await stage.comes_back(number) == "paid"
    assert await stage.judge() == []


async def test_the_reconciler_is_enough(stage: Stage):
    number, session = await stage.at_stripe()
    await stage.pay(session)
    await stage.look()
    assert await stage.shopper.status(number) == "paid"
    assert await stage.judge() == []


async def test_stripe_is_told_what_the_order_is_and_nothing_else(stage: Stage):
    number, session = await stage.at_stripe(2)
    told = stage.stripe.books.session(session)
    order = await stage.shopper.order(number)
    assert (told["amount_total"], told["currency"]) == (order["total"]["amount"], "eur")
    assert (told["client_reference_id"], told["customer_email"]) == (number, "noor@example.com")
    assert told["metadata"] == {"order": number, "payment_key": f"{number}-1"}
    assert told["success_url"] == told["cancel_url"] == f"{stage.house.settings.shop_url}/orders/{number}"
    assert f"{number}-1" in stage.stripe.keys


async def test_the_pages_let_forms_end_at_stripe(stage: Stage):
    async with stage.session.get("/") as page:
        assert f"form-action 'self' {stage.stripe.url};" in page.headers["Content-Security-Policy"] + ";"


async def test_going_to_pay_twice_leads_to_the_same_page(stage: Stage):
    number, session = await stage.at_stripe()
    assert await stage.sent_to_pay(number) == session
    assert len(stage.stripe.books.sessions()) == 1


async def test_a_declined_card_leaves_the_page_open_for_another(stage: Stage):
    number, session = await stage.at_stripe()
    async with stage.session.post(f"{stage.stripe.url}/c/pay/{session}", data={"test_card": DECLINED}) as page:
        assert "declined" in await page.text()
    assert await stage.comes_back(number) == "placed"
    assert (await stage.shopper.order(number))["payment"] == "needs_action"
    assert await stage.sent_to_pay(number) == session
    await stage.pay(session)
    assert await stage.comes_back(number) == "paid"
    assert await stage.judge() == []


async def test_when_our_hold_ends_the_page_ends_too(stage: Stage):
    number, session = await stage.at_stripe()
    await stage.hold_ends()
    await stage.house.engine.reconciler.look()
    assert stage.stripe.books.session(session)["status"] == "expired"
    order = await stage.shopper.order(number)
    assert (order["status"], order["payment"]) == ("cancelled", "expired")
    async with stage.session.get(f"{stage.stripe.url}/c/pay/{session}") as page:
        assert page.status == 410
    assert await stage.judge() == []


async def test_a_page_that_nobody_can_close_closes_by_itself(stage: Stage):
    """The shop is down from here on: Stripe's page stays open for half an hour more, and not for a day."""
    _, session = await stage.at_stripe()
    stage.house.clock.advance(minutes=15 + 5 + 32)
    assert stage.stripe.books.session(session)["status"] == "expired"


async def test_a_session_that_was_just_paid_is_not_ended_but_settled(stage: Stage):
    number, session = await stage.at_stripe()
    await stage.hold_ends()
    await stage.pay(session)
    stage.stripe.calls.clear()
    await stage.house.engine.reconciler.look()
    assert await stage.shopper.status(number) == "paid"
    assert await stage.judge() == []


async def test_a_session_that_is_paid_while_it_is_being_ended_is_settled(stage: Stage):
    """The shop saw it open, and Stripe refuses to end it: it is paid by then."""
    number, session = await stage.at_stripe()
    await stage.hold_ends()

    def pays_now(told: dict[str, object]) -> dict[str, object]:
        stage.stripe.books.pay(session)
        return told

    stage.stripe.fails("alter", f"{session}$", "GET", alter=pays_now)
    await stage.house.engine.reconciler.look()
    assert f"POST /v1/checkout/sessions/{session}/expire" in stage.stripe.calls
    assert await stage.shopper.status(number) == "paid"
    assert await stage.judge() == []


async def test_paid_too_late_and_sold_out_is_given_back_by_itself(stage: Stage):
    variant = await stage.shopper.variant()
    await set_stock(stage.house, variant, 1)
    number, session = await stage.at_stripe()
    await stage.hold_ends()
    async with stage.house.client() as other:
        second = type(stage.shopper)(other)
        await second.order_placed(variant)
    await stage.pay(session)
    await stage.look()
    assert await stage.shopper.status(number) == "refunding"
    await stage.look()
    assert await stage.shopper.status(number) == "refunded"
    [given] = stage.stripe.books.refunds(session)
    assert given["amount"] == stage.stripe.books.session(session)["amount_total"]
    assert await stage.judge() == []


async def test_complete_is_not_paid(stage: Stage):
    number, session = await stage.at_stripe()
    await stage.pay(session, DELAYED)
    await stage.stripe.deliver_all()
    await stage.house.engine.reconciler.look()
    order = await stage.shopper.order(number)
    assert (order["status"], order["payment"]) == ("placed", "processing")
    stage.stripe.books.decide(session, paid=True)
    await stage.stripe.deliver_all()
    await stage.house.engine.reconciler.look()
    assert await stage.shopper.status(number) == "paid"
    assert await stage.judge() == []


async def test_a_debit_that_fails_can_be_paid_otherwise(stage: Stage):
    number, session = await stage.at_stripe()
    await stage.pay(session, DELAYED)
    await stage.comes_back(number)
    stage.stripe.books.decide(session, paid=False)
    await stage.stripe.deliver_all()
    await stage.house.engine.reconciler.look()
    order = await stage.shopper.order(number)
    assert (order["status"], order["payment"]) == ("placed", "failed")
    other = await stage.sent_to_pay(number)
    assert other != session
    await stage.pay(other)
    assert await stage.comes_back(number) == "paid"
    assert await stage.judge() == []


async def test_a_debit_that_arrives_after_the_hold_takes_stock_again(stage: Stage):
    number, session = await stage.at_stripe()
    await stage.pay(session, DELAYED)
    await stage.comes_back(number)
    await stage.hold_ends()
    await stage.house.engine.reconciler.look()
    assert (await stage.shopper.order(number))["payment"] == "processing"
    stage.stripe.books.decide(session, paid=True)
    await stage.look()
    assert await stage.shopper.status(number) == "paid"
    assert await stage.judge() == []


async def test_another_amount_than_asked_for_is_never_paid_and_goes_back(stage: Stage):
    number, session = await stage.at_stripe()
    await stage.pay(session)
    stage.stripe.books.took(session, 100)
    await stage.look()
    assert await stage.shopper.status(number) == "refunding"
    await stage.look()
    assert await stage.shopper.status(number) == "refunded"
    assert [given["amount"] for given in stage.stripe.books.refunds(session)] == [100]


async def test_another_currency_than_asked_for_is_never_paid_and_goes_back(stage: Stage):
    number, session = await stage.at_stripe()
    await stage.pay(session)
    amount = stage.stripe.books.session(session)["amount_total"]
    stage.stripe.books.took(session, amount, "usd")
    await stage.look()
    assert await stage.shopper.status(number) == "refunding"
    await stage.look()
    assert await stage.shopper.status(number) == "refunded"
    assert [(given["amount"], given["currency"]) for given in stage.stripe.books.refunds(session)] == [(amount, "usd")]
