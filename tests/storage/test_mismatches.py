"""Where a provider's word and our books differ, it is listed with its order, and goes when it is dealt with."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from shop import letters
from shop.errors import NotFound
from shop.events import OrderChanged
from shop.fulfilment import Clerk
from shop.ids import CustomerId
from shop.mismatches import Kind, Mismatch
from shop.orders import OrderStatus
from shop.payments import DisputeState, Hint, PaymentId, PaymentState, ProviderDispute, ProviderPayment, ProviderRef
from storage import disputes, mismatches, order_story, orders, outbox, payments, refunds, webhooks
from storage.database import Database
from storage.payments import Try
from tests.storage.books import AT, BOWL, LAMP, at_bank, findings, placed

SOON, LATER, NEXT_DAY = AT + timedelta(minutes=1), AT + timedelta(hours=2), AT + timedelta(days=1)
CLERK = Clerk(CustomerId("CLERK"), "Noor")
OPENED = ProviderDispute("dp-1", DisputeState.OPEN, 2150, "EUR", "fraudulent", SOON, NEXT_DAY)


def told(payment: Try, state: PaymentState = PaymentState.PAID) -> ProviderPayment:
    """The provider's word of a payment as we asked for it."""
    assert payment.ref is not None
    return ProviderPayment(payment.ref, payment.key, state, payment.amount, payment.currency, also_ref="pi-1")


async def hears(db: Database, payment: Try, word: ProviderPayment, at: datetime = SOON) -> OrderStatus:
    return await db.write(payments.settle, payments.news_of(payment.id, word, "reconciler", at, at))


async def kinds(db: Database, now: datetime = NEXT_DAY) -> list[Kind]:
    found = await db.read(mismatches.found, now)
    assert len(found) == await db.read(mismatches.count, now)
    return [one.kind for one in found]


async def only(db: Database, now: datetime = NEXT_DAY) -> Mismatch:
    [found] = await db.read(mismatches.found, now)
    return found


@pytest.fixture
async def paid(either: Database) -> Try:
    """A paid order's payment."""
    payment = await at_bank(either, await placed(either, {BOWL: 1}))
    assert await hears(either, payment, told(payment)) is OrderStatus.PAID
    return payment


async def test_normally_nothing_is_amiss(either: Database, paid: Try) -> None:
    await at_bank(either, await placed(either, {BOWL: 1}))
    assert await kinds(either, SOON) == []
    assert await findings(either) == []


async def test_another_amount_is_listed_until_it_is_given_back(either: Database) -> None:
    payment = await at_bank(either, await placed(either, {BOWL: 1}))
    word = replace(told(payment), amount=100)
    assert await hears(either, payment, word) is OrderStatus.REFUNDING
    found = await only(either, SOON)
    assert (found.kind, found.order, found.ours, found.theirs) == (Kind.AMOUNT, payment.order, payment.amount, 100)
    [due] = await either.read(refunds.due, LATER, 10)
    assert due.amount == 100
    await either.write(refunds.done, due.id, "re-1", LATER)
    assert await kinds(either) == []
    await hears(either, payment, replace(word, refunded=100), NEXT_DAY)
    assert await kinds(either) == []


async def test_a_provider_that_takes_paid_back_is_listed_until_somebody_has_dealt_with_it(
    either: Database, paid: Try
) -> None:
    await hears(either, paid, told(paid, PaymentState.FAILED), LATER)
    assert (await either.read(orders.view, paid.order)).status is OrderStatus.PAID
    found = await only(either)
    assert (found.kind, found.told) == (Kind.WORD, "failed")
    assert not await either.write(mismatches.known, paid.id, "as it was before", CLERK, NEXT_DAY)
    for _ in range(2):
        assert await either.write(mismatches.known, paid.id, found.mark, CLERK, NEXT_DAY)
    assert await kinds(either) == []
    [act] = (await either.read(order_story.read, paid.order)).acts
    assert (act.name, act.act) == ("Noor", "payment_settled")
    await hears(either, paid, replace(told(paid), refunded=7), NEXT_DAY)
    assert await kinds(either) == [Kind.GIVEN_ELSEWHERE]


async def test_money_given_back_at_the_provider_is_listed_and_what_we_gave_back_is_not(
    either: Database, paid: Try
) -> None:
    await hears(either, paid, replace(told(paid), refunded=700), LATER)
    found = await only(either)
    assert (found.kind, found.ours, found.theirs) == (Kind.GIVEN_ELSEWHERE, 0, 700)
    await either.write(refunds.owe, paid.id, paid.key, 700, LATER, "a test")
    assert await kinds(either) == []


async def test_a_refund_that_failed_days_later_is_listed(either: Database, paid: Try) -> None:
    await either.write(refunds.owe, paid.id, paid.key, 700, SOON, "a test")
    [due] = await either.read(refunds.due, SOON, 10)
    await either.write(refunds.done, due.id, "re-1", SOON)
    await hears(either, paid, replace(told(paid), refunded=700), LATER)
    assert await kinds(either) == []
    await hears(either, paid, replace(told(paid), refunded=200), NEXT_DAY)
    found = await only(either)
    assert (found.kind, found.ours, found.theirs) == (Kind.NOT_GIVEN, 700, 200)


async def test_an_answer_that_was_asked_for_earlier_is_older_news(either: Database, paid: Try) -> None:
    await hears(either, paid, replace(told(paid), refunded=700, disputes=(OPENED,)), LATER)
    late = payments.news_of(paid.id, told(paid), "return", NEXT_DAY, SOON)
    await either.write(payments.settle, late)
    assert sorted(await kinds(either)) == sorted([Kind.GIVEN_ELSEWHERE, Kind.DISPUTE])


async def test_silence_is_listed_after_some_minutes_and_until_there_is_an_answer(either: Database) -> None:
    payment = await at_bank(either, await placed(either, {BOWL: 1}))
    for at in (SOON, SOON + timedelta(minutes=4), SOON + timedelta(minutes=6)):
        await either.write(payments.postpone, payment.id, at, at, "no answer (TimeoutError)")
    assert await kinds(either, SOON + timedelta(minutes=4)) == []
    found = await only(either, SOON + timedelta(minutes=6))
    assert (found.kind, found.since, found.told) == (Kind.SILENT, SOON, "no answer (TimeoutError)")
    await hears(either, payment, told(payment, PaymentState.NEEDS_ACTION), SOON + timedelta(minutes=8))
    assert await kinds(either, SOON + timedelta(minutes=8)) == []


async def test_a_payment_that_stays_open_long_after_its_time_is_listed(either: Database) -> None:
    payment = await at_bank(either, await placed(either, {BOWL: 1}))
    await hears(either, payment, told(payment, PaymentState.PROCESSING))
    assert await kinds(either, AT + timedelta(minutes=70)) == []
    assert await kinds(either) == [Kind.STUCK]
    await hears(either, payment, told(payment), NEXT_DAY)
    assert await kinds(either) == []


async def test_a_refund_asked_for_in_vain_is_listed_until_it_is_made_or_given_by_hand(
    either: Database, paid: Try
) -> None:
    await either.write(refunds.owe, paid.id, paid.key, 700, SOON, "a test")
    [due] = await either.read(refunds.due, SOON, 10)
    await either.write(refunds.postpone, due.id, SOON, "the card has ended")
    assert await kinds(either) == []
    await either.write(refunds.postpone, due.id, LATER, "the card has ended")
    found = await only(either)
    assert (found.kind, found.subject, found.ours, found.asked) == (Kind.REFUND, due.id, 700, 2)
    assert found.told == "the card has ended"
    assert await either.write(refunds.ask_now, due.id, LATER)
    assert [one.id for one in await either.read(refunds.due, LATER, 10)] == [due.id]
    for _ in range(2):
        assert await either.write(mismatches.given_by_hand, due.id, CLERK, NEXT_DAY) == paid.order
    assert await kinds(either) == []
    assert await either.read(refunds.due, NEXT_DAY, 10) == []
    assert not await either.write(refunds.ask_now, due.id, NEXT_DAY)
    [act] = (await either.read(order_story.read, paid.order)).acts
    assert (act.name, act.act) == ("Noor", "given_back")
    with pytest.raises(NotFound):
        await either.write(mismatches.given_by_hand, "nothing", CLERK, NEXT_DAY)


async def test_a_dispute_is_a_row_of_its_own_told_by_its_order_until_it_is_decided(either: Database, paid: Try) -> None:
    versions = [(await either.read(orders.view, paid.order)).version]
    for state, at in ((DisputeState.OPEN, LATER), (DisputeState.REVIEW, LATER), (DisputeState.WON, NEXT_DAY)):
        word = replace(told(paid), disputes=(replace(OPENED, state=state),))
        for _ in range(2):
            assert await hears(either, paid, word, at) is OrderStatus.PAID
        order = await either.read(orders.view, paid.order)
        versions.append(order.version)
        assert order.dispute is state
        [known] = await either.read(disputes.of, paid.order)
        assert (known.state, known.amount, known.open) == (state, OPENED.amount, state is not DisputeState.WON)
        assert await kinds(either) == ([Kind.DISPUTE] if known.open else [])
    assert versions == sorted(set(versions)), "each change is told once"
    told_again = [event for at, event in await either.read(outbox.after, versions[0], 100)]
    assert [letters.occasion(event) for event in told_again if isinstance(event, OrderChanged)] == [None] * 3
    [decided] = await either.read(disputes.of, paid.order)
    assert decided.ended_at == NEXT_DAY
    assert await findings(either) == []


async def test_an_open_dispute_stands_before_one_that_was_decided(either: Database, paid: Try) -> None:
    lost = replace(OPENED, ref="dp-2", state=DisputeState.LOST, opened_at=LATER)
    await hears(either, paid, replace(told(paid), disputes=(OPENED, lost)), NEXT_DAY)
    assert (await either.read(orders.view, paid.order)).dispute is DisputeState.OPEN
    won = replace(OPENED, state=DisputeState.WON)
    await hears(either, paid, replace(told(paid), disputes=(won, lost)), NEXT_DAY + timedelta(hours=1))
    assert (await either.read(orders.view, paid.order)).dispute is DisputeState.LOST


async def test_a_dispute_of_a_payment_that_is_given_back_is_kept_too(either: Database) -> None:
    payment = await at_bank(either, await placed(either, {LAMP: 1}))
    word = replace(told(payment), amount=100, disputes=(OPENED,))
    assert await hears(either, payment, word) is OrderStatus.REFUNDING
    assert (await either.read(orders.view, payment.order)).dispute is DisputeState.OPEN


async def test_news_of_an_unknown_payment_is_listed_once_and_dismissed(either: Database) -> None:
    for event, kind in (("evt-1", "refund.created"), ("evt-2", "charge.dispute.created"), ("evt-3", "refund.created")):
        await either.write(webhooks.hear, "fake", [Hint(event, ProviderRef("pi-unknown"), kind)], AT)
    assert await kinds(either, AT + timedelta(seconds=30)) == []
    found = await only(either)
    assert (found.kind, found.subject, found.order) == (Kind.UNKNOWN, "pi-unknown", None)
    assert found.told == "refund.created, charge.dispute.created"
    await either.write(mismatches.dismiss, "fake", "pi-unknown", NEXT_DAY)
    assert await kinds(either) == []


async def test_a_hint_by_the_second_name_has_the_payment_fetched(either: Database, paid: Try) -> None:
    assert await either.read(payments.due, NEXT_DAY, 10) == []
    await either.write(webhooks.hear, "fake", [Hint("evt-1", ProviderRef("pi-1"), "charge.dispute.created")], LATER)
    assert [due.id for due in await either.read(payments.due, LATER, 10)] == [paid.id]
    await hears(either, paid, replace(told(paid), disputes=(OPENED,)), NEXT_DAY)
    assert await either.read(payments.due, NEXT_DAY, 10) == []
    assert await kinds(either) == [Kind.DISPUTE]


async def test_a_hint_by_a_name_that_is_learnt_only_now_is_not_lost(either: Database) -> None:
    """It came while the provider was answering, when nobody knew whose name it was."""
    payment = await at_bank(either, await placed(either, {BOWL: 1}))
    await either.write(webhooks.hear, "fake", [Hint("evt-1", ProviderRef("pi-1"), "charge.dispute.created")], LATER)
    answer = payments.news_of(payment.id, told(payment), "reconciler", LATER, SOON)
    await either.write(payments.settle, answer)
    assert [due.id for due in await either.read(payments.due, LATER, 10)] == [payment.id]
    await hears(either, payment, replace(told(payment), disputes=(OPENED,)), NEXT_DAY)
    assert await kinds(either) == [Kind.DISPUTE]


async def test_a_hint_that_comes_while_paid_is_being_told_is_not_lost(either: Database, paid: Try) -> None:
    await either.write(webhooks.hear, "fake", [Hint("evt-1", ProviderRef("pi-1"), "charge.dispute.created")], LATER)
    answer = payments.news_of(paid.id, told(paid), "staff", NEXT_DAY, SOON)
    await either.write(payments.settle, answer)
    assert [due.id for due in await either.read(payments.due, NEXT_DAY, 10)] == [paid.id]


async def test_staff_can_have_any_payment_asked_about(either: Database, paid: Try) -> None:
    asked = await either.write(payments.ask_now, paid.id, LATER)
    assert (asked.ref, asked.order) == (paid.ref, paid.order)
    assert [due.id for due in await either.read(payments.due, LATER, 10)] == [paid.id]
    with pytest.raises(NotFound):
        await either.write(payments.ask_now, PaymentId("nothing"), LATER)


async def test_a_try_that_another_followed_is_nobodys_any_more(either: Database) -> None:
    number = await placed(either, {BOWL: 1})
    first = await either.write(payments.start, number, "fake", AT)
    late = AT + payments.LONGEST_TRY
    again = await either.write(payments.start, number, "fake", late)
    assert (first.key, again.key) == (f"{number}-1", f"{number}-2")
    assert again.email == "noor@example.com"
    due = {one.id: one.abandoned for one in await either.read(payments.due, late + timedelta(minutes=1), 10)}
    assert due == {first.id: True, again.id: False}
