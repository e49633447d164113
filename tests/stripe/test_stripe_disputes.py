"""Disputes and refunds that begin at Stripe: rows of their own, told by the order, and listed until they are dealt with."""

import re

import aiohttp

from shop.ids import OrderNumber
from shop.mismatches import Kind
from shop.payments import DisputeState
from storage import disputes, mismatches, order_story
from tests.stripe.stage import Stage

Client = aiohttp.ClientSession


async def paid(stage: Stage) -> tuple[str, str]:
    number, session = await stage.at_stripe()
    await stage.pay(session)
    assert await stage.comes_back(number) == "paid"
    stage.stripe.books.events.clear()
    return number, session


async def heard(stage: Stage) -> None:
    """Stripe's events come in, and the reconciler asks what they are about."""
    await stage.stripe.deliver_all()
    await stage.house.engine.reconciler.look()


async def listed(stage: Stage) -> list[Kind]:
    stage.house.clock.advance(minutes=3)
    return [one.kind for one in await stage.house.db.read(mismatches.found, stage.house.clock())]


async def page(clerk: Client, path: str) -> str:
    """The words of a page for staff."""
    async with clerk.get(path) as answer:
        assert answer.status == 200
        text = await answer.text()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text[text.index("<body") :]))


async def test_a_dispute_is_heard_of_by_its_payment_intent_and_told_by_the_order(stage: Stage):
    number, session = await paid(stage)
    dispute = stage.stripe.books.dispute(session)
    await heard(stage)
    [known] = await stage.house.db.read(disputes.of, OrderNumber(number))
    assert (known.ref, known.state, known.reason) == (dispute, DisputeState.OPEN, "fraudulent")
    assert await listed(stage) == [Kind.DISPUTE]
    async with stage.house.staff() as clerk:
        order = await page(clerk, f"/dashboard/orders/{number}")
        assert "Disputed" in order
        assert "Dispute to answer" in order
        assert "Dispute opened fraudulent" in order
        assert "Disputed" in await page(clerk, "/dashboard/orders")
        assert "Payments 1 to look at" in await page(clerk, "/dashboard")
        assert "Answer it at the provider" in await page(clerk, "/dashboard/payments")
    async with stage.session.get(f"/orders/{number}") as shoppers:
        assert "ispute" not in await shoppers.text()
    assert await stage.shopper.status(number) == "paid"
    assert await stage.judge() == []


async def test_a_dispute_moves_on_and_is_decided_though_events_come_backwards(stage: Stage):
    for verdict in ("won", "lost"):
        number, session = await paid(stage)
        dispute = stage.stripe.books.dispute(session)
        await heard(stage)
        stage.stripe.books.judge_dispute(dispute, "under_review")
        await heard(stage)
        assert (await stage.house.db.read(disputes.of, OrderNumber(number)))[0].state is DisputeState.REVIEW
        stage.stripe.books.judge_dispute(dispute, "needs_response")
        stage.stripe.books.judge_dispute(dispute, verdict)
        await stage.stripe.deliver_all(times=2, backwards=True)
        await stage.house.engine.reconciler.look()
        [known] = await stage.house.db.read(disputes.of, OrderNumber(number))
        assert known.state == verdict
        assert await listed(stage) == []
        async with stage.house.staff() as clerk:
            text = await page(clerk, f"/dashboard/orders/{number}")
            assert f"Dispute {verdict}" in text
            assert "Disputed" not in text


async def test_money_given_back_in_stripes_dashboard_is_listed_until_somebody_says_that_it_was_them(stage: Stage):
    number, session = await paid(stage)
    stage.stripe.books.refund_by_hand(session, 1000)
    await heard(stage)
    assert await listed(stage) == [Kind.GIVEN_ELSEWHERE]
    async with stage.house.staff() as clerk:
        form = await form_of(clerk, "known")
        for _ in range(2):
            async with clerk.post("/dashboard/payments/known", data=form) as answer:
                assert "Noted for order" in await answer.text()
        assert "Nothing is amiss" in await page(clerk, "/dashboard/payments")
    acts = (await stage.house.db.read(order_story.read, OrderNumber(number))).acts
    assert [act.act for act in acts] == ["payment_settled"]


async def test_what_was_said_on_a_page_that_is_no_longer_true_is_not_noted(stage: Stage):
    _, session = await paid(stage)
    stage.stripe.books.refund_by_hand(session, 1000)
    await heard(stage)
    async with stage.house.staff() as clerk:
        form = await form_of(clerk, "known")
        stage.stripe.books.refund_by_hand(session, 500)
        await heard(stage)
        async with clerk.post("/dashboard/payments/known", data=form) as answer:
            assert "has changed meanwhile" in await answer.text()
    assert await listed(stage) == [Kind.GIVEN_ELSEWHERE]


async def test_staff_ask_stripe_now_and_read_what_it_says(stage: Stage):
    number, session = await stage.at_stripe()
    await stage.pay(session)
    stage.stripe.fails("before", session, "GET", count=3)
    for _ in range(2):
        await stage.look()
    assert await listed(stage) == [Kind.SILENT]
    async with stage.house.staff() as clerk:
        form = await form_of(clerk, "ask")
        async with clerk.post("/dashboard/payments/ask", data=form) as answer:
            assert "No answer about order" in await answer.text()
        async with clerk.post("/dashboard/payments/ask", data=form) as answer:
            text = await answer.text()
        assert "The provider has answered about order" in text
        assert "Nothing is amiss" in text
        assert "heard when staff asked" in await page(clerk, f"/dashboard/orders/{number}")
    assert await stage.shopper.status(number) == "paid"
    assert await stage.judge() == []


async def test_a_refund_that_stripe_refuses_is_given_another_way(stage: Stage):
    number, session = await stage.at_stripe()
    await stage.pay(session)
    stage.stripe.books.took(session, 1000)
    await stage.look()
    stage.stripe.books.cards_are_gone = True
    await stage.look(3)
    assert await stage.shopper.status(number) == "refunding"
    assert Kind.REFUND in await listed(stage)
    async with stage.house.staff() as clerk:
        text = await page(clerk, "/dashboard/payments")
        assert "give it back another way" in text
        again = await form_of(clerk, "refund")
        async with clerk.post("/dashboard/payments/refund", data=again) as answer:
            assert "is being asked" in await answer.text()
        async with clerk.post("/dashboard/payments/by-hand", data=await form_of(clerk, "by-hand")) as answer:
            assert "Noted for order" in await answer.text()
        assert "Money given back by hand by Clerk" in await page(clerk, f"/dashboard/orders/{number}")
    assert await stage.shopper.status(number) == "refunded"


async def test_news_of_an_unknown_payment_is_listed_and_dismissed(stage: Stage):
    _, session = await paid(stage)
    stage.stripe.books.dispute(session)
    [event] = stage.stripe.books.events
    event["data"]["object"]["payment_intent"] = "pi_of_another_shop"
    await heard(stage)
    assert await listed(stage) == [Kind.UNKNOWN]
    async with (
        stage.house.staff() as clerk,
        clerk.post("/dashboard/payments/dismiss", data=await form_of(clerk, "dismiss")) as answer,
    ):
        assert "none of ours" in await answer.text()
    assert await listed(stage) == []


async def form_of(clerk: Client, act: str) -> dict[str, str]:
    """The fields of the first form of this kind on the page."""
    async with clerk.get("/dashboard/payments") as answer:
        text = await answer.text()
    start = text.index(f'action="/dashboard/payments/{act}"')
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', text[start : text.index("</form>", start)]))
