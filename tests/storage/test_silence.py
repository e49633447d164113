"""What a silent provider was asked in vain is due again when it speaks, and nothing else is."""

from datetime import timedelta

from shop.payments import PaymentState
from storage import payments, refunds, silence
from storage.database import Database
from tests.storage.books import AT, BOWL, LAMP, at_bank, news, placed

LATER = timedelta(seconds=1)
LONG = timedelta(days=1)


async def due(db: Database) -> set[str]:
    return {one.id for one in await db.read(payments.due, AT + LATER, 10)}


async def test_what_was_put_off_is_due_by_the_providers_name_or_ours(either: Database) -> None:
    first, second, third = [await at_bank(either, await placed(either, {BOWL: 1})) for _ in range(3)]
    for payment in (first, second, third):
        await either.write(payments.postpone, payment.id, AT, AT)
    await either.write(silence.ended, [str(first.ref), second.key], AT + LATER)
    assert await due(either) == {first.id, second.id}
    await either.write(silence.forgotten, AT + LATER)
    assert await due(either) == {first.id, second.id, third.id}


async def test_what_was_never_asked_or_has_ended_stays_as_it_is(either: Database) -> None:
    waiting, ended = [await at_bank(either, await placed(either, {BOWL: 1})) for _ in range(2)]
    await either.write(payments.settle, news(ended, PaymentState.PAID))
    await either.write(silence.ended, [str(waiting.ref), str(ended.ref)], AT + LATER)
    await either.write(silence.forgotten, AT + LATER)
    assert await due(either) == set()


async def test_a_refund_that_was_put_off_is_due_again(either: Database) -> None:
    payment = await at_bank(either, await placed(either, {LAMP: 1}))
    await either.write(payments.settle, news(payment, PaymentState.PAID, amount=payment.amount + 1))
    [owed] = await either.read(refunds.due, AT + LATER, 10)
    await either.write(refunds.postpone, owed.id, AT)
    assert await either.read(refunds.due, AT + LATER, 10) == []
    await either.write(silence.ended, [str(payment.ref)], AT + LATER)
    assert [one.id for one in await either.read(refunds.due, AT + LATER, 10)] == [owed.id]
